/* The two matrix products of attention, as the block driver asks for them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_COMMON_GEMM_H
#define IMPLS_COMMON_GEMM_H

#include <stdint.h>

/* Row-major, rows ld* elements apart, columns side by side. a is m × k, c is m × n; c is overwritten.
 * Scores c = a bᵀ: b is n × k (queries times keys).  Output c = a b: b is k × n (weights times values). */
struct gemm {
	int64_t m, n, k;
	const float *a, *b;
	float *c;
	int64_t lda, ldb, ldc;
};

#endif
