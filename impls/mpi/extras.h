/* Inputs of a problem besides q, k and v: masks, biases, slopes, sinks, lengths, what a score learned.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MPI_EXTRAS_H
#define MPI_EXTRAS_H

#include "impls/mpi/job.h"

enum { MPI_MASK, MPI_BIAS, MPI_ALIBI, MPI_SINKS, MPI_KV_LEN, MPI_BLOCK_MASK, MPI_GIVEN, MPI_W, MPI_W_Q, MPI_W_K, MPI_V_A, MPI_CU_Q, MPI_CU_KV, MPI_EXTRAS };

/* One of them as it travels: packed, a dimension that is broadcast being 1. */
struct mpi_extra {
	size_t at; /* in the arena */
	int64_t dim[4];
	enum attn_dtype dtype; /* ATTN_NONE: there is none */
};

const struct attn_tensor *mpi_extra_at(const struct attn_tensors *t, int i);
struct mpi_extra mpi_extra_of(const struct attn_tensor *t);
size_t mpi_extra_bytes(const struct mpi_extra *x);
void mpi_extra_pack(const struct mpi_extra *x, const struct attn_tensor *t, char *to);

/* From rank 0's arena to all ranks, in memory of their own; 0: one has none, and none of them keeps any. */
int mpi_extras_receive(struct attn_tensors *t, const struct mpi_extra x[MPI_EXTRAS], const char *arena, MPI_Comm comm);
int mpi_extras_widen(struct attn_tensors *t); /* 0: no memory */
void mpi_extras_free(struct attn_tensors *t);
void mpi_extras_free_masks(struct attn_tensors *t); /* all but the lengths */
size_t mpi_extras_bytes(const struct attn_tensors *t); /* that they take on this rank */

/* Views into t of those that `which` has as bits: from batch entry, query head, row and key `first` on, so many. */
void mpi_extras_view(struct attn_tensors *t, const struct attn_tensors *whole, unsigned which, const int64_t first[4], const int64_t dim[4]);

#endif
