/* A row's bits depend on nothing but the row: not on the number of threads, by which the chunks of its keys are dealt out or not,
 * nor on the rows beside it, by which it goes the way of few rows or of many; nor on the blocks of rows that meet the keys together, whose
 * number shrinks with that of threads: 1000 rows are three by one thread and single ones by many; nor on an infinite value that other rows see.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <attnbench/view.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

extern const struct attn_impl attn_flash;

enum { KEYS = 5000 };

/* `total` rows by one thread, against pieces of `rows` by `threads`; of 32 columns and 2 heads that share keys, which lie one behind the other, unless it
 * says otherwise. */
struct example {
	enum attn_dtype dtype;
	int total, rows, threads, causal;
	int window;         /* keys to the left, 0 for all */
	int spoilt;         /* the key whose value is infinite, 0 for none */
	int columns, apart; /* apart: elements from key to key */
	int heads;
};

static void *give(const struct attn_host *host, size_t bytes, size_t align)
{
	(void)host;
	return aligned_alloc(align, (bytes + align - 1) / align * align);
}

static void take(const struct attn_host *host, void *memory)
{
	(void)host;
	free(memory);
}

static struct attn_tensor tensor(enum attn_dtype dtype, int64_t heads, int64_t rows, int64_t columns, int64_t apart, void *data)
{
	struct attn_tensor t = {data, dtype, {1, heads, rows, columns}, {heads * rows * apart, rows * apart, apart, 1}};
	return t;
}

/* Numbers between -2 and 2, of four bytes or two, by a linear congruence (Knuth, MMIX). */
static void *numbers(enum attn_dtype dtype, int64_t count, uint64_t seed)
{
	float *x = malloc((size_t)count * sizeof *x);
	for (int64_t i = 0; x && i < count; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		float f = (float)(seed >> 40) * 0x1p-22f - 2;
		uint16_t bits = dtype == ATTN_BF16 ? attn_f32_to_bf16(f) : attn_f32_to_f16(f);
		memcpy(dtype == ATTN_F32 ? (char *)(x + i) : (char *)x + 2 * i, dtype == ATTN_F32 ? (void *)&f : (void *)&bits, dtype == ATTN_F32 ? 4 : 2);
	}
	return x;
}

/* Rows [first, first + rows) of all, with so many threads, into out. */
static int run(struct attn_problem p, struct attn_tensors t, int64_t first, int64_t rows, int threads)
{
	struct attn_host host = {sizeof host, threads, give, take};
	struct attn_plan *plan = NULL;
	char why[200] = "";
	int64_t bytes = p.dtype == ATTN_F32 ? 4 : 2;
	p.len_q = t.q.dim[2] = t.out.dim[2] = rows;
	t.q.data = (char *)t.q.data + first * p.dim_qk * bytes;
	t.out.data = (char *)t.out.data + first * p.dim_qk * bytes;
	if (attn_flash.plan(&p, &host, &plan, why, sizeof why) != ATTN_OK) {
		printf("# %s\n", why);
		return 0;
	}
	enum attn_status status = attn_flash.run(plan, &t);
	attn_flash.destroy(plan);
	return status == ATTN_OK;
}

static int is_same(const struct example *e)
{
	enum attn_dtype dtype = e->dtype;
	int64_t total = e->total, rows = e->rows, heads = e->heads ? e->heads : 2, columns = e->columns ? e->columns : 32, apart = e->apart ? e->apart : columns;
	struct attn_problem p = {.struct_size = sizeof p, .batch = 1, .heads_q = heads, .heads_kv = 1, .len_q = total, .len_kv = KEYS, .dim_qk = columns, .dim_v = columns,
	                         .dim_k = columns, .dtype = dtype, .score = ATTN_SCALED_DOT, .scale = 1, .causal = e->causal, .align = ATTN_BOTTOM_RIGHT, .window_left = e->window ? e->window : -1, .window_right = -1};
	struct attn_tensors t = {.struct_size = sizeof t};
	size_t bytes = (size_t)(total * heads * columns) * sizeof(float);
	void *first = calloc(1, bytes), *second = calloc(1, bytes);
	int same = 0;
	t.q = tensor(dtype, heads, total, columns, columns, numbers(dtype, heads * total * columns, 1));
	t.k = tensor(dtype, 1, KEYS, columns, apart, numbers(dtype, KEYS * apart, 2));
	t.v = tensor(dtype, 1, KEYS, columns, apart, numbers(dtype, KEYS * apart, 3));
	t.out = tensor(dtype, heads, total, columns, columns, first);
	if (e->spoilt && t.v.data)
		((float *)t.v.data)[e->spoilt * apart + 3] = INFINITY;
	if (t.q.data && t.k.data && t.v.data && first && second) {
		same = run(p, t, 0, total, 1);
		t.out.data = second;
		for (int64_t i = 0; i < total; i += rows)
			same &= run(p, t, i, i + rows < total ? rows : total - i, e->threads);
		same &= !memcmp(first, second, bytes);
	}
	free(t.q.data), free(t.k.data), free(t.v.data), free(first), free(second);
	return same;
}

int main(void)
{
	static const struct example cases[] = {
		{.dtype = ATTN_F32, .total = 40, .rows = 1, .threads = 1},
		{.dtype = ATTN_F32, .total = 40, .rows = 3, .threads = 2},
		{.dtype = ATTN_F32, .total = 40, .rows = 8, .threads = 5},
		{.dtype = ATTN_F32, .total = 40, .rows = 40, .threads = 7},
		{.dtype = ATTN_BF16, .total = 40, .rows = 1, .threads = 3},
		{.dtype = ATTN_BF16, .total = 40, .rows = 5, .threads = 1},
		{.dtype = ATTN_BF16, .total = 40, .rows = 40, .threads = 3},
		{.dtype = ATTN_F16, .total = 40, .rows = 2, .threads = 4},
		{.dtype = ATTN_F32, .total = 1000, .rows = 50, .threads = 1},
		{.dtype = ATTN_F32, .total = 1000, .rows = 1000, .threads = 64, .causal = 1},
		{.dtype = ATTN_F16, .total = 1000, .rows = 9, .threads = 1},
		{.dtype = ATTN_BF16, .total = 1000, .rows = 64, .threads = 2},
		{.dtype = ATTN_BF16, .total = 1000, .rows = 14, .threads = 2},
		{.dtype = ATTN_BF16, .total = 1000, .rows = 1000, .threads = 64, .causal = 1},
		{.dtype = ATTN_F32, .total = 4000, .rows = 4000, .threads = 64, .causal = 1, .window = 300},
		{.dtype = ATTN_BF16, .total = 4000, .rows = 4000, .threads = 64, .causal = 1, .window = 1500},
		{.dtype = ATTN_F32, .total = 4000, .rows = 4000, .threads = 62, .causal = 1, .window = 60}, /* 248 pieces a wave, whose end parts rows from their only keys */
		{.dtype = ATTN_F32, .total = 1000, .rows = 1000, .threads = 64, .causal = 1, .spoilt = 4500},
		{.dtype = ATTN_F32, .total = 1000, .rows = 1000, .threads = 2, .causal = 1, .spoilt = 4500},
		{.dtype = ATTN_F32, .total = 40, .rows = 40, .threads = 3, .causal = 1, .spoilt = 4980},
		{.dtype = ATTN_F32, .total = 40, .rows = 1, .threads = 2, .apart = 1024},
		{.dtype = ATTN_F32, .total = 200, .rows = 40, .threads = 2, .columns = 96, .apart = 1024},
		{.dtype = ATTN_F32, .total = 200, .rows = 20, .threads = 1, .columns = 96, .apart = 1024},
		{.dtype = ATTN_F32, .total = 1000, .rows = 1000, .threads = 64, .causal = 1, .apart = 1024},
		{.dtype = ATTN_F32, .total = 150, .rows = 3, .threads = 2, .columns = 64, .apart = 2048},
		{.dtype = ATTN_BF16, .total = 200, .rows = 9, .threads = 2, .apart = 2048},
		{.dtype = ATTN_F32, .total = 40, .rows = 1, .threads = 2, .columns = 64, .heads = 1},
		{.dtype = ATTN_F32, .total = 40, .rows = 1, .threads = 1, .columns = 104, .apart = 112, .heads = 1},
		{.dtype = ATTN_BF16, .total = 40, .rows = 1, .threads = 1, .columns = 128, .heads = 1},
		{.dtype = ATTN_F16, .total = 40, .rows = 7, .threads = 2, .columns = 96, .heads = 1},
		/* sums of earlier chunks wait in the output, where that makes room for more blocks of rows to meet the keys together; the last block's rows are few */
		{.dtype = ATTN_F32, .total = 1030, .rows = 1030, .threads = 64, .columns = 128, .apart = 1024},
		{.dtype = ATTN_F32, .total = 1000, .rows = 100, .threads = 64, .columns = 128, .apart = 600},
		{.dtype = ATTN_F32, .total = 1030, .rows = 103, .threads = 2, .columns = 100, .apart = 1024},
		{.dtype = ATTN_F32, .total = 1000, .rows = 1000, .threads = 64, .columns = 128, .causal = 1, .apart = 1024},
		{.dtype = ATTN_F32, .total = 4100, .rows = 4100, .threads = 64, .columns = 128, .causal = 1, .window = 300, .apart = 1024},
		{.dtype = ATTN_F32, .total = 1000, .rows = 1000, .threads = 64, .columns = 128, .causal = 1, .spoilt = 4500, .apart = 1024},
		/* a strip brings keys, another values: one of two, two of four, and of different types */
		{.dtype = ATTN_F16, .total = 100, .rows = 20, .threads = 2, .columns = 64, .heads = 1},
		{.dtype = ATTN_F16, .total = 100, .rows = 2, .threads = 1, .columns = 128, .heads = 1},
		{.dtype = ATTN_BF16, .total = 128, .rows = 8, .threads = 2, .columns = 128},
		/* more keys and values than a cache holds: 16 MiB */
		{.dtype = ATTN_F32, .total = 20, .rows = 1, .threads = 2, .columns = 432, .heads = 1},
		{.dtype = ATTN_F32, .total = 20, .rows = 3, .threads = 2, .columns = 424},
		{.dtype = ATTN_F32, .total = 20, .rows = 1, .threads = 1, .columns = 432, .apart = 440},
		{.dtype = ATTN_BF16, .total = 20, .rows = 1, .threads = 2, .columns = 848, .heads = 1},
		/* 2, 4, 8 and 12 rows, whose keys touch, or do not */
		{.dtype = ATTN_F32, .total = 40, .rows = 2, .threads = 2, .columns = 72},
		{.dtype = ATTN_F32, .total = 42, .rows = 6, .threads = 1, .columns = 64},
		{.dtype = ATTN_F32, .total = 40, .rows = 1, .threads = 1, .columns = 72, .apart = 80},
		{.dtype = ATTN_F32, .total = 40, .rows = 2, .threads = 2, .apart = 48},
		{.dtype = ATTN_F32, .total = 40, .rows = 4, .threads = 2, .columns = 40, .apart = 64},
		{.dtype = ATTN_BF16, .total = 40, .rows = 2, .threads = 1, .columns = 64},
		{.dtype = ATTN_BF16, .total = 40, .rows = 2, .threads = 1, .columns = 72, .apart = 96},
		{.dtype = ATTN_BF16, .total = 40, .rows = 4, .threads = 1, .columns = 40},
		{.dtype = ATTN_BF16, .total = 40, .rows = 1, .threads = 2, .columns = 8, .apart = 16},
		{.dtype = ATTN_F16, .total = 40, .rows = 1, .threads = 1, .columns = 40},
		{.dtype = ATTN_F16, .total = 40, .rows = 2, .threads = 2, .columns = 64, .apart = 96},
	};
	static const char *const names[] = {"none", "f32", "f64", "bf16", "f16"};
	int count = (int)(sizeof cases / sizeof *cases), failed = 0;
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		const struct example *e = cases + i;
		int same = is_same(e);
		failed += !same;
		printf("%sok %d - %s: %d%s rows, %d at a time by %d threads%s%s\n", same ? "" : "not ", i + 1, names[e->dtype], e->total, e->window ? " windowed" : e->causal ? " causal" : "", e->rows,
		       e->threads, e->spoilt ? ", one infinite" : "", e->apart ? ", keys apart" : "");
	}
	return failed != 0;
}
