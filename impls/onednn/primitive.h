/* A oneDNN primitive with its memory objects for each thread, over both the 2.x and the 3.x C interface.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_ONEDNN_PRIMITIVE_H
#define IMPLS_ONEDNN_PRIMITIVE_H

#include <dnnl.h>
#include <stdint.h>

/* Arguments of a primitive: those it lacks are NULL. */
enum { ONEDNN_SRC, ONEDNN_WEIGHTS, ONEDNN_DST, ONEDNN_SCRATCH, ONEDNN_ARGUMENTS };

/* An f32 matrix by its shape; strides in elements. */
struct onednn_matrix {
	int64_t rows, columns, row_stride, column_stride;
};

struct onednn_primitive {
	dnnl_primitive_t primitive;         /* NULL: there is none */
	dnnl_memory_t *memory;              /* threads × ONEDNN_ARGUMENTS; the caller's room */
	int threads;
	size_t scratch_bytes;               /* each thread's, which the caller brings to every run */
	char kernel[32];                    /* which the library chose */
};

/* dst = src · weights. p->memory and p->threads are filled already. */
dnnl_status_t onednn_matmul_make(struct onednn_primitive *p, dnnl_engine_t engine, const struct onednn_matrix *src, const struct onednn_matrix *weights,
                                 const struct onednn_matrix *dst);
/* Softmax of each row, in place. */
dnnl_status_t onednn_softmax_make(struct onednn_primitive *p, dnnl_engine_t engine, const struct onednn_matrix *rows);
/* data: the address of each argument. */
dnnl_status_t onednn_primitive_run(const struct onednn_primitive *p, int thread, dnnl_stream_t stream, void *const data[ONEDNN_ARGUMENTS]);
void onednn_primitive_free(struct onednn_primitive *p);

#endif
