/* The block driver's plan: what it refuses, how a problem is cut into blocks, and the workspace.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/common/blockwise.h"
#include "impls/common/kernels.h"

#include <attnbench/view.h>
#include <stdio.h>

enum {
	ROWS_FEW_KEYS = 192, ROWS = 96, /* of a block: so that its scores, and a head's keys, stay in the second-level cache */
	FEW_KEYS = 2048,
	GROUPED_LEN = 16                /* query rows a head up to which the heads of a group share a block */
};

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

enum attn_status blockwise_query(const struct attn_problem *p, char *why, size_t size)
{
	const char *reason = NULL;
	if (p->dtype != ATTN_F32)
		reason = "inputs of another dtype than f32";
	else if (p->softmax_dtype == ATTN_F64)
		reason = "a softmax in f64: it computes in f32";
	else if (p->score != ATTN_SCALED_DOT && p->score != ATTN_DOT)
		reason = "a score other than the dot product: it is made of two matrix products";
	else if (p->wants & ATTN_WANTS_SCORES)
		reason = "the raw scores as an output: they are overwritten by the weights";
	else if (p->wants & ATTN_WANTS_PRESENT)
		reason = "the joined key/value cache as an output: it only reads the cache";
	else if (p->len_kv + p->past_len > INT32_MAX || p->len_q > INT32_MAX || p->dim_qk > INT32_MAX || p->dim_v > INT32_MAX)
		reason = "a dimension over 2147483647: its matrix products count in 32 bits";
	if (!reason)
		return ATTN_OK;
	snprintf(why, size, "it does not do %s", reason);
	return ATTN_REFUSED;
}

/* Can a matrix product read rows that are that far apart? */
static int is_matrix(const int64_t stride[4], int64_t columns)
{
	return (stride[3] == 1 || columns == 1) && stride[2] >= columns && stride[2] >= 1 && stride[2] <= INT32_MAX;
}

static void cut(struct blockwise *x, const struct attn_problem *p)
{
	int64_t group = p->heads_q / (p->heads_kv ? p->heads_kv : 1);
	int elsewhere = (p->has & (ATTN_HAS_PAST | ATTN_HAS_BLOCK_TABLE)) != 0;
	x->problem = *p;
	x->keys = p->len_kv + (p->has & ATTN_HAS_PAST ? p->past_len : 0);
	x->stride_e = (x->keys + 15) / 16 * 16 + 16; /* not a power of two, whose rows would fall on the same cache lines */
	x->rows = x->keys <= FEW_KEYS ? ROWS_FEW_KEYS : ROWS;
	x->heads = 1;
	if (group > 1 && !(p->has & ATTN_HAS_CU_SEQLENS) && p->len_q <= GROUPED_LEN && p->len_q * group <= ROWS)
		x->heads = group;
	x->rows = least(x->rows, p->len_q * x->heads);
	x->blocks = x->heads > 1 ? p->len_q > 0 : x->rows ? (p->len_q + x->rows - 1) / x->rows : 0;
	x->gathers_k = elsewhere || !is_matrix(p->stride_k, p->dim_qk);
	x->gathers_v = elsewhere || !is_matrix(p->stride_v, p->dim_v);
}

/* Outwards to multiples of a 32nd of all keys: a head has 32 · 32 / 2 ranges at most, and mostly 32. */
static struct key_range rounded(const struct blockwise *x, struct key_range r)
{
	int64_t step = (x->keys / 32 + 15) / 16 * 16 + 16;
	return (struct key_range){r.first / step * step, least((r.end + step - 1) / step * step, x->keys)};
}

struct key_range blockwise_range(const struct blockwise *x, int64_t block, int64_t len_q, int64_t len_kv)
{
	int64_t first = x->heads > 1 ? 0 : block * x->rows, rows = blockwise_block_rows(x, block, len_q) / x->heads;
	if (x->products->whole_range && x->problem.has & ATTN_HAS_KV_LEN)
		return (struct key_range){0, x->keys};
	struct attn_span a = attn_span_of(&x->problem, len_q, len_kv, first), b = attn_span_of(&x->problem, len_q, len_kv, first + rows - 1);
	struct key_range seen = {least(a.first, b.end), b.end};
	return x->products->whole_range ? rounded(x, seen) : seen;
}

int64_t blockwise_block_rows(const struct blockwise *x, int64_t block, int64_t len_q)
{
	return x->heads > 1 ? len_q * x->heads : least(x->rows, len_q - block * x->rows);
}

/* Takes `floats` from the workspace at *at, in cache lines; base NULL: only counts. */
static float *take(char *base, size_t *at, int64_t floats)
{
	char *here = base ? base + *at : NULL;
	*at += ((size_t)floats * sizeof(float) + 63) / 64 * 64;
	return (float *)(void *)here;
}

static size_t lay_out_thread(const struct blockwise *x, struct blockwise_thread *w, char *base)
{
	const struct attn_problem *p = &x->problem;
	size_t at = 0;
	w->e = take(base, &at, x->rows * x->stride_e);
	w->q = take(base, &at, x->rows * p->dim_qk);
	w->out = take(base, &at, x->rows * p->dim_v);
	w->max = take(base, &at, x->rows);
	w->sum = take(base, &at, x->rows);
	w->bias = take(base, &at, p->has & ATTN_HAS_BIAS ? x->keys : 0);
	w->mask = (unsigned char *)take(base, &at, p->has & (ATTN_HAS_MASK | ATTN_HAS_BLOCK_MASK) ? (x->keys + 3) / 4 : 0);
	w->own = take(base, &at, x->own_floats);
	w->k = take(base, &at, x->gathers_k ? x->keys * p->dim_qk : 0);
	w->v = take(base, &at, x->gathers_v ? x->keys * p->dim_v : 0);
	return at;
}

size_t blockwise_bytes(const struct attn_problem *p, int64_t own_floats, int threads)
{
	struct blockwise x;
	struct blockwise_thread w;
	cut(&x, p);
	x.own_floats = own_floats;
	return (sizeof w + lay_out_thread(&x, &w, NULL)) * (size_t)threads;
}

static enum attn_status take_workspace(struct blockwise *x, char *why, size_t size)
{
	struct blockwise_thread w;
	size_t each = lay_out_thread(x, &w, NULL), table = ((size_t)x->threads * sizeof w + 63) / 64 * 64;
	char *memory = x->host->alloc(x->host, table + each * (size_t)x->threads, 64);
	if (!memory) {
		snprintf(why, size, "no memory for a workspace of %zu bytes for each of %d threads", each, x->threads);
		return ATTN_NO_MEMORY;
	}
	x->thread = (struct blockwise_thread *)(void *)memory;
	for (int i = 0; i < x->threads; i++)
		lay_out_thread(x, &x->thread[i], memory + table + each * (size_t)i);
	return ATTN_OK;
}

enum attn_status blockwise_plan(const struct blockwise_products *products, const struct attn_problem *p, const struct attn_host *host,
                                struct attn_plan **plan, char *why, size_t size)
{
	struct blockwise *x = host->alloc(host, products->plan_bytes, 64);
	if (!x)
		return snprintf(why, size, "no memory for the plan"), ATTN_NO_MEMORY;
	memset(x, 0, products->plan_bytes);
	cut(x, p);
	x->host = host;
	x->products = products;
	x->kernels = softmax_to_use();
	x->threads = host->threads;
#ifndef _OPENMP
	x->threads = 1;
#endif
	enum attn_status status = products->prepare(x, why, size);
	if (status == ATTN_OK)
		status = take_workspace(x, why, size);
	if (status == ATTN_OK)
		*plan = (struct attn_plan *)(void *)x;
	else
		blockwise_destroy((struct attn_plan *)(void *)x);
	return status;
}

void blockwise_destroy(struct attn_plan *plan)
{
	struct blockwise *x = (struct blockwise *)(void *)plan;
	if (!x)
		return;
	if (x->products->release)
		x->products->release(x);
	x->host->free(x->host, x->thread);
	x->host->free(x->host, x);
}

const char *blockwise_describe(const struct attn_plan *plan)
{
	return ((const struct blockwise *)(const void *)plan)->text;
}

struct attn_numerics blockwise_numerics(const struct attn_problem *p)
{
	(void)p;
	return (struct attn_numerics){0x1p-24, 0x1p-24, 0x1p-24};
}
