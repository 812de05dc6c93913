/* Masks, lengths and tables, drawn so that none is vacuous: some keys are hidden and some not, a few rows see none.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/inputs_masks.h"
#include "conformance/random.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <attnbench/view.h>
#include <stdlib.h>

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

int64_t inputs_sequences(const struct attn_problem *p)
{
	return p->has & ATTN_HAS_CU_SEQLENS ? 3 + p->len_q % 3 : 0;
}

static int64_t pages_per_entry(const struct attn_problem *p)
{
	return (p->len_kv + p->page_size - 1) / p->page_size;
}

int64_t inputs_pages(const struct attn_problem *p)
{
	return p->has & ATTN_HAS_BLOCK_TABLE ? p->batch * pages_per_entry(p) + 2 : 0;
}

static double hide_four_in_ten(struct random *r) { return random_below(r, 10) >= 4; }

static double bias_value(struct random *r)
{
	return random_below(r, 5) ? random_normal(r) : (double)-INFINITY;
}

/* Index along dimension k, or 0 where it is broadcast. */
static int64_t distinct(const struct attn_tensor *t, int k) { return t->stride[k] ? t->dim[k] : least(t->dim[k], 1); }

/* Every eleventh row of those that have a row of their own sees nothing; so does none of a mask with a single row. */
static int hides_whole_row(const struct attn_tensor *t, int64_t i) { return t->stride[2] && t->dim[2] > 2 && i % 11 == 5; }

static void fill_mask(struct attn_tensor *t, double (*value)(struct random *), double hidden, struct random r)
{
	for (int64_t b = 0; b < distinct(t, 0); b++)
		for (int64_t h = 0; h < distinct(t, 1); h++)
			for (int64_t i = 0; i < distinct(t, 2); i++)
				for (int64_t j = 0; j < distinct(t, 3); j++) {
					double x = value(&r);
					if (hides_whole_row(t, i))
						x = hidden;
					else if (t->dim[3] == 1 || j == (i + h) % 2) /* the row sees at least this key … */
						x = 1;
					else if (t->dim[3] > 2 && j == 2) /* … and not that one */
						x = hidden;
					attn_tensor_set(t, b, h, i, j, x);
				}
	if (!t->stride[3] && attn_tensor_count(t)) /* one value for all keys: hidden here and there */
		attn_tensor_set(t, 0, 0, 0, 0, 1);
}

/* 2^(-8 (h + 1) / heads), and for heads that are no power of two a different one each all the same. */
static void fill_alibi(struct attn_tensor *t)
{
	for (int64_t h = 0; h < t->dim[1]; h++)
		attn_tensor_set(t, 0, h, 0, 0, 1.0 / (double)(2 + 3 * h));
}

static void fill_sinks(struct attn_tensor *t, struct random r)
{
	for (int64_t h = 0; h < t->dim[1]; h++)
		attn_tensor_set(t, 0, h, 0, 0, 1 + random_normal(&r));
}

/* Lengths that differ; entry 1 has the whole, entry 2 none. */
static void fill_kv_len(struct attn_tensor *t, const struct attn_problem *p, struct random r)
{
	int64_t keys = attn_problem_keys(p);
	for (int64_t b = 0; b < p->batch; b++) {
		int64_t n = b == 1 ? keys : b == 2 ? p->past_len : random_between(&r, least(keys, p->past_len + 1), keys);
		attn_tensor_set(t, b, 0, 0, 0, (double)n);
	}
}

/* Rising from 0 to total; sequence 1 is empty on the side of the keys. */
static void fill_cu_seqlens(struct attn_tensor *t, int64_t total, int empty, struct random r)
{
	int64_t n = t->dim[3] - 1, at = 0;
	for (int64_t s = 0; s <= n; s++) {
		attn_tensor_set(t, 0, 0, 0, s, (double)(s == n ? total : at));
		if (!(empty && s == 1))
			at += least(total - at, random_between(&r, 1, 1 + 2 * total / n));
	}
}

/* Rows of past a batch entry's length hold NaN: nothing may read them into an output. */
static void poison_beyond(struct attn_tensor *t, const struct attn_problem *p, const struct attn_tensor *kv_len)
{
	for (int64_t b = 0; b < t->dim[0]; b++)
		for (int64_t h = 0; h < t->dim[1]; h++)
			for (int64_t i = 0; i < t->dim[2]; i++)
				for (int64_t c = 0; c < t->dim[3] && i + p->past_len >= attn_at_i64(kv_len, b, 0, 0, 0); c++)
					attn_tensor_set(t, b, h, i, c, (double)NAN);
}

/* A shuffled table; pages in no table, and tables' entries beyond a length, hold NaN and -1. */
static void fill_block_table(struct attn_tensors *t, const struct attn_problem *p, struct random r)
{
	int64_t per = pages_per_entry(p), pages = t->k.dim[0];
	int64_t *order = attn_tensor_new(ATTN_I64, 1, 1, 1, pages + 1).data;
	if (!order)
		return;
	for (int64_t i = 0; i < pages; i++) {
		int64_t j = random_below(&r, i + 1);
		order[i] = order[j];
		order[j] = i;
	}
	for (int64_t b = 0; b < p->batch; b++)
		for (int64_t n = 0; n < per; n++) {
			int used = !t->kv_len.data || n * p->page_size < attn_at_i64(&t->kv_len, b, 0, 0, 0);
			attn_tensor_set(&t->block_table, b, 0, 0, n, used ? (double)order[b * per + n] : -1);
		}
	free(order);
}

static int page_row_is_used(const struct attn_tensors *t, const struct attn_problem *p, int64_t page, int64_t row)
{
	for (int64_t b = 0; b < p->batch; b++) {
		int64_t length = t->kv_len.data ? attn_at_i64(&t->kv_len, b, 0, 0, 0) : p->len_kv;
		for (int64_t n = 0; n < t->block_table.dim[3]; n++)
			if (attn_at_i64(&t->block_table, b, 0, 0, n) == page && n * p->page_size + row < length)
				return 1;
	}
	return 0;
}

static void poison_unused_pages(struct attn_tensor *x, const struct attn_tensors *t, const struct attn_problem *p)
{
	for (int64_t page = 0; page < x->dim[0]; page++)
		for (int64_t row = 0; row < x->dim[2]; row++)
			for (int64_t h = 0; h < x->dim[1] && !page_row_is_used(t, p, page, row); h++)
				for (int64_t c = 0; c < x->dim[3]; c++)
					attn_tensor_set(x, page, h, row, c, (double)NAN);
}

void inputs_fill_masks(struct attn_tensors *t, const struct attn_problem *p, uint64_t seed)
{
	if (t->mask.data)
		fill_mask(&t->mask, hide_four_in_ten, 0, random_start(seed, 20));
	if (t->bias.data)
		fill_mask(&t->bias, bias_value, (double)-INFINITY, random_start(seed, 21));
	if (t->block_mask.data)
		fill_mask(&t->block_mask, hide_four_in_ten, 0, random_start(seed, 22));
	if (t->alibi.data)
		fill_alibi(&t->alibi);
	if (t->sinks.data)
		fill_sinks(&t->sinks, random_start(seed, 23));
	if (t->kv_len.data)
		fill_kv_len(&t->kv_len, p, random_start(seed, 24));
	if (t->cu_seqlens_q.data) {
		fill_cu_seqlens(&t->cu_seqlens_q, p->len_q, 0, random_start(seed, 25));
		fill_cu_seqlens(&t->cu_seqlens_kv, p->len_kv, 1, random_start(seed, 26));
	}
	if (t->block_table.data) {
		fill_block_table(t, p, random_start(seed, 27));
		poison_unused_pages(&t->k, t, p);
		poison_unused_pages(&t->v, t, p);
	} else if (t->kv_len.data) {
		poison_beyond(&t->k, p, &t->kv_len);
		poison_beyond(&t->v, p, &t->kv_len);
	}
}
