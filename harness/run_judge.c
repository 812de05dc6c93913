/* The criterion's verdict on a run, computed in a child: tensors of a user may need more memory than there is.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/judge.h"
#include "harness/problem.h"
#include "harness/run.h"
#include "harness/sandbox.h"

#include <math.h>
#include <string.h>

/* Multiply-adds of the reference that a user waits for: some seconds. Beyond it rows are sampled. */
#define MOST_WORK 1e9

struct judgement {
	const struct attn_problem *p;
	const struct attn_tensors *t;
	const struct judge_rules *rules;
	int64_t rows;
	enum attn_status *status; /* shared with the parent, like result */
	struct judge_result *result;
};

static int work(void *context)
{
	const struct judgement *j = context;
	*j->status = judge_by(j->rules, j->p, j->t, j->rows, 1, j->result);
	return 0;
}

/* Of b·hq·sq rows in all, each of about skv·(d + dv) multiply-adds. */
int64_t run_rows_to_judge(const struct attn_problem *p)
{
	double all = (double)p->batch * (double)p->heads_q * (double)p->len_q;
	double each = (double)attn_problem_keys(p) * (double)(p->dim_qk + p->dim_v + p->dim_hidden) + 1;
	return all * each <= MOST_WORK ? -1 : (int64_t)(MOST_WORK / each) + 1;
}

static void conclude(struct run_verdict *v, const struct judge_result *r)
{
	v->ratio = r->ratio;
	v->right = r->ratio <= 1;
	v->expected = r->expected;
	v->got = r->got;
	v->elements = r->elements;
	snprintf(v->where, sizeof v->where, "%s[%lld,%lld,%lld,%lld]", r->output, (long long)r->at[0], (long long)r->at[1], (long long)r->at[2], (long long)r->at[3]);
}

void run_judge(const struct attn_impl *impl, const struct attn_problem *p, const struct attn_tensors *t, const struct attn_numerics *numerics, struct run_verdict *v)
{
	struct shared {
		enum attn_status status;
		struct judge_result result;
	} *shared = sandbox_share(sizeof *shared);
	struct judge_rules rules = {*numerics, impl->policy, NULL};
	char how[128];

	memset(v, 0, sizeof *v);
	v->rows = run_rows_to_judge(p);
	snprintf(v->why, sizeof v->why, "no memory");
	if (!shared)
		return;
	shared->status = ATTN_FAILED;
	struct judgement j = {p, t, &rules, v->rows, &shared->status, &shared->result};
	struct sandbox_outcome outcome = sandbox_run(work, &j, NULL);
	sandbox_describe(&outcome, how, sizeof how);
	v->judged = outcome.end == SANDBOX_OK && shared->status == ATTN_OK && shared->result.elements > 0;
	if (v->judged)
		conclude(v, &shared->result);
	else if (outcome.end != SANDBOX_OK)
		snprintf(v->why, sizeof v->why, "the reference %s", how);
	else if (shared->status == ATTN_OK)
		snprintf(v->why, sizeof v->why, "the output has no elements");
	sandbox_unshare(shared, sizeof *shared);
}
