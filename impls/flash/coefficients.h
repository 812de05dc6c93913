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

/* The same by 16 powers of two: x = n ln(2)/16 + r, n STEP_HIGH exact for |n| < 2^12. */
#define EXP16_PER_STEP 0x1.715476p+4f
#define EXP16_STEP_HIGH 0x1.62ep-5f
#define EXP16_STEP_LOW 0x1.0bfbe8p-19f
/* exp(r) = 1 + r + r^2 (C0 + C1 r), |r| <= ln(2)/32; largest relative error 0.02682 times 2^-24 */
#define EXP16_C0 0x1.00021ep-1f
#define EXP16_C1 0x1.55559ap-3f

/* 2^(r/16) = 1 + r (C0 + C1 r + ...), |r| <= 1/2; largest relative error 7.23 times 2^-24 */
#define POWER16_C0 0x1.62e994p-5f
#define POWER16_C1 0x1.ec0712p-11f

/* the bits of 2^(j/16) less j << 19; the part of it that f32 has lost */
#define EXP16_TABLE 0x3f800000, 0x3f7daac3, 0x3f7b95c2, 0x3f79c3d3, 0x3f7837f0, 0x3f76f532, 0x3f75fed7, 0x3f75583f, 0x3f7504f3, 0x3f7508a4, 0x3f75672a, 0x3f76248c, 0x3f7744fd, 0x3f78ccdf, 0x3f7ac0c7, 0x3f7d257d
#define EXP16_LOST 0x0p+0f, 0x1.8d96d4p-25f, -0x1.9c0c22p-27f, 0x1.964904p-25f, 0x1.125002p-25f, 0x1.370be4p-25f, -0x1.0a355p-25f, -0x1.00d8acp-27f, 0x1.26055cp-26f, -0x1.05cb44p-25f, 0x1.67a1cap-28f, 0x1.a3b5e4p-28f, -0x1.f9c304p-27f, -0x1.6961b4p-28f, -0x1.a5217cp-28f, 0x1.61428ep-28f

/* The same by 8 powers of two: x = n ln(2)/8 + r, n STEP_HIGH exact for |n| < 2^12. */
#define EXP8_PER_STEP 0x1.715476p+3f
#define EXP8_STEP_HIGH 0x1.62ep-4f
#define EXP8_STEP_LOW 0x1.0bfbe8p-18f
/* exp(r) = 1 + r + r^2 (C0 + C1 r), |r| <= ln(2)/16; largest relative error 0.4327 times 2^-24 */
#define EXP8_C0 0x1.000874p-1f
#define EXP8_C1 0x1.555656p-3f

/* 2^(r/8) = 1 + r (C0 + C1 r + ...), |r| <= 1/2; largest relative error 0.6506 times 2^-24 */
#define POWER8_C0 0x1.62e43p-4f
#define POWER8_C1 0x1.ec0aa6p-9f
#define POWER8_C2 0x1.c6be34p-14f

/* the bits of 2^(j/8) less j << 20; the part of it that f32 has lost */
#define EXP8_TABLE 0x3f800000, 0x3f7b95c2, 0x3f7837f0, 0x3f75fed7, 0x3f7504f3, 0x3f75672a, 0x3f7744fd, 0x3f7ac0c7
#define EXP8_LOST 0x0p+0f, -0x1.9c0c22p-27f, 0x1.125002p-25f, -0x1.0a355p-25f, 0x1.26055cp-26f, 0x1.67a1cap-28f, -0x1.f9c304p-27f, -0x1.a5217cp-28f

#define EXP2_C 0x1.62e43p-1f
/* 2^r = 1 + r (C + r (Q0 + Q1 r + ...)), |r| <= 1/2; largest relative error 1.782 times 2^-24 */
#define EXP2_Q0 0x1.ebf9fp-3f
#define EXP2_Q1 0x1.c6b3aep-5f
#define EXP2_Q2 0x1.3cdb64p-7f
#define EXP2_Q3 0x1.5ca892p-10f

/* 2^r = 1 + r (c + ...), 0 <= r <= 1, the last coefficient first; largest relative error 48.64 times 2^-24 */
#define EXP2_COARSE_Q 0x1.b7f724p-7f, 0x1.abf86ep-5f, 0x1.ee245p-3f, 0x1.62d6c6p-1f

/* tanh(x) = x + x^3 (T0 + T1 x^2 + ...), |x| <= 5/8; largest relative error 0.04434 times 2^-24 */
#define TANH_T0 -0x1.555554p-2f
#define TANH_T1 0x1.111066p-3f
#define TANH_T2 -0x1.b9ee9p-5f
#define TANH_T3 0x1.638b5ap-6f
#define TANH_T4 -0x1.0bf502p-7f
#define TANH_T5 0x1.18e1fp-9f

#endif
