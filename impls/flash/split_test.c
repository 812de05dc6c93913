/* A row's bits depend on nothing but the row: not on the number of threads, by which the chunks of its keys are dealt out or not,
 * nor on the rows beside it, by which it goes the way of few rows or of many.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <attnbench/view.h>
#include <stdio.h>
#include <stdlib.h>

extern const struct attn_impl attn_flash;

enum { ROWS = 40, KEYS = 5000, COLUMNS = 32, HEADS = 2 };

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

/* All rows by one thread, then in pieces of `rows` by `threads`: are the bits the same? */
static int is_same(enum attn_dtype dtype, int64_t rows, int threads)
{
	struct attn_problem p = {.struct_size = sizeof p, .batch = 1, .heads_q = HEADS, .heads_kv = 1, .len_q = ROWS, .len_kv = KEYS, .dim_qk = COLUMNS, .dim_v = COLUMNS,
	                         .dim_k = COLUMNS, .dtype = dtype, .score = ATTN_SCALED_DOT, .scale = 1, .window_left = -1, .window_right = -1};
	struct attn_tensors t = {.struct_size = sizeof t};
	size_t bytes = ROWS * HEADS * COLUMNS * sizeof(float);
	void *first = calloc(1, bytes), *second = calloc(1, bytes);
	int same = 0;
	t.q = tensor(dtype, ROWS, numbers(dtype, HEADS * ROWS * COLUMNS, 1));
	t.k = tensor(dtype, KEYS, numbers(dtype, HEADS * KEYS * COLUMNS, 2));
	t.v = tensor(dtype, KEYS, numbers(dtype, HEADS * KEYS * COLUMNS, 3));
	t.out = tensor(dtype, ROWS, first);
	t.k.dim[1] = t.v.dim[1] = 1;
	if (t.q.data && t.k.data && t.v.data && first && second) {
		same = run(p, t, 0, ROWS, 1);
		t.out.data = second;
		for (int64_t i = 0; i < ROWS; i += rows)
			same &= run(p, t, i, i + rows < ROWS ? rows : ROWS - i, threads);
		same &= !memcmp(first, second, bytes);
	}
	free(t.q.data), free(t.k.data), free(t.v.data), free(first), free(second);
	return same;
}

int main(void)
{
	static const struct {
		enum attn_dtype dtype;
		int rows, threads;
	} cases[] = {{ATTN_F32, 1, 1}, {ATTN_F32, 3, 2}, {ATTN_F32, 8, 5}, {ATTN_F32, ROWS, 7}, {ATTN_BF16, 1, 3}, {ATTN_BF16, 5, 1}, {ATTN_BF16, ROWS, 3}, {ATTN_F16, 2, 4}};
	static const char *const names[] = {"none", "f32", "f64", "bf16", "f16"};
	int count = (int)(sizeof cases / sizeof *cases), failed = 0;
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		int same = is_same(cases[i].dtype, cases[i].rows, cases[i].threads);
		failed += !same;
		printf("%sok %d - %s: %d rows at a time by %d threads\n", same ? "" : "not ", i + 1, names[cases[i].dtype], cases[i].rows, cases[i].threads);
	}
	return failed != 0;
}
