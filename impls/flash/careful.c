/* One row of the block, in two passes over its keys and as attn.h says it: for a row whose sums are not finite, because an
 * input or a score is not. Scores of +inf share the weight; so do scores of -inf when the row sees nothing else.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/flash/flash.h"

static void element(const struct flash_lines *lines, int j, int64_t column, float *x)
{
	int64_t step = j < lines->old ? lines->old_step : lines->step;
	flash_convert(lines->dtype, lines->row[j] + column * step, step, 1, x);
}

/* The score of lane 0 and key j of the block, or no score: the row does not see it. */
static int score_of(const struct flash_work *w, int j, float *score)
{
	const struct attn_problem *p = w->p;
	int64_t key = w->key + j;
	const struct attn_tensor *q = &w->t->q;
	float s = 0, bias = 0, x;
	if (w->masked && !(w->see[j] & 1))
		return 0;
	if (p->has & ATTN_HAS_BIAS)
		bias = (float)attn_at_float(&w->t->bias, w->sequence.b, w->head[0], w->sequence.q0 + w->row[0], w->sequence.k0 + key);
	if (bias == -INFINITY)
		return 0;
	for (int64_t c = 0; c < p->dim_qk; c++) {
		element(w->k, j, c, &x);
		s += (float)attn_at_float(q, w->sequence.b, w->head[0], w->sequence.q0 + w->row[0], c) * (float)p->scale * x;
	}
	if (p->softcap > 0)
		s = (float)p->softcap * tanhf(s / (float)p->softcap);
	if (p->has & ATTN_HAS_ALIBI)
		s -= (float)attn_at_float(&w->t->alibi, 0, w->head[0], 0, 0) * fabsf((float)(w->span[0].position - key));
	*score = s + bias;
	return 1;
}

/* Calls each(w, key of the block, score, context) for every key that lane 0 sees, in order. */
static void each_score(struct flash_work *w, void (*each)(struct flash_work *, int, float, float *), float *context)
{
	float score;
	for (w->key = 0; w->key < w->sequence.len_kv; w->key += w->block_keys) {
		int64_t left = w->sequence.len_kv - w->key;
		w->keys = left < w->block_keys ? (int)left : w->block_keys;
		if (!flash_visible(w))
			continue;
		flash_keys_find(w);
		for (int j = 0; j < w->keys; j++)
			if (w->key + j >= w->span[0].first && w->key + j < w->span[0].end && score_of(w, j, &score))
				each(w, j, score, context);
	}
}

static void take_largest(struct flash_work *w, int j, float score, float *largest)
{
	(void)j;
	(void)w;
	if (score > *largest || score != score)
		*largest = score;
}

static void take_value(struct flash_work *w, int j, float score, float *largest)
{
	float weight = score == *largest ? 1 : expf(score - *largest), x;
	w->sum.l[0] += weight;
	for (int64_t c = 0; c < w->p->dim_v; c++) {
		element(w->v, j, c, &x);
		w->sum.o[c * FLASH_ROWS] += weight * x;
	}
}

static void put(const struct attn_tensor *t, const struct flash_work *w, int64_t column, float x)
{
	void *at = attn_at(t, w->sequence.b, w->head[0], w->sequence.q0 + w->row[0], column);
	uint16_t bits = t->dtype == ATTN_BF16 ? attn_f32_to_bf16(x) : attn_f32_to_f16(x);
	memcpy(at, t->dtype == ATTN_F32 ? (void *)&x : (void *)&bits, flash_bytes(t->dtype));
}

void flash_careful_row(struct flash_work *w)
{
	float *m = w->sum.m, *l = w->sum.l, sink = -INFINITY;
	if (w->p->has & ATTN_HAS_SINKS)
		sink = (float)attn_at_float(&w->t->sinks, 0, w->head[0], 0, 0);
	*m = sink > -INFINITY ? sink : -INFINITY, *l = 0;
	for (int64_t c = 0; c < w->p->dim_v; c++)
		w->sum.o[c * FLASH_ROWS] = 0;
	each_score(w, take_largest, m);
	each_score(w, take_value, m);
	if (sink != -INFINITY)
		*l += sink == *m ? 1 : expf(sink - *m);
	for (int64_t c = 0; c < w->p->dim_v; c++)
		put(&w->t->out, w, c, *l == 0 || !(w->seen & 1) ? 0 : w->sum.o[c * FLASH_ROWS] / *l);
	if (w->t->logsumexp.data)
		put(&w->t->logsumexp, w, 0, *m + logf(*l));
	if (w->t->row_max.data)
		flash_put_sums(w, 0, (double)*m, *l);
}
