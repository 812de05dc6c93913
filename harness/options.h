/* The problem options of `run` and `explain`: options and .npy files in, a problem and its input tensors out.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_OPTIONS_H
#define HARNESS_OPTIONS_H

#include <argp.h>
#include <attnbench/attn.h>

/* The tensors that come from files; q, k and v first. */
enum {
	INPUT_Q, INPUT_K, INPUT_V, INPUT_MASK, INPUT_BIAS, INPUT_ALIBI, INPUT_SINKS, INPUT_KV_LEN, INPUT_GIVEN, INPUT_W, INPUT_W_Q, INPUT_W_K, INPUT_V_A,
	/* the multi-head layer: x in place of q, k and v, its four matrices and their biases */
	INPUT_X_Q, INPUT_X_KV, INPUT_PROJ_Q, INPUT_PROJ_K, INPUT_PROJ_V, INPUT_PROJ_O, INPUT_PROJ_BIAS_Q, INPUT_PROJ_BIAS_K, INPUT_PROJ_BIAS_V, INPUT_PROJ_BIAS_O,
	INPUT_COUNT
};

struct problem_options {
	const char *file[INPUT_COUNT];
	struct attn_problem problem; /* what options alone say: score, scale, causal, align, window, softcap */
	int scale_given;
};

/* As a child of a command's argp; its input is a struct problem_options. */
extern const struct argp problem_options_argp;

void problem_options_init(struct problem_options *o);

/* Whether the options fit one another: EXIT_OK, or a message was printed and EXIT_USAGE is returned. */
int problem_options_check(const struct problem_options *o);

/* Is it a multi-head layer: was --x-q given? */
int problem_options_layer(const struct problem_options *o);

/* Reads the files and checks them against each other. EXIT_OK with the problem, its inputs (attn_tensors_free) and the
 * rank of the output, which is that of q, or of a layer's x_q; else a message was printed, nothing is allocated, and the status is returned. */
int problem_options_load(const struct problem_options *o, struct attn_problem *p, struct attn_tensors *t, int *rank);

/* Whole numbers and floats of the command line: not 0 when all of the text is one. */
int option_parse_int(const char *text, int64_t least, int64_t most, int64_t *x);
int option_parse_float(const char *text, double *x);

/* The option's name of an input: "q", "kv-len". */
const char *problem_options_name(int input);

#endif
