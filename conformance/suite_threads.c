/* threads: the same result whatever the number of threads, however often it is run, beside whatever else runs; and, where it
 * is declared, the same bits for a row alone and in a batch.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/suites.h"
#include "conformance/trial.h"
#include "harness/host.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPEATS = 12 };

static size_t out_bytes(const struct attn_tensors *t)
{
	return (size_t)attn_tensor_extent(&t->out) * attn_dtype_bytes(t->out.dtype);
}

/* A copy of out's memory as it is now; the caller's. */
static void *keep(const struct attn_tensors *t)
{
	void *copy = malloc(out_bytes(t) + 1);
	if (copy)
		memcpy(copy, t->out.data, out_bytes(t));
	return copy;
}

static void expect_same(struct trial *trial, const struct attn_tensors *t, const void *kept, const char *what)
{
	if (!kept)
		trial_fail(trial, "no memory");
	else if (memcmp(kept, t->out.data, out_bytes(t)))
		trial_fail(trial, "%s: the output's bits differ", what);
}

static void test_thread_counts(struct trial *trial)
{
	static const int counts[] = {2, 3, 4, 7};
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	struct trial one = *trial;
	char what[64];

	if (!trial_inputs(trial, p, &t))
		return;
	one.threads = 1;
	void *kept = trial_run(&one, p, &t) && trial_judge(trial, p, &t, NULL) ? keep(&t) : NULL;
	for (int n = 0; kept && n < 4 && !trial_is_over(trial); n++) {
		one.threads = counts[n];
		snprintf(what, sizeof what, "%d threads instead of 1", counts[n]);
		if (!trial_run(&one, p, &t) || !trial_judge(trial, p, &t, NULL))
			break;
		if (trial->impl->policy.thread_invariant)
			expect_same(trial, &t, kept, what);
	}
	free(kept);
	attn_tensors_free(&t);
}

/* One plan run again and again: it keeps nothing between runs. */
static void test_repeats(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	struct counting_host host;
	struct attn_plan *plan = NULL;
	char why[256] = "";

	if (!trial_inputs(trial, p, &t))
		return;
	void *kept = trial_run(trial, p, &t) && trial_judge(trial, p, &t, NULL) ? keep(&t) : NULL;
	counting_host_init(&host, trial->threads);
	if (kept && trial->impl->plan(p, &host.host, &plan, why, sizeof why) != ATTN_OK)
		trial_fail(trial, "plan failed: %s", why);
	for (int n = 0; plan && n < REPEATS && !trial_is_over(trial); n++) {
		trial_poison_outputs(&t);
		if (trial->impl->run(plan, &t) != ATTN_OK)
			trial_fail(trial, "run %d of a plan failed", n + 1);
		else
			expect_same(trial, &t, kept, n ? "a later run of the same plan" : "another plan's run");
	}
	if (plan)
		trial->impl->destroy(plan);
	free(kept);
	attn_tensors_free(&t);
}

/* One of two plans that run at once. */
struct runner {
	const struct attn_impl *impl;
	struct attn_plan *plan;
	struct attn_tensors t;
	struct counting_host host;
	void *kept;
	int failed;
};

static void *run_often(void *context)
{
	struct runner *r = context;
	for (int n = 0; n < REPEATS && !r->failed; n++) {
		trial_poison_outputs(&r->t);
		r->failed = r->impl->run(r->plan, &r->t) != ATTN_OK || memcmp(r->kept, r->t.out.data, out_bytes(&r->t)) != 0;
	}
	return NULL;
}

static int prepare(struct trial *trial, struct runner *r, int n)
{
	struct check_case c = *trial->c;
	struct trial own = {trial->impl, &c, trial->threads, trial->attempt};
	char why[256] = "";
	c.seed += (uint64_t)n;
	r->impl = trial->impl;
	if (!trial_inputs(&own, &c.problem, &r->t))
		return 0;
	if (!trial_run(&own, &c.problem, &r->t) || !trial_judge(&own, &c.problem, &r->t, NULL) || !(r->kept = keep(&r->t)))
		return 0;
	counting_host_init(&r->host, trial->threads);
	if (trial->impl->plan(&c.problem, &r->host.host, &r->plan, why, sizeof why) != ATTN_OK)
		return trial_fail(trial, "plan failed: %s", why), 0;
	return 1;
}

static void test_two_at_once(struct trial *trial)
{
	struct runner r[2] = {{0}, {0}};
	pthread_t thread[2];
	int started = 0;
	if (prepare(trial, &r[0], 0) && prepare(trial, &r[1], 1))
		for (; started < 2; started++)
			if (pthread_create(&thread[started], NULL, run_often, &r[started]))
				break;
	for (int n = 0; n < started; n++) {
		pthread_join(thread[n], NULL);
		if (r[n].failed)
			trial_fail(trial, "two plans at once: the output's bits differ from those of the plan alone");
	}
	for (int n = 0; n < 2; n++) {
		if (r[n].plan)
			trial->impl->destroy(r[n].plan);
		free(r[n].kept);
		attn_tensors_free(&r[n].t);
	}
}

/* Row i of head h of batch entry b as a problem of its own: the same bits as among the others. */
static void test_batch(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_problem alone = *p;
	struct attn_tensors t, row;
	if (!trial->impl->policy.batch_invariant) {
		trial_skip(trial, "refused: it does not declare batch invariance");
		return;
	}
	if (!trial_inputs(trial, p, &t))
		return;
	void *kept = trial_run(trial, p, &t) && trial_judge(trial, p, &t, NULL) ? keep(&t) : NULL;
	alone.batch = alone.heads_q = alone.heads_kv = alone.len_q = 1;
	for (int64_t n = 0; kept && n < p->batch * p->heads_q * p->len_q && !trial_is_over(trial); n += 5) {
		int64_t b = n / (p->heads_q * p->len_q), h = n / p->len_q % p->heads_q, i = n % p->len_q, group = p->heads_q / p->heads_kv;
		row = t;
		row.q.data = (float *)t.q.data + b * t.q.stride[0] + h * t.q.stride[1] + i * t.q.stride[2];
		row.k.data = (float *)t.k.data + b * t.k.stride[0] + h / group * t.k.stride[1];
		row.v.data = (float *)t.v.data + b * t.v.stride[0] + h / group * t.v.stride[1];
		row.out = attn_tensor_new(ATTN_F32, 1, 1, 1, p->dim_v);
		row.q.dim[0] = row.q.dim[1] = row.q.dim[2] = row.k.dim[0] = row.k.dim[1] = row.v.dim[0] = row.v.dim[1] = 1;
		memcpy(alone.stride_out, row.out.stride, sizeof alone.stride_out);
		if (row.out.data && trial_run(trial, &alone, &row) &&
		    memcmp(row.out.data, (float *)kept + b * t.out.stride[0] + h * t.out.stride[1] + i * t.out.stride[2], (size_t)p->dim_v * sizeof(float)))
			trial_fail(trial, "row %lld of head %lld of batch entry %lld has other bits alone than in the batch", (long long)i, (long long)h, (long long)b);
		attn_tensor_free(&row.out);
	}
	free(kept);
	attn_tensors_free(&t);
}

void suite_threads(struct case_list *list, const struct suite_options *options)
{
	static const char *const keys[] = {"b:2/hq:4/hkv:2/sq:37/skv:150/d:32", "b:1/hq:1/sq:130/skv:130/d:16/causal:tl", "b:1/hq:4/hkv:2/sq:1/skv:700/d:32", NULL};
	(void)options;
	for (int i = 0; keys[i]; i++) {
		case_add_test(list, keys[i], "thread-counts", test_thread_counts);
		case_add_test(list, keys[i], "repeats", test_repeats);
		case_add_test(list, keys[i], "two-at-once", test_two_at_once);
	}
	case_add_test(list, keys[0], "row-alone", test_batch);
	case_add_test(list, keys[2], "row-alone", test_batch);
}
