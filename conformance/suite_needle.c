/* needle: with equal scores, and values that are 0 but at one key for each column, the output is how often each key was
 * counted: a lost key gives 0, one counted twice 2. Rounding can't hide it at any length.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/suites.h"
#include "conformance/trial.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <stdio.h>

/* The key that column c watches: the ends, and round the borders of blocks of 16 … 1024 and of the declared tiles, spread
 * over the length. */
static int64_t watched(const int64_t *tiles, int64_t n, int64_t c)
{
	static const int64_t common[] = {32, 64, 96, 128, 192, 256, 512, 1024};
	int64_t declared = 0;
	while (tiles && tiles[declared])
		declared++;
	if (c < 2)
		return c ? n - 1 : 0;
	int64_t which = (c - 2) / 3 % (8 + declared), off = (c - 2) % 3 - 1, turn = (c - 2) / 3 / (8 + declared) + 1;
	int64_t block = which < 8 ? common[which] : tiles[which - 8];
	int64_t borders = (n - 1) / block;
	int64_t at = (borders ? 1 + (turn * 7919) % borders : 0) * block + off;
	return at < 0 ? 0 : at >= n ? n - 1 : at;
}

static void test_needle(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (attn_tensors_alloc(&t, p, 0, 0) != ATTN_OK) {
		trial_fail(trial, "no memory");
		return;
	}
	for (int64_t h = 0; h < p->heads_kv; h++)
		for (int64_t c = 0; c < p->dim_v; c++)
			attn_tensor_set(&t.v, 0, h, watched(trial->impl->tiles, p->len_kv, c), c, (double)p->len_kv);
	if (trial_run(trial, p, &t))
		trial_judge(trial, p, &t, NULL);
	attn_tensors_free(&t);
}

void suite_needle(struct case_list *list, const struct suite_options *options)
{
	static const char *const keys[] = {"b:1/hq:2/sq:1/skv:1024/d:4/dv:96", "b:1/hq:1/sq:3/skv:1000/d:4/dv:96", "b:1/hq:1/sq:20/skv:2047/d:4/dv:96",
	                                   "b:1/hq:1/sq:1/skv:16384/d:4/dv:128", "b:1/hq:2/hkv:1/sq:2/skv:16383/d:4/dv:64", "b:1/hq:1/sq:1/skv:131072/d:1/dv:48",
	                                   "b:1/hq:1/sq:40/skv:4096/d:4/dv:64/causal:br", NULL};
	(void)options;
	for (int i = 0; keys[i]; i++) {
		struct check_case *c = case_add(list, keys[i], "needle", 1);
		if (c)
			c->test = test_needle;
	}
}
