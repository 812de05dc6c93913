/* Vectors of 4 floats by the compiler's own extension (SSE, NEON, whatever there is), for kernel.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_VEC_PORTABLE_H
#define FLASH_VEC_PORTABLE_H

#include <attnbench/view.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

typedef float vec __attribute__((vector_size(16)));
typedef int32_t vec_int __attribute__((vector_size(16)));
typedef uint32_t vec_bits __attribute__((vector_size(16))); /* for arithmetic that may wrap */
enum { LANES = 4, TILE_VECS = 2 };

#define INLINE static inline __attribute__((always_inline))

INLINE vec vec_load(const float *p)
{
	vec x;
	memcpy(&x, p, sizeof x);
	return x;
}

INLINE void vec_store(float *p, vec x)
{
	memcpy(p, &x, sizeof x);
}

INLINE vec vec_set(float x)
{
	return (vec){x, x, x, x};
}

INLINE vec vec_fma(vec a, vec b, vec c)
{
	return a * b + c;
}

/* a where the bits of `which` are all ones, b where they are zeroes */
INLINE vec vec_select(vec_int which, vec a, vec b)
{
	return (vec)((which & (vec_int)a) | (~which & (vec_int)b));
}

/* b where one of them is NaN */
INLINE vec vec_max(vec a, vec b)
{
	return vec_select(a > b, a, b);
}

INLINE vec vec_abs(vec a)
{
	return (vec)((vec_int)a & 0x7fffffff);
}

/* |a| < limit ? x : y */
INLINE vec vec_if_small(vec a, float limit, vec x, vec y)
{
	return vec_select(vec_abs(a) < vec_set(limit), x, y);
}

/* a > b ? x : y */
INLINE vec vec_if_greater(vec a, vec b, vec x, vec y)
{
	return vec_select(a > b, x, y);
}

/* -inf in the lanes whose bit is 0 */
INLINE vec vec_hide(vec x, uint64_t bits)
{
	const vec_int bit = {1, 2, 4, 8};
	vec_int b = {(int32_t)bits, (int32_t)bits, (int32_t)bits, (int32_t)bits};
	return vec_select((b & bit) != 0, x, vec_set(-INFINITY));
}

INLINE uint64_t bits_of(vec_int x)
{
	return (uint64_t)((x[0] & 1) | (x[1] & 2) | (x[2] & 4) | (x[3] & 8));
}

/* The lanes that hold anything but -inf. */
INLINE uint64_t vec_not_low(vec x)
{
	return bits_of(~(x == vec_set(-INFINITY)));
}

/* The lanes that hold inf or NaN. */
INLINE uint64_t vec_not_finite(vec x)
{
	return bits_of(((vec_int)x & 0x7f800000) == 0x7f800000);
}

INLINE int vec_any_greater(vec a, vec b)
{
	return bits_of(a > b) != 0;
}

/* x y rounded to an integer, as it suits vec_scale_above(): here with 1.5 · 2^23, which leaves the integer in the low bits. */
INLINE vec vec_round_times(vec x, float y)
{
	return vec_fma(x, vec_set(y), vec_set(0x1.8p23f));
}

/* That integer. */
INLINE vec vec_rounded(vec t)
{
	return t - vec_set(0x1.8p23f);
}

/* x >= least ? p 2^n : 0, n the integer of t, the result normal; NaN where x is. */
INLINE vec vec_scale_above(vec p, vec t, vec x, float least)
{
	return vec_select(x >= vec_set(least), (vec)((vec_bits)p + ((vec_bits)t << 23)), vec_max(vec_set(0), x));
}

/* 4 elements of bf16 as f32. */
INLINE vec vec_from_bf16(const void *p)
{
	uint16_t x[4];
	memcpy(x, p, sizeof x);
	vec_bits y = {x[0], x[1], x[2], x[3]};
	return (vec)(y << 16);
}

/* 4 elements of f16 as f32: exponent and fraction moved into place are 2^112 too small; inf and NaN become so again. */
INLINE vec vec_from_f16(const void *p)
{
	uint16_t x[4];
	memcpy(x, p, sizeof x);
	vec_bits y = {x[0], x[1], x[2], x[3]}, all = (vec_bits)((y & 0x7c00) == 0x7c00);
	vec wide = (vec)((y & 0x7fff) << 13) * vec_set(0x1p112f);
	return (vec)((vec_bits)wide | (all & 0x7f800000) | (y & 0x8000) << 16);
}

/* And back, rounded to nearest even. */
INLINE void vec_to_bf16(void *p, vec x)
{
	uint16_t bits[4] = {attn_f32_to_bf16(x[0]), attn_f32_to_bf16(x[1]), attn_f32_to_bf16(x[2]), attn_f32_to_bf16(x[3])};
	memcpy(p, bits, sizeof bits);
}

INLINE void vec_to_f16(void *p, vec x)
{
	uint16_t bits[4] = {attn_f32_to_f16(x[0]), attn_f32_to_f16(x[1]), attn_f32_to_f16(x[2]), attn_f32_to_f16(x[3])};
	memcpy(p, bits, sizeof bits);
}

INLINE void vec_transpose(vec r[4])
{
	float x[4][4];
	memcpy(x, r, sizeof x);
	for (int i = 0; i < 4; i++)
		r[i] = (vec){x[0][i], x[1][i], x[2][i], x[3][i]};
}

#endif
