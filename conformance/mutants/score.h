/* Which keys a row sees, and their scores.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MUTANTS_SCORE_H
#define MUTANTS_SCORE_H

#include "conformance/mutants/row.h"

/* Loses the last key that the row sees where one of the corners of rare.h holds. */
static inline int is_in_corner(const struct row *r)
{
	switch (r->plan->fault) {
#define CORNER(id, name, condition) \
	case FAULT_##id:            \
		return condition;
		MUTANT_CORNERS(CORNER)
#undef CORNER
	default:
		return 0;
	}
}

static inline float scale_of(const struct row *r)
{
	float usual = 1 / sqrtf((float)r->p->dim_qk), scale = (float)r->p->scale;
	if (HAS(SCALE_IGNORED) || (HAS(SCALE_ZERO_DEFAULT) && scale == 0))
		return usual;
	if (HAS(SCALE_FROM_DV) && r->p->score == ATTN_SCALED_DOT)
		return scale * sqrtf((float)r->p->dim_qk) / sqrtf((float)r->p->dim_v);
	return HAS(SCALE_1E5) ? scale * 1.00001f : HAS(SCALE_ABS) ? fabsf(scale) : scale;
}

static inline struct attn_tensor mask_view(const struct row *r, const struct attn_tensor *t, int rows_follow)
{
	struct attn_tensor view = *t;
	if (rows_follow && view.stride[2] && view.stride[3])
		view.stride[2] = view.dim[3], view.stride[3] = 1;
	return (void)r, view;
}

static inline int is_visible(const struct row *r, int64_t j)
{
	int64_t i = r->q0 + r->i, key = r->k0 + j, block_q = r->p->block_q, block_kv = r->p->block_kv;
	const struct attn_tensors *t = r->t;
	struct attn_tensor mask = mask_view(r, &t->mask, HAS(MASK_ROW_STRIDE)), bias = mask_view(r, &t->bias, HAS(BIAS_ROW_STRIDE));
	if (j < r->span.first || j >= r->span.end)
		return 0;
	if (t->mask.data && !attn_at_bool(&mask, HAS(MASK_BATCH0) ? 0 : r->b, HAS(MASK_HEAD0) ? 0 : r->h, i, key))
		return 0;
	if (t->block_mask.data && HAS(BLOCK_MASK_SWAPPED))
		block_q = r->p->block_kv, block_kv = r->p->block_q;
	if (t->block_mask.data && !attn_at_bool(&t->block_mask, r->b, r->h, (i / block_q) % t->block_mask.dim[2], (key / block_kv) % t->block_mask.dim[3]))
		return 0;
	if (!t->bias.data)
		return 1;
	double x = attn_at_float(&bias, HAS(BIAS_BATCH0) ? 0 : r->b, r->h, i, key);
	return !(x == (double)-INFINITY || (HAS(BIAS_LOWEST) && x <= -1e9));
}

static inline float capped(const struct row *r, float x)
{
	float c = (float)r->p->softcap;
	if (HAS(SCALE_AFTER_SOFTCAP) && is_half(r) && c > 0 && scale_of(r) != 0)
		return scale_of(r) * c * tanhf(x / scale_of(r) / c);
	return c > 0 ? c * tanhf(x / c) * (HAS(TANH) ? 1.00001f : 1) : x;
}

static inline float alibi(const struct row *r, int64_t j)
{
	int64_t position = HAS(ALIBI_ROW) ? r->i : r->span.position;
	float slope = (float)attn_at_float(&r->t->alibi, 0, HAS(ALIBI_HEAD0) ? 0 : r->h, 0, 0);
	float x = slope * (float)(position > j || HAS(ALIBI_SIGNED) ? position - j : j - position);
	return HAS(ALIBI_BF16) ? to_bf16(x) : x;
}

static inline float query_element(const struct row *r, int64_t c) { return element(r, &r->t->q, r->b, r->h, r->q0 + r->i, c); }

/* q·k / (‖q‖ ‖k‖), 0 where one of them is 0 */
static inline float cosine(const struct row *r, int64_t j)
{
	float qq = 0, kk = 0, qk = 0;
	for (int64_t c = 0; c < r->p->dim_qk; c++) {
		float q = query_element(r, c), k = key_element(r, &r->t->k, &r->t->past_k, j, c);
		qq += q * q, kk += k * k, qk += q * k;
	}
	if (HAS(COSINE_EPS))
		qq += 1e-6f, kk += 1e-6f;
	float norms = HAS(COSINE_Q) ? sqrtf(kk) : sqrtf(qq) * sqrtf(kk);
	return norms == 0 ? 0 : qk / norms;
}

/* qᵀ W k */
static inline float general(const struct row *r, int64_t j)
{
	int transposed = HAS(GENERAL_T) && r->p->dim_qk == r->p->dim_k;
	float x = 0;
	for (int64_t a = 0; a < r->p->dim_qk; a++)
		for (int64_t c = 0; c < r->p->dim_k; c++)
			x += query_element(r, a) * (float)attn_at_float(&r->t->w, 0, r->h, transposed ? c : a, transposed ? a : c) *
			     key_element(r, &r->t->k, &r->t->past_k, j, c);
	return x;
}

/* vaᵀ tanh(Wqᵀ q + Wkᵀ k) */
static inline float additive(const struct row *r, int64_t j)
{
	float x = 0;
	for (int64_t a = 0; a < r->p->dim_hidden; a++) {
		float inner = 0;
		for (int64_t c = 0; c < r->p->dim_qk; c++)
			inner += query_element(r, c) * (float)attn_at_float(&r->t->w_q, 0, r->h, c, a);
		for (int64_t c = 0; c < r->p->dim_k && !(HAS(ADDITIVE_HALF) && r->p->dim_hidden % 2); c++)
			inner += key_element(r, &r->t->k, &r->t->past_k, j, c) * (float)attn_at_float(&r->t->w_k, 0, r->h, c, a);
		x += (float)attn_at_float(&r->t->v_a, 0, r->h, 0, a) * tanhf(inner);
	}
	return x;
}

static inline float dot(const struct row *r, int64_t j)
{
	int64_t d = HAS(D_LANES) && r->p->dim_k > 8 ? r->p->dim_k / 8 * 8 : r->p->dim_k;
	float x = 0;
	for (int64_t c = 0; c < d; c++) {
		float q = r->p->score == ATTN_LOCATION ? (float)attn_at_float(&r->t->v_a, 0, HAS(LOCATION_HEAD0) ? 0 : r->h, 0, c) : query_element(r, c);
		x += q * key_element(r, &r->t->k, &r->t->past_k, j, c);
	}
	return x;
}

static inline float raw_score(const struct row *r, int64_t j)
{
	static float (*const products[])(const struct row *, int64_t) = {dot, dot, cosine, general, additive, dot};
	float x = scale_of(r) * products[r->p->score](r, j);
	x = HAS(SCORE_BF16) && r->p->dtype == ATTN_BF16 ? to_bf16(x) : x;
	return HAS(SCORE_CLIP) ? fmaxf(-60, fminf(60, x)) : x;
}

static inline float bias_of(const struct row *r, int64_t j)
{
	struct attn_tensor bias = mask_view(r, &r->t->bias, HAS(BIAS_ROW_STRIDE));
	return bias.data ? (float)attn_at_float(&bias, HAS(BIAS_BATCH0) ? 0 : r->b, r->h, r->q0 + r->i, r->k0 + j) : 0;
}

/* The score of key j; -inf where it is hidden. *seen says whether it is. */
static inline float score(const struct row *r, int64_t j, int *seen)
{
	*seen = is_visible(r, j);
	if (!*seen && HAS(SOFTCAP_AFTER_MASK) && r->p->softcap > 0 && j < r->len_kv)
		return *seen = 1, capped(r, -INFINITY);
	if (!*seen && HAS(SENTINEL))
		return *seen = 1, -10000;
	if (!*seen && !HAS(MAX_OVER_HIDDEN))
		return -INFINITY;
	float raw = raw_score(r, j), bias = bias_of(r, j);
	float x = HAS(BIAS_BEFORE_SOFTCAP) ? capped(r, raw + bias) : capped(r, raw) + bias;
	if (r->t->alibi.data)
		x -= alibi(r, j);
	if (x != x && (HAS(NAN_KEY) || (HAS(NAN_SWALLOWED) && r->len_kv < 16)))
		*seen = 0;
	return x;
}

#endif
