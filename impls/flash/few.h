/* Few query rows against many keys (decode): keys in the lanes for the scores, columns of v for the output, so that memory
 * is all that is waited for. Every sum runs in the order of kernel.h's tiles, and a row has the bits it has there: LANES keys
 * are turned in registers, or spread beside the rows (FEW_SIDE), and the sum over a row's columns goes column by column.
 *
 * Layouts here: q[row][step], s[row][FLASH_KEYS], o[row][dim_v]; m and l [lane] as everywhere.
 *
 * What a kernel_*.c defines for it is said in few_tile.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_FEW_H
#define FLASH_FEW_H

#include "impls/flash/few_tile.h"
#include "impls/flash/modify.h"

/* The tiles for `rows` rows: the largest, of `most`, for more. Rows of a tile beyond those that exist are computed and never looked at. */
static int few_tile(int rows, int most)
{
	return rows > 4 && most > 4 ? 3 : rows > 2 ? 2 : rows - 1;
}

/* The largest power of two that is at most both, and 8. */
static int few_size(int64_t left, int most)
{
	int n = 8;
	while (n > left || n > most)
		n /= 2;
	return n;
}

static int few_is_plain(const struct attn_tensor *t, int64_t columns, int64_t multiple)
{
	return !t->data || (t->stride[3] == 1 && columns > 0 && columns % multiple == 0);
}

/* Whether the keys and values of a run are so many that a cache hardly holds them. */
static int is_far(const struct attn_problem *p)
{
	double keys = (double)p->batch * (double)p->heads_kv * (double)p->len_kv;
	return keys * (double)(p->dim_qk + p->dim_v) * (double)flash_bytes(p->dtype) > 0x1p24;
}

/* Whether the rows at hand are few, and lie so that they can be read in place. */
static int is_few(const struct flash_work *w)
{
	const struct attn_tensors *t = w->t;
	int64_t qk = FEW_STEP * LANES;
	return w->rows <= FLASH_FEW && !w->alone && few_is_plain(&t->k, w->p->dim_qk, qk) && few_is_plain(&t->v, w->p->dim_v, LANES) &&
	       few_is_plain(&t->past_k, w->p->dim_qk, qk) && few_is_plain(&t->past_v, w->p->dim_v, LANES);
}

/* Where the rows from r on are for FEW_SIDE: behind those of all, each as long. */
static float *few_beside(const struct flash_work *w, int r)
{
	return w->q + (FLASH_FEW + r) * score_steps(w);
}

/* q[row][step] as the scores' tiles multiply it. */
static void few_load(struct flash_work *w)
{
	const struct attn_tensor *q = &w->t->q;
	int64_t steps = score_steps(w);
	for (int r = 0; r < w->rows; r++)
		few_load_row(w, attn_at(q, w->sequence.b, w->head[r], w->sequence.q0 + w->row[r], 0), w->q + r * steps);
	for (int r = 0, each; r < w->rows; r += each) {
		each = few_tiles[few_tile(w->rows - r, 8)].rows;
		side_load(w->rows - r, each, steps, w->q + r * steps, few_beside(w, r));
	}
}

/* The distance from a key's row to that of another so many keys on. */
static int64_t few_distance(const struct attn_tensor *t, int64_t keys)
{
	return keys * t->stride[2] * (int64_t)flash_bytes(t->dtype);
}

/* Asks for one line in every 8 rows, FEW_WALK keys on, so that the pages they lie in are known when all their lines are asked for: a request that
 * waits for its page holds up those behind it. */
INLINE void walk_ahead(const struct flash_work *w, int first, int count)
{
	for (int j = first; j < first + count && j < w->keys; j += 8) {
		__builtin_prefetch(w->k->row[j] + few_distance(&w->t->k, FEW_WALK), 0, FEW_NEAR);
		__builtin_prefetch(w->v->row[j] + few_distance(&w->t->v, FEW_WALK), 0, FEW_NEAR);
	}
}

/* w->k->run as FEW_SIDE needs it: 1 where a row of keys does not end before the next one begins; and no more than 16 where they do not touch, since more
 * lines that are 2 KiB apart are not in a first-level cache at once. */
static int few_run(const struct flash_work *w)
{
	int64_t bytes = few_bytes(w->k->dtype, w->p->dim_qk), apart = few_distance(&w->t->k, 1), past = w->t->past_k.data ? few_distance(&w->t->past_k, 1) : apart;
	int most = apart < bytes || past < bytes ? 1 : apart == bytes ? w->k->run : 16;
	return w->k->run < most ? w->k->run : most;
}

/* s[row][key]; -inf beyond the last key, as far as few_exp() looks. Lanes without a key repeat the last one's. */
static void few_scores(struct flash_work *w)
{
	int padded = (w->keys + LANES - 1) / LANES * LANES, whole = 4 * LANES; /* what goes before walk_ahead() is due again, and what few_exp() looks at */
	int run = few_run(w);
	for (int j = w->keys; j < padded; j++)
		w->k->row[j] = w->k->row[w->keys - 1];
	for (int r = 0, tile; r < w->rows; r += few_tiles[tile].rows) {
		tile = few_tile(w->rows - r, 8);
		for (int j = 0; j < padded; j += whole) {
			walk_ahead(w, j, whole);
			struct few_scores at = {w->k->row + j, score_steps(w), few_distance(&w->t->k, FEW_AHEAD), few_distance(&w->t->k, 1), score_scale(w), w->q + r * score_steps(w), few_beside(w, r), w->s + r * FLASH_KEYS + j, w->keys - j, run};
			few_tiles[tile].scores(padded - j < whole ? padded - j : whole, w->k->dtype, &at);
		}
	}
	for (int r = 0; r < w->rows; r++)
		for (int j = w->keys; j % whole; j++)
			w->s[r * FLASH_KEYS + j] = -INFINITY;
}

/* Whether values are a stream that memory is waited for: rows that touch, of so many keys that no cache holds them. */
static int few_is_stream(const struct flash_work *w)
{
	return is_far(w->p) && few_distance(&w->t->v, 1) == few_value_bytes(w->v->dtype, w->p->dim_v);
}

/* The tile of values for the rows from r on. Of 4 rows also for fewer, behind others, where one of fewer has too few sums to keep a processor busy and
 * would take as long; and for a stream of f32: with less to compute a processor runs so far ahead that the lines it asks for hold up
 * those it waits for (a fifth, by one thread). */
static int few_value_tile(const struct flash_work *w, int r)
{
	int rows = w->rows - r, always = (FEW_VALUE_ROWS == 4 && r) || (few_is_stream(w) && w->v->dtype == ATTN_F32);
	return few_tile(always && rows < 4 ? 4 : rows, FEW_VALUE_ROWS);
}

/* The vectors of columns of a tile of values: as many as fit into registers, but of a stream of f32 no more than a line's: memory brings most when it is asked
 * for a line at a time; of bf16 it does not, whose rows are half as long. */
static int few_value_vecs(const struct flash_work *w)
{
	int fit = FEW_SUMS / few_tiles[few_value_tile(w, 0)].rows, line = (int)(64 / few_value_bytes(w->v->dtype, LANES));
	return few_is_stream(w) && w->v->dtype == ATTN_F32 && fit > line ? line : fit;
}

/* The lines that a tile of `vecs` vectors from that column on, all keys of the block, asks for: a line for each 64 bytes that it meets. Where rows touch, a
 * block ahead, since the first tile meets all rows; FEW_AHEAD rows where each row's lines are asked for by the tiles that meet them. */
static struct few_lines few_lines_of(const struct flash_work *w, int64_t column, int64_t vecs)
{
	const struct attn_tensor *v = &w->t->v;
	int64_t apart = few_distance(v, 1), at = few_value_bytes(w->v->dtype, column), bytes = few_value_bytes(w->v->dtype, vecs * LANES);
	if (apart == few_value_bytes(w->v->dtype, w->p->dim_v))
		return (struct few_lines){w->v->row[0] + w->block_keys * apart + at * w->keys, 64};
	return (struct few_lines){w->v->row[0] + FEW_AHEAD * apart + at / 64 * 64 + at % 64 / bytes * apart, bytes < 64 ? 64 / bytes * apart : apart};
}

static void few_values(struct flash_work *w, const struct flash_sums *to, int fresh)
{
	int64_t columns = w->p->dim_v, ahead = few_distance(&w->t->v, FEW_AHEAD);
	int vecs = few_value_vecs(w);
	float weights[FLASH_FEW + 8] = {0}; /* the last tile may have rows beyond those that exist */
	for (int64_t c = 0, n; c < columns; c += n * LANES) {
		n = few_size((columns - c) / LANES, vecs);
		struct few_lines lines = few_lines_of(w, c, n);
		for (int r = 0, tile; r < w->rows; r += few_tiles[tile].rows) {
			struct few_values some = {w->v->row, lines, c, w->keys, ahead, columns, w->s + r * FLASH_KEYS, to->o + r * columns + c, c ? NULL : weights + r, fresh};
			tile = few_value_tile(w, r);
			few_tiles[tile].values((int)n, w->v->dtype, &some);
		}
	}
	for (int r = 0; r < w->rows; r++)
		to->l[r] += weights[r];
}

/* Bias of keys [j, j + LANES) for a row, 0 beyond the last. */
static vec few_bias(struct flash_work *w, int r, int j)
{
	const struct attn_tensor *t = &w->t->bias;
	const float *row = attn_at(t, w->sequence.b, w->head[r], w->sequence.q0 + w->row[r], w->sequence.k0 + w->key + j);
	float some[LANES];
	if (t->stride[3] == 1 && j + LANES <= w->keys)
		return vec_load(row);
	for (int i = 0; i < LANES; i++)
		some[i] = j + i < w->keys ? row[i * t->stride[3]] : 0;
	return vec_load(some);
}

/* What modify() does to scores, LANES keys of a row at a time. */
static vec few_modified(struct flash_work *w, int r, int j, float slope, vec x)
{
	float steps[LANES];
	uint64_t bits = 0;
	for (int i = 0; i < LANES; i++)
		steps[i] = (float)(j + i);
	if (w->p->softcap > 0) {
		vec cap = vec_set((float)w->p->softcap);
		x = cap * vec_tanh(x / cap);
	}
	if (w->p->has & ATTN_HAS_ALIBI) {
		vec far = vec_abs(vec_set((float)(w->span[r].position - w->key)) - vec_load(steps));
		x = x - vec_set(slope) * far;
	}
	if (w->p->has & ATTN_HAS_BIAS) {
		vec b = few_bias(w, r, j);
		uint64_t seen = vec_not_low(b);
		x = x + b;
		for (int i = 0; i < LANES && j + i < w->keys; i++)
			w->see[j + i] &= ~((~seen >> i & 1) << r);
	}
	for (int i = 0; i < LANES && j + i < w->keys; i++)
		bits |= (w->masked ? w->see[j + i] >> r & 1 : 1) << i;
	return vec_hide(x, bits);
}

static void few_modify(struct flash_work *w)
{
	for (int r = 0; r < w->rows; r++) {
		float slope = w->p->has & ATTN_HAS_ALIBI ? (float)attn_at_float(&w->t->alibi, 0, w->head[r], 0, 0) : 0;
		for (int j = 0; j < w->keys; j += LANES) {
			float *s = w->s + r * FLASH_KEYS + j;
			vec_store(s, few_modified(w, r, j, slope, vec_load(s)));
		}
	}
	for (int j = 0; w->p->has & ATTN_HAS_BIAS && j < w->keys; j++)
		w->seen |= w->see[j];
}

static float few_largest(const float *s, int keys)
{
	float some[LANES], largest = -INFINITY;
	vec m = vec_set(-INFINITY);
	for (int j = 0; j < keys; j += LANES)
		m = vec_max(vec_load(s + j), m);
	vec_store(some, m);
	for (int i = 0; i < LANES; i++)
		largest = some[i] > largest ? some[i] : largest;
	return largest;
}

/* The weights in place of the scores of a row. */
static void few_exp(float *s, int keys, float scale, float m)
{
	vec each = vec_set(m > -INFINITY ? m : 0), top[4] = {each, each, each, each};
	for (int j = 0; j < keys; j += 4 * LANES) {
		vec x[4];
		UNROLL
		for (int v = 0; v < 4; v++)
			x[v] = vec_load(s + j + v * LANES);
		weights_each(4, scale, x, top);
		UNROLL
		for (int v = 0; v < 4; v++)
			vec_store(s + j + v * LANES, x[v]);
	}
}

static void few_rescale(struct flash_work *w, float *o, const float *factor)
{
	for (int r = 0; r < w->rows; r++)
		for (int64_t c = 0; c < w->p->dim_v; c += LANES) {
			float *at = o + r * w->p->dim_v + c;
			vec_store(at, vec_load(at) * vec_set(factor[r]));
		}
}

static void few_merge(const struct flash_work *w, float *o, const float *from, const float *f, const float *g)
{
	for (int r = 0; r < w->rows; r++)
		for (int64_t c = r * w->p->dim_v; c < (r + 1) * w->p->dim_v; c += LANES)
			vec_store(o + c, vec_fma(vec_load(o + c), vec_set(f[r]), vec_load(from + c) * vec_set(g[r])));
}

#endif
