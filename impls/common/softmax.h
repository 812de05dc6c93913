/* The softmax over rows of scores, compiled for several instruction sets: what stands between the two matrix products.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_COMMON_SOFTMAX_H
#define IMPLS_COMMON_SOFTMAX_H

#include <math.h>
#include <stdint.h>

/* What becomes of the products q·k_j, 0 <= j < keys, of one query row before the softmax:
 *     e_j = softcap(scale · q·k_j) + bias_j - slope · |position - j|,  and -inf where the row may not see key j. */
struct score_row {
	int64_t keys;
	int64_t first, end;        /* keys outside [first, end) are hidden */
	const unsigned char *mask; /* keys of 0 are hidden; NULL: none */
	const float *bias;         /* keys of -inf are hidden; NULL: none */
	float scale, softcap;      /* softcap 0: none */
	float slope;               /* 0: none */
	int64_t position;
};

struct softmax_kernels {
	const char *isa;
	/* Products become scores e. Returns the largest of them, NaN left aside; -inf where there is none. */
	float (*scores)(const struct score_row *row, float *e);
	/* e_j = exp(e_j - max), max finite. Returns the sum. */
	float (*weights)(float *e, int64_t n, float max);
	/* Whether one of x is NaN. */
	int (*any_nan)(const float *x, int64_t n);
	/* to = x · factor. Returns whether all of them are finite. */
	int (*scaled)(const float *x, int64_t n, float factor, float *to);
};

extern const struct softmax_kernels softmax_base, softmax_avx2, softmax_avx512;

static inline int score_row_sees(const struct score_row *row, int64_t j)
{
	return j >= row->first && j < row->end && (!row->mask || row->mask[j]) && (!row->bias || row->bias[j] != -INFINITY);
}

#endif
