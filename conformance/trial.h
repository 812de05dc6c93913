/* One implementation on one case, in the child that the sandbox forked: compute, judge, note the outcome.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_TRIAL_H
#define CONFORMANCE_TRIAL_H

#include "conformance/suite.h"
#include "harness/host.h"

enum attempt_status { ATTEMPT_PENDING, ATTEMPT_RUNNING, ATTEMPT_PASSED, ATTEMPT_FAILED, ATTEMPT_SKIPPED, ATTEMPT_CRASHED, ATTEMPT_TIMEOUT };

/* The outcome, in memory that the parent shares. */
struct attempt {
	enum attempt_status status;
	struct judge_result judged;
	int is_judged;
	double seconds;
	char observed[24]; /* what a test of a declaration saw; empty: it is no such test */
	char reason[400];
};

struct trial {
	const struct attn_impl *impl;
	const struct check_case *c;
	int threads;
	struct attempt *attempt;
	enum host_poison workspace; /* what plans find there */
};

/* Notes an outcome. The first that is not a pass stays. */
void trial_fail(struct trial *trial, const char *format, ...) __attribute__((format(printf, 2, 3)));
void trial_skip(struct trial *trial, const char *format, ...) __attribute__((format(printf, 2, 3)));
int trial_is_over(const struct trial *trial); /* failed or skipped */

/* The test that most cases have: inputs by the recipe, a run, inputs unchanged, outputs judged, nothing vacuous; and the same outputs by a plan whose
 * workspace held numbers when that of the first held NaNs. */
void trial_plain(struct trial *trial);

/* The steps of it, for tests of another shape. Each notes what goes wrong; 0 then. */
int trial_inputs(struct trial *trial, const struct attn_problem *p, struct attn_tensors *t);
int trial_run(struct trial *trial, const struct attn_problem *p, struct attn_tensors *t); /* query, plan, run, destroy */
/* What trial_run does in one: a plan made from a copy of the problem that does not outlive the call, and one run of it, which must
 * leave arithmetic and the struct attn_tensors as they were. The caller destroys the plan. */
int trial_plan(struct trial *trial, const struct attn_problem *p, struct counting_host *host, struct attn_plan **plan);
int trial_run_plan(struct trial *trial, struct attn_plan *plan, const struct attn_tensors *t);
int trial_judge(struct trial *trial, const struct attn_problem *p, const struct attn_tensors *t, const struct attn_tensors *expected);

/* The end of most of them: runs and judges the case's problem, unless the trial is over, and frees t. */
void trial_finish(struct trial *trial, struct attn_tensors *t);

/* Outputs that nobody wrote are signalling NaN: fills them so. */
void trial_poison_outputs(struct attn_tensors *t);

#endif
