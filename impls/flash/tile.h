/* The two register tiles of flash: `rows` keys, or columns of v, against `vecs` vectors of query rows. Keys and values are
 * read as scalars from where they lie; every accumulator stays in a register. Both sum in the order of their index.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_TILE_H
#define FLASH_TILE_H

#include "impls/flash/flash.h"
#include "impls/flash/unroll.h"

#ifndef TILE_ELEMENT
#define TILE_ELEMENT float

INLINE vec tile_set(const float *x)
{
	return vec_set(*x);
}

INLINE vec tile_multiply(vec a, vec b, vec sum)
{
	return vec_fma(a, b, sum);
}
#endif

/* Whether tiles of their own read these rows, of bf16, in place, and make f32 of each element. */
static int is_widened(const struct flash_lines *lines)
{
#ifdef TILE_WIDENS
	return lines->dtype == ATTN_BF16 && lines->contiguous;
#else
	(void)lines;
	return 0;
#endif
}

/* Element i of a row in all lanes. */
INLINE vec tile_at(const int widens, const char *row, int64_t i)
{
#ifdef TILE_WIDENS
	if (widens)
		return vec_set_bf16((const uint16_t *)(const void *)row + i);
#endif
	(void)widens;
	return tile_set((const TILE_ELEMENT *)(const void *)row + i);
}

/* Queries, scores and sums stand in strips of as many lanes as a tile has: x[strip][index][lane of the strip], so that what a tile
 * meets is contiguous and does not compete for the same lines of the first-level cache. Vector v of one of `count` indices. */
enum { STRIP = TILE_VECS * LANES };

INLINE float *lanes_of(float *x, int64_t count, int64_t index, int v)
{
	return x + (v / TILE_VECS * count + index) * STRIP + v % TILE_VECS * LANES;
}

static int strips_of(const struct flash_work *w)
{
	return (w->rows + STRIP - 1) / STRIP;
}

/* Strips whose scores may bring a block into the stage on their way: see stage.h. */
static int most_staging_strips(const struct flash_work *w)
{
	int more = strips_of(w) - 1;
	return !w->is_staged ? 0 : more > 2 ? 2 : more;
}

/* What memory is asked for meanwhile: a line at `at` with every fourth step, and the one behind it where steps are longer than a line; `step` bytes
 * further each time. More often, a row of multiplications would wait itself. */
struct ask {
	const char *at;
	int64_t step;
};

INLINE void ask_for(struct ask ask)
{
	__builtin_prefetch(ask.at, 0, 2);
	if (ask.step > 64)
		__builtin_prefetch(ask.at + 64, 0, 2);
}

/* What several tiles ask for. Rows that are apart are asked for one after the other, two lines of each, in so many tiles; past their end it goes on
 * `back` bytes from there. */
struct asks {
	struct ask next;
	const char *end; /* NULL: rows lie one behind the other */
	int64_t back, tiles;
};

__attribute__((noinline)) static void turn_back(struct asks *asks)
{
	if (asks->next.at >= asks->end)
		asks->next.at += asks->back;
	if (!--asks->tiles)
		asks->next.step = 0;
}

/* Pointers to rows of k, the length of the sums, a factor for them; queries and scores by [index][STRIP]. */
struct scores_tile {
	struct asks asks;
	const char *const *key;
	int64_t steps;
	float scale;
	const float *q;
	float *s, *max;
};

/* Pointers to rows of v, the first column, the length of the sums; o holds nothing yet when fresh. */
struct values_tile {
	struct asks asks;
	const char *const *value;
	int64_t column, steps;
	const float *p;
	float *o;
	int fresh;
};

INLINE void scores_step(const int widens, const int rows, const int vecs, const char *const *k, const float *q, int64_t c, vec (*acc)[4])
{
	vec x[4];
	UNROLL
	for (int v = 0; v < vecs; v++)
		x[v] = vec_load(q + c * STRIP + v * LANES);
	UNROLL
	for (int r = 0; r < rows; r++) {
		vec y = tile_at(widens, k[r], c);
		UNROLL
		for (int v = 0; v < vecs; v++)
			acc[r][v] = tile_multiply(y, x[v], acc[r][v]);
	}
}

/* Scores to where they belong, and the largest of each lane. */
INLINE void scores_end(const int rows, const int vecs, struct scores_tile *t, vec (*acc)[4])
{
	if (t->scale != 1) {
		UNROLL
		for (int r = 0; r < rows; r++) {
			UNROLL
			for (int v = 0; v < vecs; v++)
				acc[r][v] = acc[r][v] * vec_set(t->scale);
		}
	}
	UNROLL
	for (int v = 0; v < vecs; v++) {
		vec m = vec_load(t->max + v * LANES);
		UNROLL
		for (int r = 0; r < rows; r++) {
			vec x = acc[r][v];
			vec_store(t->s + r * STRIP + v * LANES, x);
			m = vec_max(x, m);
		}
		vec_store(t->max + v * LANES, m);
	}
}

/* s[r][lane] = Σ_c k_r[c] q[c][lane]; max[lane] = the largest of them and of max. */
INLINE void scores_tile(const int widens, const int rows, const int vecs, struct scores_tile *t)
{
	vec acc[16][4];
	const char *k[16];
	const float *q = t->q;
	int64_t steps = t->steps;
	UNROLL
	for (int r = 0; r < rows; r++) {
		k[r] = t->key[r];
		UNROLL
		for (int v = 0; v < vecs; v++)
			acc[r][v] = vec_set(0);
	}
	if (t->asks.next.step) {
		struct ask ask = t->asks.next;
		for (int64_t c = 0; c < steps; ask.at += ask.step) {
			ask_for(ask);
			for (int64_t end = steps - c > 4 ? c + 4 : steps; c < end; c++)
				scores_step(widens, rows, vecs, k, q, c, acc);
		}
		t->asks.next = ask;
	} else {
		UNROLL_4
		for (int64_t c = 0; c < steps; c++)
			scores_step(widens, rows, vecs, k, q, c, acc);
	}
	scores_end(rows, vecs, t, acc);
}

INLINE void values_step(const int widens, const int rows, const int vecs, const char *row, int64_t column, const float *p, vec (*acc)[4])
{
	vec x[4];
	UNROLL
	for (int v = 0; v < vecs; v++)
		x[v] = vec_load(p + v * LANES);
	UNROLL
	for (int r = 0; r < rows; r++) {
		vec z = tile_at(widens, row, column + r);
		UNROLL
		for (int v = 0; v < vecs; v++)
			acc[r][v] = tile_multiply(z, x[v], acc[r][v]);
	}
}

/* o[r][lane] += Σ_j v_j[column + r] p[j][lane], summed from zero. */
INLINE void values_tile(const int widens, const int rows, const int vecs, struct values_tile *t)
{
	const char *const *value = t->value;
	const float *p = t->p;
	int64_t steps = t->steps, column = t->column;
	vec acc[16][4];
	UNROLL
	for (int r = 0; r < rows; r++) {
		UNROLL
		for (int v = 0; v < vecs; v++)
			acc[r][v] = vec_set(0);
	}
	if (t->asks.next.step) {
		struct ask ask = t->asks.next;
		for (int64_t j = 0; j < steps; ask.at += ask.step) {
			ask_for(ask);
			for (int64_t end = steps - j > 4 ? j + 4 : steps; j < end; j++)
				values_step(widens, rows, vecs, value[j], column, p + j * STRIP, acc);
		}
		t->asks.next = ask;
	} else {
		UNROLL_4
		for (int64_t j = 0; j < steps; j++)
			values_step(widens, rows, vecs, value[j], column, p + j * STRIP, acc);
	}
	float *o = t->o;
	if (!t->fresh) {
		UNROLL
		for (int r = 0; r < rows; r++) {
			UNROLL
			for (int v = 0; v < vecs; v++)
				acc[r][v] = vec_load(o + r * STRIP + v * LANES) + acc[r][v];
		}
	}
	UNROLL
	for (int r = 0; r < rows; r++) {
		UNROLL
		for (int v = 0; v < vecs; v++)
			vec_store(o + r * STRIP + v * LANES, acc[r][v]);
	}
}

/* `count` tiles of as many rows each. */
struct tile_run {
	int64_t rows, count;
};

/* The next tiles of n rows: of `most`, or of one less so that what remains is never a sliver, which is ⌈n / ⌈n / most⌉⌉; `together` tiles at most.
 * Without divisions, which take longer than what a tile does besides its multiplications. */
INLINE struct tile_run next_tiles(int64_t n, int64_t most, int64_t together)
{
	int64_t sure = (most - 1) * (most - 1), tiles = 1; /* of more rows than `sure` the formula makes `most` */
	struct tile_run run = {most, 1};
	if (n > sure) {
		while (run.count < together && n - run.count * most > sure)
			run.count++;
		return run;
	}
	while (tiles * most < n)
		tiles++;
	while ((run.rows - 1) * tiles >= n)
		run.rows--;
	return run;
}

/* Tiles of `rows`, which is not known before run time, as one of those compiled. */
#define SCORES_CASE(widens, rows, vecs) \
	case rows: \
		for (;; t->key += rows, t->s += rows * STRIP) { \
			scores_tile(widens, rows, vecs, t); \
			if (t->asks.end) \
				turn_back(&t->asks); \
			if (!--count) \
				return; \
		}
#define VALUES_CASE(widens, rows, vecs) \
	case rows: \
		for (;; t->column += rows, t->o += rows * STRIP) { \
			values_tile(widens, rows, vecs, t); \
			if (t->asks.end) \
				turn_back(&t->asks); \
			if (!--count) \
				return; \
		}
#define CASES_6(tile, widens, vecs) \
	tile(widens, 6, vecs) tile(widens, 5, vecs) tile(widens, 4, vecs) tile(widens, 3, vecs) tile(widens, 2, vecs) tile(widens, 1, vecs)
#define CASES_8(tile, widens, vecs) tile(widens, 8, vecs) tile(widens, 7, vecs) CASES_6(tile, widens, vecs)
#define CASES_12(tile, widens, vecs) \
	tile(widens, 12, vecs) tile(widens, 11, vecs) tile(widens, 10, vecs) tile(widens, 9, vecs) CASES_8(tile, widens, vecs)
#define TILES_OF_KIND(name, widens, vecs, most, wide) \
	static void scores_##name(int64_t rows, int64_t count, struct scores_tile *t) \
	{ \
		switch (rows) { \
			CASES_##most(SCORES_CASE, widens, vecs) \
		} \
	} \
	static void values_##name(int64_t rows, int64_t count, struct values_tile *t) \
	{ \
		switch (rows) { \
			CASES_##wide(VALUES_CASE, widens, vecs) \
		} \
	}
/* `most` keys, each with a pointer in a register, or `wide` columns; and the same of bf16 that is widened. */
#define TILES_OF(vecs, most, wide) TILES_OF_KIND(vecs, 0, vecs, most, wide)
#define TILES_THAT_WIDEN(vecs, most, wide) TILES_OF_KIND(vecs##_widening, 1, vecs, most, wide)

typedef void scores_function(int64_t rows, int64_t count, struct scores_tile *first);
typedef void values_function(int64_t rows, int64_t count, struct values_tile *first);

#endif
