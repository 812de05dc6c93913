/* property: laws of attention. Two problems that must give the same outputs are both run, and the second is judged with the
 * first's outputs as what is expected: no oracle is asked for the value, so a misreading that implementation and oracle share
 * shows as well. Both runs may err by the bound, hence the limit of 2.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/inputs.h"
#include "conformance/property.h"
#include "conformance/suites.h"
#include "conformance/trial.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <attnbench/view.h>
#include <stdio.h>

/* A row of an output. */
struct row {
	int64_t n, h, i;
};

/* A law: from the problem and inputs of the case, another problem with the same outputs. make fills the second's inputs, which
 * are allocated and zero; from, where it is not NULL, says which row of the first an output row of the second must equal. */
struct law {
	const char *name, *key, *other;
	void (*make)(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb);
	struct row (*from)(const struct attn_problem *pa, const struct attn_problem *pb, struct row at);
	int by_first; /* the first problem's bounds hold for the second: those of the second would say nothing */
};

static void copy_qkv(const struct attn_tensors *a, struct attn_tensors *b)
{
	attn_tensor_copy(&b->q, &a->q);
	attn_tensor_copy(&b->k, &a->k);
	attn_tensor_copy(&b->v, &a->v);
}

/* Every element [b][h][i][j] of a tensor. */
#define FOR_EACH(t, b, h, i, j)                             \
	for (int64_t b = 0; b < (t)->dim[0]; b++)           \
		for (int64_t h = 0; h < (t)->dim[1]; h++)   \
			for (int64_t i = 0; i < (t)->dim[2]; i++) \
				for (int64_t j = 0; j < (t)->dim[3]; j++)

static void causal_as_mask(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb)
{
	int64_t offset = pa->align == ATTN_BOTTOM_RIGHT ? pa->len_kv - pa->len_q : 0;
	(void)pb;
	copy_qkv(a, b);
	FOR_EACH(&b->mask, n, h, i, j)
		attn_tensor_set(&b->mask, n, h, i, j, j <= i + offset);
}

static void window_as_mask(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb)
{
	(void)pb;
	copy_qkv(a, b);
	FOR_EACH(&b->mask, n, h, i, j)
		attn_tensor_set(&b->mask, n, h, i, j, j >= i - pa->window_left && j <= i + pa->window_right);
}

static void mask_as_bias(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb)
{
	(void)pa, (void)pb;
	copy_qkv(a, b);
	FOR_EACH(&b->bias, n, h, i, j)
		attn_tensor_set(&b->bias, n, h, i, j, attn_tensor_get(&a->mask, n, h, i, j) != 0 ? 0 : (double)-INFINITY);
}

static void alibi_as_bias(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb)
{
	int64_t offset = pa->align == ATTN_BOTTOM_RIGHT ? pa->len_kv - pa->len_q : 0;
	(void)pb;
	copy_qkv(a, b);
	FOR_EACH(&b->bias, n, h, i, j)
		attn_tensor_set(&b->bias, n, h, i, j, -attn_tensor_get(&a->alibi, 0, h, 0, 0) * fabs((double)(i + offset - j)));
}

/* A bias so low that scores vanish beside it, the same for all keys of a row, hides none of them. q is 0, so that nothing is rounded. */
static void lowest_bias(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb)
{
	static const double lowest[] = {-0x1.fffffep127, -1e9, -1e30, -10000};
	(void)pb;
	for (int64_t n = 0; n < attn_tensor_count(&a->q); n++)
		((float *)a->q.data)[n] = 0;
	copy_qkv(a, b);
	FOR_EACH(&b->bias, n, h, i, j)
		attn_tensor_set(&b->bias, n, h, i, j, lowest[(i + n) % 4]);
	(void)pa;
}

static void permuted_keys(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb)
{
	(void)pb;
	attn_tensor_copy(&b->q, &a->q);
	FOR_EACH(&a->k, n, h, j, c)
		attn_tensor_set(&b->k, n, h, (j * 5 + 3) % pa->len_kv, c, attn_tensor_get(&a->k, n, h, j, c));
	FOR_EACH(&a->v, n, h, j, c)
		attn_tensor_set(&b->v, n, h, (j * 5 + 3) % pa->len_kv, c, attn_tensor_get(&a->v, n, h, j, c));
}

static void repeated_keys(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb)
{
	(void)pb;
	attn_tensor_copy(&b->q, &a->q);
	FOR_EACH(&b->k, n, h, j, c)
		attn_tensor_set(&b->k, n, h, j, c, attn_tensor_get(&a->k, n, h, j % pa->len_kv, c));
	FOR_EACH(&b->v, n, h, j, c)
		attn_tensor_set(&b->v, n, h, j, c, attn_tensor_get(&a->v, n, h, j % pa->len_kv, c));
}

/* A constant row added to every key adds the same to all scores of a query. */
static void shifted_keys(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb)
{
	(void)pa, (void)pb;
	copy_qkv(a, b);
	FOR_EACH(&a->k, n, h, j, c)
		attn_tensor_set(&b->k, n, h, j, c, attn_tensor_get(&a->k, n, h, j, c) + (double)(c % 5) - 2);
}

static void repeated_heads(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb)
{
	int64_t group = pa->heads_q / pa->heads_kv;
	(void)pb;
	attn_tensor_copy(&b->q, &a->q);
	FOR_EACH(&b->k, n, h, j, c)
		attn_tensor_set(&b->k, n, h, j, c, attn_tensor_get(&a->k, n, h / group, j, c));
	FOR_EACH(&b->v, n, h, j, c)
		attn_tensor_set(&b->v, n, h, j, c, attn_tensor_get(&a->v, n, h / group, j, c));
}

/* The last rows of a prefill, or of a chunk of one, alone. */
static struct row last_rows(const struct attn_problem *pa, const struct attn_problem *pb, struct row at)
{
	return (struct row){at.n, at.h, pa->len_q - pb->len_q + at.i};
}

static void rows_alone(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb)
{
	FOR_EACH(&b->q, n, h, i, c)
		attn_tensor_set(&b->q, n, h, i, c, attn_tensor_get(&a->q, n, h, pa->len_q - pb->len_q + i, c));
	attn_tensor_copy(&b->k, &a->k);
	attn_tensor_copy(&b->v, &a->v);
}

/* The first rows, with the keys up to their last alone: the first chunk of a prefill. */
static void first_chunk(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb)
{
	(void)pa, (void)pb;
	FOR_EACH(&b->q, n, h, i, c)
		attn_tensor_set(&b->q, n, h, i, c, attn_tensor_get(&a->q, n, h, i, c));
	FOR_EACH(&b->k, n, h, i, c)
		attn_tensor_set(&b->k, n, h, i, c, attn_tensor_get(&a->k, n, h, i, c));
	FOR_EACH(&b->v, n, h, i, c)
		attn_tensor_set(&b->v, n, h, i, c, attn_tensor_get(&a->v, n, h, i, c));
}

static void split_off(const struct attn_tensor *whole, struct attn_tensor *past, struct attn_tensor *fresh)
{
	FOR_EACH(whole, n, h, j, c)
		attn_tensor_set(j < past->dim[2] ? past : fresh, n, h, j < past->dim[2] ? j : j - past->dim[2], c, attn_tensor_get(whole, n, h, j, c));
}

static void keys_in_cache(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb)
{
	(void)pa, (void)pb;
	attn_tensor_copy(&b->q, &a->q);
	split_off(&a->k, &b->past_k, &b->k);
	split_off(&a->v, &b->past_v, &b->v);
}

/* Pages in reverse order. */
static void keys_in_pages(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb)
{
	int64_t pages = b->k.dim[0], per = b->block_table.dim[3];
	attn_tensor_copy(&b->q, &a->q);
	for (int64_t n = 0; n < pa->batch; n++)
		for (int64_t page = 0; page < per; page++)
			attn_tensor_set(&b->block_table, n, 0, 0, page, (double)(pages - 1 - n * per - page));
	FOR_EACH(&a->k, n, h, j, c)
		attn_tensor_set(&b->k, pages - 1 - n * per - j / pb->page_size, h, j % pb->page_size, c, attn_tensor_get(&a->k, n, h, j, c));
	FOR_EACH(&a->v, n, h, j, c)
		attn_tensor_set(&b->v, pages - 1 - n * per - j / pb->page_size, h, j % pb->page_size, c, attn_tensor_get(&a->v, n, h, j, c));
}

/* A row of -inf bias, and of a mask that hides all, and no keys at all: keys that are hidden add nothing. */
static void longer_with_kv_len(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb)
{
	(void)pb;
	attn_tensor_copy(&b->q, &a->q);
	for (int64_t n = 0; n < pa->batch; n++)
		attn_tensor_set(&b->kv_len, n, 0, 0, 0, (double)pa->len_kv);
	FOR_EACH(&b->k, n, h, j, c)
		attn_tensor_set(&b->k, n, h, j, c, j < pa->len_kv ? attn_tensor_get(&a->k, n, h, j, c) : 1e4);
	FOR_EACH(&b->v, n, h, j, c)
		attn_tensor_set(&b->v, n, h, j, c, j < pa->len_kv ? attn_tensor_get(&a->v, n, h, j, c) : (double)NAN);
}

static void plain_copy(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb)
{
	(void)pa, (void)pb;
	copy_qkv(a, b);
}

/* Batch entries and heads from the last to the first: none knows of its neighbours. */
static struct row reversed(const struct attn_problem *pa, const struct attn_problem *pb, struct row at)
{
	(void)pb;
	return (struct row){pa->batch - 1 - at.n, pa->heads_q - 1 - at.h, at.i};
}

static void reverse(const struct attn_tensor *from, struct attn_tensor *to)
{
	FOR_EACH(to, n, h, i, c)
		attn_tensor_set(to, n, h, i, c, attn_tensor_get(from, to->dim[0] - 1 - n, to->dim[1] - 1 - h, i, c));
}

static void reversed_heads(const struct attn_tensors *a, const struct attn_problem *pa, struct attn_tensors *b, const struct attn_problem *pb)
{
	(void)pa, (void)pb;
	reverse(&a->q, &b->q);
	reverse(&a->k, &b->k);
	reverse(&a->v, &b->v);
	if (a->mask.data)
		reverse(&a->mask, &b->mask);
}

static const struct law laws[] = {
	{"causal-is-a-mask", "b:2/hq:2/sq:19/skv:19/d:16/causal:tl", "b:2/hq:2/sq:19/skv:19/d:16/mask:qk", causal_as_mask, NULL, 0},
	{"bottom-right-is-a-mask", "b:1/hq:2/sq:7/skv:40/d:16/causal:br", "b:1/hq:2/sq:7/skv:40/d:16/mask:qk", causal_as_mask, NULL, 0},
	{"window-is-a-mask", "b:1/hq:2/sq:40/skv:50/d:16/window:5,3", "b:1/hq:2/sq:40/skv:50/d:16/mask:qk", window_as_mask, NULL, 0},
	{"wide-window-is-none", "b:1/hq:2/sq:20/skv:9/d:8", "b:1/hq:2/sq:20/skv:9/d:8/window:9223372036854775807,9223372036854775807", plain_copy, NULL, 0},
	{"window-of-the-largest-int", "b:1/hq:2/sq:20/skv:10/d:8", "b:1/hq:2/sq:20/skv:10/d:8/window:2147483647,2147483647", plain_copy, NULL, 0},
	{"mask-is-a-bias", "b:2/hq:3/sq:13/skv:21/d:8/mask:bhqk", "b:2/hq:3/sq:13/skv:21/d:8/bias:bhqk", mask_as_bias, NULL, 0},
	{"alibi-is-a-bias", "b:1/hq:3/sq:13/skv:21/d:8/align:br/alibi", "b:1/hq:3/sq:13/skv:21/d:8/bias:hqk", alibi_as_bias, NULL, 0},
	{"lowest-bias-hides-none", "b:2/hq:2/sq:8/skv:40/d:8", "b:2/hq:2/sq:8/skv:40/d:8/bias:bhqk", lowest_bias, NULL, 1},
	{"keys-in-another-order", "b:2/hq:2/sq:5/skv:67/d:16", "b:2/hq:2/sq:5/skv:67/d:16", permuted_keys, NULL, 0},
	{"every-key-twice", "b:1/hq:2/sq:5/skv:67/d:16", "b:1/hq:2/sq:5/skv:134/d:16", repeated_keys, NULL, 0},
	{"shifted-scores", "b:1/hq:2/sq:5/skv:67/d:16", "b:1/hq:2/sq:5/skv:67/d:16", shifted_keys, NULL, 0},
	{"heads-in-another-order", "b:3/hq:6/hkv:2/sq:5/skv:33/d:16/causal:br", "b:3/hq:6/hkv:2/sq:5/skv:33/d:16/causal:br", reversed_heads, reversed, 0},
	{"heads-in-another-order-masked", "b:3/hq:4/hkv:2/sq:9/skv:33/d:16/mask:bhqk", "b:3/hq:4/hkv:2/sq:9/skv:33/d:16/mask:bhqk", reversed_heads, reversed, 0},
	{"groups-are-repeated-heads", "b:2/hq:6/hkv:2/sq:5/skv:33/d:16", "b:2/hq:6/sq:5/skv:33/d:16", repeated_heads, NULL, 0},
	{"decode-is-the-last-row", "b:2/hq:4/hkv:2/sq:40/skv:40/d:16/causal:br", "b:2/hq:4/hkv:2/sq:1/skv:40/d:16/causal:br", rows_alone, last_rows, 0},
	{"last-chunk-of-a-prefill", "b:1/hq:2/sq:70/skv:70/d:16/causal:tl", "b:1/hq:2/sq:33/skv:70/d:16/causal:br", rows_alone, last_rows, 0},
	{"first-chunk-of-a-prefill", "b:1/hq:2/sq:70/skv:70/d:16/causal:tl", "b:1/hq:2/sq:33/skv:33/d:16/causal:tl", first_chunk, NULL, 0},
	{"cache-is-keys", "b:2/hq:2/sq:5/skv:29/d:8/causal:br", "b:2/hq:2/sq:5/skv:9/d:8/causal:br/past:20", keys_in_cache, NULL, 0},
	{"pages-are-keys", "b:2/hq:2/sq:5/skv:29/d:8/causal:br", "b:2/hq:2/sq:5/skv:29/d:8/causal:br/page:8", keys_in_pages, NULL, 0},
	{"pages-are-keys", "b:2/hq:4/hkv:2/sq:1/skv:100/d:64", "b:2/hq:4/hkv:2/sq:1/skv:100/d:64/page:16", keys_in_pages, NULL, 0},
	{"pages-are-keys", "b:1/hq:4/hkv:1/sq:1/skv:200/d:32", "b:1/hq:4/hkv:1/sq:1/skv:200/d:32/page:24", keys_in_pages, NULL, 0},
	{"pages-are-keys", "b:1/hq:2/hkv:1/sq:1/skv:200/d:192/bf16", "b:1/hq:2/hkv:1/sq:1/skv:200/d:192/bf16/page:32", keys_in_pages, NULL, 0},
	{"length-hides-the-rest", "b:2/hq:2/sq:5/skv:29/d:8/causal:br", "b:2/hq:2/sq:5/skv:70/d:8/causal:br/kvlen", longer_with_kv_len, NULL, 0},
};

/* The outputs of a, as f64, in the shape of the second problem. */
static struct attn_tensor expected_of(const struct law *law, const struct attn_tensors *a, const struct attn_problem *pa, const struct attn_problem *pb)
{
	struct attn_tensor e = attn_tensor_new(ATTN_F64, pb->batch, pb->heads_q, pb->len_q, pb->dim_v);
	if (e.data)
		FOR_EACH(&e, n, h, i, c) {
			struct row at = {n, h, i}, from = law->from ? law->from(pa, pb, at) : at;
			attn_tensor_set(&e, n, h, i, c, attn_tensor_get(&a->out, from.n, from.h, from.i, c));
		}
	return e;
}

static void compare(struct trial *trial, const struct attn_problem *p, const struct attn_tensors *t, const struct attn_tensors *expected)
{
	struct judge_rules rules = {trial->impl->numerics(p), trial->impl->policy, expected};
	struct judge_result r;
	if (!expected->out.data || judge_by(&rules, p, t, -1, 1, &r) != ATTN_OK) {
		trial_fail(trial, "no memory for the comparison");
		return;
	}
	r.ratio /= 2, r.worst_case /= 2;
	trial->attempt->judged = r;
	trial->attempt->is_judged = 1;
	if (!(r.ratio <= 1))
		trial_fail(trial, "the law does not hold: %s[%lld,%lld,%lld,%lld] is %.9g in one form and %.9g in the other, %.3g times what both bounds allow", r.output,
		           (long long)r.at[0], (long long)r.at[1], (long long)r.at[2], (long long)r.at[3], r.expected, r.got, r.ratio);
}

static void test_law(struct trial *trial)
{
	const struct law *law = trial->c->data;
	const struct attn_problem *pa = &trial->c->problem;
	struct attn_problem pb;
	struct attn_tensors a, b, expected = {0};
	char why[256];

	if (attn_problem_parse(law->other, &pb, why, sizeof why) != ATTN_OK) {
		trial_fail(trial, "%s", why);
		return;
	}
	if (!trial_inputs(trial, pa, &a))
		return;
	int64_t pages = pb.page_size ? pb.batch * ((pb.len_kv + pb.page_size - 1) / pb.page_size) : 0;
	if (attn_tensors_alloc(&b, &pb, 0, pages) != ATTN_OK) {
		trial_fail(trial, "no memory");
	} else {
		law->make(&a, pa, &b, &pb);
		if (trial_run(trial, pa, &a) && trial_run(trial, &pb, &b)) {
			expected.out = expected_of(law, &a, pa, &pb);
			struct attn_tensors judged = law->by_first ? a : b;
			judged.out = b.out;
			compare(trial, law->by_first ? pa : &pb, &judged, &expected);
			attn_tensors_free(&expected);
		}
		attn_tensors_free(&b);
	}
	attn_tensors_free(&a);
}

void suite_property(struct case_list *list, const struct suite_options *options)
{
	(void)options;
	for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
		struct check_case *c = case_add(list, laws[i].key, "normal", 1);
		if (!c)
			return;
		case_rename(c, laws[i].name);
		c->test = test_law;
		c->data = &laws[i];
	}
	property_add_plans(list);
	property_add_views(list);
	property_add_broadcast(list);
	property_add_twists(list);
	property_add_merge(list);
	property_add_values(list);
	property_add_families(list);
}
