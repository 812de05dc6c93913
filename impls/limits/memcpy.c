/* limits/memcpy: copies K and V once, rows of all heads across threads. A kernel has to read them at least once.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/common/plan.h"
#include "impls/limits/limits.h"

#include <attnbench/view.h>

/* Rows are copied in pieces, each to the same place over and over: a piece of the copy stays in the first-level cache, so
 * that the time is that of reading. */
enum { PIECE_ROWS = 32 };

static size_t piece_bytes(const struct attn_problem *p)
{
	int64_t columns = p->dim_k > p->dim_v ? p->dim_k : p->dim_v;
	return ((size_t)(PIECE_ROWS * columns) * 8 + 63) / 64 * 64; /* 8: no dtype is larger */
}

static enum attn_status memcpy_query(const struct attn_problem *p, char *why, size_t size)
{
	if (p->stride_k[3] == 1 && p->stride_v[3] == 1)
		return ATTN_OK;
	snprintf(why, size, "it copies whole rows of K and V: the columns of one do not lie side by side");
	return ATTN_REFUSED;
}

static enum attn_status memcpy_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	return plan_make(&(struct attn_plan){.problem = *p, .host = host, .each = piece_bytes(p)}, plan, why, size);
}

/* Rows [first, first + PIECE_ROWS) of a head. */
static void copy_piece(const struct attn_tensor *t, int64_t b, int64_t h, int64_t first, char *to)
{
	static const unsigned char bytes[] = {0, 4, 8, 2, 2, 1, 8}; /* of a dtype */
	size_t row = (size_t)t->dim[3] * bytes[t->dtype];
	int64_t rows = t->dim[2] - first < PIECE_ROWS ? t->dim[2] - first : PIECE_ROWS;
	if (rows > 0 && t->stride[2] == t->dim[3])
		memcpy(to, attn_at(t, b, h, first, 0), row * (size_t)rows);
	for (int64_t i = 0; i < rows && t->stride[2] != t->dim[3]; i++)
		memcpy(to + row * (size_t)i, attn_at(t, b, h, first + i, 0), row);
}

static void copy_tensor(const struct attn_plan *plan, const struct attn_tensor *t)
{
	int64_t pieces = (t->dim[2] + PIECE_ROWS - 1) / PIECE_ROWS, all = t->data ? t->dim[0] * t->dim[1] * pieces : 0;
#ifdef _OPENMP
#pragma omp parallel for num_threads(plan->threads)
#endif
	for (int64_t n = 0; n < all; n++) {
		int64_t head = n / pieces;
		copy_piece(t, head / t->dim[1], head % t->dim[1], n % pieces * PIECE_ROWS, plan_part(plan));
	}
}

static enum attn_status memcpy_run(struct attn_plan *plan, const struct attn_tensors *t)
{
	copy_tensor(plan, &t->k);
	copy_tensor(plan, &t->v);
	copy_tensor(plan, &t->past_k);
	copy_tensor(plan, &t->past_v);
	return ATTN_OK;
}

static size_t memcpy_bytes(const struct attn_problem *p, int threads)
{
	return piece_bytes(p) * (size_t)threads;
}

const struct attn_impl attn_limits_memcpy = {
	.abi = ATTN_ABI,
	.struct_size = sizeof(struct attn_impl),
	.name = "limits/memcpy",
	.version = "1",
	.summary = "copies K and V once",
	.licence = "Apache-2.0",
	.numerics = limits_numerics,
	.query = memcpy_query,
	.plan = memcpy_plan,
	.run = memcpy_run,
	.destroy = plan_destroy,
	.limit = "copies K and V once: every kernel has to read each of them at least once",
	.analytic_bytes = memcpy_bytes,
};
