/* What the tiles multiply, in f32: queries scaled in advance, keys and values where they lie or, of another dtype or stride,
 * converted piece by piece, weights as they come.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_OPERANDS_F32_H
#define FLASH_OPERANDS_F32_H

#include "impls/flash/convert.h"
#include "impls/flash/tile.h"
#include "impls/flash/vec_math.h"

enum { SUMS = 1 }; /* rows of l in use */

static int vecs_of(const struct flash_work *w)
{
	return (w->rows + LANES - 1) / LANES;
}

/* LANES elements of a row in place, from element c on. */
INLINE vec vec_from(const enum attn_dtype dtype, const char *row, int64_t c)
{
	return dtype == ATTN_F32 ? vec_load((const float *)(const void *)row + c) : dtype == ATTN_BF16 ? vec_from_bf16(row + 2 * c) : vec_from_f16(row + 2 * c);
}

/* q[c][lane] = scale · q of LANES rows and as many columns from column c on. */
INLINE void load_turned(const enum attn_dtype dtype, const char *const *row, int64_t c, vec scale, float *to)
{
	vec x[LANES];
	UNROLL
	for (int i = 0; i < LANES; i++)
		x[i] = vec_from(dtype, row[i], c);
	vec_transpose(x);
	UNROLL
	for (int i = 0; i < LANES; i++)
		vec_store(to + i * STRIP, x[i] * scale);
}

static void load_direct(enum attn_dtype dtype, const char *const *row, int64_t c, vec scale, float *to)
{
	if (dtype == ATTN_F32)
		load_turned(ATTN_F32, row, c, scale, to);
	else if (dtype == ATTN_BF16)
		load_turned(ATTN_BF16, row, c, scale, to);
	else
		load_turned(ATTN_F16, row, c, scale, to);
}

static void load_converted(const struct attn_tensor *q, const char *const *row, int64_t c, int64_t columns, float *to)
{
	int64_t step = q->stride[3] * (int64_t)flash_bytes(q->dtype);
	float some[LANES];
	for (int i = 0; i < LANES; i++) {
		convert(q->dtype, row[i] + c * step, step, columns, some);
		for (int64_t k = 0; k < columns; k++)
			to[k * STRIP + i] = some[k];
	}
}

/* Of all columns, LANES × LANES at a time; lanes without a row repeat the last one's. */
static void load(struct flash_work *w)
{
	const struct attn_tensor *q = &w->t->q;
	vec scale = vec_set((float)w->p->scale);
	for (int first = 0; first < vecs_of(w) * LANES; first += LANES) {
		const char *row[LANES];
		for (int i = 0; i < LANES; i++) {
			int lane = first + i < w->rows ? first + i : w->rows - 1;
			row[i] = attn_at(q, w->sequence.b, w->head[lane], w->sequence.q0 + w->row[lane], 0);
		}
		for (int64_t c = 0; c < w->p->dim_qk; c += LANES) {
			int64_t columns = w->p->dim_qk - c < LANES ? w->p->dim_qk - c : LANES;
			float *to = lanes_of(w->q, w->p->dim_qk, c, first / LANES);
			if (q->stride[3] == 1 && columns == LANES) {
				load_direct(q->dtype, row, c, scale, to);
				continue;
			}
			load_converted(q, row, c, columns, to);
			for (int64_t k = 0; k < columns; k++)
				vec_store(to + k * STRIP, vec_load(to + k * STRIP) * scale);
		}
	}
}

static int is_direct(const struct flash_lines *lines)
{
	return lines->contiguous && lines->dtype == ATTN_F32;
}

/* Converts `count` rows for a tile where they can't be read in place; returns the pointers to use. */
static const char *const *in_place(struct flash_work *w, const struct flash_lines *lines, int64_t first, int64_t count, int64_t column, int64_t columns,
                                   const char **staged)
{
	if (is_direct(lines))
		return lines->row + first;
	convert_lines(lines, first, count, column, columns, w->stage);
	for (int64_t j = 0; j < count; j++)
		staged[j] = (const char *)(w->stage + j * columns - column);
	return staged;
}

/* Rows of k or v, as the stage holds them; converted into it if they are not there yet. */
static void stage_lines(struct flash_lines *lines, int64_t count, int is_there, int64_t columns, float *to)
{
	if (!is_there)
		convert_lines(lines, 0, count, 0, columns, to);
	for (int64_t j = 0; j < count; j++)
		lines->row[j] = (const char *)(to + j * columns);
	lines->dtype = ATTN_F32;
	lines->contiguous = 1;
}

/* The block's keys and values as f32; what another block of rows has staged just before, which came earlier as it sees no fewer keys, serves again. */
static void stage(struct flash_work *w)
{
	int is_there = w->staged->key == w->key && w->staged->keys >= w->keys;
	stage_lines(&w->k, w->keys, is_there, w->p->dim_qk, w->stage);
	stage_lines(&w->v, w->keys, is_there, w->p->dim_v, w->stage + w->block_keys * w->p->dim_qk);
	if (!is_there)
		*w->staged = (struct flash_staged){w->key, w->keys};
}

/* How many rows of k are at hand at a time; their pointers; the length of the sum over them. */
static int64_t keys_at_once(const struct flash_work *w)
{
	int64_t most = FLASH_STAGE / (w->p->dim_qk > 0 ? w->p->dim_qk : 1);
	return is_direct(&w->k) || most > w->keys ? w->keys : most < 1 ? 1 : most;
}

static const char *const *key_operands(struct flash_work *w, int64_t first, int64_t count, const char **staged)
{
	return in_place(w, &w->k, first, count, 0, w->p->dim_qk, staged);
}

static int64_t score_steps(const struct flash_work *w)
{
	return w->p->dim_qk;
}

static float score_scale(const struct flash_work *w)
{
	(void)w;
	return 1;
}

/* How many columns of v are at hand at a time; pointers to their rows; the length of the sum over them. */
static int64_t columns_at_once(const struct flash_work *w)
{
	return is_direct(&w->v) ? w->p->dim_v : FLASH_STAGE / FLASH_KEYS;
}

static const char *const *value_operands(struct flash_work *w, int64_t first, int64_t count, const char **staged)
{
	return in_place(w, &w->v, 0, w->keys, first, count, staged);
}

static int64_t value_steps(int keys)
{
	return keys;
}

/* exp(x - top) in place of `count` vectors of scores. */
INLINE void weights_each(const int count, vec *x, const vec *top)
{
#ifdef FLASH_FAST
	vec_fast_exp_each(count, x, top);
#else
	UNROLL
	for (int i = 0; i < count; i++)
		x[i] = x[i] - top[i];
	vec_exp_each(count, x);
#endif
}

INLINE void weights_of(const int vecs, int keys, float *s, const float *m, float *l)
{
	vec top[4], sum[4];
	UNROLL
	for (int v = 0; v < vecs; v++) {
		vec x = vec_load(m + v * LANES);
		top[v] = vec_if_greater(x, vec_set(-INFINITY), x, vec_set(0));
		sum[v] = vec_set(0);
	}
	for (float *end = s + keys * STRIP; s < end; s += STRIP) {
		vec x[4];
		UNROLL
		for (int v = 0; v < vecs; v++)
			x[v] = vec_load(s + v * LANES);
		weights_each(vecs, x, top);
		UNROLL
		for (int v = 0; v < vecs; v++) {
			vec_store(s + v * LANES, x[v]);
			sum[v] = sum[v] + x[v];
		}
	}
	UNROLL
	for (int v = 0; v < vecs; v++)
		vec_store(l + v * LANES, vec_load(l + v * LANES) + sum[v]);
}

/* For few.h: elements at a step, keys at a step of the values. */
enum { FEW_STEP = 1, FEW_KEYS = 1 };
#define FEW_DTYPES(call, rows, dtype) \
	if (dtype == ATTN_F32) { \
		call(rows, ATTN_F32) \
	} else if (dtype == ATTN_BF16) { \
		call(rows, ATTN_BF16) \
	} else { \
		call(rows, ATTN_F16) \
	}

INLINE int64_t few_bytes(const enum attn_dtype dtype, int64_t c)
{
	return c * (dtype == ATTN_F32 ? 4 : 2);
}

INLINE vec few_steps(const enum attn_dtype dtype, const char *row, int64_t c)
{
	return vec_from(dtype, row, c);
}

INLINE vec few_columns(const enum attn_dtype dtype, const char *const *value, int64_t left, int64_t column, int64_t ahead)
{
	(void)left;
	if (few_bytes(dtype, LANES) >= 64 || few_bytes(dtype, column) % 64 == 0)
		__builtin_prefetch(*value + ahead + few_bytes(dtype, column), 0, FEW_NEAR);
	return few_steps(dtype, *value, column);
}

static void few_load_row(const struct flash_work *w, const char *row, float *to)
{
	int64_t step = w->t->q.stride[3] * (int64_t)flash_bytes(w->t->q.dtype);
	vec scale = vec_set((float)w->p->scale);
	convert(w->t->q.dtype, row, step, w->p->dim_qk, to);
	for (int64_t c = 0; c < w->p->dim_qk; c += LANES)
		vec_store(to + c, vec_load(to + c) * scale);
}

/* The sums of four rows' weights, key by key: each waits for itself alone. */
INLINE void few_sum_each(const int rows, const float *s, int keys, float *l)
{
	float sum[4] = {0, 0, 0, 0};
	for (int j = 0; j < keys; j++) {
		UNROLL
		for (int r = 0; r < rows; r++)
			sum[r] += s[r * FLASH_KEYS + j];
	}
	UNROLL
	for (int r = 0; r < rows; r++)
		l[r] += sum[r];
}

static void few_sums(float *s, int rows, int keys, float *l)
{
	for (; rows >= 4; rows -= 4, s += 4 * FLASH_KEYS, l += 4)
		few_sum_each(4, s, keys, l);
	for (; rows; rows--, s += FLASH_KEYS, l++)
		few_sum_each(1, s, keys, l);
}

#endif
