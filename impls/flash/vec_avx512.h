/* Vectors of 16 floats of AVX-512F, for kernel.h. What each operation means is said in vec_portable.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_VEC_AVX512_H
#define FLASH_VEC_AVX512_H

#include "impls/flash/coefficients.h"
#include "impls/flash/unroll.h"

#include <immintrin.h>
#include <math.h>
#include <stdint.h>

typedef __m512 vec;
enum { LANES = 16, TILE_VECS = 2 };
#define INLINE static inline __attribute__((always_inline))

INLINE vec vec_load(const float *p) { return _mm512_loadu_ps(p); }
INLINE void vec_store(float *p, vec x) { _mm512_storeu_ps(p, x); }
INLINE vec vec_set(float x) { return _mm512_set1_ps(x); }
INLINE vec vec_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
INLINE vec vec_max(vec a, vec b) { return _mm512_max_ps(a, b); }
INLINE vec vec_min(vec a, vec b) { return _mm512_min_ps(a, b); }
INLINE vec vec_abs(vec a) { return _mm512_abs_ps(a); }

/* For exp by a table: the last bits of n, of which there are EXP_STEPS, choose an entry; the others move its exponent. */
#define EXP_STEPS 16
#define EXP_PER_STEP EXP16_PER_STEP
#define EXP_STEP_HIGH EXP16_STEP_HIGH
#define EXP_STEP_LOW EXP16_STEP_LOW
#define EXP_C0 EXP16_C0
#define EXP_C1 EXP16_C1
#define POWER_C POWER16_C1, POWER16_C0
static const uint32_t exp_table[EXP_STEPS] __attribute__((aligned(64))) = {EXP16_TABLE};
static const float exp_lost[EXP_STEPS] __attribute__((aligned(64))) = {EXP16_LOST};

INLINE vec vec_power_of_step(vec n)
{
	__m512i i = _mm512_castps_si512(n);
	return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_permutexvar_epi32(i, _mm512_load_si512(exp_table)), _mm512_slli_epi32(i, 19)));
}

INLINE vec vec_lost_of_step(vec n)
{
	return _mm512_permutexvar_ps(_mm512_castps_si512(n), _mm512_load_ps(exp_lost));
}

INLINE vec vec_if_small(vec a, float limit, vec x, vec y)
{
	return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(vec_abs(a), vec_set(limit), _CMP_LT_OQ), y, x);
}

INLINE vec vec_if_greater(vec a, vec b, vec x, vec y)
{
	return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_GT_OQ), y, x);
}

INLINE vec vec_hide(vec x, uint64_t bits)
{
	return _mm512_mask_blend_ps((__mmask16)bits, vec_set(-INFINITY), x);
}

INLINE uint64_t vec_not_low(vec x)
{
	return _mm512_cmp_ps_mask(x, vec_set(-INFINITY), _CMP_NEQ_UQ);
}

INLINE uint64_t vec_not_finite(vec x)
{
	return _mm512_fpclass_ps_mask(x, 0x99); /* NaNs and infinities of both kinds */
}

INLINE int vec_any_greater(vec a, vec b)
{
	return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ) != 0;
}

/* 16 elements of bf16, or f16, as f32. */
INLINE vec vec_from_bf16(const void *p)
{
	return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)), 16));
}

INLINE vec vec_from_f16(const void *p)
{
	return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}

/* And back, rounded to nearest even; what is not finite in whatever way. */
INLINE void vec_to_bf16(void *p, vec x)
{
#ifdef __AVX512BF16__
	_mm256_storeu_si256((__m256i *)p, (__m256i)_mm512_cvtneps_pbh(x)); /* numbers below 2^-126 as 0, as its products take them */
#else
	__m512i bits = _mm512_castps_si512(x), odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
	bits = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
	_mm256_storeu_si256((__m256i *)p, _mm512_cvtepi32_epi16(_mm512_srli_epi32(bits, 16)));
#endif
}

INLINE void vec_to_f16(void *p, vec x)
{
	_mm256_storeu_si256((__m256i *)p, _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

/* Pairs of elements, of pairs, of quarters, of halves change places. */
INLINE void vec_transpose(vec r[16])
{
	vec t[16];
	UNROLL
	for (int i = 0; i < 16; i += 2) {
		t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
		t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
	}
	UNROLL
	for (int i = 0; i < 16; i += 4) {
		__m512d a = _mm512_castps_pd(t[i]), b = _mm512_castps_pd(t[i + 1]), c = _mm512_castps_pd(t[i + 2]), d = _mm512_castps_pd(t[i + 3]);
		r[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, c));
		r[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, c));
		r[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(b, d));
		r[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(b, d));
	}
	UNROLL
	for (int i = 0; i < 16; i += 8)
		UNROLL
		for (int k = 0; k < 4; k++) {
			t[i + k] = _mm512_shuffle_f32x4(r[i + k], r[i + k + 4], 0x88);
			t[i + k + 4] = _mm512_shuffle_f32x4(r[i + k], r[i + k + 4], 0xdd);
		}
	UNROLL
	for (int k = 0; k < 8; k++) {
		r[k] = _mm512_shuffle_f32x4(t[k], t[k + 8], 0x88);
		r[k + 8] = _mm512_shuffle_f32x4(t[k], t[k + 8], 0xdd);
	}
}

#endif
