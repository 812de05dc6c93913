/* Vectors of 8 floats of AVX2 and FMA, for kernel.h. What each operation means is said in vec_portable.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_VEC_AVX2_H
#define FLASH_VEC_AVX2_H

#include "impls/flash/coefficients.h"
#include "impls/flash/unroll.h"

#include <immintrin.h>
#include <math.h>
#include <stdint.h>

typedef __m256 vec;
enum { LANES = 8, TILE_VECS = 2 };
#define INLINE static inline __attribute__((always_inline))

INLINE vec vec_load(const float *p) { return _mm256_loadu_ps(p); }
INLINE void vec_store(float *p, vec x) { _mm256_storeu_ps(p, x); }
INLINE vec vec_set(float x) { return _mm256_set1_ps(x); }
INLINE vec vec_fma(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
INLINE vec vec_max(vec a, vec b) { return _mm256_max_ps(a, b); }
INLINE vec vec_min(vec a, vec b) { return _mm256_min_ps(a, b); }
INLINE vec vec_abs(vec a) { return _mm256_andnot_ps(vec_set(-0.0f), a); }

#define EXP_STEPS 8
#define EXP_PER_STEP EXP8_PER_STEP
#define EXP_STEP_HIGH EXP8_STEP_HIGH
#define EXP_STEP_LOW EXP8_STEP_LOW
#define EXP_C0 EXP8_C0
#define EXP_C1 EXP8_C1
#define POWER_C POWER8_C2, POWER8_C1, POWER8_C0
static const uint32_t exp_table[EXP_STEPS] __attribute__((aligned(32))) = {EXP8_TABLE};
static const float exp_lost[EXP_STEPS] __attribute__((aligned(32))) = {EXP8_LOST};

INLINE vec vec_power_of_step(vec n)
{
	__m256i i = _mm256_castps_si256(n), table = _mm256_load_si256((const __m256i *)exp_table);
	return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_permutevar8x32_epi32(table, i), _mm256_slli_epi32(i, 20)));
}

INLINE vec vec_lost_of_step(vec n)
{
	return _mm256_permutevar8x32_ps(_mm256_load_ps(exp_lost), _mm256_castps_si256(n));
}

INLINE vec vec_if_small(vec a, float limit, vec x, vec y)
{
	return _mm256_blendv_ps(y, x, _mm256_cmp_ps(vec_abs(a), vec_set(limit), _CMP_LT_OQ));
}

INLINE vec vec_if_greater(vec a, vec b, vec x, vec y)
{
	return _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_GT_OQ));
}

INLINE vec vec_hide(vec x, uint64_t bits)
{
	__m256i bit = _mm256_set_epi32(128, 64, 32, 16, 8, 4, 2, 1);
	__m256i has = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((int)(uint32_t)bits), bit), bit);
	return _mm256_blendv_ps(vec_set(-INFINITY), x, _mm256_castsi256_ps(has));
}

INLINE uint64_t vec_not_low(vec x)
{
	return (uint64_t)_mm256_movemask_ps(_mm256_cmp_ps(x, vec_set(-INFINITY), _CMP_NEQ_UQ));
}

INLINE uint64_t vec_not_finite(vec x)
{
	return (uint64_t)_mm256_movemask_ps(_mm256_cmp_ps(vec_abs(x), vec_set(INFINITY), _CMP_NLT_UQ));
}

INLINE int vec_any_greater(vec a, vec b)
{
	return _mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_GT_OQ)) != 0;
}

/* 8 elements of bf16, or f16, as f32. */
INLINE vec vec_from_bf16(const void *p)
{
	return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p)), 16));
}

/* Pairs of bf16, one in each lane: the first, or the second, of each as f32. */
INLINE vec vec_first_of_pairs(vec pairs)
{
	return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(pairs), 16));
}

INLINE vec vec_second_of_pairs(vec pairs)
{
	return _mm256_and_ps(pairs, _mm256_castsi256_ps(_mm256_set1_epi32((int)0xffff0000)));
}

/* Four elements of 32 bits of each of 8 rows, `at` bytes from their beginnings: element i of all rows in x[i]. */
INLINE void vec_load_words(const char *const *row, int64_t at, vec x[4])
{
	vec r[4], t[4];
	UNROLL
	for (int i = 0; i < 4; i++) {
		__m128 low = _mm_loadu_ps((const float *)(const void *)(row[i] + at)), high = _mm_loadu_ps((const float *)(const void *)(row[i + 4] + at));
		r[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(low), high, 1);
	}
	UNROLL
	for (int i = 0; i < 4; i += 2) {
		t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
		t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
	}
	UNROLL
	for (int i = 0; i < 2; i++) {
		x[2 * i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
		x[2 * i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
	}
}

/* Elements of a and b by turns: the first LANES of them in a, the others in b. */
INLINE void vec_zip(vec *a, vec *b)
{
	vec low = _mm256_unpacklo_ps(*a, *b), high = _mm256_unpackhi_ps(*a, *b);
	*a = _mm256_permute2f128_ps(low, high, 0x20);
	*b = _mm256_permute2f128_ps(low, high, 0x31);
}

/* One element in all lanes: the load brings it twice, the upper one becomes f32. Of f16 the conversion would hold up multiplications. */
INLINE vec vec_set_bf16(const uint16_t *p)
{
	return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_set1_epi16((short)*p), 16));
}

INLINE vec vec_from_f16(const void *p)
{
	return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
}

/* And back, rounded to nearest even; what is not finite in whatever way. */
INLINE void vec_to_bf16(void *p, vec x)
{
	__m256i bits = _mm256_castps_si256(x), odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
	bits = _mm256_srli_epi32(_mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff))), 16);
	_mm_storeu_si128((__m128i *)p, _mm_packus_epi32(_mm256_castsi256_si128(bits), _mm256_extracti128_si256(bits, 1)));
}

INLINE void vec_to_f16(void *p, vec x)
{
	_mm_storeu_si128((__m128i *)p, _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

/* Pairs of elements, of pairs, of halves change places. */
INLINE void vec_transpose(vec r[8])
{
	vec t[8];
	UNROLL
	for (int i = 0; i < 8; i += 2) {
		t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
		t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
	}
	UNROLL
	for (int i = 0; i < 8; i += 4)
		UNROLL
		for (int k = 0; k < 2; k++) {
			r[i + 2 * k] = _mm256_shuffle_ps(t[i + k], t[i + k + 2], 0x44);
			r[i + 2 * k + 1] = _mm256_shuffle_ps(t[i + k], t[i + k + 2], 0xee);
		}
	UNROLL
	for (int k = 0; k < 4; k++) {
		t[k] = _mm256_permute2f128_ps(r[k], r[k + 4], 0x20);
		t[k + 4] = _mm256_permute2f128_ps(r[k], r[k + 4], 0x31);
	}
	UNROLL
	for (int k = 0; k < 8; k++)
		r[k] = t[k];
}

#endif
