/* Pairs of bf16 in each of 16 lanes, for the tiles: vdpbf16ps adds both products to an f32.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_VEC_AVX512_BF16_H
#define FLASH_VEC_AVX512_BF16_H

#include "impls/flash/vec_avx512.h"

#include <string.h>

#define TILE_ELEMENT uint32_t

INLINE vec tile_set(const void *pair)
{
	int bits;
	memcpy(&bits, pair, sizeof bits);
	return _mm512_castsi512_ps(_mm512_set1_epi32(bits));
}

INLINE vec tile_multiply(vec a, vec b, vec sum)
{
	return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
}

/* x - floor(x), 0 of infinities; and x times 2^floor(y), 0 where y is -inf. NaN of NaN. */
INLINE vec vec_above_floor(vec x) { return _mm512_reduce_ps(x, 0x09); }
INLINE vec vec_scale_by_floor(vec x, vec y) { return _mm512_scalef_ps(x, y); }

/* bf16 of a in the lower half of each lane, of b in the upper. */
INLINE vec vec_pair(vec a, vec b)
{
	const __m512i turn = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
	return _mm512_castsi512_ps(_mm512_permutexvar_epi16(turn, (__m512i)_mm512_cvtne2ps_pbh(b, a)));
}

/* bf16 of 32 neighbours, those of a first. */
INLINE vec vec_pairs(vec a, vec b)
{
	return _mm512_castsi512_ps((__m512i)_mm512_cvtne2ps_pbh(b, a));
}

/* A small integer in both halves of each lane. */
INLINE vec vec_set_pair(int x)
{
	return vec_pair(vec_set((float)x), vec_set((float)x));
}

/* 32 elements of two rows as pairs. */
INLINE void vec_zip_32(const char *a, const char *b, float *to)
{
	const __m512i low = _mm512_set_epi16(47, 15, 46, 14, 45, 13, 44, 12, 43, 11, 42, 10, 41, 9, 40, 8, 39, 7, 38, 6, 37, 5, 36, 4, 35, 3, 34, 2, 33, 1, 32, 0);
	const __m512i high = _mm512_add_epi16(low, _mm512_set1_epi16(16));
	__m512i x = _mm512_loadu_si512(a), y = _mm512_loadu_si512(b);
	_mm512_storeu_si512(to, _mm512_permutex2var_epi16(x, low, y));
	_mm512_storeu_si512(to + LANES, _mm512_permutex2var_epi16(x, high, y));
}

/* 16 elements of two rows as pairs; NULL is a row of zeroes. */
INLINE vec vec_zip(const char *a, const char *b)
{
	__m512i x = _mm512_setzero_si512(), y = x;
	if (a)
		x = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)a));
	if (b)
		y = _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)b)), 16);
	return _mm512_castsi512_ps(_mm512_or_si512(x, y));
}

#endif
