/* One block of the block driver, and what is done to its rows between the two products.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_COMMON_BLOCK_H
#define IMPLS_COMMON_BLOCK_H

#include "impls/common/blockwise.h"

/* Rows [i0, i0 + rows) of a head, or all rows of `heads` heads, of one sequence. */
struct block {
	int64_t sequence, b;       /* which; its batch entry */
	int64_t q0, len_q;         /* its rows of q */
	int64_t k0, len_kv;        /* its keys, past ones counted, from row k0 of k and v on */
	int64_t head, index;       /* the first query head; which block of it */
	int64_t i0, rows, each;    /* rows in all and of each head */
	struct key_range keys;     /* that some row may see */
	int64_t stride_e;          /* between rows of scores */
};

struct row_index {
	int64_t h, i; /* query head; row of the sequence */
};

static inline struct row_index block_row(const struct block *b, int64_t r)
{
	return (struct row_index){b->head + r / b->each, b->i0 + r % b->each};
}

/* Scores of the block become weights exp(e - max), hidden ones 0; fills max and sum of each row. */
void block_softmax(struct blockwise *x, const struct attn_tensors *t, const struct block *b, int thread);

/* Row r of the output, and its weights, logsumexp, maximum and sum where they are wanted. v: value rows of the block's first key on. */
void block_store_row(const struct blockwise *x, const struct attn_tensors *t, const struct block *b, int thread, int64_t r, const struct gemm *product);

#endif
