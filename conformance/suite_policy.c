/* policy: what an implementation declares about its manners (struct attn_policy) against what it is seen to do. Declaring more than
 * is kept is a failure; the table is in check --format json.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/row_alone.h"
#include "conformance/suites.h"
#include "conformance/trial.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <attnbench/view.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void observe(struct trial *trial, const char *seen) { snprintf(trial->attempt->observed, sizeof trial->attempt->observed, "%s", seen); }

static double out_at(const struct attn_tensors *t, int64_t i, int64_t c) { return attn_at_float(&t->out, 0, 0, i, c); }

/* Row 0 sees no key; values are 1, 2, 3 … by key, so that their mean tells itself from 0. */
static void test_empty_row(struct trial *trial)
{
	static const char *const names[] = {"zero", "nan", "mean"};
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	for (int64_t j = 0; j < p->len_kv; j++) {
		attn_tensor_set(&t.mask, 0, 0, 0, j, 0);
		for (int64_t c = 0; c < p->dim_v; c++)
			attn_tensor_set(&t.v, 0, 0, j, c, (double)(j + 1));
	}
	if (trial_run(trial, p, &t)) {
		double x = out_at(&t, 0, 0), mean = (double)(p->len_kv + 1) / 2;
		int seen = x == 0 ? ATTN_EMPTY_ZERO : isnan(x) ? ATTN_EMPTY_NAN : fabs(x - mean) < 1e-3 * mean ? ATTN_EMPTY_MEAN : -1;
		observe(trial, seen < 0 ? "another value" : names[seen]);
		if (seen != (int)trial->impl->policy.empty_row)
			trial_fail(trial, "a row that sees no key is %.9g: declared is %s", x, names[trial->impl->policy.empty_row]);
	}
	attn_tensors_free(&t);
}

/* A NaN in a query row, a visible key and a visible value, in turn: does the row show it? */
static void test_nan(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	int shown = 0;
	for (int where = 0; where < 3; where++) {
		struct attn_tensors t;
		if (!trial_inputs(trial, p, &t))
			return;
		struct attn_tensor *spoilt[] = {&t.q, &t.k, &t.v};
		attn_tensor_set(spoilt[where], 0, 0, 1, 0, (double)NAN);
		shown += trial_run(trial, p, &t) && isnan(out_at(&t, 1, 0));
		attn_tensors_free(&t);
	}
	if (trial_is_over(trial))
		return;
	observe(trial, shown == 3 ? "yes" : shown ? "in part" : "no");
	if (trial->impl->policy.nan_propagates && shown < 3)
		trial_fail(trial, "a NaN in q, k or v did not reach the row's output in %d of 3 cases: declared is that it does", 3 - shown);
}

/* Whether two runs of the same rows give the same bits: the first with one thread, the second with more. */
static void test_threads(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	struct trial one = *trial;
	int same = 1;
	if (!trial_inputs(trial, p, &t))
		return;
	size_t bytes = (size_t)attn_tensor_extent(&t.out) * attn_dtype_bytes(t.out.dtype);
	void *kept = malloc(bytes);
	if (!kept)
		trial_fail(trial, "no memory");
	for (one.threads = 1; kept && one.threads <= 5 && trial_run(&one, p, &t); one.threads += 2) {
		if (one.threads == 1)
			memcpy(kept, t.out.data, bytes);
		same &= !memcmp(kept, t.out.data, bytes);
	}
	free(kept);
	attn_tensors_free(&t);
	if (trial_is_over(trial))
		return;
	observe(trial, same ? "yes" : "no");
	if (trial->impl->policy.thread_invariant && !same)
		trial_fail(trial, "the output's bits depend on the number of threads: declared is that they do not");
}

/* Each row alone, and among all rows. */
static void test_batch(struct trial *trial)
{
	int64_t different, at[3];
	if (!row_alone_compare(trial, &trial->c->problem, 1, &different, at))
		return;
	observe(trial, different ? "no" : "yes");
	if (trial->impl->policy.batch_invariant && different)
		trial_fail(trial, "a row has other bits alone than among others: declared is that it has the same");
}

void suite_policy(struct case_list *list, const struct suite_options *options)
{
	static const struct {
		const char *name, *key;
		void (*test)(struct trial *trial);
	} cases[] = {{"empty_row", "b:1/hq:1/sq:3/skv:5/d:8/mask:qk", test_empty_row},
	             {"nan_propagates", "b:1/hq:1/sq:3/skv:20/d:8", test_nan},
	             {"thread_invariant", "b:1/hq:3/sq:33/skv:200/d:32", test_threads},
	             {"batch_invariant", "b:1/hq:1/sq:9/skv:200/d:32", test_batch}};
	(void)options;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct check_case *c = case_add(list, cases[i].key, "normal", 1);
		if (!c)
			return;
		case_rename(c, cases[i].name);
		c->test = cases[i].test;
	}
}
