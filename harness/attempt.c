/* One implementation on one set of tensors, in a child.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/attempt.h"
#include "harness/host.h"
#include "harness/invoke.h"
#include "harness/problem.h"
#include "harness/registry.h"
#include "harness/sandbox.h"
#include "harness/tensor.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static size_t bytes_of(const struct attn_tensor *t)
{
	return (size_t)attn_tensor_extent(t) * attn_dtype_bytes(t->dtype);
}

static int share_output(struct attn_tensor *t, enum attn_dtype dtype, const int64_t dim[4])
{
	int64_t step = 1;
	t->dtype = dtype;
	for (int k = 3; k >= 0; k--) {
		t->dim[k] = dim[k];
		t->stride[k] = step;
		step *= dim[k] > 0 ? dim[k] : 1;
	}
	t->data = sandbox_share(bytes_of(t));
	if (t->data)
		memset(t->data, 0xff, bytes_of(t)); /* a NaN in every float format: what is not written is not right by chance */
	return t->data != NULL;
}

enum attn_status attempt_alloc_outputs(struct attn_tensors *t, const struct attn_problem *p)
{
	int64_t out[4], lse[] = {p->batch, p->heads_q, p->len_q, 1};
	int64_t square[] = {p->batch, p->heads_q, p->len_q, attn_problem_keys(p)};
	enum attn_dtype wide = p->dtype == ATTN_F64 ? ATTN_F64 : ATTN_F32;
	attn_problem_out_dim(p, out);
	int shared = share_output(&t->out, p->dtype, out);
	if (shared && p->wants & ATTN_WANTS_WEIGHTS)
		shared = share_output(&t->weights, wide, square);
	if (shared && p->wants & ATTN_WANTS_SCORES)
		shared = share_output(&t->scores, wide, square);
	if (shared && p->wants & ATTN_WANTS_LOGSUMEXP)
		shared = share_output(&t->logsumexp, wide, lse);
	if (shared && p->wants & ATTN_WANTS_SUMS)
		shared = share_output(&t->row_max, ATTN_F64, lse) && share_output(&t->row_sum, ATTN_F64, lse);
	if (shared)
		return ATTN_OK;
	attempt_free_outputs(t);
	return ATTN_NO_MEMORY;
}

void attempt_free_outputs(struct attn_tensors *t)
{
	struct attn_tensor *outputs[] = {&t->out, &t->weights, &t->scores, &t->logsumexp, &t->row_max, &t->row_sum};
	for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
		if (outputs[i]->data)
			sandbox_unshare(outputs[i]->data, bytes_of(outputs[i]));
		memset(outputs[i], 0, sizeof *outputs[i]);
	}
}

struct task {
	const struct attn_impl *impl;
	const struct attn_problem *p;
	const struct attn_tensors *t;
	int threads;
	struct attempt *result; /* shared with the parent */
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static enum attn_status run_plan(const struct task *task, struct attn_plan *plan)
{
	struct attempt *r = task->result;
	const char *kernel = task->impl->describe ? task->impl->describe(plan) : NULL;
	snprintf(r->kernel, sizeof r->kernel, "%s", kernel ? kernel : "");
	r->stage = ATTEMPT_RUN;
	enum attn_status status = invoke_bind(task->impl, plan, task->t);
	double start = now();
	if (status == ATTN_OK)
		status = task->impl->run(plan, task->t);
	r->run_seconds = now() - start;
	if (status == ATTN_OK)
		status = invoke_collect(task->impl, plan, task->t);
	const char *said = invoke_failure(task->impl, plan);
	if (status != ATTN_OK)
		snprintf(r->why, sizeof r->why, "its run() failed%s%s", *said ? ": " : status == ATTN_NO_MEMORY ? ": no memory" : "", said);
	return status;
}

static enum attn_status query_plan_run(const struct task *task)
{
	struct attempt *r = task->result;
	struct counting_host host;
	struct attn_plan *plan = NULL;

	enum attn_status status = registry_query(task->impl, task->p, r->why, sizeof r->why);
	if (status != ATTN_OK)
		return status;
	r->numerics = task->impl->numerics(task->p);
	r->stage = ATTEMPT_PLAN;
	counting_host_init(&host, task->threads);
	double start = now();
	status = task->impl->plan(task->p, &host.host, &plan, r->why, sizeof r->why);
	r->plan_seconds = now() - start;
	r->workspace_bytes = host.peak_bytes;
	if (status != ATTN_OK)
		return status;
	status = run_plan(task, plan);
	r->workspace_bytes += invoke_announced_elsewhere(task->impl, plan);
	task->impl->destroy(plan);
	r->stage = ATTEMPT_DONE;
	return status;
}

static int work(void *context)
{
	const struct task *task = context;
	task->result->status = query_plan_run(task);
	return 0;
}

void attempt_make(const struct attn_impl *impl, const struct attn_problem *p, const struct attn_tensors *t, int threads, double seconds, struct attempt *result)
{
	static const char *const stages[] = {"query", "plan", "run", "its end"};
	struct sandbox_limits limits = {seconds, 0};
	char how[256];
	memset(result, 0, sizeof *result);
	result->status = ATTN_NO_MEMORY;
	snprintf(result->why, sizeof result->why, "no memory");
	struct task task = {impl, p, t, threads, sandbox_share(sizeof *result)};
	if (!task.result)
		return;
	struct sandbox_outcome outcome = sandbox_run(work, &task, &limits);
	*result = *task.result;
	sandbox_unshare(task.result, sizeof *result);
	result->why[sizeof result->why - 1] = result->kernel[sizeof result->kernel - 1] = 0;
	if (outcome.end == SANDBOX_OK)
		return;
	result->status = ATTN_FAILED;
	result->crashed = outcome.end == SANDBOX_EXITED || outcome.end == SANDBOX_SIGNALLED;
	result->timed_out = outcome.end == SANDBOX_TIMEOUT;
	sandbox_describe(&outcome, how, sizeof how);
	snprintf(result->why, sizeof result->why, "in %s: %s", stages[result->stage <= ATTEMPT_DONE ? result->stage : ATTEMPT_DONE], how);
}
