/* One implementation on one set of tensors, in a child: query, plan, run, and what came of it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_ATTEMPT_H
#define HARNESS_ATTEMPT_H

#include <attnbench/attn.h>

/* How far it came; a crash or a hang happened there. */
enum attempt_stage { ATTEMPT_QUERY, ATTEMPT_PLAN, ATTEMPT_RUN, ATTEMPT_DONE };

struct attempt {
	enum attempt_stage stage;
	enum attn_status status; /* ATTN_OK: the outputs are there */
	int crashed, timed_out;  /* status is ATTN_FAILED then, and why says how it ended */
	char why[512], kernel[128];
	double plan_seconds, run_seconds;
	size_t workspace_bytes; /* what the plan took from the host */
	struct attn_numerics numerics;
};

/* Outputs that the problem wants, in memory that parent and children share, filled with NaN. */
enum attn_status attempt_alloc_outputs(struct attn_tensors *t, const struct attn_problem *p);
void attempt_free_outputs(struct attn_tensors *t);

/* Runs the implementation in a child of `seconds` (0: no limit). t: inputs, and outputs of attempt_alloc_outputs. */
void attempt_make(const struct attn_impl *impl, const struct attn_problem *p, const struct attn_tensors *t, int threads, double seconds, struct attempt *result);

#endif
