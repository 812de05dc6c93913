/* memory: reads and writes stay inside the tensors, and what a hidden key holds stays out of the outputs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/guarded.h"
#include "conformance/random.h"
#include "conformance/suites.h"
#include "conformance/trial.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <math.h>
#include <stdio.h>

static void test_guarded(struct trial *trial, enum guarded_side side)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	if (!guarded_move(&t, side))
		trial_fail(trial, "no memory for guard pages");
	else if (trial_run(trial, p, &t))
		trial_judge(trial, p, &t, NULL);
}

static void test_end(struct trial *trial) { test_guarded(trial, GUARDED_END); }
static void test_begin(struct trial *trial) { test_guarded(trial, GUARDED_BEGIN); }

/* Puts x into a few whole rows of k or v. */
static void spoil(struct attn_tensor *t, double x, struct random r)
{
	for (int64_t b = 0; b < t->dim[0]; b++)
		for (int64_t h = 0; h < t->dim[1]; h++)
			for (int64_t i = 0; i < t->dim[2]; i++)
				for (int64_t c = 0, spoilt = random_below(&r, 9) == 0; spoilt && c < t->dim[3]; c++)
					attn_tensor_set(t, b, h, i, c, x);
}

/* A NaN (or infinite) key or value: rows that see it show it, all others must not. */
static void test_spoilt(struct trial *trial, double k, double v)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	if (k != 0)
		spoil(&t.k, k, random_start(trial->c->seed, 50));
	if (v != 0)
		spoil(&t.v, v, random_start(trial->c->seed, 51));
	if (trial_run(trial, p, &t))
		trial_judge(trial, p, &t, NULL);
	attn_tensors_free(&t);
}

static void test_nan_key(struct trial *trial) { test_spoilt(trial, (double)NAN, 0); }
static void test_nan_value(struct trial *trial) { test_spoilt(trial, 0, (double)NAN); }
static void test_infinite_value(struct trial *trial) { test_spoilt(trial, 0, (double)INFINITY); }

/* A NaN query row: it alone is NaN. */
static void test_nan_query(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	if (p->len_q > 1)
		attn_tensor_set(&t.q, 0, 0, 1, 0, (double)NAN);
	if (trial_run(trial, p, &t))
		trial_judge(trial, p, &t, NULL);
	attn_tensors_free(&t);
}

/* Hidden keys with enormous scores: a maximum taken over them would drown all others. */
static void test_loud_hidden(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	for (int64_t b = 0; b < t.k.dim[0]; b++)
		for (int64_t h = 0; h < t.k.dim[1]; h++)
			for (int64_t j = 0; j < t.k.dim[2]; j++)
				for (int64_t c = 0; c < t.k.dim[3] && t.mask.data && !attn_tensor_get(&t.mask, b, 0, 0, j); c++)
					attn_tensor_set(&t.k, b, h, j, c, 500 * attn_tensor_get(&t.q, b, h * (p->heads_q / p->heads_kv), 0, c));
	if (trial_run(trial, p, &t))
		trial_judge(trial, p, &t, NULL);
	attn_tensors_free(&t);
}

void suite_memory(struct case_list *list, const struct suite_options *options)
{
	static const char *const shapes[] = {"b:1/hq:1/sq:1/skv:1/d:1", "b:1/hq:2/sq:17/skv:33/d:40", "b:2/hq:4/hkv:2/sq:7/skv:65/d:63/dv:31/causal:br", "b:1/hq:1/sq:1/skv:257/d:32",
	                                     "b:1/hq:2/sq:65/skv:64/d:72/causal:tl", "b:1/hq:2/sq:9/skv:19/d:8/mask:bhqk/bias:hqk", "b:2/hq:3/sq:5/skv:5/d:16/layout:bshd",
	                                     "b:1/hq:2/sq:9/skv:33/d:24/bf16", "b:1/hq:2/sq:9/skv:33/d:24/f16", "b:3/hq:2/sq:3/skv:21/d:8/kvlen/page:4", "b:1/hq:2/sq:12/skv:20/d:8/varlen/lse",
	                                     "b:1/hq:1/sq:130/skv:129/d:64", "b:1/hq:1/sq:3/skv:100/d:128", "b:4/hq:2/sq:3/skv:37/d:8/kvlen", NULL};
	static const char *const hiding[] = {"b:2/hq:2/sq:40/skv:70/d:16/causal:tl", "b:2/hq:4/hkv:2/sq:19/skv:40/d:16/mask:bhqk", "b:1/hq:2/sq:19/skv:40/d:16/mask:k",
	                                     "b:1/hq:2/sq:33/skv:70/d:16/align:br/window:5,3", "b:2/hq:2/sq:19/skv:40/d:16/bias:bqk", "b:2/hq:2/sq:1/skv:100/d:16/mask:bk",
	                                     "b:1/hq:1/sq:5/skv:12/d:8/causal:br", NULL};
	(void)options;
	for (int i = 0; shapes[i]; i++) {
		case_add_test(list, shapes[i], "guarded-end", test_end);
		case_add_test(list, shapes[i], "guarded-begin", test_begin);
	}
	for (int i = 0; hiding[i]; i++) {
		case_add_test(list, hiding[i], "nan-keys", test_nan_key);
		case_add_test(list, hiding[i], "nan-values", test_nan_value);
		case_add_test(list, hiding[i], "infinite-values", test_infinite_value);
	}
	for (int n = 1; n <= 33; n += n < 7 ? 6 : n < 15 ? 8 : n < 17 ? 1 : 16) {
		char key[64];
		snprintf(key, sizeof key, "b:1/hq:2/sq:4/skv:%d/d:8", n);
		case_add_test(list, key, "nan-query", test_nan_query);
	}
	case_add_test(list, "b:2/hq:2/sq:5/skv:40/d:16/mask:bk", "loud-hidden", test_loud_hidden);
	case_add_test(list, "b:1/hq:4/hkv:2/sq:40/skv:90/d:16/mask:bk", "loud-hidden", test_loud_hidden);
}
