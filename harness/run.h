/* The parts of `attnbench run`: options, verdict, report.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_RUN_H
#define HARNESS_RUN_H

#include "harness/attempt.h"
#include "harness/options.h"

#include <stdio.h>

/* What the criterion says about the outputs. */
struct run_verdict {
	int judged;      /* 0: why says why not */
	int right;       /* error ratio <= 1 */
	double ratio;    /* of the probabilistic bound */
	int64_t rows;    /* query rows that were judged; < 0: all */
	int64_t elements;
	char where[64];  /* the worst element: "out[0,3,17,5]" */
	double expected, got;
	char why[256];
};
void run_judge(const struct attn_impl *impl, const struct attn_problem *p, const struct attn_tensors *t, const struct attn_numerics *numerics,
               struct run_verdict *verdict);

struct run_subject {
	const struct attn_impl *impl;
	const struct attn_problem *problem;
	int threads;
	const struct attempt *attempt;
	const struct run_verdict *verdict;
};
void run_report_text(FILE *f, const struct run_subject *s);
/* One JSON object on f; 0 where this build has no jansson. */
int run_report_json(FILE *f, const struct run_subject *s);

/* What `explain` asks too. Statuses: EXIT_OK, or a message was printed. */
int run_check_impl(const char *name);                                            /* is there one of that name, and does it compute attention? */
int run_outcome(const struct attn_impl *impl, const struct attempt *attempt);    /* what the attempt came to */
int64_t run_rows_to_judge(const struct attn_problem *p);                         /* query rows whose reference a user waits for; < 0: all */
int run_default_threads(void);                                                   /* the CPUs this process may run on */

/* A tensor as text that numpy.loadtxt reads: a line of comment before each head, then its rows. */
void run_print_tensor(FILE *f, const char *name, const struct attn_tensor *t);

#endif
