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
	trial_finish(trial, &t);
}

/* Every border of blocks of 64 keys and one off, of one length, 1000 columns at a time: what is lost between two borders is lost in
 * the run of some case. */
static void test_borders(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	int64_t first = (int64_t)(trial->c->seed - 1) * p->dim_v;
	struct attn_tensors t;
	if (attn_tensors_alloc(&t, p, 0, 0) != ATTN_OK) {
		trial_fail(trial, "no memory");
		return;
	}
	for (int64_t c = 0; c < p->dim_v; c++) {
		int64_t at = (first + c) / 3 * 64 + (first + c) % 3 - 1;
		attn_tensor_set(&t.v, 0, 0, at < 0 ? 0 : at >= p->len_kv ? p->len_kv - 1 : at, c, (double)p->len_kv);
	}
	trial_finish(trial, &t);
}

static void add_all_borders(struct case_list *list)
{
	static const int64_t lengths[] = {1024, 16384, 131072};
	for (int n = 0; n < 3; n++)
		for (int64_t c = 0; c < lengths[n] / 64 * 3 + 3; c += 1000) {
			char key[96];
			snprintf(key, sizeof key, "b:1/hq:1/sq:1/skv:%lld/d:1/dv:%lld", (long long)lengths[n], (long long)(lengths[n] == 1024 ? 51 : 1000));
			struct check_case *one = case_add(list, key, "borders", (uint64_t)(c / 1000 + 1));
			if (one)
				one->test = test_borders;
		}
}

static void add(struct case_list *list, const char *key)
{
	struct check_case *c = case_add(list, key, "needle", 1);
	if (c)
		c->test = test_needle;
}

/* Lengths of 2^k keys and one off, for few rows and for more than any tile has, causal as well. */
static void add_lengths(struct case_list *list, int64_t longest)
{
	for (int64_t n = 48; n <= longest; n = n % 3 == 0 ? n / 3 * 4 : n / 2 * 3)
		for (int64_t off = -1; off <= 1; off++) {
			char key[96];
			snprintf(key, sizeof key, "b:1/hq:1/sq:%d/skv:%lld/d:1/dv:24", n < 300 ? 17 : 2, (long long)(n + off));
			add(list, key);
		}
}

void suite_needle(struct case_list *list, const struct suite_options *options)
{
	static const char *const keys[] = {"b:1/hq:2/sq:1/skv:1024/d:4/dv:96", "b:1/hq:1/sq:3/skv:1000/d:4/dv:96", "b:1/hq:1/sq:20/skv:2047/d:4/dv:96",
	                                   "b:1/hq:1/sq:1/skv:16384/d:4/dv:128", "b:1/hq:2/hkv:1/sq:2/skv:16383/d:4/dv:64", "b:1/hq:1/sq:1/skv:131072/d:1/dv:48",
	                                   "b:1/hq:1/sq:40/skv:4096/d:4/dv:64/causal:br", "b:1/hq:1/sq:260/skv:257/d:1/dv:16/causal:tl", "b:1/hq:1/sq:1200/skv:1200/d:1/dv:3",
	                                   "b:2/hq:2/sq:1/skv:4096/d:1/dv:16/window:100,0/causal:br", NULL};
	static const char *const deep[] = {"b:1/hq:1/sq:1/skv:16385/d:1/dv:1000", "b:1/hq:1/sq:17/skv:16384/d:1/dv:700", "b:1/hq:1/sq:1/skv:131071/d:1/dv:700",
	                                   "b:1/hq:1/sq:1/skv:131073/d:1/dv:700", "b:1/hq:1/sq:2/skv:131072/d:1/dv:1000", "b:1/hq:1/sq:2100/skv:2100/d:1/dv:8/causal:tl", NULL};
	for (int i = 0; keys[i]; i++)
		add(list, keys[i]);
	add_lengths(list, options->deep ? 40000 : 1100);
	for (int i = 0; options->deep && deep[i]; i++)
		add(list, deep[i]);
	if (options->deep)
		add_all_borders(list);
}
