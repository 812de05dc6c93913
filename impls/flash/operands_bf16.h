/* What the tiles multiply, in pairs of bf16: queries and keys two columns at a time, as they lie in memory; values and weights
 * two keys at a time, values zipped piece by piece, weights rounded to bf16. Scores are scaled afterwards, in f32.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_OPERANDS_BF16_H
#define FLASH_OPERANDS_BF16_H

#include "impls/flash/tile.h"
#include "impls/flash/vec_math.h"

enum { IN_PAIRS = 1, SUMS = 2 /* rows of l in use */ };

static int vecs_of(const struct flash_work *w)
{
	return (w->rows + LANES - 1) / LANES;
}

static uint32_t element(const char *row, int64_t step, int64_t c, int64_t count)
{
	uint16_t bits = 0;
	if (row && c < count)
		memcpy(&bits, row + c * step, sizeof bits);
	return bits;
}

/* `pairs` pairs from column c of a row of `count` elements, zeroes beyond. */
static void gather_pairs(const char *row, int64_t step, int64_t c, int64_t count, int64_t pairs, uint32_t *to)
{
	for (int64_t i = 0; i < pairs; i++)
		to[i] = element(row, step, c + 2 * i, count) | element(row, step, c + 2 * i + 1, count) << 16;
}

static int64_t score_steps(const struct flash_work *w)
{
	return (w->p->dim_qk + 1) / 2;
}

INLINE void load_direct(const char *const *row, int64_t c, float *to)
{
	vec x[LANES];
	UNROLL
	for (int i = 0; i < LANES; i++)
		x[i] = vec_load((const float *)(const void *)row[i] + c);
	vec_transpose(x);
	UNROLL
	for (int i = 0; i < LANES; i++)
		vec_store(to + i * STRIP, x[i]);
}

/* q[pair][lane]; lanes without a row repeat the last one's. */
static void load(struct flash_work *w)
{
	const struct attn_tensor *q = &w->t->q;
	int64_t step = q->stride[3] * 2, pairs = score_steps(w);
	for (int first = 0; first < vecs_of(w) * LANES; first += LANES) {
		const char *row[LANES];
		for (int i = 0; i < LANES; i++) {
			int lane = first + i < w->rows ? first + i : w->rows - 1;
			row[i] = attn_at(q, w->sequence.b, w->head[lane], w->sequence.q0 + w->row[lane], 0);
		}
		for (int64_t c = 0; c < pairs; c += LANES) {
			uint32_t *to = (uint32_t *)(void *)lanes_of(w->q, pairs, c, first / LANES), some[LANES];
			if (step == 2 && 2 * (c + LANES) <= w->p->dim_qk) {
				load_direct(row, c, (float *)(void *)to);
				continue;
			}
			for (int i = 0; i < LANES; i++) {
				gather_pairs(row[i], step, 2 * c, w->p->dim_qk, LANES, some);
				for (int64_t k = 0; k < LANES && c + k < pairs; k++)
					to[k * STRIP + i] = some[k];
			}
		}
	}
}

/* Scores are scaled where they become weights, which costs nothing there; in their tile where something else happens to them in between, or scaling turns
 * their order. */
static int scales_late(const struct flash_work *w)
{
	return w->p->scale > 0 && !(w->p->softcap > 0) && !(w->p->has & (ATTN_HAS_ALIBI | ATTN_HAS_BIAS));
}

static float score_scale(const struct flash_work *w)
{
	return scales_late(w) ? 1 : (float)w->p->scale;
}

static double scale_left(const struct flash_work *w)
{
	return scales_late(w) ? w->p->scale : 1;
}

/* Weights are 2^(f s - m), s a score as its tile leaves it, f = power_scale(). That f is rounded moves f s far away where scores are large; m, a product
 * with f too, moves as far, and times power_unit() is a score again. */
#define SLACK 8.0f
static float power_scale(const struct flash_work *w)
{
	return (float)(scale_left(w) * 1.4426950408889634 /* 1 / ln 2 */);
}

static double power_unit(const struct flash_work *w)
{
	return scale_left(w) / (double)power_scale(w);
}

/* What a weight shrinks by where m rises by -x. */
INLINE vec power_of(vec x)
{
	return vec_exp(x * vec_set(LN2_HIGH + LN2_LOW));
}

/* Values are always zipped: what no row sees is left out there. */
static int is_direct(const struct flash_lines *lines)
{
	(void)lines;
	return 0;
}

static int keys_in_pairs(const struct flash_work *w)
{
	return w->k->contiguous && w->p->dim_qk % 2 == 0;
}

static int64_t keys_at_once(const struct flash_work *w)
{
	int64_t most = FLASH_STAGE / (score_steps(w) > 0 ? score_steps(w) : 1);
	return keys_in_pairs(w) || most > w->keys ? w->keys : most < 1 ? 1 : most;
}

static const char *const *key_operands(struct flash_work *w, int64_t first, int64_t count, const char **staged)
{
	uint32_t *to = (uint32_t *)(void *)w->stage;
	int64_t pairs = score_steps(w);
	if (keys_in_pairs(w))
		return w->k->row + first;
	w->staged->keys = 0;
	for (int64_t j = 0; j < count; j++) {
		int64_t step = first + j < w->k->old ? w->k->old_step : w->k->step;
		gather_pairs(w->k->row[first + j], step, 0, w->p->dim_qk, pairs, to + j * pairs);
		staged[j] = (const char *)(to + j * pairs);
	}
	return staged;
}

static int64_t columns_at_once(const struct flash_work *w)
{
	return w->p->dim_v;
}

static int64_t value_steps(int keys)
{
	return (keys + 1) / 2;
}

/* stage[pair of keys][column] of one pair; NULL is a row of zeroes. */
static void zip_pair(const struct flash_work *w, int j, int64_t columns, float *to)
{
	const char *a = w->v->row[j], *b = j + 1 < w->keys ? w->v->row[j + 1] : NULL;
	int64_t step_a = j < w->v->old ? w->v->old_step : w->v->step, step_b = j + 1 < w->v->old ? w->v->old_step : w->v->step, c = 0;
	if (w->v->contiguous && a && b)
		for (; c + 2 * LANES <= columns; c += 2 * LANES)
			vec_zip_32(a + 2 * c, b + 2 * c, to + c);
	if (w->v->contiguous)
		for (; c + LANES <= columns; c += LANES)
			vec_store(to + c, vec_zip(a ? a + 2 * c : NULL, b ? b + 2 * c : NULL));
	for (; c < columns; c++) {
		uint32_t pair = element(a, step_a, c, columns) | element(b, step_b, c, columns) << 16;
		memcpy(to + c, &pair, sizeof pair);
	}
}

/* All columns; what another block of rows has zipped just before serves again, unless values are left out for one of them. */
static const char *const *value_operands(struct flash_work *w, int64_t first, int64_t count, const char **staged)
{
	int again = !w->masked && w->staged->keys == w->keys && w->staged->key == w->key;
	(void)first;
	for (int j = 0; j < w->keys; j += 2) {
		float *to = w->stage + j / 2 * count;
		staged[j / 2] = (const char *)to;
		if (!again)
			zip_pair(w, j, count, to);
	}
	w->staged->key = w->key;
	w->staged->keys = w->masked ? 0 : w->keys;
	return staged;
}

/* Keys are met where they lie, values as pairs. */
static void stage(struct flash_work *w, struct flash_source *source)
{
	(void)w, (void)source;
}

static void scores_while_staging(const struct flash_work *w, int strip, int64_t j, int64_t rows, int64_t count, struct scores_tile *first)
{
	(void)w, (void)strip, (void)j, (void)rows, (void)count, (void)first;
}

/* Weights in place of `count` vectors of scores: 2^y, y = scale x - top, as 2^floor(y) times a polynomial of the rest. That its error is some 2^-18 is nothing
 * beside the 2^-9 that weights lose afterwards. */
INLINE void weights_each(const int count, float scale, vec *x, const vec *top)
{
	const float q[] = {EXP2_COARSE_Q};
	vec r[4], y[4];
	UNROLL
	for (int i = 0; i < count; i++) {
		x[i] = vec_fma(x[i], vec_set(scale), -top[i]);
		r[i] = vec_above_floor(x[i]);
	}
	vec_polynomial_each(count, q, (int)(sizeof q / sizeof *q), r, y);
	UNROLL
	for (int i = 0; i < count; i++)
		x[i] = vec_scale_by_floor(vec_fma(y[i], r[i], vec_set(1)), x[i]);
}

/* The rows of l that are looked at: what the weights were before they were rounded is asked for with the logsumexp only. */
static int sums_of(const struct flash_work *w)
{
	return w->t->logsumexp.data || w->t->row_max.data ? SUMS : 1;
}

/* Two rows of weights become one of pairs: row j / 2 replaces rows j and j + 1, which have been read. l is the sum of the
 * rounded weights, as that of values that are all 1; its second row, if `sums` is 2, that of the weights before. */
INLINE void weights_of(const int sums, const int vecs, int keys, float scale, float *s, const float *m, float *l)
{
	const vec ones = vec_set_pair(1);
	vec top[4], sum[4], exact[4];
	UNROLL
	for (int v = 0; v < vecs; v++) {
		vec x = vec_load(m + v * LANES);
		top[v] = vec_if_greater(x, vec_set(-INFINITY), x, vec_set(0));
		sum[v] = exact[v] = vec_set(0);
	}
	for (int j = 0; j < keys; j += 2) {
		const float *from = s + j * STRIP;
		vec x[4], y[4];
		UNROLL
		for (int v = 0; v < vecs; v++) {
			x[v] = vec_load(from + v * LANES);
			y[v] = vec_set(-INFINITY);
			if (j + 1 < keys)
				y[v] = vec_load(from + STRIP + v * LANES);
		}
		weights_each(vecs, scale, x, top);
		weights_each(vecs, scale, y, top);
		UNROLL
		for (int v = 0; v < vecs; v++) {
			vec pair = vec_pair(x[v], y[v]);
			vec_store(s + j / 2 * STRIP + v * LANES, pair);
			sum[v] = tile_multiply(ones, pair, sum[v]);
			if (sums > 1)
				exact[v] = exact[v] + (x[v] + y[v]);
		}
	}
	UNROLL
	for (int v = 0; v < vecs; v++) {
		float *before = l + FLASH_ROWS + v * LANES;
		vec_store(l + v * LANES, vec_load(l + v * LANES) + sum[v]);
		if (sums > 1)
			vec_store(before, vec_load(before) + exact[v]);
	}
}

/* For few.h: elements at a step, keys at a step of the values. */
enum { FEW_STEP = 2, FEW_KEYS = 2 };
#define FEW_DTYPES(call, rows, dtype) \
	(void)dtype; \
	call(rows, ATTN_BF16)

INLINE int64_t few_bytes(const enum attn_dtype dtype, int64_t c)
{
	(void)dtype;
	return 4 * c;
}

/* Bytes of so many columns of a row of values. */
INLINE int64_t few_value_bytes(const enum attn_dtype dtype, int64_t columns)
{
	(void)dtype;
	return 2 * columns;
}

INLINE vec few_steps(const enum attn_dtype dtype, const char *row, int64_t c)
{
	return vec_load((const float *)(const void *)(row + few_bytes(dtype, c)));
}

INLINE void few_ask_ahead(const enum attn_dtype dtype, const char *const *value, int64_t left, int64_t column, int64_t ahead)
{
	const char *a = value[0], *b = left > 1 ? value[1] : NULL;
	(void)dtype;
	__builtin_prefetch(a + ahead + 2 * column, 0, FEW_NEAR);
	__builtin_prefetch((b ? b : a) + ahead + 2 * column, 0, FEW_NEAR);
}

/* Columns of two keys as pairs; with a pair that is half a NULL row is zeroes. */
INLINE vec few_columns(const enum attn_dtype dtype, const char *const *value, int64_t left, int64_t column)
{
	const char *a = value[0], *b = left > 1 ? value[1] : NULL;
	(void)dtype;
	return vec_zip(a ? a + 2 * column : NULL, b ? b + 2 * column : NULL);
}

static void few_load_row(const struct flash_work *w, const char *row, float *to)
{
	gather_pairs(row, w->t->q.stride[3] * 2, 0, w->p->dim_qk, score_steps(w), (uint32_t *)(void *)to);
}

INLINE vec few_plus(vec sum, vec pair)
{
	return tile_multiply(vec_set_pair(1), pair, sum);
}

/* The sums of some rows' weights before they are rounded, pair by pair as weights_of() takes them: each waits for itself alone. */
INLINE void few_sum_each(const int rows, const float *s, int keys, float *l)
{
	float sum[4] = {0, 0, 0, 0};
	for (int j = 0; j < keys; j += 2) {
		UNROLL
		for (int r = 0; r < rows; r++)
			sum[r] += s[r * FLASH_KEYS + j] + (j + 1 < keys ? s[r * FLASH_KEYS + j + 1] : 0);
	}
	UNROLL
	for (int r = 0; r < rows; r++)
		l[r] += sum[r];
}

/* Weights become pairs, in place. */
static void few_weights(const struct flash_work *w, float *s, float *l)
{
	int r = 0, rows = sums_of(w) > 1 ? w->rows : 0;
	for (; r + 4 <= rows; r += 4)
		few_sum_each(4, s + r * FLASH_KEYS, w->keys, l + FLASH_ROWS + r);
	for (; r < rows; r++)
		few_sum_each(1, s + r * FLASH_KEYS, w->keys, l + FLASH_ROWS + r);
	for (r = 0; r < w->rows; r++)
		for (int j = 0; j < w->keys; j += 2 * LANES) {
			float *pairs = s + r * FLASH_KEYS + j / 2, *each = s + r * FLASH_KEYS + j;
			vec_store(pairs, vec_pairs(vec_load(each), vec_load(each + LANES)));
		}
}

#endif
