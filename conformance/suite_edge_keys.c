/* edge: rows that see a single key, at every place; and rows hidden by finite numbers, which do not hide.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/suite_edge.h"
#include "conformance/trial.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

/* Row i sees key i alone, of as many rows as keys; a row alone, the key that its seed says. */
static void test_single(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	for (int64_t i = 0; i < p->len_q; i++)
		for (int64_t j = 0; j < p->len_kv; j++) {
			int seen = j == (p->len_q == 1 ? (int64_t)trial->c->seed : i);
			if (t.mask.data)
				attn_tensor_set(&t.mask, 0, 0, i, j, seen);
			if (t.bias.data)
				attn_tensor_set(&t.bias, 0, 0, i, j, seen ? 0.5 : (double)-INFINITY);
		}
	trial_finish(trial, &t);
}

/* A score of +inf takes all the weight. */
static void test_plus_infinity(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	for (int64_t i = 0; i < p->len_q; i++)
		for (int64_t j = 0; j < p->len_kv; j++)
			attn_tensor_set(&t.bias, 0, 0, i, j, j == i * 7 % p->len_kv ? (double)INFINITY : 0.25);
	trial_finish(trial, &t);
}

/* q = 0, and the same finite bias on every key, however low: equal weights, as without it. */
static void test_sentinel(struct trial *trial, double bias)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_problem without = *p;
	struct attn_tensors t, bare;
	if (!trial_inputs(trial, p, &t))
		return;
	for (int64_t i = 0; i < p->len_q; i++)
		for (int64_t j = 0; j < p->len_kv; j++)
			attn_tensor_set(&t.bias, 0, 0, i, j, bias);
	bare = t;
	bare.bias = (struct attn_tensor){0};
	without.has &= ~(uint32_t)ATTN_HAS_BIAS;
	without.bias_dims = 0;
	if (trial_run(trial, p, &t)) /* judged as what it is: exact scores, and so a narrow bound */
		trial_judge(trial, &without, &bare, NULL);
	attn_tensors_free(&t);
}

static void test_lowest(struct trial *trial) { test_sentinel(trial, -(double)FLT_MAX); }
static void test_minus_1e9(struct trial *trial) { test_sentinel(trial, -1e9); }
static void test_minus_65504(struct trial *trial) { test_sentinel(trial, -65504); }

/* The whole row -inf, by bias: nothing is seen. */
static void test_minus_infinity(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	for (int64_t i = 0; i < p->len_q; i += 2)
		for (int64_t j = 0; j < p->len_kv; j++)
			attn_tensor_set(&t.bias, 0, 0, i, j, (double)-INFINITY);
	trial_finish(trial, &t);
}

/* Nothing is seen at all: a mask of 0 everywhere. */
static void test_blind(struct trial *trial)
{
	struct attn_tensors t;
	if (!trial_inputs(trial, &trial->c->problem, &t))
		return;
	for (int64_t n = 0; n < attn_tensor_extent(&t.mask); n++)
		((unsigned char *)t.mask.data)[n] = 0;
	trial_finish(trial, &t);
}

/* All that is seen scores `low`; a hidden key scores 0 and has a value that would show. A finite number that stands for
 * "hidden" and is above `low` lets it through. */
static void test_below_sentinel(struct trial *trial, double low)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	for (int64_t h = 0; h < p->heads_q; h++) {
		for (int64_t i = 0; i < p->len_q; i++)
			for (int64_t c = 0; c < p->dim_qk; c++)
				attn_tensor_set(&t.q, 0, h, i, c, c == 0);
		for (int64_t j = 0; j < p->len_kv; j++) {
			int hidden = j % 3 == 1;
			attn_tensor_set(&t.mask, 0, 0, 0, j, !hidden);
			for (int64_t c = 0; c < p->dim_qk; c++)
				attn_tensor_set(&t.k, 0, h, j, c, c == 0 && !hidden ? low : 0);
			for (int64_t c = 0; hidden && c < p->dim_v; c++)
				attn_tensor_set(&t.v, 0, h, j, c, 1e6);
		}
	}
	trial_finish(trial, &t);
}

static void test_below_6e4(struct trial *trial) { test_below_sentinel(trial, -4 * 6e4); }
static void test_below_1e30(struct trial *trial) { test_below_sentinel(trial, -4e30); }

static void add(struct case_list *list, const char *key, const char *recipe, uint64_t seed, const char *what, void (*test)(struct trial *trial))
{
	char name[ATTN_KEY_SIZE + 64];
	struct check_case *c = case_add(list, key, recipe, seed);
	if (!c)
		return;
	snprintf(name, sizeof name, "%s/%s", key, what);
	case_rename(c, name);
	c->test = test;
}

/* As many rows as keys over two tiles and one more; and a row alone that sees the first or last key of a tile. */
static void add_single(struct case_list *list, int64_t tile)
{
	static const char *const means[] = {"mask:qk", "bias:qk", NULL};
	char key[128], what[64];
	for (int m = 0; means[m] && tile <= 128; m++) {
		snprintf(key, sizeof key, "b:1/hq:1/sq:%lld/skv:%lld/d:8/%s", (long long)(2 * tile + 1), (long long)(2 * tile + 1), means[m]);
		add(list, key, "labelled", 1, "single-key", test_single);
	}
	for (int64_t n = 0; n < 2; n++)
		for (int64_t at = n * tile; at < (n + 1) * tile; at += tile > 1 ? tile - 1 : 1) {
			snprintf(key, sizeof key, "b:1/hq:2/sq:1/skv:%lld/d:8/%s", (long long)(2 * tile + 1), means[n]);
			snprintf(what, sizeof what, "single-key-%lld", (long long)at);
			add(list, key, "labelled", (uint64_t)at, what, test_single);
		}
}

void suite_edge_keys(struct case_list *list, const int64_t *lengths)
{
	static const char bias[] = "b:1/hq:2/sq:5/skv:70/d:16/bias:qk", mask[] = "b:1/hq:2/sq:5/skv:70/d:16/mask:k";
	for (const int64_t *tile = lengths; *tile; tile++)
		add_single(list, *tile);
	add(list, bias, "normal", 1, "plus-infinity", test_plus_infinity);
	add(list, bias, "uniform", 1, "lowest-everywhere", test_lowest);
	add(list, bias, "uniform", 1, "-1e9-everywhere", test_minus_1e9);
	add(list, bias, "uniform", 1, "-65504-everywhere", test_minus_65504);
	add(list, bias, "normal", 1, "-inf-rows", test_minus_infinity);
	add(list, "b:2/hq:2/sq:5/skv:70/d:16/mask:bhqk", "normal", 1, "nothing-seen", test_blind);
	add(list, mask, "normal", 1, "scores-below-6e4", test_below_6e4);
	add(list, mask, "normal", 1, "scores-below-1e30", test_below_1e30);
}
