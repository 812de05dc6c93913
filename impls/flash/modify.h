/* What may happen to a score after the dot product: softcap, ALiBi, bias, mask, in that order; then the maxima anew.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_MODIFY_H
#define FLASH_MODIFY_H

#include "impls/flash/tile.h"
#include "impls/flash/vec_math.h"

/* The scores of key j, those of vector v, which is at hand. */
static float *scores_of(const struct flash_work *w, int64_t j, int v)
{
	return lanes_of(w->s, w->block_keys, j, v - w->vec);
}

/* The rows whose vectors are at hand, one bit each. */
static uint64_t lanes_at_hand(const struct flash_work *w)
{
	int end = w->vec_end * LANES;
	return (end < 64 ? ((uint64_t)1 << end) - 1 : ~(uint64_t)0) & ~(uint64_t)0 << w->vec * LANES;
}

static void softcap(struct flash_work *w)
{
	vec cap = vec_set((float)w->p->softcap);
	for (int j = 0; j < w->keys; j++)
		for (int v = w->vec; v < w->vec_end; v++) {
			float *s = scores_of(w, j, v);
			vec_store(s, cap * vec_tanh(vec_load(s) / cap));
		}
}

/* s -= slope |position - key| */
static void alibi(struct flash_work *w)
{
	float slope[FLASH_ROWS], distance[FLASH_ROWS];
	for (int lane = 0; lane < FLASH_ROWS; lane++) {
		slope[lane] = (float)attn_at_float(&w->t->alibi, 0, w->head[lane], 0, 0);
		distance[lane] = (float)(w->span[lane].position - w->key);
	}
	for (int j = 0; j < w->keys; j++)
		for (int v = w->vec; v < w->vec_end; v++) {
			float *s = scores_of(w, j, v);
			vec far = vec_abs(vec_load(distance + v * LANES) - vec_set((float)j));
			vec_store(s, vec_load(s) - vec_load(slope + v * LANES) * far);
		}
}

/* Adds one value to every lane of a key, and hides the key where it is -inf. */
static void add_bias_of_keys(struct flash_work *w, const float *bias, int64_t stride)
{
	for (int j = 0; j < w->keys; j++) {
		float b = bias[j * stride];
		if (b == -INFINITY)
			w->see[j] &= ~lanes_at_hand(w);
		for (int v = w->vec; v < w->vec_end; v++) {
			float *s = scores_of(w, j, v);
			vec_store(s, vec_load(s) + vec_set(b));
		}
	}
}

/* LANES rows × LANES keys of the bias, turned so that rows are lanes. */
static void load_bias(const float *const *row, int64_t stride, int64_t j, int64_t keys, vec x[LANES])
{
	float some[LANES][LANES];
	for (int i = 0; i < LANES; i++) {
		if (stride == 1 && keys >= LANES) {
			x[i] = vec_load(row[i] + j);
			continue;
		}
		for (int64_t k = 0; k < LANES; k++)
			some[i][k] = row[i][(j + (k < keys ? k : 0)) * stride];
		x[i] = vec_load(some[i]);
	}
	vec_transpose(x);
}

static void bias(struct flash_work *w)
{
	const struct attn_tensor *t = &w->t->bias;
	int64_t k0 = w->sequence.k0 + w->key, row0 = w->sequence.q0;
	if ((t->stride[2] == 0 || w->rows == w->heads) && (t->stride[1] == 0 || w->heads == 1)) {
		add_bias_of_keys(w, attn_at(t, w->sequence.b, w->head[0], row0 + w->row[0], k0), t->stride[3]);
		return;
	}
	for (int v = w->vec; v < w->vec_end; v++) {
		const float *row[LANES];
		for (int i = 0; i < LANES; i++)
			row[i] = attn_at(t, w->sequence.b, w->head[v * LANES + i], row0 + w->row[v * LANES + i], k0);
		for (int64_t j = 0; j < w->keys; j += LANES) {
			vec x[LANES];
			load_bias(row, t->stride[3], j, w->keys - j, x);
			for (int64_t k = 0; k < LANES && j + k < w->keys; k++) {
				float *s = scores_of(w, j + k, v);
				uint64_t low = ~vec_not_low(x[k]) & (((uint64_t)1 << LANES) - 1);
				w->see[j + k] &= ~(low << v * LANES);
				vec_store(s, vec_load(s) + x[k]);
			}
		}
	}
}

/* From key `first` on: -inf where a row does not see the key, and max with what is left. */
static void hide(struct flash_work *w, int first, float *max)
{
	for (int v = w->vec; v < w->vec_end; v++) {
		vec m = vec_load(max + v * LANES);
		for (int j = first; j < w->keys_near; j++) {
			float *s = scores_of(w, j, v);
			vec x = vec_load(s);
			if (w->masked)
				vec_store(s, x = vec_hide(x, w->see[j] >> v * LANES));
			m = vec_max(x, m);
		}
		vec_store(max + v * LANES, m);
	}
}

static void modify(struct flash_work *w, float *max)
{
	if (w->p->softcap > 0)
		softcap(w);
	if (w->p->has & ATTN_HAS_ALIBI)
		alibi(w);
	if (w->p->has & ATTN_HAS_BIAS) {
		bias(w);
		for (int j = 0; j < w->keys; j++)
			w->seen |= w->see[j] & lanes_at_hand(w);
	}
	for (int v = w->vec; v < w->vec_end; v++)
		vec_store(max + v * LANES, vec_set(-INFINITY));
	hide(w, 0, max);
}

#endif
