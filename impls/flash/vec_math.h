/* exp and tanh of vectors, from the operations of vec_*.h and the coefficients that coefficients.py derives.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_VEC_MATH_H
#define FLASH_VEC_MATH_H

#include "impls/flash/coefficients.h"
#include "impls/flash/unroll.h"

/* Each x of `count` becomes e^-x, for x >= -88, inf and NaN. At most 1 ulp; where e^-x is below 2^-126, so is the result, which may be 0. Step by
 * step for all of them: a processor's scheduler holds too few such chains one after the other. */
#ifdef EXP_STEPS
/* With a table: -x = n ln(2)/EXP_STEPS + r, |r| <= ln(2)/(2 EXP_STEPS), that step in two parts; 2^(n/EXP_STEPS) is an entry t of the table,
 * its exponent moved, and what rounding it has lost, t l: then t + t (l + r + r² P(r)). Tang, 1989 (table-driven exponential). Of x from
 * EXP_MOST on t is the first entry, whose exponent becomes that of 0 and which has no other bits; of NaN vec_min() makes NaN, its second operand. */
#define EXP_MOST 88.02969f /* 127 ln 2 */

/* n, as the sum of it and 1.5 · 2^23, and -r. */
INLINE void vec_exp_begin(const int count, const vec *x, vec *n, vec *r)
{
	vec y[4];
	UNROLL
	for (int i = 0; i < count; i++)
		r[i] = vec_min(vec_set(EXP_MOST), x[i]);
	UNROLL
	for (int i = 0; i < count; i++)
		n[i] = vec_fma(r[i], vec_set(-EXP_PER_STEP), vec_set(0x1.8p23f));
	UNROLL
	for (int i = 0; i < count; i++)
		y[i] = n[i] - vec_set(0x1.8p23f);
	UNROLL
	for (int i = 0; i < count; i++)
		r[i] = vec_fma(y[i], vec_set(EXP_STEP_HIGH), r[i]);
	UNROLL
	for (int i = 0; i < count; i++)
		r[i] = vec_fma(y[i], vec_set(EXP_STEP_LOW), r[i]);
}

INLINE void vec_exp_end(const int count, const vec *n, const vec *r, vec *x)
{
	vec y[4];
	UNROLL
	for (int i = 0; i < count; i++)
		y[i] = vec_fma(r[i], vec_set(-EXP_C1), vec_set(EXP_C0));
	UNROLL
	for (int i = 0; i < count; i++)
		y[i] = vec_fma(-y[i], r[i], vec_set(1));
	UNROLL
	for (int i = 0; i < count; i++)
		y[i] = vec_fma(-y[i], r[i], vec_lost_of_step(n[i]));
	UNROLL
	for (int i = 0; i < count; i++) {
		vec t = vec_power_of_step(n[i]);
		x[i] = vec_fma(t, y[i], t);
	}
}

INLINE void vec_exp_minus_each(const int count, vec *x)
{
	vec n[4], r[4];
	vec_exp_begin(count, x, n, r);
	vec_exp_end(count, n, r, x);
}
#else
/* Without: -x = n ln 2 + r, |r| <= ln(2)/2, ln 2 in two parts, then 2^n (1 + (r + r² (1/2 + r Q(r)))); without a fused multiplication,
 * the small terms first. */
INLINE void vec_exp_minus_each(const int count, vec *x)
{
	const float q[] = {EXP_Q2, EXP_Q1, EXP_Q0, 0.5f};
	for (int i = 0; i < count; i++) {
		vec t = vec_round_times(-x[i], LOG2_E), n = vec_rounded(t), y = vec_set(EXP_Q3);
		vec r = vec_fma(n, vec_set(-LN2_LOW), vec_fma(n, vec_set(-LN2_HIGH), -x[i]));
		UNROLL
		for (int k = 0; k < 4; k++)
			y = vec_fma(y, r, vec_set(q[k]));
		x[i] = vec_scale_above(vec_set(1) + (r * r * y + r), t, -x[i], -87.33654f);
	}
}
#endif

/* y[i] = the polynomial of r[i] whose coefficients are q, that of the highest power first. Step by step for all of them, too. */
INLINE void vec_polynomial_each(const int count, const float *q, const int terms, const vec *r, vec *y)
{
	UNROLL
	for (int i = 0; i < count; i++)
		y[i] = vec_set(*q);
	UNROLL
	for (int k = 1; k < terms; k++) {
		UNROLL
		for (int i = 0; i < count; i++)
			y[i] = vec_fma(y[i], r[i], vec_set(q[k]));
	}
}

/* Each x of `count` becomes e^(x - top) as 2^((x - top) log2(e)), for x - top < 88, -inf and NaN: the exponent is rounded, and the polynomial
 * shorter than that of vec_exp_minus_each(). The result is within (10 + 2 |x - top|) 2^-24 of itself, beside what the difference loses. */
INLINE void vec_fast_exp_each(const int count, vec *x, const vec *top)
{
	vec t[4], r[4], y[4];
#ifdef EXP_STEPS
	const float q[] = {POWER_C};
	UNROLL
	for (int i = 0; i < count; i++) {
		x[i] = vec_min(vec_set(EXP_MOST), top[i] - x[i]);
		t[i] = vec_fma(x[i], vec_set(-EXP_PER_STEP), vec_set(0x1.8p23f));
		r[i] = vec_fma(x[i], vec_set(-EXP_PER_STEP), vec_set(0x1.8p23f) - t[i]);
	}
#else
	const float q[] = {EXP2_Q3, EXP2_Q2, EXP2_Q1, EXP2_Q0, EXP2_C};
	for (int i = 0; i < count; i++) {
		x[i] = (x[i] - top[i]) * vec_set(LOG2_E);
		t[i] = vec_round_times(x[i], 1);
		r[i] = x[i] - vec_rounded(t[i]);
	}
#endif
	vec_polynomial_each(count, q, (int)(sizeof q / sizeof *q), r, y);
	UNROLL
	for (int i = 0; i < count; i++) {
#ifdef EXP_STEPS
		vec power = vec_power_of_step(t[i]);
		x[i] = vec_fma(power, y[i] * r[i], power);
#else
		x[i] = vec_scale_above(vec_fma(y[i], r[i], vec_set(1)), t[i], x[i], -126);
#endif
	}
}

INLINE vec vec_exp(vec x)
{
	x = -x;
	vec_exp_minus_each(1, &x);
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
