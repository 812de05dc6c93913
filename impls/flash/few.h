/* Few query rows against many keys (decode): keys in the lanes for the scores, columns of v for the output, so that memory
 * is all that is waited for. Every sum runs in the order of kernel.h's tiles, and a row has the bits it has there: LANES keys
 * are turned in registers, or spread beside the rows (FEW_SIDE), and the sum over a row's columns goes column by column.
 *
 * Layouts here: q[row][step], s[row][FLASH_KEYS], o[row][dim_v]; m and l [lane] as everywhere.
 *
 * What a kernel_*.c defines for it: FEW_ROWS, FEW_ROWS_FAR, how many rows are few (is_few()); FEW_SUMS, vectors of sums that a tile of
 * values keeps in registers, FEW_VALUE_ROWS, its rows at most, FEW_SUMS_BESIDE, whether it sums their weights too; FEW_CHAINS, sums side by side that
 * keep a processor busy; FEW_SIDE, a header with other tiles of scores for more rows than one, where there is one. And how memory is asked for, by the cache
 * that FEW_NEAR names to __builtin_prefetch(): FEW_AHEAD keys on, line by line as tiles meet them, or, if FEW_IN_ORDER, in the order in which lines lie,
 * for values a block ahead; FEW_WALK keys on for the sake of pages, 0 if not.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_FEW_H
#define FLASH_FEW_H

#include "impls/flash/modify.h"

/* Scores of LANES keys, or of several times as many. */
struct few_scores {
	const char *const *key;      /* their rows; those from `own` on repeat the one before */
	int64_t steps, ahead, apart; /* bytes from a row to the one that is asked for, and to the next one */
	float scale;
	const float *q, *beside;     /* [row][step]; as FEW_SIDE has it */
	float *s;
	int own, run;                /* run: few_run() */
};

/* Asks, in the order in which they lie, for as many lines as `bytes` of each of `keys` keys are, which are `at` bytes into its row, or for the part of that
 * number of so many. A few at once: evenly over what is computed meanwhile takes a tenth longer from memory. Where rows do not touch, so that no line
 * makes a processor fetch the next row's, those of the next keys are brought nearer once more. */
INLINE void few_ask_keys(const int keys, const int bytes, const int part, const int parts, const struct few_scores *t, const char *key, int64_t at)
{
	const int lines = keys * bytes / 64 / parts;
	if (t->apart * LANES == t->steps * bytes) {
		UNROLL
		for (int i = 0; i < lines; i++)
			__builtin_prefetch(key + t->ahead + keys * at + (part * lines + i) * 64, 0, FEW_NEAR);
		return;
	}
	int64_t row = t->steps * bytes / LANES, each = row > 64 ? row / 64 : 1, first = (at / bytes * parts + part) * lines, line = first % each;
	key += first / each * t->apart;
	UNROLL
	for (int i = 0; i < lines; i++) {
		__builtin_prefetch(key + t->ahead + line * 64, 0, FEW_NEAR);
		__builtin_prefetch(key + keys * t->apart + line * 64, 0, 3);
		if (++line == each)
			line = 0, key += t->apart;
	}
}

/* Lines that a tile of values asks for one by one, each `step` bytes behind the last. */
struct few_lines {
	const char *at;
	int64_t step;
};

/* Sums over `keys` keys of `vecs` vectors of columns from the first one on, which are added to o. */
struct few_values {
	const char *const *value;
	struct few_lines lines;
	int64_t column, keys, ahead, columns; /* columns: from row to row of o */
	const float *p;
	float *o;
	float *weights; /* NULL, or sums that each row's weights are added to, if FEW_SUMS_BESIDE */
	int fresh;
};

#ifdef FEW_SIDE
#include FEW_SIDE
#else
INLINE int side_keys(const int rows, const enum attn_dtype dtype)
{
	(void)rows, (void)dtype;
	return 0;
}

INLINE void side_load(int rows, const int each, int64_t steps, const float *q, float *to)
{
	(void)rows, (void)each, (void)steps, (void)q, (void)to;
}

INLINE void side_scores(const int rows, const enum attn_dtype dtype, const struct few_scores *t, int first)
{
	(void)rows, (void)dtype, (void)t, (void)first;
}
#endif

/* Groups of LANES keys that one row's sums, each waiting for the one before, need to keep a processor busy. */
INLINE int few_groups(const int rows)
{
	return rows < FEW_CHAINS ? FEW_CHAINS / rows : 1;
}

INLINE void few_scores_tile(const int rows, const int groups, const enum attn_dtype dtype, const struct few_scores *t, int first)
{
	const TILE_ELEMENT *q = (const TILE_ELEMENT *)t->q;
	const char *const *key = t->key + first;
	vec acc[8][8];
	UNROLL
	for (int g = 0; g < groups; g++) {
		UNROLL
		for (int r = 0; r < rows; r++)
			acc[g][r] = vec_set(0);
	}
	for (int64_t c = 0; c < t->steps; c += LANES) {
		UNROLL
		for (int g = 0; g < groups; g++) {
			vec x[LANES];
			UNROLL
			for (int i = 0; i < LANES; i++)
				x[i] = few_steps(dtype, key[g * LANES + i], c);
			if (FEW_IN_ORDER) {
				few_ask_keys(groups * LANES, (int)few_bytes(dtype, LANES), g, groups, t, *key, few_bytes(dtype, c));
			} else if (few_bytes(dtype, LANES) >= 64 || few_bytes(dtype, c) % 64 == 0) {
				UNROLL
				for (int i = 0; i < LANES; i++)
					__builtin_prefetch(key[g * LANES + i] + t->ahead + few_bytes(dtype, c), 0, FEW_NEAR);
			}
			vec_transpose(x);
			UNROLL
			for (int i = 0; i < LANES; i++) {
				UNROLL
				for (int r = 0; r < rows; r++)
					acc[g][r] = tile_multiply(x[i], tile_set(q + r * t->steps + c + i), acc[g][r]);
			}
		}
	}
	UNROLL
	for (int g = 0; g < groups; g++) {
		UNROLL
		for (int r = 0; r < rows; r++)
			vec_store(t->s + r * FLASH_KEYS + first + g * LANES, acc[g][r] * vec_set(t->scale));
	}
}

INLINE void few_values_tile(const int beside, const int rows, const int vecs, const enum attn_dtype dtype, const struct few_values *t)
{
	const int bytes = (int)few_bytes(dtype, vecs * LANES), in_order = FEW_IN_ORDER && bytes <= 64;
	struct few_lines lines = t->lines;
	vec acc[8][8], weights[8];
	UNROLL
	for (int r = 0; r < rows; r++) {
		weights[r] = vec_set(beside ? t->weights[r] : 0);
		UNROLL
		for (int v = 0; v < vecs; v++)
			acc[r][v] = vec_set(0);
	}
	for (int64_t j = 0; j < t->keys; j += FEW_KEYS) {
		vec y[8];
		if (in_order && j * bytes % 64 == 0) {
			__builtin_prefetch(lines.at, 0, FEW_NEAR);
			lines.at += lines.step;
		}
		UNROLL
		for (int v = 0; v < vecs; v++) {
			if (!in_order)
				few_ask_ahead(dtype, t->value + j, t->keys - j, t->column + v * LANES, t->ahead);
			y[v] = few_columns(dtype, t->value + j, t->keys - j, t->column + v * LANES);
		}
		UNROLL
		for (int r = 0; r < rows; r++) {
			vec z = tile_set((const TILE_ELEMENT *)t->p + r * FLASH_KEYS + j / FEW_KEYS);
			if (beside)
				weights[r] = weights[r] + z;
			UNROLL
			for (int v = 0; v < vecs; v++)
				acc[r][v] = tile_multiply(y[v], z, acc[r][v]);
		}
	}
	UNROLL
	for (int r = 0; r < rows; r++) {
		if (beside) {
			float each[LANES];
			vec_store(each, weights[r]);
			t->weights[r] = *each;
		}
		UNROLL
		for (int v = 0; v < vecs; v++) {
			int64_t at = r * t->columns + v * LANES;
			vec_store(t->o + at, (t->fresh ? vec_set(0) : vec_load(t->o + at)) + acc[r][v]);
		}
	}
}

/* Vectors of columns, a power of two, as a constant: those that fit into registers with `rows`. */
#define FEW_VALUES_TILE(rows, vecs, dtype) \
	if (FEW_SUMS_BESIDE && t->weights) \
		few_values_tile(1, rows, vecs, dtype, t); \
	else \
		few_values_tile(0, rows, vecs, dtype, t);
#define FEW_VALUES_SIZES(rows, dtype) \
	if (8 * rows <= FEW_SUMS && vecs == 8) { \
		FEW_VALUES_TILE(rows, 8, dtype) \
	} else if (4 * rows <= FEW_SUMS && vecs == 4) { \
		FEW_VALUES_TILE(rows, 4, dtype) \
	} else if (2 * rows <= FEW_SUMS && vecs == 2) { \
		FEW_VALUES_TILE(rows, 2, dtype) \
	} else { \
		FEW_VALUES_TILE(rows, 1, dtype) \
	}

/* `keys` keys, a multiple of LANES, by the tiles of `rows` rows for each dtype that this kernel reads. */
#define FEW_SCORES(rows, dtype) \
	int j = 0; \
	for (int n = side_keys(rows, dtype); n && t->run % n == 0 && j + n <= t->own && j + n <= keys; j += n) \
		side_scores(rows, dtype, t, j); \
	for (; j + few_groups(rows) * LANES <= keys; j += few_groups(rows) * LANES) \
		few_scores_tile(rows, few_groups(rows), dtype, t, j); \
	for (; few_groups(rows) > 1 && j < keys; j += LANES) \
		few_scores_tile(rows, 1, dtype, t, j);
#define FEW_TILES(rows) \
	static void few_scores_##rows(int keys, enum attn_dtype dtype, const struct few_scores *t) \
	{ \
		FEW_DTYPES(FEW_SCORES, rows, dtype) \
	} \
	static void few_values_##rows(int vecs, enum attn_dtype dtype, const struct few_values *t) \
	{ \
		FEW_DTYPES(FEW_VALUES_SIZES, rows, dtype) \
	}

FEW_TILES(1)
FEW_TILES(2)
FEW_TILES(4)
FEW_TILES(8)

static const struct {
	int rows;
	void (*scores)(int keys, enum attn_dtype dtype, const struct few_scores *t);
	void (*values)(int vecs, enum attn_dtype dtype, const struct few_values *t);
} few_tiles[] = {{1, few_scores_1, few_values_1}, {2, few_scores_2, few_values_2}, {4, few_scores_4, few_values_4}, {8, few_scores_8, few_values_8}};

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

/* Whether the rows at hand are few, and lie so that they can be read in place: FEW_ROWS, FEW_ROWS_FAR where memory is what is waited for and keys and
 * values would not be converted in the stage. */
static int is_few(const struct flash_work *w)
{
	const struct attn_tensors *t = w->t;
	int64_t qk = FEW_STEP * LANES, most = is_far(w->p) && !(w->is_staged && w->p->dtype != ATTN_F32) ? FEW_ROWS_FAR : FEW_ROWS;
	return w->rows <= most && !w->alone && few_is_plain(&t->k, w->p->dim_qk, qk) && few_is_plain(&t->v, w->p->dim_v, LANES) &&
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
	for (int j = first; FEW_WALK && j < first + count && j < w->keys; j += 8) {
		__builtin_prefetch(w->k.row[j] + few_distance(&w->t->k, FEW_WALK), 0, FEW_NEAR);
		__builtin_prefetch(w->v.row[j] + few_distance(&w->t->v, FEW_WALK), 0, FEW_NEAR);
	}
}

/* w->k.run as FEW_SIDE needs it: 1 where a row of keys does not end before the next one begins; and no more than 16 where they do not touch, since more
 * lines that are 2 KiB apart are not in a first-level cache at once. */
static int few_run(const struct flash_work *w)
{
	int64_t bytes = few_bytes(w->k.dtype, w->p->dim_qk), apart = few_distance(&w->t->k, 1), past = w->t->past_k.data ? few_distance(&w->t->past_k, 1) : apart;
	int most = apart < bytes || past < bytes ? 1 : apart == bytes ? w->k.run : 16;
	return w->k.run < most ? w->k.run : most;
}

/* s[row][key]; -inf beyond the last key, as far as few_exp() looks. Lanes without a key repeat the last one's. */
static void few_scores(struct flash_work *w)
{
	int padded = (w->keys + LANES - 1) / LANES * LANES, whole = 4 * LANES; /* what goes before walk_ahead() is due again, and what few_exp() looks at */
	int run = few_run(w);
	for (int j = w->keys; j < padded; j++)
		w->k.row[j] = w->k.row[w->keys - 1];
	for (int r = 0, tile; r < w->rows; r += few_tiles[tile].rows) {
		tile = few_tile(w->rows - r, 8);
		for (int j = 0; j < padded; j += whole) {
			walk_ahead(w, j, whole);
			struct few_scores at = {w->k.row + j, score_steps(w), few_distance(&w->t->k, FEW_AHEAD), few_distance(&w->t->k, 1), score_scale(w), w->q + r * score_steps(w), few_beside(w, r), w->s + r * FLASH_KEYS + j, w->keys - j, run};
			few_tiles[tile].scores(padded - j < whole ? padded - j : whole, w->k.dtype, &at);
		}
	}
	for (int r = 0; r < w->rows; r++)
		for (int j = w->keys; j % whole; j++)
			w->s[r * FLASH_KEYS + j] = -INFINITY;
}

/* Whether values are a stream that memory is waited for: rows that touch, of so many keys that no cache holds them. */
static int few_is_stream(const struct flash_work *w)
{
	return FEW_IN_ORDER && is_far(w->p) && few_distance(&w->t->v, 1) == few_bytes(w->v.dtype, w->p->dim_v);
}

/* The tile of values for the rows from r on. Of 4 rows also for fewer, behind others, where one of fewer has too few sums to keep a processor busy and
 * would take as long; and for a stream of f32: with less to compute a processor runs so far ahead that the lines it asks for hold up
 * those it waits for (a fifth, by one thread). */
static int few_value_tile(const struct flash_work *w, int r)
{
	int always = FEW_VALUE_ROWS == 4 && (r || (few_is_stream(w) && w->v.dtype == ATTN_F32));
	return few_tile(always ? 4 : w->rows - r, FEW_VALUE_ROWS);
}

/* The vectors of columns of a tile of values: as many as fit into registers, but of a stream no more than a line's: memory brings most when it is asked
 * for a line at a time. */
static int few_value_vecs(const struct flash_work *w)
{
	int fit = FEW_SUMS / few_tiles[few_value_tile(w, 0)].rows, line = (int)(64 / few_bytes(w->v.dtype, LANES));
	return few_is_stream(w) && fit > line ? line : fit;
}

/* The lines that a tile of `vecs` vectors from that column on, all keys of the block, asks for: a line for each 64 bytes that it meets. Where rows touch, a
 * block ahead, since the first tile meets all rows; FEW_AHEAD rows where each row's lines are asked for by the tiles that meet them. */
static struct few_lines few_lines_of(const struct flash_work *w, int64_t column, int64_t vecs)
{
	const struct attn_tensor *v = &w->t->v;
	int64_t apart = few_distance(v, 1), at = few_bytes(w->v.dtype, column), bytes = few_bytes(w->v.dtype, vecs * LANES);
	if (apart == few_bytes(w->v.dtype, w->p->dim_v))
		return (struct few_lines){w->v.row[0] + w->block_keys * apart + at * w->keys, 64};
	return (struct few_lines){w->v.row[0] + FEW_AHEAD * apart + at / 64 * 64 + at % 64 / bytes * apart, bytes < 64 ? 64 / bytes * apart : apart};
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
			struct few_values some = {w->v.row, lines, c, w->keys, ahead, columns, w->s + r * FLASH_KEYS, to->o + r * columns + c, c ? NULL : weights + r, fresh};
			tile = few_value_tile(w, r);
			few_tiles[tile].values((int)n, w->v.dtype, &some);
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

/* exp(s - m) in place of the scores of a row. */
static void few_exp(float *s, int keys, float m)
{
	vec each = vec_set(m > -INFINITY ? m : 0), top[4] = {each, each, each, each};
	for (int j = 0; j < keys; j += 4 * LANES) {
		vec x[4];
		UNROLL
		for (int v = 0; v < 4; v++)
			x[v] = vec_load(s + j + v * LANES);
		weights_each(4, x, top);
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
