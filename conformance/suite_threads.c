/* threads: the same result whatever the number of threads, however often it is run, beside whatever else runs; and, where it
 * is declared, the same bits for a row alone and in a batch.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/row_alone.h"
#include "conformance/suites.h"
#include "conformance/trial.h"
#include "harness/host.h"
#include "harness/invoke.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEEP = 100 }; /* repeats from which on every number of threads is tried */

static int repeats(const struct trial *trial)
{
	const struct suite_options *options = trial->c->data;
	return options->repeats > 0 ? (int)options->repeats : options->deep ? DEEP : 12;
}

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

/* The number of threads to try after n: each up to twice the cores, and 7 at least; beyond 8 by halves more, but each when the
 * suite is to go deep. 0: there is none. */
static int next_threads(const struct trial *trial, int n)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int most = cores > 3 ? 2 * (int)cores : 7, next = n < 8 || repeats(trial) >= DEEP ? n + 1 : n + n / 2;
	return n == most ? 0 : next > most ? most : next;
}

static void test_thread_counts(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	struct trial one = *trial;
	char what[64];

	if (!trial_inputs(trial, p, &t))
		return;
	one.threads = 1;
	void *kept = trial_run(&one, p, &t) && trial_judge(trial, p, &t, NULL) ? keep(&t) : NULL;
	while (kept && !trial_is_over(trial) && (one.threads = next_threads(trial, one.threads))) {
		snprintf(what, sizeof what, "%d threads instead of 1", one.threads);
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
	for (int n = 0; plan && n < repeats(trial) && !trial_is_over(trial); n++) {
		trial_poison_outputs(&t);
		if (invoke_run(trial->impl, plan, &t) != ATTN_OK)
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
	int repeats, failed;
};

static void *run_often(void *context)
{
	struct runner *r = context;
	for (int n = 0; n < r->repeats && !r->failed; n++) {
		trial_poison_outputs(&r->t);
		r->failed = invoke_run(r->impl, r->plan, &r->t) != ATTN_OK || memcmp(r->kept, r->t.out.data, out_bytes(&r->t)) != 0;
	}
	return NULL;
}

static int prepare(struct trial *trial, struct runner *r, int n)
{
	struct check_case c = *trial->c;
	struct trial own = {trial->impl, &c, trial->threads, trial->attempt, trial->workspace};
	char why[256] = "";
	c.seed += (uint64_t)n;
	r->impl = trial->impl;
	r->repeats = repeats(trial);
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

/* Rows of several heads and batch entries, alone and among the others. */
static void test_batch(struct trial *trial)
{
	int64_t different, at[3];
	if (!trial->impl->policy.batch_invariant)
		trial_skip(trial, "refused: it does not declare batch invariance");
	else if (row_alone_compare(trial, &trial->c->problem, 5, &different, at) && different)
		trial_fail(trial, "row %lld of head %lld of batch entry %lld has other bits alone than in the batch", (long long)at[2], (long long)at[1], (long long)at[0]);
}

void suite_threads(struct case_list *list, const struct suite_options *options)
{
	static const char *const keys[] = {"b:2/hq:4/hkv:2/sq:37/skv:150/d:32", "b:1/hq:1/sq:130/skv:130/d:16/causal:tl", "b:1/hq:4/hkv:2/sq:1/skv:700/d:32", NULL};
	for (int i = 0; keys[i]; i++) {
		case_add_test(list, keys[i], "thread-counts", test_thread_counts);
		case_add_test(list, keys[i], "repeats", test_repeats);
		case_add_test(list, keys[i], "two-at-once", test_two_at_once);
	}
	case_add_test(list, keys[0], "row-alone", test_batch);
	case_add_test(list, keys[2], "row-alone", test_batch);
	for (size_t i = 0; i < list->count; i++)
		list->cases[i].data = options;
}
