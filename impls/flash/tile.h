/* The two register tiles of flash: `rows` keys, or columns of v, against `vecs` vectors of query rows. Keys and values are
 * read as scalars from where they lie; every accumulator stays in a register. Both sum in the order of their index.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_TILE_H
#define FLASH_TILE_H

#include "impls/flash/flash.h"

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 16")
#else
#define UNROLL
#endif

/* s[r][lane] = Σ_c k_r[c] q[c][lane]; max[lane] = the largest of them and of max. */
INLINE void scores_tile(const int rows, const int vecs, const char *const *key, int64_t d, const float *q, float *s, float *max)
{
	vec acc[16][4];
	const float *k[16];
	UNROLL
	for (int r = 0; r < rows; r++) {
		k[r] = (const float *)key[r];
		UNROLL
		for (int v = 0; v < vecs; v++)
			acc[r][v] = vec_set(0);
	}
	for (int64_t c = 0; c < d; c++) {
		vec x[4];
		UNROLL
		for (int v = 0; v < vecs; v++)
			x[v] = vec_load(q + c * FLASH_ROWS + v * LANES);
		UNROLL
		for (int r = 0; r < rows; r++) {
			vec y = vec_set(k[r][c]);
			UNROLL
			for (int v = 0; v < vecs; v++)
				acc[r][v] = vec_fma(y, x[v], acc[r][v]);
		}
	}
	UNROLL
	for (int v = 0; v < vecs; v++) {
		vec m = vec_load(max + v * LANES);
		UNROLL
		for (int r = 0; r < rows; r++) {
			vec_store(s + r * FLASH_ROWS + v * LANES, acc[r][v]);
			m = vec_max(acc[r][v], m);
		}
		vec_store(max + v * LANES, m);
	}
}

/* o[r][lane] += Σ_j v_j[first + r] p[j][lane], summed from zero. */
INLINE void values_tile(const int rows, const int vecs, const char *const *value, int64_t first, int64_t n, const float *p, float *o)
{
	vec acc[16][4];
	UNROLL
	for (int r = 0; r < rows; r++) {
		UNROLL
		for (int v = 0; v < vecs; v++)
			acc[r][v] = vec_set(0);
	}
	for (int64_t j = 0; j < n; j++) {
		const float *y = (const float *)value[j] + first;
		vec x[4];
		UNROLL
		for (int v = 0; v < vecs; v++)
			x[v] = vec_load(p + j * FLASH_ROWS + v * LANES);
		UNROLL
		for (int r = 0; r < rows; r++) {
			vec z = vec_set(y[r]);
			UNROLL
			for (int v = 0; v < vecs; v++)
				acc[r][v] = vec_fma(z, x[v], acc[r][v]);
		}
	}
	UNROLL
	for (int r = 0; r < rows; r++) {
		UNROLL
		for (int v = 0; v < vecs; v++) {
			float *at = o + r * FLASH_ROWS + v * LANES;
			vec_store(at, vec_load(at) + acc[r][v]);
		}
	}
}

/* How many of n rows the next tile takes: `most`, or one less so that what remains is never a sliver. */
INLINE int64_t next_tile(int64_t n, int64_t most)
{
	int64_t tiles = (n + most - 1) / most;
	return (n + tiles - 1) / tiles;
}

/* The tile of `rows`, which is not known before run time, as one of those compiled. */
#define SCORES_CASE(rows, vecs) \
	case rows: \
		scores_tile(rows, vecs, key, d, q, s, max); \
		break;
#define VALUES_CASE(rows, vecs) \
	case rows: \
		values_tile(rows, vecs, value, first, n, p, o); \
		break;
#define CASES_6(tile, vecs) tile(6, vecs) tile(5, vecs) tile(4, vecs) tile(3, vecs) tile(2, vecs) tile(1, vecs)
#define CASES_8(tile, vecs) tile(8, vecs) tile(7, vecs) CASES_6(tile, vecs)
#define CASES_12(tile, vecs) tile(12, vecs) tile(11, vecs) tile(10, vecs) tile(9, vecs) CASES_8(tile, vecs)
#define CASES_14(tile, vecs) tile(14, vecs) tile(13, vecs) CASES_12(tile, vecs)
#define TILES_OF(vecs, most) \
	static void scores_##vecs(int64_t rows, const char *const *key, int64_t d, const float *q, float *s, float *max) \
	{ \
		switch (rows) { \
			CASES_##most(SCORES_CASE, vecs) \
		} \
	} \
	static void values_##vecs(int64_t rows, const char *const *value, int64_t first, int64_t n, const float *p, float *o) \
	{ \
		switch (rows) { \
			CASES_##most(VALUES_CASE, vecs) \
		} \
	}

typedef void scores_function(int64_t rows, const char *const *key, int64_t d, const float *q, float *s, float *max);
typedef void values_function(int64_t rows, const char *const *value, int64_t first, int64_t n, const float *p, float *o);

#endif
