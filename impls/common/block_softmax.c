/* Rows of a block between the two products: which keys they see, softmax, and the way out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/common/block.h"

#include <attnbench/view.h>

/* n bools of a row, one after the other: in place where they lie so. */
static const unsigned char *mask_of_row(const struct attn_problem *p, const struct attn_tensors *t, const struct block *b, struct row_index at, unsigned char *to)
{
	int64_t n = b->keys.end - b->keys.first, j0 = b->k0 + b->keys.first, i = b->q0 + at.i;
	int has_mask = (p->has & ATTN_HAS_MASK) != 0;
	if (n == 0 || !(p->has & (ATTN_HAS_MASK | ATTN_HAS_BLOCK_MASK)))
		return NULL;
	if (!(p->has & ATTN_HAS_BLOCK_MASK) && t->mask.stride[3] == 1)
		return attn_at(&t->mask, b->b, at.h, i, j0);
	for (int64_t j = 0; j < n; j++)
		to[j] = (unsigned char)(!has_mask || attn_at_bool(&t->mask, b->b, at.h, i, j0 + j));
	for (int64_t j = 0; j < n && p->has & ATTN_HAS_BLOCK_MASK; j++)
		to[j] &= (unsigned char)attn_at_bool(&t->block_mask, b->b, at.h, i / p->block_q, (j0 + j) / p->block_kv);
	return to;
}

static const float *bias_of_row(const struct attn_problem *p, const struct attn_tensors *t, const struct block *b, struct row_index at, float *to)
{
	int64_t n = b->keys.end - b->keys.first, j0 = b->k0 + b->keys.first;
	if (n == 0 || !(p->has & ATTN_HAS_BIAS))
		return NULL;
	const float *from = attn_at(&t->bias, b->b, at.h, b->q0 + at.i, j0);
	if (t->bias.stride[3] == 1)
		return from;
	for (int64_t j = 0; j < n; j++)
		to[j] = from[j * t->bias.stride[3]];
	return to;
}

static int64_t clamp(int64_t x, int64_t low, int64_t high)
{
	return x < low ? low : x > high ? high : x;
}

static struct score_row row_of(const struct blockwise *x, const struct attn_tensors *t, const struct block *b, int thread, int64_t r)
{
	const struct attn_problem *p = &x->problem;
	struct row_index at = block_row(b, r);
	struct attn_span span = attn_span_of(p, b->len_q, b->len_kv, at.i);
	struct score_row row = {.keys = b->keys.end - b->keys.first, .scale = (float)p->scale, .softcap = (float)p->softcap};
	row.first = clamp(span.first - b->keys.first, 0, row.keys);
	row.end = clamp(span.end - b->keys.first, row.first, row.keys);
	row.position = span.position - b->keys.first;
	row.mask = mask_of_row(p, t, b, at, x->thread[thread].mask);
	row.bias = bias_of_row(p, t, b, at, x->thread[thread].bias);
	if (p->has & ATTN_HAS_ALIBI)
		row.slope = (float)attn_at_float(&t->alibi, 0, at.h, 0, 0);
	return row;
}

/* The logit of the row's sink; -inf: none. */
static float sink_of(const struct attn_problem *p, const struct attn_tensors *t, const struct block *b, int64_t r)
{
	return p->has & ATTN_HAS_SINKS ? (float)attn_at_float(&t->sinks, 0, block_row(b, r).h, 0, 0) : -INFINITY;
}

/* exp(x - max), where x = max = ±inf is a difference of 0. */
static float exp_below(float x, float max)
{
	return x == max ? 1 : expf(x - max);
}

/* A row whose largest score is infinite. +inf: the keys of that score share the weight. -inf: either the row sees no key,
 * and all weights are 0, or it sees only scores of -inf or NaN. */
static float infinite_weights(const struct score_row *row, float *e, float max)
{
	float sum = 0;
	for (int64_t j = 0; j < row->keys; j++) {
		e[j] = score_row_sees(row, j) ? exp_below(e[j], max) : 0;
		sum += e[j];
	}
	return sum;
}

static void row_softmax(const struct blockwise *x, const struct score_row *row, float *e, float sink, struct blockwise_thread *w, int64_t r)
{
	float max = sink > w->max[r] ? sink : w->max[r];
	float sum = isfinite(max) ? x->kernels->weights(e, row->keys, max) : infinite_weights(row, e, max);
	w->max[r] = max;
	w->sum[r] = sink != -INFINITY ? sum + exp_below(sink, max) : sum;
}

/* The implementation's softmax knows finite rows only: a block with others goes the ordinary way. */
static int is_ordinary(const struct blockwise *x, const struct block *b, const struct blockwise_thread *w)
{
	for (int64_t r = 0; r < b->rows; r++)
		if (!isfinite(w->max[r]) || x->kernels->any_nan(w->e + r * b->stride_e, b->keys.end - b->keys.first))
			return 0;
	return 1;
}

void block_softmax(struct blockwise *x, const struct attn_tensors *t, const struct block *b, int thread)
{
	struct blockwise_thread *w = &x->thread[thread];
	struct score_row row;
	for (int64_t r = 0; r < b->rows; r++) {
		float *e = w->e + r * b->stride_e;
		row = row_of(x, t, b, thread, r);
		w->max[r] = x->kernels->scores(&row, e);
		if (!x->products->softmax)
			row_softmax(x, &row, e, sink_of(&x->problem, t, b, r), w, r);
	}
	if (!x->products->softmax)
		return;
	if (is_ordinary(x, b, w)) {
		struct gemm g = {.m = b->rows, .k = b->keys.end - b->keys.first, .a = w->e, .lda = b->stride_e};
		x->products->softmax(x, thread, b->index, &g);
		for (int64_t r = 0; r < b->rows; r++)
			w->sum[r] = 1;
		return;
	}
	for (int64_t r = 0; r < b->rows; r++) {
		row = row_of(x, t, b, thread, r);
		row_softmax(x, &row, w->e + r * b->stride_e, sink_of(&x->problem, t, b, r), w, r);
	}
}

/* out = Σ_j w_j v_j over the keys that the row sees, weights already divided by their sum: for a row whose product was not
 * finite because of what a hidden value holds, because a value seen is not finite, or because weights up to 1 times values
 * near the largest number overflowed. */
static void sum_seen_values(const struct score_row *row, const float *e, float factor, const struct gemm *product, float *out)
{
	for (int64_t c = 0; c < product->n; c++)
		out[c] = 0;
	for (int64_t j = 0; j < row->keys; j++)
		for (int64_t c = 0; score_row_sees(row, j) && c < product->n; c++)
			out[c] += e[j] * factor * product->b[j * product->ldb + c];
}

static void store_weights(const struct attn_tensors *t, const struct block *b, struct row_index at, const struct score_row *row, const float *e, float factor)
{
	for (int64_t j = 0; j < t->weights.dim[3]; j++) {
		int64_t here = j - b->k0 - b->keys.first;
		float w = here >= 0 && here < row->keys && score_row_sees(row, here) ? e[here] * factor : 0;
		memcpy(attn_at(&t->weights, b->b, at.h, b->q0 + at.i, j), &w, sizeof w);
	}
}

void block_store_row(const struct blockwise *x, const struct attn_tensors *t, const struct block *b, int thread, int64_t r, const struct gemm *product)
{
	const struct blockwise_thread *w = &x->thread[thread];
	struct row_index at = block_row(b, r);
	float *out = w->out + r * product->ldc, *to = attn_at(&t->out, b->b, at.h, b->q0 + at.i, 0);
	const float *e = w->e + r * b->stride_e;
	float factor = w->sum[r] == 0 ? 0 : 1 / w->sum[r];
	int side_by_side = t->out.stride[3] == 1, finite;

	if (t->row_max.data) {
		double max = (double)w->max[r], sum = (double)w->sum[r];
		memcpy(attn_at(&t->row_max, b->b, at.h, b->q0 + at.i, 0), &max, sizeof max);
		memcpy(attn_at(&t->row_sum, b->b, at.h, b->q0 + at.i, 0), &sum, sizeof sum);
	}
	if (t->weights.data || t->logsumexp.data) {
		struct score_row row = row_of(x, t, b, thread, r);
		float lse = w->max[r] + logf(w->sum[r]);
		if (t->weights.data)
			store_weights(t, b, at, &row, e, factor);
		if (t->logsumexp.data)
			memcpy(attn_at(&t->logsumexp, b->b, at.h, b->q0 + at.i, 0), &lse, sizeof lse);
	}
	finite = x->kernels->scaled(out, product->n, factor, side_by_side ? to : out);
	if (!finite && !x->products->bare) {
		struct score_row row = row_of(x, t, b, thread, r);
		sum_seen_values(&row, e, factor, product, side_by_side ? to : out);
	}
	for (int64_t c = 0; c < product->n && !side_by_side; c++)
		memcpy(attn_at(&t->out, b->b, at.h, b->q0 + at.i, c), &out[c], sizeof *out);
}
