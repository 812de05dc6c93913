/* The key: over random problems, parsing and printing are inverse; broken keys are refused by field.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/problem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after its own prerequisites */
#include <cmocka.h>

static uint64_t seed = 1;

static uint64_t draw(void) /* xorshift64*: Vigna 2016 */
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (seed * 0x2545f4914f6cdd1dull) >> 11;
}

static int64_t below(int64_t n) { return (int64_t)(draw() % (uint64_t)n); }
static int one_in(int64_t n) { return below(n) == 0; }

/* Mostly small, now and then large. */
static int64_t size_from(int64_t least)
{
	return least + below(one_in(8) ? 100000 : 70);
}

/* Any finite double: its bits are drawn. */
static double any_double(void)
{
	double x;
	do {
		uint64_t bits = draw() << 11 ^ draw();
		memcpy(&x, &bits, sizeof x);
	} while (x - x != 0);
	return x;
}

static void draw_masks(struct attn_problem *p)
{
	p->causal = one_in(3);
	p->align = (enum attn_align)below(2);
	if (one_in(3))
		p->window_left = below(100);
	if (one_in(3))
		p->window_right = p->causal ? 0 : below(100);
	if (one_in(3))
		p->has |= ATTN_HAS_MASK, p->mask_dims = (uint32_t)below(16);
	if (one_in(3))
		p->has |= ATTN_HAS_BIAS, p->bias_dims = (uint32_t)below(16);
	if (one_in(5))
		p->has |= ATTN_HAS_BLOCK_MASK, p->block_q = 1 + below(128), p->block_kv = 1 + below(128);
	if (one_in(4))
		p->has |= ATTN_HAS_ALIBI;
	if (one_in(4))
		p->has |= ATTN_HAS_SINKS;
}

static void draw_cache(struct attn_problem *p)
{
	switch (below(6)) {
	case 0:
		p->has |= ATTN_HAS_PAST, p->past_len = below(100);
		p->wants |= one_in(2) ? ATTN_WANTS_PRESENT : 0;
		break;
	case 1:
		p->has |= ATTN_HAS_BLOCK_TABLE, p->page_size = 1 + below(64);
		break;
	case 2:
		p->has |= ATTN_HAS_CU_SEQLENS, p->batch = 1;
		break;
	case 3:
		p->has |= ATTN_HAS_KV_LEN;
	}
}

static void draw_layer(struct attn_problem *p)
{
	if (p->score > ATTN_DOT || p->has & (ATTN_HAS_PAST | ATTN_HAS_BLOCK_TABLE))
		return;
	p->has |= ATTN_HAS_PROJECTIONS | (one_in(2) ? ATTN_HAS_PROJECTION_BIAS : 0);
	p->dim_model = size_from(1);
	p->dim_model_kv = one_in(2) ? size_from(1) : -1;
	p->dim_out = one_in(2) ? size_from(1) : -1;
}

static void draw_layout(struct attn_problem *p)
{
	int64_t *strides[] = {p->stride_q, p->stride_k, p->stride_v, p->stride_out};
	attn_problem_set_layout(p, (enum attn_layout)below(3));
	if (one_in(4))
		for (int t = 0; t < 4; t++)
			for (int k = 0; k < 4; k++)
				strides[t][k] = below(3) ? below(100000) : below(2);
}

static struct attn_problem random_problem(void)
{
	static const enum attn_dtype dtypes[] = {ATTN_F32, ATTN_F64, ATTN_BF16, ATTN_F16};
	struct attn_problem p;
	attn_problem_init(&p);
	p.score = (enum attn_score)below(8);
	p.batch = size_from(0), p.heads_kv = 1 + below(8), p.heads_q = p.heads_kv * (1 + below(8));
	p.len_q = size_from(0), p.len_kv = size_from(0), p.dim_qk = size_from(1);
	p.dim_v = one_in(2) ? size_from(1) : -1;
	p.dim_k = p.score >= ATTN_GENERAL && p.score != ATTN_LOCATION && one_in(2) ? size_from(1) : -1;
	p.dim_hidden = p.score == ATTN_ADDITIVE && one_in(2) ? size_from(1) : -1;
	p.dtype = dtypes[below(4)];
	p.softmax_dtype = one_in(4) ? dtypes[below(4)] : ATTN_NONE;
	if (one_in(3))
		p.scale = one_in(4) ? 0 : one_in(3) ? 1 / (double)(1 + below(100)) : any_double();
	if (one_in(4))
		p.softcap = one_in(2) ? 30 : fabs(any_double());
	p.wants = (one_in(4) ? ATTN_WANTS_WEIGHTS : 0) | (one_in(4) ? ATTN_WANTS_LOGSUMEXP : 0) | (one_in(4) ? ATTN_WANTS_SUMS : 0);
	if (one_in(4))
		p.wants |= ATTN_WANTS_SCORES, p.score_stage = (enum attn_score_stage)below(3);
	draw_masks(&p);
	draw_cache(&p);
	if (one_in(3))
		draw_layer(&p);
	attn_problem_resolve(&p);
	if (one_in(2))
		draw_layout(&p);
	return p;
}

/* Field by field: padding between members is anything. */
static int equal(const struct attn_problem *a, const struct attn_problem *b)
{
	return a->batch == b->batch && a->heads_q == b->heads_q && a->heads_kv == b->heads_kv && a->len_q == b->len_q && a->len_kv == b->len_kv &&
	       a->dim_qk == b->dim_qk && a->dim_v == b->dim_v && a->dtype == b->dtype && a->softmax_dtype == b->softmax_dtype && a->score == b->score &&
	       !memcmp(&a->scale, &b->scale, sizeof a->scale) && a->causal == b->causal && a->align == b->align && a->window_left == b->window_left &&
	       a->window_right == b->window_right && !memcmp(&a->softcap, &b->softcap, sizeof a->softcap) && a->has == b->has && a->wants == b->wants &&
	       a->mask_dims == b->mask_dims && a->bias_dims == b->bias_dims && a->score_stage == b->score_stage && a->past_len == b->past_len &&
	       a->page_size == b->page_size && a->block_q == b->block_q && a->block_kv == b->block_kv && a->dim_k == b->dim_k && a->dim_hidden == b->dim_hidden &&
	       a->dim_model == b->dim_model && a->dim_model_kv == b->dim_model_kv && a->dim_out == b->dim_out &&
	       !memcmp(a->stride_q, b->stride_q, sizeof a->stride_q) && !memcmp(a->stride_k, b->stride_k, sizeof a->stride_k) &&
	       !memcmp(a->stride_v, b->stride_v, sizeof a->stride_v) && !memcmp(a->stride_out, b->stride_out, sizeof a->stride_out);
}

static void random_problems_survive_the_round_trip(void **state)
{
	(void)state;
	for (int n = 0; n < 10000; n++) {
		char key[ATTN_KEY_SIZE], again[ATTN_KEY_SIZE], why[2048] = "";
		struct attn_problem p = random_problem(), q;
		attn_problem_print(&p, key);
		if (attn_problem_check(&p, why, sizeof why) != ATTN_OK)
			fail_msg("problem %d was drawn wrongly: %s: %s", n, key, why);
		if (attn_problem_parse(key, &q, why, sizeof why) != ATTN_OK)
			fail_msg("problem %d: %s", n, why);
		attn_problem_print(&q, again);
		assert_string_equal(again, key);
		if (!equal(&p, &q))
			fail_msg("problem %d reads back as another: %s", n, key);
	}
}

/* Keys as they are written down: each prints as itself, so that its spelling is canonical. */
static void known_keys_are_canonical(void **state)
{
	static const char *const keys[] = {
		"b:1/hq:1/sq:1/skv:1/d:1", "b:1/hq:32/hkv:8/sq:1/skv:4096/d:128/bf16/causal:br", "b:2/hq:4/sq:0/skv:3/d:8/dv:16/f64/scale:0.5/window:3,-/softcap:30/mask:bhqk/bias:1",
		"b:1/hq:2/sq:3/skv:4/d:5/dk:6/score:additive/hidden:7", "b:1/hq:8/sq:4/skv:4/d:16/align:br/window:2,2/alibi/sinks/layout:bshd/weights/lse/scores:masked",
		"b:2/hq:8/hkv:2/sq:4/skv:9/d:16/model:64/modelkv:48/modelout:32/f16/causal:br/projbias/weights"};
	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		char again[ATTN_KEY_SIZE], why[2048] = "";
		struct attn_problem p;
		if (attn_problem_parse(keys[i], &p, why, sizeof why) != ATTN_OK)
			fail_msg("%s", why);
		attn_problem_print(&p, again);
		assert_string_equal(again, keys[i]);
	}
}

static void broken_keys_are_refused(void **state)
{
	static const struct {
		const char *key, *why;
	} bad[] = {{"", "key \"\": there is no field \"\""},
	           {"b:1//d:4", "key \"b:1//d:4\": there is no field \"\""},
	           {"heads:4", "key \"heads:4\": there is no field \"heads\""},
	           {"b:x", "key \"b:x\": field b is \"x\": expected a whole number of 0 or more"},
	           {"b:-1", "key \"b:-1\": field b is \"-1\": expected a whole number of 0 or more"},
	           {"b", "key \"b\": field b is \"\": expected a whole number of 0 or more"},
	           {"b:99999999999999999999", "key \"b:99999999999999999999\": field b is \"99999999999999999999\": expected a whole number of 0 or more"},
	           {"b:9999999999999", "b (batch) is 9999999999999: expected 0 to 2^40"},
	           {"hq:3/hkv:2", "hq is 3 and hkv 2: hkv must divide hq"},
	           {"d:0", "d (columns of q and k) is 0: expected 1 to 2^40"},
	           {"d:4/dk:5", "dk is 5 and d 4: they may differ for the scores general, additive and location only"},
	           {"scale:abc", "key \"scale:abc\": field scale is \"abc\": expected a number"},
	           {"scale:inf", "scale is inf: expected a finite number"},
	           {"softcap:-1", "softcap is -1: expected a finite number of 0 or more"},
	           {"score:bilinear", "key \"score:bilinear\": field score is \"bilinear\": expected a score (attnbench list features)"},
	           {"causal:left", "key \"causal:left\": field causal is \"left\": expected tl or br"},
	           {"causal:tl/window:-,3", "window right is 3: a causal problem has none, or 0"},
	           {"window:3", "key \"window:3\": field window is \"3\": expected LEFT,RIGHT, each a number or -"},
	           {"window:1,2,3", "key \"window:1,2,3\": field window is \"1,2,3\": expected LEFT,RIGHT, each a number or -"},
	           {"mask:kq", "key \"mask:kq\": field mask is \"kq\": expected letters of bhqk in this order, or 1"},
	           {"mask", "key \"mask\": field mask is \"\": expected letters of bhqk in this order, or 1"},
	           {"i64", "the dtype is i64: expected f32, f64, bf16 or f16"},
	           {"page:0", "page is 0: expected 1 or more with a block table, else 0"},
	           {"past:2/page:4", "past with a block table or packed sequences: a problem has one of them"},
	           {"b:2/varlen", "b is 2: packed sequences (varlen) have a batch of 1"},
	           {"present", "present is wanted: expected past with it"},
	           {"layout:nhwc", "key \"layout:nhwc\": field layout is \"nhwc\": expected bhsd, bshd or packed"},
	           {"qs:1,1,1,1", "key \"qs:1,1,1,1\": expected all of qs, ks, vs and os, or none"},
	           {"alibi:1", "key \"alibi:1\": there is no field \"alibi\""},
	           {"model:0", "model (columns of x) is 0: expected 1 to 2^40"},
	           {"modelkv:8", "modelkv or modelout without model: a layer has all three"},
	           {"projbias", "projection bias without projections: expected model as well"},
	           {"model:8/score:cosine", "score is cosine: the layer has scaled-dot or dot"},
	           {"model:8/past:2", "a layer makes its keys itself: expected neither past nor page"},
	           {"score:additive/hidden:0", "hidden is 0: expected at least 1 with score:additive, 0 with others"}};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char why[2048] = "";
		struct attn_problem p;
		assert_int_equal(attn_problem_parse(bad[i].key, &p, why, sizeof why), ATTN_FAILED);
		assert_string_equal(why, bad[i].why);
	}
}

static void a_key_that_is_too_long_is_refused(void **state)
{
	char key[3 * ATTN_KEY_SIZE], why[256] = "";
	struct attn_problem p;
	(void)state;
	memset(key, 'b', sizeof key - 1);
	key[sizeof key - 1] = 0;
	assert_int_equal(attn_problem_parse(key, &p, why, sizeof why), ATTN_FAILED);
	assert_string_equal(why, "the key has 3071 characters: expected fewer than 1024");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(random_problems_survive_the_round_trip), cmocka_unit_test(known_keys_are_canonical),
	                                   cmocka_unit_test(broken_keys_are_refused), cmocka_unit_test(a_key_that_is_too_long_is_refused)};
	return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
