/* Written by coefficients.py: do not edit.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_COEFFICIENTS_H
#define FLASH_COEFFICIENTS_H

/* x = n ln 2 + r: n LN2_HIGH is exact for |n| < 2^9, LN2_LOW is the rest of ln 2 */
#define LOG2_E 0x1.715476p+0f
#define LN2_HIGH 0x1.62e4p-1f
#define LN2_LOW 0x1.7f7d1cp-20f

/* exp(r) = 1 + r + r^2/2 + r^3 (Q0 + Q1 r + ...), |r| <= ln(2)/2; largest relative error 0.07562 times 2^-24 */
#define EXP_Q0 0x1.555466p-3f
#define EXP_Q1 0x1.5553p-5f
#define EXP_Q2 0x1.125784p-7f
#define EXP_Q3 0x1.6fee4ep-10f

#define EXP2_C 0x1.62e43p-1f
/* 2^r = 1 + r (C + r (Q0 + Q1 r + ...)), |r| <= 1/2; largest relative error 1.782 times 2^-24 */
#define EXP2_Q0 0x1.ebf9fp-3f
#define EXP2_Q1 0x1.c6b3aep-5f
#define EXP2_Q2 0x1.3cdb64p-7f
#define EXP2_Q3 0x1.5ca892p-10f

/* tanh(x) = x + x^3 (T0 + T1 x^2 + ...), |x| <= 5/8; largest relative error 0.04434 times 2^-24 */
#define TANH_T0 -0x1.555554p-2f
#define TANH_T1 0x1.111066p-3f
#define TANH_T2 -0x1.b9ee9p-5f
#define TANH_T3 0x1.638b5ap-6f
#define TANH_T4 -0x1.0bf502p-7f
#define TANH_T5 0x1.18e1fp-9f

#endif
