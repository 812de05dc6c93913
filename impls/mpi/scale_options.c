/* The command line of attnbench-scale.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/mpi/scale.h"

#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_B = 256, KEY_HQ, KEY_HKV, KEY_SQ, KEY_SKV, KEY_D, KEY_DV, KEY_DTYPE, KEY_CAUSAL, KEY_WINDOW, KEY_LOCAL, KEY_THREADS, KEY_REPETITIONS, KEY_ROWS, KEY_SEED, KEY_QFILE, KEY_KFILE, KEY_VFILE, KEY_OUT, KEY_TIMES, KEY_CALIBRATE, KEY_PING, KEY_COPY };

static const struct argp_option option_table[] = {
	{"method", 'm', "LIST", 0, "ring, ulysses, split-kv [ring]", 0},
	{"local", KEY_LOCAL, "NAME", 0, "the implementation that each rank computes with [flash]", 0},
	{"b", KEY_B, "N", 0, "batch [1]", 1},
	{"hq", KEY_HQ, "N", 0, "query heads [1]", 1},
	{"hkv", KEY_HKV, "N", 0, "key heads [those of the queries]", 1},
	{"sq", KEY_SQ, "LIST", 0, "query rows of the whole sequence [8192]", 1},
	{"skv", KEY_SKV, "N", 0, "keys of the whole sequence [the query rows]", 1},
	{"d", KEY_D, "N", 0, "columns of q and k [64]", 1},
	{"dv", KEY_DV, "N", 0, "columns of v [those of q]", 1},
	{"dtype", KEY_DTYPE, "f32|bf16|f16", 0, "of the inputs and the output [f32]", 1},
	{"causal", KEY_CAUSAL, NULL, 0, "keys after a row are hidden; the last row stands at the last key", 1},
	{"window", KEY_WINDOW, "N", 0, "keys before a row that it sees [all]", 1},
	{"q", KEY_QFILE, "Q.npy", 0, "inputs, of which each rank reads its share [made from the seed]", 2},
	{"k", KEY_KFILE, "K.npy", 0, "", 2},
	{"v", KEY_VFILE, "V.npy", 0, "", 2},
	{"seed", KEY_SEED, "N", 0, "of inputs and of the rows that are checked [1]", 2},
	{"threads", KEY_THREADS, "N", 0, "of each rank [1]", 3},
	{"repetitions", KEY_REPETITIONS, "N", 0, "timed runs after one that is not [3]", 3},
	{"rows", KEY_ROWS, "N", 0, "query rows whose output is judged; 0: none [8]", 3},
	{"out", KEY_OUT, "S.json", 0, "results, for attnbench report", 3},
	{"calibrate", KEY_CALIBRATE, NULL, 0, "print seconds of the local kernel on blocks of all sizes, and stop", 4},
	{"ping", KEY_PING, NULL, 0, "print latency and bandwidth between ranks 0 and 1, and stop", 4},
	{"block-times", KEY_TIMES, "FILE", 0, "simulation: what --calibrate printed on the machine to simulate", 4},
	{"copy-bandwidth", KEY_COPY, "BYTES", 0, "simulation: bytes a second that a rank's core copies of what it receives [none: a network card does]", 4},
	{NULL, 0, NULL, 0, NULL, 0}};

static int64_t number(struct argp_state *state, const char *option, const char *text, int64_t least)
{
	char *end;
	long long x = strtoll(text, &end, 10);
	if (*end || end == text || x < least || x > (long long)1 << 48)
		argp_error(state, "--%s is \"%s\": expected a whole number of %lld or more", option, text, (long long)least);
	return x;
}

static enum attn_dtype dtype_of(struct argp_state *state, const char *text)
{
	if (!strcmp(text, "f32"))
		return ATTN_F32;
	if (!strcmp(text, "bf16"))
		return ATTN_BF16;
	if (strcmp(text, "f16"))
		argp_error(state, "--dtype is \"%s\": expected f32, bf16 or f16", text);
	return ATTN_F16;
}

/* Where whole numbers go. */
static int64_t *whole(struct attn_problem *p, int key)
{
	switch (key) {
	case KEY_B:
		return &p->batch;
	case KEY_HQ:
		return &p->heads_q;
	case KEY_HKV:
		return &p->heads_kv;
	case KEY_SKV:
		return &p->len_kv;
	case KEY_D:
		return &p->dim_qk;
	case KEY_DV:
		return &p->dim_v;
	default:
		return NULL;
	}
}

static error_t parse_run_option(int key, char *argument, struct argp_state *state)
{
	struct scale_options *o = state->input;
	switch (key) {
	case KEY_THREADS:
		o->threads = (int)number(state, "threads", argument, 1);
		return 0;
	case KEY_REPETITIONS:
		o->repetitions = (int)number(state, "repetitions", argument, 1);
		return 0;
	case KEY_ROWS:
		o->rows = (int)number(state, "rows", argument, 0);
		return 0;
	case KEY_SEED:
		o->seed = (uint64_t)number(state, "seed", argument, 0);
		return 0;
	case KEY_QFILE:
	case KEY_KFILE:
	case KEY_VFILE:
		o->file[key - KEY_QFILE] = argument;
		return 0;
	case KEY_OUT:
		o->out = argument;
		return 0;
	case KEY_TIMES:
		o->block_times = argument;
		return 0;
	case KEY_COPY:
		o->copy_bandwidth = (double)number(state, "copy-bandwidth", argument, 1);
		return 0;
	case KEY_CALIBRATE:
		o->is_calibration = 1;
		return 0;
	case KEY_PING:
		o->is_ping = 1;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument \"%s\"", argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct scale_options *o = state->input;
	int64_t *n = whole(&o->p, key);
	if (n) {
		for (const struct argp_option *e = option_table; e->name; e++)
			if (e->key == key)
				*n = number(state, e->name, argument, 1);
		return 0;
	}
	switch (key) {
	case 'm':
		o->methods = argument;
		return 0;
	case KEY_LOCAL:
		o->local = argument;
		return 0;
	case KEY_SQ:
		o->lengths = argument;
		return 0;
	case KEY_DTYPE:
		o->p.dtype = dtype_of(state, argument);
		return 0;
	case KEY_CAUSAL:
		o->p.causal = 1;
		return 0;
	case KEY_WINDOW:
		o->p.window_left = number(state, "window", argument, 0);
		return 0;
	default:
		return parse_run_option(key, argument, state);
	}
}

/* Before MPI begins, so that a wrong command line ends without it; told once. */
static int rank_of_process(void)
{
	static const char *const rank_names[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", NULL};
	for (int i = 0; rank_names[i]; i++)
		if (getenv(rank_names[i]))
			return atoi(getenv(rank_names[i]));
	return 0;
}

int scale_parse(struct scale_options *o, int argc, char **argv)
{
	static const struct argp parser = {option_table, parse_option, NULL,
	                                   "Times attention over the ranks of mpirun, each of which makes or reads its own share of the inputs, and judges some rows of the output.", NULL, NULL, NULL};
	int rank = rank_of_process();
	*o = (struct scale_options){.methods = "ring", .lengths = "8192", .local = "flash", .threads = 1, .repetitions = 3, .rows = 8, .seed = 1};
	o->p = (struct attn_problem){.struct_size = sizeof o->p, .batch = 1, .heads_q = 1, .heads_kv = -1, .len_kv = -1, .dim_qk = 64, .dim_v = -1, .dtype = ATTN_F32,
	                             .align = ATTN_BOTTOM_RIGHT, .window_left = -1, .window_right = -1};
	argp_err_exit_status = 2;
	argp_program_version = PACKAGE_STRING;
	if (argp_parse(&parser, argc, argv, rank ? ARGP_SILENT : 0, NULL, o))
		return 2;
	if (o->p.heads_kv < 0)
		o->p.heads_kv = o->p.heads_q;
	if (o->p.dim_v < 0)
		o->p.dim_v = o->p.dim_qk;
	o->p.dim_k = o->p.dim_qk;
	o->p.scale = 1 / sqrt((double)o->p.dim_qk);
	if (o->p.heads_q % o->p.heads_kv == 0)
		return 0;
	if (rank == 0)
		fprintf(stderr, "attnbench-scale: --hq %lld, --hkv %lld: the key heads must divide the query heads\n", (long long)o->p.heads_q, (long long)o->p.heads_kv);
	return 2;
}
