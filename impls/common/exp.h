/* exp of numbers that are not above 0, as the softmax needs it: no branches, so that a loop over it vectorises.
 * Within 1.1 ulp (all floats tried) where the result is a normal number; smaller results are 0; NaN stays NaN.
 * Coefficients: exp_coefficients.py.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_COMMON_EXP_H
#define IMPLS_COMMON_EXP_H

#include <stdint.h>
#include <string.h>

/* exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln 2 / 2 */
static inline float exp_of_negative(float x)
{
	const float least = -87.33654f; /* ln of the smallest normal number */
	float clamped = x < least ? least : x;
	float magic = clamped * 0x1.715476p+0f + 0x1.8p+23f; /* the sum's last bits are n */
	float n = magic - 0x1.8p+23f;
	float r = clamped - n * 0x1.62e4p-1f - n * 0x1.7f7d1cp-20f;
	float p = 0x1.6d110ap-10f;
	p = p * r + 0x1.120b6ep-7f;
	p = p * r + 0x1.55551ap-5f;
	p = p * r + 0x1.5554dcp-3f;
	p = p * r + 0x1p-1f;
	p = r * r * p + r;

	uint32_t bits;
	float power, y;
	memcpy(&bits, &magic, sizeof bits);
	bits = (bits << 23) + 0x3f800000u; /* 2^n; the magic number's own bits leave at the top */
	memcpy(&power, &bits, sizeof power);
	y = p * power + power;
	return x < least ? 0.0f : y;
}

#endif
