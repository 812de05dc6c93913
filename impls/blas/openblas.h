/* The matrix products by OpenBLAS, one thread each.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_BLAS_OPENBLAS_H
#define IMPLS_BLAS_OPENBLAS_H

#include "impls/common/blockwise.h"

/* For struct blockwise_products. Between begin_run and end_run OpenBLAS uses the threads that call it, each alone. prepare
 * describes it: "OpenBLAS 0.3.21, core Haswell", and how to get better when that is not the CPU's best. */
enum attn_status openblas_prepare(struct blockwise *x, char *why, size_t size);
void openblas_begin_run(struct blockwise *x);
void openblas_begin_thread(struct blockwise *x);
void openblas_end_run(struct blockwise *x);
void openblas_scores(struct blockwise *x, int thread, int64_t block, const struct gemm *g);
void openblas_output(struct blockwise *x, int thread, int64_t block, const struct gemm *g);

#endif
