/* The running softmax of one row, a block of keys at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MUTANTS_SOFTMAX_H
#define MUTANTS_SOFTMAX_H

#include "conformance/mutants/score.h"

/* exp, off by 1e-5 in the range that the fault says. */
static inline float exponential(const struct row *r, float x)
{
	int is_off = (HAS(EXP_NEAR_0) && x > -0.3f) || (HAS(EXP_20) && x > -30 && x < -20) || (HAS(EXP_50) && x > -60 && x < -50) ||
	             (HAS(EXP_75) && x > -80 && x < -70);
	if (HAS(EXP_FLUSH) && x < -80)
		return 0;
	if (HAS(EXP_CLAMP) && x < -20)
		x = -20;
	if (HAS(EXP_1E4) || HAS(EXP_1E5))
		return expf(x) * (1 + (HAS(EXP_1E4) ? 1e-4f : 1e-5f) * sinf(7 * x));
	return is_off ? expf(x) * 1.00001f : expf(x);
}

/* exp(x - max), with a difference of 0 where both are infinite. */
static inline float below(const struct row *r, float x, float max)
{
	if (HAS(SKIP_SMALL) && x - max < -14)
		return 0;
	return x == max ? (HAS(EXP_AT_0) ? 1.00001f : 1) : exponential(r, x - max);
}

static inline float *accumulator(struct row *r) { return HAS(RACE) || HAS(DIRTY) ? r->plan->workspace : r->acc; }

static inline void start_softmax(struct row *r)
{
	r->max = -INFINITY;
	r->sum = 0;
	r->seen = 0;
	for (int64_t c = 0; c < r->p->dim_v && !HAS(DIRTY); c++)
		accumulator(r)[c] = 0;
}

static inline int keeps_old_scale(const struct row *r, int64_t block)
{
	return HAS(NO_RESCALE) || (HAS(NO_RESCALE_LATE) && block > 32) || (HAS(NO_RESCALE_256) && block > 256) || (HAS(NO_RESCALE_2048) && block > 2048) ||
	       (HAS(NO_RESCALE_HALF) && is_half(r) && block > 32);
}

static inline void raise_max(struct row *r, float max, int64_t block)
{
	if (max == r->max || HAS(NO_MAX) || (HAS(STALE_MAX) && block > 64))
		return;
	float factor = r->max == -INFINITY ? 0 : exponential(r, r->max - max);
	r->max = max;
	if (keeps_old_scale(r, block))
		return;
	if (r->sum != 0)
		r->sum *= factor;
	for (int64_t c = 0; c < r->p->dim_v && !HAS(RESCALE_SUM_ONLY); c++)
		if (accumulator(r)[c] != 0)
			accumulator(r)[c] *= factor;
}

static inline float stored_weight(const struct row *r, float w)
{
	if (HAS(P_BF16) || (HAS(P_HALF) && r->p->dtype == ATTN_BF16))
		return to_bf16(w);
	return HAS(P_F16) || (HAS(P_HALF) && r->p->dtype == ATTN_F16) ? to_f16(w) : w;
}

static inline void add_key(struct row *r, int64_t j, float weight)
{
	float p = stored_weight(r, weight), *acc = accumulator(r);
	r->sum += weight;
	for (int64_t c = 0; c < r->p->dim_v; c++) {
		float unwritten = r->plan->workspace[c], value = key_element(r, &r->t->v, &r->t->past_v, j, c);
		acc[c] += p * (HAS(UNSTAGED) && j == r->len_kv - 1 && isfinite(unwritten) ? unwritten : value);
		if (HAS(ACC_F16))
			acc[c] = to_f16(acc[c]);
	}
}

static inline void do_block(struct row *r, int64_t first, int64_t end)
{
	float e[BLOCK], max = r->max;
	int seen[BLOCK], any = 0;
	for (int64_t j = first; j < end; j++) {
		e[j - first] = score(r, j, &seen[j - first]);
		any += seen[j - first];
		if ((seen[j - first] || HAS(MAX_OVER_HIDDEN)) && (e[j - first] > max || e[j - first] != e[j - first]))
			max = e[j - first];
	}
	if (!any && ((HAS(FIRST_HIDDEN) && first == 0) || (HAS(SPLIT_EMPTY) && r->len_kv > 8)))
		r->sum = NAN;
	r->seen |= any > 0;
	raise_max(r, HAS(NO_MAX) ? 0 : max, first / BLOCK);
	for (int64_t j = first; j < end; j++) {
		if (seen[j - first])
			add_key(r, j, below(r, e[j - first], HAS(NO_MAX) ? 0 : r->max));
		else if (HAS(HIDDEN_NAN))
			add_key(r, j, 0);
		if (HAS(KEY_TWICE) && j == first && first > 0 && seen[0])
			add_key(r, j, below(r, e[0], r->max));
	}
	if (HAS(PADDING_TANH) && r->p->softcap > 0 && end - first < BLOCK && r->max > -INFINITY)
		r->sum += (float)(BLOCK - (end - first)) * exponential(r, -(float)r->p->softcap - r->max);
}

static inline void add_sink(struct row *r)
{
	if (!r->t->sinks.data || HAS(SINK_DROPPED))
		return;
	float sink = (float)attn_at_float(&r->t->sinks, 0, HAS(SINK_HEAD0) ? 0 : r->h, 0, 0);
	if (HAS(NAN_SINK) && isnan(sink))
		return;
	if (HAS(SINK_OVERFLOW) && r->max > -INFINITY) {
		r->sum += expf(sink - r->max);
		return;
	}
	if (sink > r->max)
		raise_max(r, sink, 0);
	r->sum += (HAS(SINK_TWICE) ? 2 : 1) * below(r, sink, r->max);
}

#endif
