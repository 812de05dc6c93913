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

enum { KEYS = 5000, COLUMNS = 32, HEADS = 2 };

/* `total` rows by one thread, against pieces of `rows` by `threads`. */
struct example {
	enum attn_dtype dtype;
	int total, rows, threads, causal, window, spoilt; /* window: keys to the left, 0 for all; spoilt: the key whose value is infinite, 0 for none */
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

static struct attn_tensor tensor(enum attn_dtype dtype, int64_t rows, void *data)
{
	struct attn_tensor t = {data, dtype, {1, HEADS, rows, COLUMNS}, {HEADS * rows * COLUMNS, rows * COLUMNS, COLUMNS, 1}};
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
	t.q.data = (char *)t.q.data + first * COLUMNS * bytes;
	t.out.data = (char *)t.out.data + first * COLUMNS * bytes;
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
	int64_t total = e->total, rows = e->rows;
	struct attn_problem p = {.struct_size = sizeof p, .batch = 1, .heads_q = HEADS, .heads_kv = 1, .len_q = total, .len_kv = KEYS, .dim_qk = COLUMNS, .dim_v = COLUMNS,
	                         .dim_k = COLUMNS, .dtype = dtype, .score = ATTN_SCALED_DOT, .scale = 1, .causal = e->causal, .align = ATTN_BOTTOM_RIGHT, .window_left = e->window ? e->window : -1, .window_right = -1};
	struct attn_tensors t = {.struct_size = sizeof t};
	size_t bytes = (size_t)(total * HEADS * COLUMNS) * sizeof(float);
	void *first = calloc(1, bytes), *second = calloc(1, bytes);
	int same = 0;
	t.q = tensor(dtype, total, numbers(dtype, HEADS * total * COLUMNS, 1));
	t.k = tensor(dtype, KEYS, numbers(dtype, HEADS * KEYS * COLUMNS, 2));
	t.v = tensor(dtype, KEYS, numbers(dtype, HEADS * KEYS * COLUMNS, 3));
	t.out = tensor(dtype, total, first);
	t.k.dim[1] = t.v.dim[1] = 1;
	if (e->spoilt && t.v.data)
		((float *)t.v.data)[e->spoilt * COLUMNS + 3] = INFINITY;
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
		{ATTN_F32, 40, 1, 1, 0, 0, 0},          {ATTN_F32, 40, 3, 2, 0, 0, 0},          {ATTN_F32, 40, 8, 5, 0, 0, 0},          {ATTN_F32, 40, 40, 7, 0, 0, 0},
		{ATTN_BF16, 40, 1, 3, 0, 0, 0},         {ATTN_BF16, 40, 5, 1, 0, 0, 0},         {ATTN_BF16, 40, 40, 3, 0, 0, 0},        {ATTN_F16, 40, 2, 4, 0, 0, 0},
		{ATTN_F32, 1000, 50, 1, 0, 0, 0},       {ATTN_F32, 1000, 1000, 64, 1, 0, 0},    {ATTN_F16, 1000, 9, 1, 0, 0, 0},        {ATTN_BF16, 1000, 64, 2, 0, 0, 0},
		{ATTN_BF16, 1000, 1000, 64, 1, 0, 0},   {ATTN_F32, 4000, 4000, 64, 1, 300, 0},  {ATTN_BF16, 4000, 4000, 64, 1, 1500, 0}, {ATTN_F32, 1000, 1000, 64, 1, 0, 4500},
		{ATTN_F32, 1000, 1000, 2, 1, 0, 4500},  {ATTN_F32, 40, 40, 3, 1, 0, 4980},
	};
	static const char *const names[] = {"none", "f32", "f64", "bf16", "f16"};
	int count = (int)(sizeof cases / sizeof *cases), failed = 0;
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		const struct example *e = cases + i;
		int same = is_same(e);
		failed += !same;
		printf("%sok %d - %s: %d%s rows, %d at a time by %d threads\n", same ? "" : "not ", i + 1, names[e->dtype], e->total, e->spoilt ? " causal, one infinite," : e->window ? " windowed" : e->causal ? " causal" : "", e->rows,
		       e->threads);
	}
	return failed != 0;
}
