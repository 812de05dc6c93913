/* What the tiles multiply, in f32: queries scaled in advance, keys and values where they lie or, of another dtype or stride,
 * converted piece by piece, weights as they come.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_OPERANDS_F32_H
#define FLASH_OPERANDS_F32_H

#include "impls/flash/convert.h"
#include "impls/flash/tile.h"
#include "impls/flash/vec_math.h"

enum { IN_PAIRS = 0, SUMS = 1 /* rows of l in use */ };

static int vecs_of(const struct flash_work *w)
{
	return (w->rows + LANES - 1) / LANES;
}

/* LANES elements of a row in place, from element c on. */
INLINE vec vec_from(const enum attn_dtype dtype, const char *row, int64_t c)
{
	return dtype == ATTN_F32 ? vec_load((const float *)(const void *)row + c) : dtype == ATTN_BF16 ? vec_from_bf16(row + 2 * c) : vec_from_f16(row + 2 * c);
}

/* q[c][lane] = scale · q of LANES rows, in as many columns as fill vectors. */
INLINE void load_turned(const enum attn_dtype dtype, const char *const *row, int64_t columns, vec scale, float *to)
{
	for (int64_t c = 0; c + LANES <= columns; c += LANES, to += LANES * STRIP) {
		vec x[LANES];
		UNROLL
		for (int i = 0; i < LANES; i++)
			x[i] = vec_from(dtype, row[i], c);
		vec_transpose(x);
		UNROLL
		for (int i = 0; i < LANES; i++)
			vec_store(to + i * STRIP, x[i] * scale);
	}
}

static void load_direct(enum attn_dtype dtype, const char *const *row, int64_t columns, vec scale, float *to)
{
	if (dtype == ATTN_F32)
		load_turned(ATTN_F32, row, columns, scale, to);
	else if (dtype == ATTN_BF16)
		load_turned(ATTN_BF16, row, columns, scale, to);
	else
		load_turned(ATTN_F16, row, columns, scale, to);
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
	int64_t dim = w->p->dim_qk, direct = q->stride[3] == 1 ? dim / LANES * LANES : 0;
	vec scale = vec_set((float)w->p->scale);
	for (int first = 0; first < vecs_of(w) * LANES; first += LANES) {
		const char *row[LANES];
		for (int i = 0; i < LANES; i++) {
			int lane = first + i < w->rows ? first + i : w->rows - 1;
			row[i] = attn_at(q, w->sequence.b, w->head[lane], w->sequence.q0 + w->row[lane], 0);
		}
		load_direct(q->dtype, row, direct, scale, lanes_of(w->q, dim, 0, first / LANES));
		for (int64_t c = direct; c < dim; c += LANES) {
			int64_t columns = dim - c < LANES ? dim - c : LANES;
			float *to = lanes_of(w->q, dim, c, first / LANES);
			load_converted(q, row, c, columns, to);
			for (int64_t k = 0; k < columns; k++)
				vec_store(to + k * STRIP, vec_load(to + k * STRIP) * scale);
		}
	}
}

static int is_direct(const struct flash_lines *lines)
{
	return (lines->contiguous && lines->dtype == ATTN_F32) || is_widened(lines);
}

/* Converts `count` rows for a tile where they can't be read in place; returns the pointers to use. */
static const char *const *in_place(struct flash_work *w, const struct flash_lines *lines, int64_t first, int64_t count, int64_t column, int64_t columns,
                                   const char **staged)
{
	if (is_direct(lines))
		return lines->row + first;
	convert_lines(lines, first, count, column, columns, columns, w->stage);
	for (int64_t j = 0; j < count; j++)
		staged[j] = (const char *)(w->stage + j * columns - column);
	return staged;
}

/* How many rows of k are at hand at a time; their pointers; the length of the sum over them. */
static int64_t keys_at_once(const struct flash_work *w)
{
	int64_t most = FLASH_STAGE / (w->p->dim_qk > 0 ? w->p->dim_qk : 1);
	return is_direct(w->k) || most > w->keys ? w->keys : most < 1 ? 1 : most;
}

static const char *const *key_operands(struct flash_work *w, int64_t first, int64_t count, const char **staged)
{
	return in_place(w, w->k, first, count, 0, w->p->dim_qk, staged);
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

/* Weights are e^(s - m), s a score. (Those of operands_bf16.h are powers of two, which is what these functions are for.) */
#define SLACK 5.545f /* 8 ln 2 */
static float power_scale(const struct flash_work *w)
{
	(void)w;
	return 1;
}

static double power_unit(const struct flash_work *w)
{
	(void)w;
	return 1;
}

INLINE vec power_of(vec x)
{
	return vec_exp(x);
}

/* How many columns of v are at hand at a time; pointers to their rows; the length of the sum over them. */
static int64_t columns_at_once(const struct flash_work *w)
{
	return is_direct(w->v) ? w->p->dim_v : FLASH_STAGE / FLASH_KEYS;
}

static const char *const *value_operands(struct flash_work *w, int64_t first, int64_t count, const char **staged)
{
	return in_place(w, w->v, 0, w->keys, first, count, staged);
}

static int64_t value_steps(int keys)
{
	return keys;
}

/* The rows of l that are looked at. */
static int sums_of(const struct flash_work *w)
{
	(void)w;
	return SUMS;
}

/* Weights in place of `count` vectors of scores. */
INLINE void weights_each(const int count, float scale, vec *x, const vec *top)
{
	(void)scale;
#ifdef FLASH_FAST
	vec_fast_exp_each(count, x, top);
#else
	UNROLL
	for (int i = 0; i < count; i++)
		x[i] = top[i] - x[i];
	vec_exp_minus_each(count, x);
#endif
}

#if defined(EXP_STEPS) && !defined(FLASH_FAST)
/* Two keys of one vector of rows at a time, the first half of exp of the next two beside the second half of these: the chain of one after the other
 * is longer than what a scheduler of 64 operations looks ahead. */
INLINE void weights_begin(const float *s, vec top, vec *n, vec *r)
{
	vec x[2] = {top - vec_load(s), top - vec_load(s + STRIP)};
	vec_exp_begin(2, x, n, r);
}

INLINE vec weights_end(const vec *n, const vec *r, float *s, vec sum)
{
	vec x[2];
	vec_exp_end(2, n, r, x);
	vec_store(s, x[0]);
	vec_store(s + STRIP, x[1]);
	return sum + x[0] + x[1];
}

INLINE vec weights_of_rows(int keys, float *s, vec top, vec sum)
{
	vec n[2], r[2];
	if (keys > 1)
		weights_begin(s, top, n, r);
	for (; keys > 3; keys -= 2, s += 2 * STRIP) {
		vec these[2] = {n[0], n[1]}, rest[2] = {r[0], r[1]};
		weights_begin(s + 2 * STRIP, top, n, r);
		sum = weights_end(these, rest, s, sum);
	}
	if (keys > 1) {
		sum = weights_end(n, r, s, sum);
		keys -= 2, s += 2 * STRIP;
	}
	if (keys) {
		vec x = vec_load(s);
		weights_each(1, 1, &x, &top);
		vec_store(s, x);
		sum = sum + x;
	}
	return sum;
}

INLINE void weights_of(const int sums, const int vecs, int keys, float scale, float *s, const float *m, float *l)
{
	(void)sums, (void)scale;
	for (int v = 0; v < vecs * LANES; v += LANES) {
		vec x = vec_load(m + v), top = vec_if_greater(x, vec_set(-INFINITY), x, vec_set(0));
		vec_store(l + v, vec_load(l + v) + weights_of_rows(keys, s + v, top, vec_set(0)));
	}
}
#else
INLINE void weights_of(const int sums, const int vecs, int keys, float scale, float *s, const float *m, float *l)
{
	(void)sums, (void)scale;
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
		weights_each(vecs, 1, x, top);
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
#endif

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

/* Bytes of so many columns of a row of values. */
INLINE int64_t few_value_bytes(const enum attn_dtype dtype, int64_t columns)
{
	return few_bytes(dtype, columns);
}

INLINE vec few_steps(const enum attn_dtype dtype, const char *row, int64_t c)
{
	return vec_from(dtype, row, c);
}

INLINE void few_ask_ahead(const enum attn_dtype dtype, const char *const *value, int64_t left, int64_t column, int64_t ahead)
{
	(void)left;
	if (few_bytes(dtype, LANES) >= 64 || few_bytes(dtype, column) % 64 == 0)
		__builtin_prefetch(*value + ahead + few_bytes(dtype, column), 0, FEW_NEAR);
}

INLINE vec few_columns(const enum attn_dtype dtype, const char *const *value, int64_t left, int64_t column)
{
	(void)left;
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

INLINE vec few_plus(vec sum, vec weight)
{
	return sum + weight;
}

/* They go to the values as they are. */
static void few_weights(const struct flash_work *w, float *s, float *l)
{
	(void)w, (void)s, (void)l;
}

#include "impls/flash/stage.h"

#endif
