/* What a row writes: out, logsumexp, its maximum and sum, weights, scores; and present.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MUTANTS_OUTPUTS_H
#define MUTANTS_OUTPUTS_H

#include "conformance/mutants/softmax.h"

static inline uint16_t half_bits(const struct row *r, float x)
{
	uint32_t bits;
	memcpy(&bits, &x, sizeof bits);
	if (r->p->dtype == ATTN_BF16)
		return HAS(TRUNCATED) ? (uint16_t)(bits >> 16) : attn_f32_to_bf16(x);
	return attn_f32_to_f16(HAS(HALF_SUBNORMAL_OUT) && fabsf(x) < 0x1p-14f ? 0 : x);
}

static inline void store(const struct row *r, int64_t i, int64_t c, float x)
{
	struct attn_tensor out = r->t->out;
	if (HAS(OUT_STRIDE) && r->p->dim_v == r->p->dim_qk)
		memcpy(out.stride, r->t->q.stride, sizeof out.stride);
	void *at = attn_at(&out, r->b, r->h, i, c);
	uint16_t bits = half_bits(r, x);
	if (r->p->dtype == ATTN_F32)
		memcpy(at, &x, sizeof x);
	else
		memcpy(at, &bits, sizeof bits);
}

static inline void store_logsumexp(struct row *r)
{
	float sink = r->t->sinks.data ? (float)attn_at_float(&r->t->sinks, 0, r->h, 0, 0) : -INFINITY;
	float lse = r->sum == 0 ? (HAS(LSE_EMPTY) ? INFINITY : -INFINITY) : r->max + logf(r->sum);
	struct attn_tensor to = r->t->logsumexp;
	if (HAS(LSE_LAST) && r->len_q % 2 && r->i == r->len_q - 1)
		return;
	if (HAS(LSE_HALF) && is_half(r))
		lse = -INFINITY;
	if (HAS(LSE_NO_SINK) && sink > -INFINITY)
		lse = r->max + logf(r->sum - expf(sink - r->max));
	if (HAS(LSE_STRIDE))
		make_contiguous(&to);
	lse = HAS(LSE_BASE2) ? lse * 1.442695f : lse;
	memcpy(attn_at(&to, r->b, HAS(LSE_SLOT) ? 0 : r->h, r->q0 + r->i, 0), &lse, sizeof lse);
}

/* The row's maximum and sum. */
static inline void store_sums(struct row *r)
{
	float sink = r->t->sinks.data ? (float)attn_at_float(&r->t->sinks, 0, r->h, 0, 0) : -INFINITY;
	double max = (double)r->max, sum = (double)r->sum;
	if (HAS(SUMS_NO_SINK) && sink > -INFINITY)
		sum -= (double)below(r, sink, r->max);
	if (HAS(SUMS_ROUNDED) && sum > 0)
		max = (double)(r->max + logf(r->sum)), sum = 1;
	memcpy(attn_at(&r->t->row_max, r->b, r->h, r->q0 + r->i, 0), &max, sizeof max);
	memcpy(attn_at(&r->t->row_sum, r->b, r->h, r->q0 + r->i, 0), &sum, sizeof sum);
}

/* Weights, once the row's maximum and sum are known. */
static inline void store_weights(const struct row *r)
{
	float sum = HAS(WEIGHTS_RAW) ? 1 : r->sum;
	if (HAS(WEIGHTS_NO_SINK) && r->t->sinks.data)
		sum -= below(r, (float)attn_at_float(&r->t->sinks, 0, r->h, 0, 0), r->max);
	for (int64_t j = 0; j < r->len_kv; j++) {
		int seen;
		float e = score(r, j, &seen), w = seen && sum != 0 ? below(r, e, r->max) / sum : 0;
		if (seen || !HAS(WEIGHTS_HIDDEN))
			memcpy(attn_at(&r->t->weights, r->b, r->h, r->q0 + r->i, r->k0 + j), &w, sizeof w);
	}
}

static inline void store_scores(const struct row *r)
{
	for (int64_t j = 0; j < r->len_kv; j++) {
		int seen;
		float x = raw_score(r, j);
		if (r->p->score_stage != ATTN_STAGE_RAW || HAS(SCORES_STAGE))
			x = capped(r, x);
		if (r->p->score_stage == ATTN_STAGE_MASKED)
			x = score(r, j, &seen);
		memcpy(attn_at(&r->t->scores, r->b, r->h, r->q0 + r->i, r->k0 + j), &x, sizeof x);
	}
}

/* Keys of other sequences and beyond the length. */
static inline void fill_outside(const struct row *r, const struct attn_tensor *t, float x)
{
	for (int64_t j = 0; t->data && !HAS(OUTSIDE) && j < t->dim[3]; j++)
		if (j < r->k0 || j >= r->k0 + r->len_kv)
			memcpy(attn_at(t, r->b, r->h, r->q0 + r->i, j), &x, sizeof x);
}

static inline void finish_row(struct row *r)
{
	int is_mean = r->sum == 0 && (HAS(EMPTY_MEAN) || HAS(MEAN_OF_HIDDEN)), is_whole = HAS(EMPTY_MEAN) || (r->span.first <= 0 && r->span.end >= r->len_kv);
	for (int64_t j = 0; j < r->len_kv && is_mean; j++)
		if (is_whole || j < r->span.first || j >= r->span.end)
			add_key(r, j, 1);
	if (HAS(SINK_ALONE) && r->t->sinks.data && r->span.end <= r->span.first)
		r->sum = NAN, r->seen = 1;
	for (int64_t c = 0; c < r->p->dim_v - (HAS(DV_TAIL) && r->p->dim_v > 4 ? r->p->dim_v % 4 : 0); c++) {
		float x = (r->sum == 0 || (!r->seen && !is_mean)) && !HAS(EMPTY_NAN) ? 0 : accumulator(r)[c] / r->sum;
		if (HAS(ZERO_ROW) && r->q0 + r->i == 2000)
			x = 0;
		if (HAS(STATE) && r->plan->runs > 0)
			x += 0.001f;
		store(r, r->q0 + r->i, c, x);
	}
	if (is_mean && HAS(MEAN_OF_HIDDEN))
		r->sum = 0;
	if (r->t->logsumexp.data)
		store_logsumexp(r);
	if (r->t->row_max.data)
		store_sums(r);
	fill_outside(r, &r->t->weights, 0);
	fill_outside(r, &r->t->scores, -INFINITY);
	if (r->t->weights.data)
		store_weights(r);
	if (r->t->scores.data)
		store_scores(r);
}

/* past and new keys, or values, joined. */
static inline void join(const struct attn_plan *plan, const struct attn_tensor *past, const struct attn_tensor *fresh, const struct attn_tensor *present)
{
	size_t bytes = plan->p.dtype == ATTN_F32 ? 4 : 2;
	for (int64_t b = 0; b < present->dim[0]; b++)
		for (int64_t h = 0; h < present->dim[1]; h++)
			for (int64_t j = 0; j < present->dim[2]; j++)
				for (int64_t c = 0; c < present->dim[3]; c++) {
					int64_t from = plan->fault == FAULT_PRESENT_ORDER ? (j + plan->p.past_len) % present->dim[2] : j;
					memcpy(attn_at(present, b, h, j, c), from < plan->p.past_len ? attn_at(past, b, h, from, c) : attn_at(fresh, b, h, from - plan->p.past_len, c),
					       bytes);
				}
}

static inline void write_present(const struct attn_plan *plan, const struct attn_tensors *t)
{
	if (!t->present_k.data)
		return;
	join(plan, &t->past_k, &t->k, &t->present_k);
	join(plan, &t->past_v, &t->v, &t->present_v);
}

#endif
