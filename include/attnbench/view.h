/* Small helpers that most implementations want: elements of tensors, and the keys a query row may see.
 * All inline: a plugin that uses them still links to nothing.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ATTNBENCH_VIEW_H
#define ATTNBENCH_VIEW_H

#include <attnbench/attn.h>
#include <math.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Offset, in elements, of element [b][h][i][j]. */
static inline int64_t attn_offset(const struct attn_tensor *t, int64_t b, int64_t h, int64_t i, int64_t j)
{
	return b * t->stride[0] + h * t->stride[1] + i * t->stride[2] + j * t->stride[3];
}

static inline float attn_bf16_to_f32(uint16_t bits)
{
	uint32_t wide = (uint32_t)bits << 16;
	float x;
	memcpy(&x, &wide, sizeof x);
	return x;
}

static inline float attn_f16_to_f32(uint16_t bits)
{
	int exponent = bits >> 10 & 31, fraction = bits & 1023;
	float x;
	if (exponent == 31)
		x = fraction ? NAN : INFINITY;
	else if (exponent)
		x = ldexpf((float)(fraction + 1024), exponent - 25);
	else
		x = ldexpf((float)fraction, -24);
	return bits >> 15 ? -x : x;
}

/* Rounded to nearest even. */
static inline uint16_t attn_f32_to_bf16(float x)
{
	uint32_t bits;
	memcpy(&bits, &x, sizeof bits);
	if (x != x)
		return (uint16_t)(bits >> 16 | 0x40);
	return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static inline uint16_t attn_f32_to_f16(float x)
{
	uint32_t bits;
	memcpy(&bits, &x, sizeof bits);
	uint32_t sign = bits >> 16 & 0x8000, a = bits & 0x7fffffff;
	if (a > 0x7f800000)
		return (uint16_t)(sign | 0x7e00);
	if (a >= 0x477ff000) /* 65520: halfway beyond the largest */
		return (uint16_t)(sign | 0x7c00);
	if (a < 0x38800000) { /* below 2^-14: subnormal, in units of 2^-24 */
		float f;
		memcpy(&f, &a, sizeof f);
		return (uint16_t)(sign | (uint32_t)rintf(f * 16777216.0f));
	}
	a += 0xfff + (a >> 13 & 1);
	return (uint16_t)(sign | (a - 0x38000000) >> 13);
}

/* Address of an element. Any alignment is fine for the functions below. */
static inline void *attn_at(const struct attn_tensor *t, int64_t b, int64_t h, int64_t i, int64_t j)
{
	static const unsigned char bytes[] = {0, 4, 8, 2, 2, 1, 8};
	return (char *)t->data + attn_offset(t, b, h, i, j) * (int64_t)bytes[t->dtype];
}

/* The index of an i64 tensor, or a bool, as an integer. */
static inline int64_t attn_at_i64(const struct attn_tensor *t, int64_t b, int64_t h, int64_t i, int64_t j)
{
	int64_t x;
	memcpy(&x, attn_at(t, b, h, i, j), sizeof x);
	return x;
}

static inline int attn_at_bool(const struct attn_tensor *t, int64_t b, int64_t h, int64_t i, int64_t j)
{
	return *(const unsigned char *)attn_at(t, b, h, i, j) != 0;
}

/* The value of a floating-point element of any dtype. */
static inline double attn_at_float(const struct attn_tensor *t, int64_t b, int64_t h, int64_t i, int64_t j)
{
	const void *p = attn_at(t, b, h, i, j);
	uint16_t bits;
	double x;
	float y;
	switch (t->dtype) {
	case ATTN_F64:
		memcpy(&x, p, sizeof x);
		return x;
	case ATTN_BF16:
		memcpy(&bits, p, sizeof bits);
		return (double)attn_bf16_to_f32(bits);
	case ATTN_F16:
		memcpy(&bits, p, sizeof bits);
		return (double)attn_f16_to_f32(bits);
	default:
		memcpy(&y, p, sizeof y);
		return (double)y;
	}
}

/* Keys [first, end) that the geometry of a problem lets one query row see: length, causal, window. mask, block mask and
 * a bias of -inf may hide some of these. `position` is the key the row stands at. */
struct attn_span {
	int64_t first, end, position;
};

/* len_q, len_kv: rows of this sequence, past keys counted. i: row within the sequence. */
static inline struct attn_span attn_span_of(const struct attn_problem *p, int64_t len_q, int64_t len_kv, int64_t i)
{
	int64_t past = p->has & ATTN_HAS_PAST ? p->past_len : 0;
	struct attn_span s;
	s.position = i + (p->align == ATTN_BOTTOM_RIGHT ? len_kv - len_q : past);
	s.first = 0;
	s.end = len_kv;
	if (p->causal && s.position + 1 < s.end)
		s.end = s.position + 1;
	if (p->window_right >= 0 && s.position < s.end - 1 - p->window_right)
		s.end = s.position + p->window_right + 1;
	if (p->window_left >= 0 && s.position > p->window_left)
		s.first = s.position - p->window_left;
	if (s.end < 0)
		s.end = 0;
	if (s.first > s.end)
		s.first = s.end;
	return s;
}

#ifdef __cplusplus
}
#endif
#endif
