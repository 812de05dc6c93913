/* exp and tanh of vectors, from the operations of vec_*.h and the coefficients that coefficients.py derives.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_VEC_MATH_H
#define FLASH_VEC_MATH_H

#include "impls/flash/coefficients.h"
#include "impls/flash/unroll.h"

/* Each x of `count` becomes e^x, for x <= 88.72, -inf and NaN: x = n ln 2 + r, |r| <= ln(2)/2, ln 2 in two parts, then
 * 2^n (1 + (r + r² (1/2 + r Q(r))). At most 1 ulp; 0 where e^x is below 2^-126. Step by step for all of them: a processor's
 * scheduler holds too few such chains one after the other. */
INLINE void vec_exp_each(const int count, vec *x)
{
	const float q[] = {EXP_Q2, EXP_Q1, EXP_Q0, 0.5f};
	vec t[4], r[4], y[4];
	UNROLL
	for (int i = 0; i < count; i++)
		t[i] = vec_round_times(x[i], LOG2_E);
	UNROLL
	for (int i = 0; i < count; i++)
		y[i] = vec_rounded(t[i]);
	UNROLL
	for (int i = 0; i < count; i++)
		r[i] = vec_fma(y[i], vec_set(-LN2_HIGH), x[i]);
	UNROLL
	for (int i = 0; i < count; i++)
		r[i] = vec_fma(y[i], vec_set(-LN2_LOW), r[i]);
	UNROLL
	for (int i = 0; i < count; i++)
		y[i] = vec_set(EXP_Q3);
	UNROLL
	for (int k = 0; k < 4; k++) {
		UNROLL
		for (int i = 0; i < count; i++)
			y[i] = vec_fma(y[i], r[i], vec_set(q[k]));
	}
	UNROLL
	for (int i = 0; i < count; i++)
		y[i] = vec_exp_end(y[i], r[i]);
	UNROLL
	for (int i = 0; i < count; i++)
		x[i] = vec_scale_above(y[i], t[i], x[i], -87.33654f);
}

/* Each x of `count` becomes 2^x, for x < 128, -inf and NaN: x = n + r, |r| <= 1/2, exact. 2 ulp. */
INLINE void vec_exp2_each(const int count, vec *x)
{
	const float q[] = {EXP2_Q2, EXP2_Q1, EXP2_Q0, EXP2_C, 1};
	vec t[4], r[4], y[4];
	UNROLL
	for (int i = 0; i < count; i++) {
		t[i] = vec_round_times(x[i], 1);
		r[i] = x[i] - vec_rounded(t[i]);
		y[i] = vec_set(EXP2_Q3);
	}
	UNROLL
	for (int k = 0; k < 5; k++) {
		UNROLL
		for (int i = 0; i < count; i++)
			y[i] = vec_fma(y[i], r[i], vec_set(q[k]));
	}
	UNROLL
	for (int i = 0; i < count; i++)
		x[i] = vec_scale_above(y[i], t[i], x[i], -126);
}

INLINE vec vec_exp(vec x)
{
	vec_exp_each(1, &x);
	return x;
}

/* tanh x: x + x³ T(x²) below 5/8, else ±(1 - 2 / (e^2|x| + 1)). */
INLINE vec vec_tanh(vec x)
{
	vec y = x * x, a = vec_abs(x);
	vec t = vec_fma(vec_set(TANH_T5), y, vec_set(TANH_T4));
	t = vec_fma(t, y, vec_set(TANH_T3));
	t = vec_fma(t, y, vec_set(TANH_T2));
	t = vec_fma(t, y, vec_set(TANH_T1));
	t = vec_fma(t, y, vec_set(TANH_T0));
	vec near = vec_fma(t * y, x, x);
	vec e = vec_exp(vec_if_greater(a, vec_set(20.0f), vec_set(40.0f), a + a));
	vec far = vec_set(1.0f) - vec_set(2.0f) / (e + vec_set(1.0f));
	far = vec_if_greater(vec_set(0.0f), x, -far, far);
	return vec_if_small(x, 0.625f, near, far);
}

#endif
