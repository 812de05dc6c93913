/* exp and tanh of vectors, from the operations of vec_*.h and the coefficients that coefficients.py derives.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_VEC_MATH_H
#define FLASH_VEC_MATH_H

#include "impls/flash/coefficients.h"

/* e^x for x <= 88.7 and NaN (x + x n is not used above): x = n ln 2 + r, |r| <= ln(2)/2, ln 2 in two parts, then
 * 2^n (1 + r + r²/2 + r³ Q(r)). At most 1 ulp; below -104 it is 0. */
INLINE vec vec_exp(vec x)
{
	x = vec_max(vec_set(-105.0f), x);
	vec n = vec_round(x * vec_set(LOG2_E));
	vec r = vec_fma(n, vec_set(-LN2_LOW), vec_fma(n, vec_set(-LN2_HIGH), x));
	vec q = vec_fma(vec_set(EXP_Q3), r, vec_set(EXP_Q2));
	q = vec_fma(q, r, vec_set(EXP_Q1));
	q = vec_fma(q, r, vec_set(EXP_Q0));
	q = vec_fma(q, r, vec_set(0.5f));
	q = vec_fma(q, r, vec_set(1.0f));
	return vec_scale(vec_fma(q, r, vec_set(1.0f)), n);
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
