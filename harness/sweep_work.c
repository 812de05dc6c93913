/* Counting of FLOPs and bytes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_work.h"
#include "harness/problem.h"

#include <attnbench/view.h>

/* One sequence: rows [q0, q0 + len_q), keys [k0, k0 + len_kv) of batch entry b. */
struct part {
	int64_t b, q0, len_q, k0, len_kv;
};

static int hides(const struct attn_problem *p, const struct attn_tensors *t, int64_t b, int64_t h, int64_t i, int64_t j)
{
	if (t->mask.data && !attn_at_bool(&t->mask, b, h, i, j))
		return 1;
	if (t->block_mask.data && !attn_at_bool(&t->block_mask, b, h, i / p->block_q, j / p->block_kv))
		return 1;
	return t->bias.data && attn_at_float(&t->bias, b, h, i, j) == (double)-INFINITY;
}

static int64_t pairs_of_row(const struct attn_problem *p, const struct attn_tensors *t, const struct part *s, int64_t h, int64_t i)
{
	struct attn_span span = attn_span_of(p, s->len_q, s->len_kv, i);
	int64_t pairs = span.end - span.first;
	if (!t || !(t->mask.data || t->block_mask.data || t->bias.data))
		return pairs;
	for (int64_t j = span.first; j < span.end; j++)
		pairs -= hides(p, t, s->b, h, s->q0 + i, s->k0 + j);
	return pairs;
}

static double pairs_of_part(const struct attn_problem *p, const struct attn_tensors *t, const struct part *s)
{
	int same_heads = !t || !(t->mask.data || t->block_mask.data || t->bias.data);
	double pairs = 0;
	for (int64_t h = 0; h < (same_heads ? 1 : p->heads_q); h++)
		for (int64_t i = 0; i < s->len_q; i++)
			pairs += (double)pairs_of_row(p, t, s, h, i);
	return same_heads ? pairs * (double)p->heads_q : pairs;
}

double sweep_pairs(const struct attn_problem *p, const struct attn_tensors *t)
{
	int varlen = t && t->cu_seqlens_q.data && t->cu_seqlens_kv.data;
	int64_t parts = varlen ? t->cu_seqlens_q.dim[3] - 1 : p->batch;
	double pairs = 0;
	for (int64_t n = 0; n < parts; n++) {
		struct part s = {n, 0, p->len_q, 0, attn_problem_keys(p)};
		if (varlen) {
			s.b = 0;
			s.q0 = attn_at_i64(&t->cu_seqlens_q, 0, 0, 0, n);
			s.len_q = attn_at_i64(&t->cu_seqlens_q, 0, 0, 0, n + 1) - s.q0;
			s.k0 = attn_at_i64(&t->cu_seqlens_kv, 0, 0, 0, n);
			s.len_kv = attn_at_i64(&t->cu_seqlens_kv, 0, 0, 0, n + 1) - s.k0;
		}
		if (t && t->kv_len.data)
			s.len_kv = attn_at_i64(&t->kv_len, n, 0, 0, 0);
		pairs += pairs_of_part(p, t, &s);
	}
	return pairs;
}

/* The four products of a layer with its projections. */
static double projection_flops(const struct attn_problem *p)
{
	double q = (double)p->len_q * (double)p->heads_q, kv = (double)p->len_kv * (double)p->heads_kv;
	if (!(p->has & ATTN_HAS_PROJECTIONS))
		return 0;
	return 2 * (double)p->batch * (q * (double)(p->dim_model * p->dim_qk + p->dim_v * p->dim_out) + kv * (double)(p->dim_model_kv * (p->dim_k + p->dim_v)));
}

double sweep_flops(const struct attn_problem *p, double pairs)
{
	return 4 * pairs * (double)(p->dim_qk + p->dim_v) / 2 + projection_flops(p);
}

/* x, weights and out of a layer, in place of q, k, v and out. */
static double layer_elements(const struct attn_problem *p)
{
	double rows = (double)(p->batch * p->len_q), keys = (double)(p->batch * p->len_kv);
	return rows * (double)(p->dim_model + p->dim_out) + keys * (double)p->dim_model_kv + (double)(p->heads_q * (p->dim_model * p->dim_qk + p->dim_v * p->dim_out)) +
	       (double)(p->heads_kv * p->dim_model_kv * (p->dim_k + p->dim_v));
}

/* Keys that at least one row may see: spans of successive rows overlap or touch. */
static double keys_seen(const struct attn_problem *p)
{
	int64_t keys = attn_problem_keys(p), first = keys, end = 0;
	for (int64_t i = 0; i < p->len_q; i++) {
		struct attn_span span = attn_span_of(p, p->len_q, keys, i);
		if (span.first >= span.end)
			continue;
		first = span.first < first ? span.first : first;
		end = span.end > end ? span.end : end;
	}
	return end > first ? (double)(end - first) : 0;
}

/* Elements of a mask that is not broadcast along dims. */
static double mask_elements(const struct attn_problem *p, uint32_t dims)
{
	return (dims & ATTN_DIM_BATCH ? (double)p->batch : 1) * (dims & ATTN_DIM_HEAD ? (double)p->heads_q : 1) *
	       (dims & ATTN_DIM_QUERY ? (double)p->len_q : 1) * (dims & ATTN_DIM_KEY ? (double)attn_problem_keys(p) : 1);
}

double sweep_bytes(const struct attn_problem *p)
{
	double element = (double)attn_dtype_bytes(p->dtype), wide = p->dtype == ATTN_F64 ? 8 : 4;
	double b = (double)p->batch, rows = b * (double)p->heads_q * (double)p->len_q, keys = (double)attn_problem_keys(p);
	double kv = b * (double)p->heads_kv * (double)(p->dim_k + p->dim_v);
	double bytes = element * (p->has & ATTN_HAS_PROJECTIONS ? layer_elements(p) : rows * (double)(p->dim_qk + p->dim_v) + kv * keys_seen(p));

	if (p->has & ATTN_HAS_MASK)
		bytes += mask_elements(p, p->mask_dims);
	if (p->has & ATTN_HAS_BIAS)
		bytes += wide * mask_elements(p, p->bias_dims);
	if (p->score >= ATTN_GIVEN_SCORES)
		bytes += wide * rows * keys;
	if (p->wants & ATTN_WANTS_WEIGHTS)
		bytes += wide * rows * keys;
	if (p->wants & ATTN_WANTS_SCORES)
		bytes += wide * rows * keys;
	if (p->wants & ATTN_WANTS_LOGSUMEXP)
		bytes += wide * rows;
	if (p->wants & ATTN_WANTS_SUMS)
		bytes += 16 * rows;
	if (p->wants & ATTN_WANTS_PRESENT)
		bytes += element * kv * keys;
	return bytes;
}
