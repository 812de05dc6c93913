/* Attention one block of query rows at a time, for implementations that leave the two matrix products to somebody else:
 *     E = Q_block Kᵀ,  rows of E become weights (softmax.h),  out = E V,
 * over all the keys that some row of the block may see. Blocks of all heads are shared out to the threads. A block of E is
 * all that is held of it: threads × rows × keys.
 *
 * Hidden keys and values: a product of a hidden key is overwritten with -inf before it is looked at, so that a NaN there is
 * lost. The product with V multiplies every value of the block's range, hidden ones by 0, and 0·NaN is NaN: so a row of
 * the product that is not finite is computed again from the values it sees alone. That catches each leak, since 0·NaN and
 * 0·Inf are NaN, and costs nothing where the values are finite.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_COMMON_BLOCKWISE_H
#define IMPLS_COMMON_BLOCKWISE_H

#include "impls/common/gemm.h"
#include "impls/common/softmax.h"

#include <attnbench/attn.h>

struct blockwise;

/* What an implementation brings; NULL where it has nothing to do. `block` says which of the blocks of a head it is, for those
 * that prepare each. */
struct blockwise_products {
	size_t plan_bytes; /* of its struct attn_plan, whose first member is a struct blockwise */
	/* Between the cut into blocks and the layout of the workspace: fills what is its own, x->own_floats and x->text. */
	enum attn_status (*prepare)(struct blockwise *x, char *why, size_t size);
	void (*release)(struct blockwise *x);      /* what prepare took; also after a prepare that failed */
	void (*begin_run)(struct blockwise *x);    /* once for a run, before its threads */
	void (*begin_thread)(struct blockwise *x); /* in each thread of a run */
	void (*end_run)(struct blockwise *x);
	void (*scores)(struct blockwise *x, int thread, int64_t block, const struct gemm *g); /* c = a bᵀ */
	void (*output)(struct blockwise *x, int thread, int64_t block, const struct gemm *g); /* c = a b */
	/* Softmax of g.m rows of g.k scores at g.a, in place; no row without a finite largest score. NULL: softmax.h's. */
	void (*softmax)(struct blockwise *x, int thread, int64_t block, const struct gemm *g);
	/* Ranges of keys are known in the plan, and few: kv_len does not shorten them, and they are rounded outwards. Rows of
	 * scores lie one after the other. */
	int whole_range;
	int bare;        /* the two products alone, no softmax between */
};

/* Keys [first, end) of a block. */
struct key_range {
	int64_t first, end;
};

/* One thread's workspace. Rows of scores are stride_e apart. */
struct blockwise_thread {
	float *e, *q, *out;        /* scores, then weights; the block's queries; its product with V */
	float *max, *sum;          /* of each row: largest score, sum of exp(e - max) */
	float *bias;               /* of one row, where it does not lie side by side; likewise mask */
	unsigned char *mask;
	float *own;                /* the implementation's */
	float *k, *v;              /* gathered keys and values of one head; NULL where they are read in place */
	int64_t gathered;          /* of which sequence and head; -1: none */
};

struct blockwise {
	struct attn_problem problem;
	const struct attn_host *host;
	const struct blockwise_products *products;
	const struct softmax_kernels *kernels;
	int threads;
	int64_t rows;              /* of a block */
	int64_t heads;             /* query heads that share a block: the group of a key head when there are few rows, else 1 */
	int64_t blocks;            /* of a head, or a group of heads */
	int64_t keys, stride_e;    /* past ones counted */
	int gathers_k, gathers_v;
	int64_t own_floats;        /* workspace of the implementation itself, per thread */
	char text[160];            /* for describe */
	struct blockwise_thread *thread;
	int outer_threads;         /* for products that hold their library's threads: how many there were */
	int failed;                /* a product could not be computed */
};

/* ATTN_REFUSED, with the reason, for what these implementations do not do. */
enum attn_status blockwise_query(const struct attn_problem *p, char *why, size_t size);

/* The functions of struct attn_impl. plan takes what the implementation brings; the others are it, as they stand. */
enum attn_status blockwise_plan(const struct blockwise_products *products, const struct attn_problem *p, const struct attn_host *host,
                                struct attn_plan **plan, char *why, size_t size);
enum attn_status blockwise_run(struct attn_plan *plan, const struct attn_tensors *t);
void blockwise_destroy(struct attn_plan *plan);
const char *blockwise_describe(const struct attn_plan *plan);
/* Bytes of workspace of that plan. */
size_t blockwise_bytes(const struct attn_problem *p, int64_t own_floats, int threads);

/* The keys that a block of a sequence works on, and its rows. */
struct key_range blockwise_range(const struct blockwise *x, int64_t block, int64_t len_q, int64_t len_kv);
int64_t blockwise_block_rows(const struct blockwise *x, int64_t block, int64_t len_q);

/* f32 throughout. */
struct attn_numerics blockwise_numerics(const struct attn_problem *p);

#endif
