/* The block driver's run: blocks shared out to threads, the two products of each.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/common/block.h"

#include <attnbench/view.h>
#ifdef _OPENMP
#include <omp.h>
#endif

static int64_t sequences_of(const struct attn_problem *p, const struct attn_tensors *t)
{
	return p->has & ATTN_HAS_CU_SEQLENS ? t->cu_seqlens_q.dim[3] - 1 : p->batch;
}

/* Block n of all; the last blocks of a head come first: under a causal mask they are the longest. */
static struct block block_at(const struct blockwise *x, const struct attn_tensors *t, int64_t n)
{
	const struct attn_problem *p = &x->problem;
	int64_t groups = p->heads_q / x->heads, head = n / x->blocks;
	struct block b = {.sequence = head / groups, .b = head / groups, .len_q = p->len_q, .len_kv = x->keys};
	b.head = head % groups * x->heads;
	b.index = x->blocks - 1 - n % x->blocks;
	if (p->has & ATTN_HAS_CU_SEQLENS) {
		b.b = 0;
		b.q0 = attn_at_i64(&t->cu_seqlens_q, 0, 0, 0, b.sequence);
		b.len_q = attn_at_i64(&t->cu_seqlens_q, 0, 0, 0, b.sequence + 1) - b.q0;
		b.k0 = attn_at_i64(&t->cu_seqlens_kv, 0, 0, 0, b.sequence);
		b.len_kv = attn_at_i64(&t->cu_seqlens_kv, 0, 0, 0, b.sequence + 1) - b.k0;
	}
	if (p->has & ATTN_HAS_KV_LEN)
		b.len_kv = attn_at_i64(&t->kv_len, b.sequence, 0, 0, 0);
	b.i0 = x->heads > 1 ? 0 : b.index * x->rows;
	b.rows = blockwise_block_rows(x, b.index, b.len_q);
	b.each = b.rows / x->heads;
	if (b.rows > 0)
		b.keys = blockwise_range(x, b.index, b.len_q, b.len_kv);
	b.stride_e = x->products->whole_range ? b.keys.end - b.keys.first : x->stride_e;
	return b;
}

/* Key or value rows of a whole sequence, wherever they lie (past, pages, any strides), one after the other; zeros up to the
 * number of keys that the plan knew. */
static void gather(const struct blockwise *x, const struct attn_tensors *t, const struct block *b, int values, float *to)
{
	const struct attn_problem *p = &x->problem;
	const struct attn_tensor *fresh = values ? &t->v : &t->k, *past = values ? &t->past_v : &t->past_k;
	int64_t h = b->head / (p->heads_q / p->heads_kv), columns = values ? p->dim_v : p->dim_qk, past_len = p->has & ATTN_HAS_PAST ? p->past_len : 0;
	for (int64_t j = 0; j < b->len_kv; j++) {
		const struct attn_tensor *in = j < past_len ? past : fresh;
		int64_t entry = b->b, i = j < past_len ? j : b->k0 + j - past_len;
		if (p->has & ATTN_HAS_BLOCK_TABLE) {
			entry = attn_at_i64(&t->block_table, b->b, 0, 0, j / p->page_size);
			i = j % p->page_size;
		}
		for (int64_t c = 0; c < columns; c++)
			memcpy(to++, attn_at(in, entry, h, i, c), sizeof *to);
	}
	memset(to, 0, (size_t)((x->keys - b->len_kv) * columns) * sizeof *to);
}

/* The rows of k or v from the block's first key on, and how far apart they are. */
static const float *rows_of(const struct blockwise *x, const struct attn_tensor *in, const float *gathered, const struct block *b, int64_t *step)
{
	const struct attn_problem *p = &x->problem;
	*step = gathered ? (in->dim[3] > 0 ? in->dim[3] : 1) : in->stride[2];
	if (gathered)
		return gathered + b->keys.first * in->dim[3];
	return attn_at(in, b->b, b->head / (p->heads_q / p->heads_kv), b->k0 + b->keys.first, 0);
}

static void gather_once(const struct blockwise *x, const struct attn_tensors *t, const struct block *b, struct blockwise_thread *w)
{
	int64_t heads_kv = x->problem.heads_kv, which = b->sequence * heads_kv + b->head / (x->problem.heads_q / heads_kv);
	if (w->gathered == which)
		return;
	w->gathered = which;
	if (x->gathers_k)
		gather(x, t, b, 0, w->k);
	if (x->gathers_v)
		gather(x, t, b, 1, w->v);
}

static void gather_queries(const struct blockwise *x, const struct attn_tensors *t, const struct block *b, float *to)
{
	int64_t columns = x->problem.dim_qk;
	for (int64_t r = 0; r < b->rows; r++, to += columns) {
		struct row_index at = block_row(b, r);
		const float *from = attn_at(&t->q, b->b, at.h, b->q0 + at.i, 0);
		if (t->q.stride[3] == 1)
			memcpy(to, from, (size_t)columns * sizeof *to);
		for (int64_t c = 0; c < columns && t->q.stride[3] != 1; c++)
			to[c] = from[c * t->q.stride[3]];
	}
}

static void zero(float *c, int64_t rows, int64_t columns, int64_t step)
{
	for (int64_t r = 0; r < rows && columns > 0; r++)
		memset(c + r * step, 0, (size_t)columns * sizeof *c);
}

static void block_run(struct blockwise *x, const struct attn_tensors *t, const struct block *b, int thread)
{
	struct blockwise_thread *w = &x->thread[thread];
	int64_t n = b->keys.end - b->keys.first, d = x->problem.dim_qk, dv = x->problem.dim_v, step_k, step_v;

	if (n > 0 && (x->gathers_k || x->gathers_v))
		gather_once(x, t, b, w);
	const float *k = rows_of(x, &t->k, x->gathers_k ? w->k : NULL, b, &step_k);
	const float *v = rows_of(x, &t->v, x->gathers_v ? w->v : NULL, b, &step_v);
	struct gemm scores = {b->rows, n, d, w->q, k, w->e, d, step_k, b->stride_e};
	struct gemm output = {b->rows, dv, n, w->e, v, w->out, b->stride_e, step_v, dv};

	gather_queries(x, t, b, w->q);
	if (n > 0 && d > 0)
		x->products->scores(x, thread, b->index, &scores);
	else
		zero(w->e, b->rows, n, b->stride_e);
	for (int64_t r = 0; r < b->rows && x->products->bare; r++)
		w->sum[r] = 1;
	if (!x->products->bare)
		block_softmax(x, t, b, thread);
	if (n > 0 && dv > 0)
		x->products->output(x, thread, b->index, &output);
	else
		zero(w->out, b->rows, dv, dv);
	for (int64_t r = 0; r < b->rows; r++)
		block_store_row(x, t, b, thread, r, &output);
}

enum attn_status blockwise_run(struct attn_plan *plan, const struct attn_tensors *t)
{
	struct blockwise *x = (struct blockwise *)(void *)plan;
	int64_t blocks = sequences_of(&x->problem, t) * (x->problem.heads_q / x->heads) * x->blocks;
	x->failed = 0;
	if (x->products->begin_run)
		x->products->begin_run(x);
#ifdef _OPENMP
#pragma omp parallel num_threads(x->threads)
#endif
	{
		int thread = 0;
#ifdef _OPENMP
		thread = omp_get_thread_num();
#endif
		x->thread[thread].gathered = -1;
		if (x->products->begin_thread)
			x->products->begin_thread(x);
#ifdef _OPENMP
#pragma omp for schedule(dynamic)
#endif
		for (int64_t n = 0; n < blocks; n++) {
			struct block b = block_at(x, t, n);
			if (b.rows > 0)
				block_run(x, t, &b, thread);
		}
	}
	if (x->products->end_run)
		x->products->end_run(x);
	return x->failed ? ATTN_FAILED : ATTN_OK;
}
