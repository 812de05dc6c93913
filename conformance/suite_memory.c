/* memory: reads and writes stay inside the tensors, and what a hidden key holds stays out of the outputs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/guarded.h"
#include "conformance/random.h"
#include "conformance/reference.h"
#include "conformance/suites.h"
#include "conformance/trial.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <attnbench/view.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
static void test_unaligned(struct trial *trial) { test_guarded(trial, GUARDED_UNALIGNED); }

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
	trial_finish(trial, &t);
}

static void test_nan_key(struct trial *trial) { test_spoilt(trial, (double)NAN, 0); }
static void test_nan_value(struct trial *trial) { test_spoilt(trial, 0, (double)NAN); }
static void test_infinite_value(struct trial *trial) { test_spoilt(trial, 0, (double)INFINITY); }

/* Which rows of k (and v) some query row sees: one flag per row of its memory, or NULL. */
static unsigned char *seen_rows(const struct attn_problem *p, const struct attn_tensors *t)
{
	const struct attn_tensor *k = &t->k;
	unsigned char *seen = calloc((size_t)(k->dim[0] * k->dim[1] * k->dim[2]) + 1, 1);
	struct reference_row row;
	if (!seen || reference_row_init(&row, p) != ATTN_OK)
		return free(seen), NULL;
	for (int64_t n = 0; n < p->batch * p->heads_q * p->len_q; n++) {
		struct reference_place at = {n / p->len_q / p->heads_q, n / p->len_q % p->heads_q, n % p->len_q};
		int64_t h = at.h / (p->heads_q / p->heads_kv);
		if (!reference_row_make(&row, p, t, at, 0))
			continue;
		for (int64_t j = 0; j < row.keys; j++) {
			int paged = t->block_table.data != NULL;
			int64_t i = paged ? j % p->page_size : row.first_key + j - p->past_len, b = paged && row.value[j] ? attn_at_i64(&t->block_table, at.b, 0, 0, j / p->page_size) : at.b;
			if (row.value[j] && i >= 0)
				seen[(b * k->dim[1] + h) * k->dim[2] + i] = 1;
		}
	}
	reference_row_free(&row);
	return seen;
}

/* Everything that a tensor's strides leave out becomes x. */
static void spoil_padding(struct attn_tensor *t, double x)
{
	struct attn_tensor kept = attn_tensor_new(t->dtype, t->dim[0], t->dim[1], t->dim[2], t->dim[3]);
	struct attn_tensor flat = {t->data, t->dtype, {1, 1, 1, attn_tensor_extent(t)}, {0, 0, 0, 1}};
	if (!kept.data)
		return;
	attn_tensor_copy(&kept, t);
	for (int64_t n = 0; n < flat.dim[3]; n++)
		attn_tensor_set(&flat, 0, 0, 0, n, x);
	attn_tensor_copy(t, &kept);
	attn_tensor_free(&kept);
}

/* x in every key and value that no row sees (masked, beyond a length, in pages of no table) and between rows. How many. */
static int64_t spoil_hidden(const struct attn_problem *p, struct attn_tensors *t, double x)
{
	unsigned char *seen = seen_rows(p, t);
	int64_t rows = t->k.dim[2], heads = t->k.dim[1], hidden = 0;
	for (int64_t n = 0; seen && n < t->k.dim[0] * heads * rows; n++) {
		hidden += !seen[n];
		for (int64_t c = 0; !seen[n] && c < p->dim_k; c++)
			attn_tensor_set(&t->k, n / rows / heads, n / rows % heads, n % rows, c, x);
		for (int64_t c = 0; !seen[n] && c < p->dim_v; c++)
			attn_tensor_set(&t->v, n / rows / heads, n / rows % heads, n % rows, c, x);
	}
	free(seen);
	struct attn_tensor *strided[] = {&t->q, &t->k, &t->v};
	for (int n = 0; n < 3; n++)
		if (attn_tensor_extent(strided[n]) > attn_tensor_count(strided[n])) {
			hidden += attn_tensor_extent(strided[n]) - attn_tensor_count(strided[n]);
			spoil_padding(strided[n], x);
		}
	return hidden;
}

static void test_hidden(struct trial *trial, double x)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	if (!spoil_hidden(p, &t, x))
		trial_fail(trial, "vacuous: every key is seen");
	trial_finish(trial, &t);
}

static void test_hidden_nan(struct trial *trial) { test_hidden(trial, (double)NAN); }
static void test_hidden_infinity(struct trial *trial) { test_hidden(trial, (double)INFINITY); }
static void test_hidden_minus_infinity(struct trial *trial) { test_hidden(trial, (double)-INFINITY); }

/* A NaN query row: it alone is NaN. */
static void test_nan_query(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	if (p->len_q > 1)
		attn_tensor_set(&t.q, 0, 0, 1, 0, (double)NAN);
	trial_finish(trial, &t);
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
	trial_finish(trial, &t);
}

/* The first head's sink: a NaN makes its rows NaN, inf takes all the weight from the keys, -inf none. */
static void test_sink(struct trial *trial, double x)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	attn_tensor_set(&t.sinks, 0, 0, 0, 0, x);
	trial_finish(trial, &t);
}

static void test_nan_sink(struct trial *trial) { test_sink(trial, (double)NAN); }
static void test_infinite_sink(struct trial *trial) { test_sink(trial, (double)INFINITY); }
static void test_minus_infinite_sink(struct trial *trial) { test_sink(trial, (double)-INFINITY); }

static void add_sinks(struct case_list *list)
{
	static const char *const keys[] = {"b:1/hq:2/sq:3/skv:40/d:16/sinks", "b:1/hq:2/sq:40/skv:33/d:16/causal:br/sinks/lse", "b:2/hq:4/hkv:2/sq:1/skv:70/d:8/kvlen/sinks/lse",
	                                   "b:1/hq:2/sq:19/skv:33/d:16/bf16/sinks", NULL};
	for (int i = 0; keys[i]; i++) {
		case_add_test(list, keys[i], "nan-sink", test_nan_sink);
		case_add_test(list, keys[i], "infinite-sink", test_infinite_sink);
		case_add_test(list, keys[i], "minus-infinite-sink", test_minus_infinite_sink);
	}
}

/* Each tensor there is ends at a guard page, and begins after one, in some shape. */
static void add_guarded(struct case_list *list)
{
	static const char *const shapes[] = {"b:1/hq:1/sq:1/skv:1/d:1", "b:1/hq:2/sq:17/skv:33/d:40", "b:2/hq:4/hkv:2/sq:7/skv:65/d:63/dv:31/causal:br", "b:1/hq:1/sq:1/skv:257/d:32",
	                                     "b:1/hq:2/sq:65/skv:64/d:72/causal:tl", "b:1/hq:2/sq:9/skv:19/d:8/mask:bhqk/bias:hqk", "b:2/hq:3/sq:5/skv:5/d:16/layout:bshd",
	                                     "b:1/hq:2/sq:9/skv:33/d:24/bf16", "b:1/hq:2/sq:9/skv:33/d:24/f16", "b:1/hq:2/sq:9/skv:33/d:24/f64", "b:3/hq:2/sq:3/skv:21/d:8/kvlen/page:4",
	                                     "b:1/hq:2/sq:12/skv:20/d:8/varlen/lse", "b:1/hq:1/sq:130/skv:129/d:64", "b:1/hq:1/sq:3/skv:100/d:128", "b:4/hq:2/sq:3/skv:37/d:8/kvlen",
	                                     "b:2/hq:3/sq:5/skv:21/d:8/align:br/alibi/sinks", "b:2/hq:2/sq:3/skv:3/d:8/past:9", "b:2/hq:2/sq:3/skv:3/d:8/past:9/present",
	                                     "b:1/hq:2/sq:13/skv:29/d:8/blockmask:4,8", "b:1/hq:2/sq:5/skv:9/d:8/dk:6/score:general", "b:1/hq:2/sq:5/skv:9/d:8/dk:6/score:additive/hidden:5",
	                                     "b:1/hq:2/sq:5/skv:9/d:8/score:location", "b:1/hq:2/sq:5/skv:9/d:8/score:given-scores", "b:1/hq:2/sq:5/skv:33/d:8/mask:qk/weights",
	                                     "b:1/hq:2/sq:5/skv:33/d:8/softcap:2/scores:softcap", "b:1/hq:2/sq:5/skv:7/d:8/model:12/projbias",
	                                     "b:1/hq:2/sq:5/skv:7/d:4/qs:80,40,8,2/ks:112,56,8,2/vs:112,56,8,2/os:80,40,8,2", "b:1/hq:1/sq:1030/skv:17/d:8/bf16",
	                                     "b:1/hq:2/hkv:1/sq:1/skv:67/d:16", "b:1/hq:2/hkv:1/sq:1/skv:64/d:8/bf16", "b:1/hq:4/hkv:1/sq:1/skv:35/d:64", "b:1/hq:4/hkv:1/sq:1/skv:64/d:8/bf16",
	                                     "b:1/hq:4/hkv:1/sq:1/skv:35/d:16/f16", "b:1/hq:4/hkv:1/sq:2/skv:24/d:8", "b:1/hq:4/hkv:1/sq:2/skv:24/d:8/bf16",
	                                     "b:1/hq:4/hkv:1/sq:1/skv:40/d:8/qs:32,8,8,1/ks:8,8,0,1/vs:320,320,8,1/os:32,8,8,1", NULL};
	for (int i = 0; shapes[i]; i++) {
		case_add_test(list, shapes[i], "guarded-end", test_end);
		case_add_test(list, shapes[i], "guarded-begin", test_begin);
		case_add_test(list, shapes[i], "unaligned", test_unaligned);
	}
}

/* Hidden by each means there is; the last two by strides. */
static void add_hidden(struct case_list *list)
{
	static const char *const keys[] = {"b:2/hq:4/hkv:2/sq:5/skv:70/d:16/causal:tl", "b:2/hq:2/sq:19/skv:40/d:16/mask:k", "b:2/hq:2/sq:5/skv:100/d:16/mask:bk",
	                                   "b:2/hq:2/sq:19/skv:40/d:16/bias:bk", "b:1/hq:2/sq:3/skv:70/d:16/align:br/window:5,3", "b:1/hq:2/sq:3/skv:70/d:16/softcap:2/mask:k",
	                                   "b:4/hq:2/sq:3/skv:37/d:16/kvlen", "b:4/hq:4/hkv:2/sq:3/skv:37/d:16/causal:br/kvlen", "b:3/hq:2/sq:3/skv:29/d:16/kvlen/page:4",
	                                   "b:2/hq:2/sq:3/skv:40/d:16/page:8", "b:1/hq:2/sq:2/skv:70/d:16/bf16/mask:k", "b:1/hq:2/sq:2/skv:70/d:16/f16/mask:k",
	                                   "b:1/hq:2/sq:5/skv:7/d:4/qs:80,40,8,2/ks:112,56,8,2/vs:112,56,8,2/os:80,40,8,2", "b:2/hq:2/sq:5/skv:37/d:16/qs:400,200,40,1/ks:2960,1480,40,1/vs:2960,1480,40,1/os:400,200,40,1", NULL};
	for (int i = 0; keys[i]; i++) {
		case_add_test(list, keys[i], "hidden-nan", test_hidden_nan);
		case_add_test(list, keys[i], "hidden-infinity", test_hidden_infinity);
		case_add_test(list, keys[i], "hidden-minus-infinity", test_hidden_minus_infinity);
	}
}

void suite_memory(struct case_list *list, const struct suite_options *options)
{
	static const char *const hiding[] = {"b:2/hq:2/sq:40/skv:70/d:16/causal:tl", "b:2/hq:4/hkv:2/sq:19/skv:40/d:16/mask:bhqk", "b:1/hq:2/sq:19/skv:40/d:16/mask:k",
	                                     "b:1/hq:2/sq:33/skv:70/d:16/align:br/window:5,3", "b:2/hq:2/sq:19/skv:40/d:16/bias:bqk", "b:2/hq:2/sq:1/skv:100/d:16/mask:bk",
	                                     "b:1/hq:1/sq:5/skv:12/d:8/causal:br", NULL};
	(void)options;
	add_guarded(list);
	add_hidden(list);
	add_sinks(list);
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
