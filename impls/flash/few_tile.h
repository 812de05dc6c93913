/* The register tiles of few.h, and how they ask for memory.
 *
 * What a kernel_*.c defines for them: FEW_SUMS, vectors of sums that a tile of values keeps in registers, FEW_VALUE_ROWS, its rows at most; FEW_CHAINS, sums side
 * by side that keep a processor busy; FEW_WORDS, whether keys are turned by 32 bits as they are loaded, elements of bf16 in pairs (vec_load_words() …); FEW_SIDE,
 * a header with other tiles of scores for more rows than one, and FEW_STREAM, one with another tile of one vector of values, where there are such.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_FEW_TILE_H
#define FLASH_FEW_TILE_H

#include "impls/flash/tile.h"

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
	float *weights; /* NULL, or sums that each row's weights are added to */
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

/* Whether elements come in pairs, one of two in each lane. */
INLINE int is_in_pairs(const enum attn_dtype dtype)
{
	return FEW_WORDS && dtype == ATTN_BF16;
}

/* LANES steps of as many keys from step c on, with a key in each lane. */
INLINE void few_turned(const enum attn_dtype dtype, const char *const *key, int64_t c, vec x[LANES])
{
#if FEW_WORDS
	if (dtype == ATTN_F32) {
		vec_load_words(key, few_bytes(dtype, c), x);
		vec_load_words(key, few_bytes(dtype, c + LANES / 2), x + LANES / 2);
		return;
	}
	if (is_in_pairs(dtype)) {
		vec pairs[LANES / 2];
		vec_load_words(key, few_bytes(dtype, c), pairs);
		UNROLL
		for (int i = 0; i < LANES / 2; i++) {
			x[2 * i] = vec_first_of_pairs(pairs[i]);
			x[2 * i + 1] = vec_second_of_pairs(pairs[i]);
		}
		return;
	}
#endif
	UNROLL
	for (int i = 0; i < LANES; i++)
		x[i] = few_steps(dtype, key[i], c);
	vec_transpose(x);
}

/* s[row][key] of the sums of so many groups of LANES keys. */
INLINE void few_store(const int rows, const int groups, vec (*acc)[8], const struct few_scores *t, int first)
{
	UNROLL
	for (int g = 0; g < groups; g++) {
		UNROLL
		for (int r = 0; r < rows; r++)
			vec_store(t->s + r * FLASH_KEYS + first + g * LANES, acc[g][r] * vec_set(t->scale));
	}
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
			few_turned(dtype, key + g * LANES, c, x);
			few_ask_keys(groups * LANES, (int)few_bytes(dtype, LANES), g, groups, t, *key, few_bytes(dtype, c));
			UNROLL
			for (int i = 0; i < LANES; i++) {
				UNROLL
				for (int r = 0; r < rows; r++)
					acc[g][r] = tile_multiply(x[i], tile_set(q + r * t->steps + c + i), acc[g][r]);
			}
		}
	}
	few_store(rows, groups, acc, t, first);
}

/* Scores of 2 LANES keys in pairs. The turned words of both groups go through memory, since registers hold the sums of all; so each element of q that is
 * spread is multiplied twice. With 4 rows that is faster than side by side, since a word is two elements. */
INLINE void few_pairs_tile(const int rows, const enum attn_dtype dtype, const struct few_scores *t, int first)
{
#if FEW_WORDS
	enum { WORDS = LANES / 2 };
	const char *const *key = t->key + first;
	float buffer[2][2 * WORDS * LANES]; /* by turns */
	vec acc[2][8];
	UNROLL
	for (int r = 0; r < rows; r++)
		acc[0][r] = acc[1][r] = vec_set(0);
	for (int64_t c = 0; c < t->steps; c += LANES) {
		float *words = buffer[c / LANES % 2];
		UNROLL
		for (int g = 0; g < 2; g++) {
			vec x[WORDS];
			vec_load_words(key + g * LANES, few_bytes(dtype, c), x);
			UNROLL
			for (int i = 0; i < WORDS; i++)
				vec_store(words + (2 * i + g) * LANES, x[i]);
		}
		few_ask_keys(2 * LANES, (int)few_bytes(dtype, LANES), 0, 1, t, *key, few_bytes(dtype, c));
		__asm__("" : "+r"(words) : : "memory"); /* no register keeps them */
		UNROLL
		for (int i = 0; i < LANES; i++) {
			vec a = vec_load(words + i / 2 * 2 * LANES), b = vec_load(words + (i / 2 * 2 + 1) * LANES);
			a = i % 2 ? vec_second_of_pairs(a) : vec_first_of_pairs(a);
			b = i % 2 ? vec_second_of_pairs(b) : vec_first_of_pairs(b);
			UNROLL
			for (int r = 0; r < rows; r++) {
				vec y = vec_set(t->q[r * t->steps + c + i]);
				acc[0][r] = vec_fma(a, y, acc[0][r]);
				acc[1][r] = vec_fma(b, y, acc[1][r]);
			}
		}
	}
	few_store(rows, 2, acc, t, first);
#else
	(void)rows, (void)dtype, (void)t, (void)first;
#endif
}

INLINE void few_values_tile(const int beside, const int rows, const int vecs, const enum attn_dtype dtype, const struct few_values *t)
{
	const int bytes = (int)few_value_bytes(dtype, vecs * LANES), lines_each = FEW_KEYS * bytes < 64 ? 1 : FEW_KEYS * bytes / 64, in_order = bytes <= 64, in_pairs = is_in_pairs(dtype) && vecs % 2 == 0;
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
		for (int i = 0; in_order && j * bytes % 64 == 0 && i < lines_each; i++, lines.at += lines.step)
			__builtin_prefetch(lines.at, 0, FEW_NEAR);
		UNROLL
		for (int v = 0; v < vecs; v++) {
			if (!in_order)
				few_ask_ahead(dtype, t->value + j, t->keys - j, t->column + v * LANES, t->ahead);
			if (!in_pairs)
				y[v] = few_columns(dtype, t->value + j, t->keys - j, t->column + v * LANES);
		}
#if FEW_WORDS
		if (in_pairs) {
			UNROLL
			for (int v = 0; v < vecs; v += 2) {
				vec pairs = vec_load((const float *)(const void *)(t->value[j] + few_bytes(dtype, t->column + v * LANES)));
				y[v] = vec_first_of_pairs(pairs);
				y[v + 1] = vec_second_of_pairs(pairs);
			}
		}
#endif
		UNROLL
		for (int r = 0; r < rows; r++) {
			vec z = tile_set((const TILE_ELEMENT *)t->p + r * FLASH_KEYS + j / FEW_KEYS);
			if (beside)
				weights[r] = few_plus(weights[r], z);
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
#if FEW_WORDS
		if (in_pairs) {
			UNROLL
			for (int v = 0; v < vecs; v += 2)
				vec_zip(&acc[r][v], &acc[r][v + 1]);
		}
#endif
		UNROLL
		for (int v = 0; v < vecs; v++) {
			int64_t at = r * t->columns + v * LANES;
			vec_store(t->o + at, (t->fresh ? vec_set(0) : vec_load(t->o + at)) + acc[r][v]);
		}
	}
}

#ifdef FEW_STREAM
#include FEW_STREAM
#else
INLINE int is_stream_tile(const int vecs, const enum attn_dtype dtype)
{
	(void)vecs, (void)dtype;
	return 0;
}

INLINE void stream_values_tile(const int beside, const int rows, const struct few_values *t)
{
	(void)beside, (void)rows, (void)t;
}
#endif

INLINE void few_values_either(const int beside, const int rows, const int vecs, const enum attn_dtype dtype, const struct few_values *t)
{
	if (is_stream_tile(vecs, dtype))
		stream_values_tile(beside, rows, t);
	else
		few_values_tile(beside, rows, vecs, dtype, t);
}

/* Vectors of columns, a power of two, as a constant: those that fit into registers with `rows`. */
#define FEW_VALUES_TILE(rows, vecs, dtype) \
	if (t->weights) \
		few_values_either(1, rows, vecs, dtype, t); \
	else \
		few_values_either(0, rows, vecs, dtype, t);
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
	for (; rows == 4 && is_in_pairs(dtype) && j + 2 * LANES <= keys; j += 2 * LANES) \
		few_pairs_tile(rows, dtype, t, j); \
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

#endif
