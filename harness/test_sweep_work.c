/* FLOPs and bytes of problems small enough to count by hand.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/problem.h"
#include "harness/sweep_work.h"
#include "harness/tensor.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* after its own prerequisites */
#include <cmocka.h>

static const struct {
	const char *key;
	double pairs, bytes;
} counted[] = {
	{"b:1/hq:1/sq:4/skv:4/d:2", 16, 4 * (8 + 8 + 8 + 8)},
	{"b:2/hq:4/hkv:2/sq:3/skv:5/d:2/dv:3", 2 * 4 * 15, 4 * (48 + 40 + 60 + 72)},
	{"b:1/hq:1/sq:4/skv:4/d:2/causal:tl", 10, 4 * 32},
	{"b:1/hq:1/sq:2/skv:4/d:2/causal:tl", 3, 4 * (4 + 4 + 4 + 4)},        /* keys 2 and 3 are never seen */
	{"b:1/hq:1/sq:2/skv:4/d:2/causal:br", 7, 4 * (4 + 8 + 8 + 4)},
	{"b:1/hq:1/sq:1/skv:8/d:2/causal:br/window:2,-", 3, 4 * (2 + 6 + 6 + 2)},
	{"b:1/hq:1/sq:4/skv:4/d:2/window:1,1", 10, 4 * 32},
	{"b:1/hq:1/sq:2/skv:2/d:2/bf16", 4, 2 * 16},
	{"b:1/hq:2/sq:2/skv:2/d:2/mask:qk", 8, 4 * 32 + 4},
	{"b:1/hq:2/sq:2/skv:2/d:2/bias:hqk/lse", 8, 4 * 32 + 4 * 8 + 4 * 4},
	{"b:1/hq:1/sq:1/skv:1/d:2/past:3/present", 4, 4 * (2 + 8 + 8 + 2) + 4 * 16}};

static void counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
		struct attn_problem p;
		char why[256] = "";
		if (attn_problem_parse(counted[i].key, &p, why, sizeof why) != ATTN_OK)
			fail_msg("%s", why);
		if (sweep_pairs(&p, NULL) != counted[i].pairs || sweep_bytes(&p) != counted[i].bytes)
			fail_msg("%s: %g pairs and %g bytes, expected %g and %g", counted[i].key, sweep_pairs(&p, NULL), sweep_bytes(&p), counted[i].pairs, counted[i].bytes);
	}
}

/* 4 · pairs · (d + dv) / 2. */
static void flops(void **state)
{
	struct attn_problem p;
	(void)state;
	attn_problem_init(&p);
	p.dim_qk = 8, p.dim_v = 2;
	assert_true(sweep_flops(&p, 100) == 2000);
}

/* What tensors hide: a mask, a bias of -inf, lengths. */
static void counts_tensors(void **state)
{
	struct attn_problem p;
	struct attn_tensors t;
	char why[256];
	(void)state;
	assert_int_equal(attn_problem_parse("b:1/hq:2/sq:2/skv:3/d:1/mask:qk/bias:hqk", &p, why, sizeof why), ATTN_OK);
	assert_int_equal(attn_tensors_alloc(&t, &p, 0, 0), ATTN_OK);
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 3; j++)
			attn_tensor_set(&t.mask, 0, 0, i, j, !(i == 0 && j == 2)); /* hides one pair of each head */
	attn_tensor_set(&t.bias, 0, 1, 1, 0, -INFINITY);                           /* and one of head 1 */
	assert_true(sweep_pairs(&p, &t) == 2 * 5 - 1);
	attn_tensors_free(&t);

	assert_int_equal(attn_problem_parse("b:2/hq:3/sq:2/skv:5/d:1/kvlen", &p, why, sizeof why), ATTN_OK);
	assert_int_equal(attn_tensors_alloc(&t, &p, 0, 0), ATTN_OK);
	attn_tensor_set(&t.kv_len, 0, 0, 0, 0, 1);
	attn_tensor_set(&t.kv_len, 1, 0, 0, 0, 4);
	assert_true(sweep_pairs(&p, &t) == 3 * 2 * (1 + 4));
	attn_tensors_free(&t);

	assert_int_equal(attn_problem_parse("b:1/hq:1/sq:5/skv:7/d:1/causal:tl/varlen", &p, why, sizeof why), ATTN_OK);
	assert_int_equal(attn_tensors_alloc(&t, &p, 2, 0), ATTN_OK);
	static const int q[] = {0, 2, 5}, kv[] = {0, 3, 7};
	for (int i = 0; i < 3; i++) {
		attn_tensor_set(&t.cu_seqlens_q, 0, 0, 0, i, q[i]);
		attn_tensor_set(&t.cu_seqlens_kv, 0, 0, 0, i, kv[i]);
	}
	assert_true(sweep_pairs(&p, &t) == (1 + 2) + (1 + 2 + 3));
	attn_tensors_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(counts), cmocka_unit_test(flops), cmocka_unit_test(counts_tensors)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
