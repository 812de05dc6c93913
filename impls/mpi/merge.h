/* Partial results (m, l, O) of one row over disjoint sets of keys: weights exp(s_j - m), l their sum, O the sum of the weighted values.
 *     m = max(m_a, m_b);  l = l_a e^(m_a - m) + l_b e^(m_b - m);  O likewise           (Milakov & Gimelshein 2018; FlashAttention, §3.1)
 * O is kept divided by l, so that it never is larger than the values. A row that saw nothing has l = 0. m and l travel apart: log l added
 * to an m of 1e4 would lose three of the seven digits of an f32, and of 1e9 all. The order of merging is the caller's and fixed, so the
 * bits are too.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MPI_MERGE_H
#define MPI_MERGE_H

#include <attnbench/attn.h>

struct mpi_sums {
	enum attn_dtype dtype; /* f32 or f64: of o, and of what is merged into it */
	int64_t dim_v;
	double *m, *l; /* [rows] */
	void *o;       /* [rows][dim_v], divided by l */
};

void mpi_sums_clear(struct mpi_sums *s, int64_t rows);
/* Row i gets one more partial result; o NULL: one without a value. */
void mpi_sums_add(struct mpi_sums *s, int64_t i, double m, double l, const void *o);
void mpi_sums_add_sink(struct mpi_sums *s, int64_t i, float sink); /* one of -inf counts as none */
/* m becomes the logsumexp; o is the output. Rows that saw no key are 0. */
void mpi_sums_finish(struct mpi_sums *s, int64_t rows);

#endif
