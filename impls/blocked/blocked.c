/* blocked: tiled over queries and keys, two passes of softmax over a block of rows, in plain C that the compiler vectorises.
 * The driver is impls/common/blockwise.h, the products are product.c.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/blocked/product.h"
#include "impls/common/blockwise.h"
#include "impls/common/kernels.h"

#include <stdio.h>

struct attn_plan {
	struct blockwise x; /* first: the products get the plan back from it */
	const struct product_kernels *kernels;
};

static void scores(struct blockwise *x, int thread, int64_t block, const struct gemm *g)
{
	(void)block;
	((struct attn_plan *)x)->kernels->scores(g, x->thread[thread].own);
}

static void output(struct blockwise *x, int thread, int64_t block, const struct gemm *g)
{
	(void)block;
	((struct attn_plan *)x)->kernels->output(g, x->thread[thread].own);
}

static enum attn_status prepare(struct blockwise *x, char *why, size_t size)
{
	struct attn_plan *plan = (struct attn_plan *)x;
	(void)why, (void)size;
	plan->kernels = ISA_PICK(product_base, product_avx2, product_avx512);
	x->own_floats = product_panel(x->problem.dim_qk);
	snprintf(x->text, sizeof x->text, "%s", plan->kernels->isa);
	return ATTN_OK;
}

static const struct blockwise_products products = {sizeof(struct attn_plan), .prepare = prepare, .scores = scores, .output = output};

static enum attn_status blocked_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	return blockwise_plan(&products, p, host, plan, why, size);
}

static size_t blocked_bytes(const struct attn_problem *p, int threads)
{
	return blockwise_bytes(p, product_panel(p->dim_qk), threads);
}

static const int64_t tiles[] = {TILE_ROWS / 2, TILE_ROWS, 16, PANEL_MOST, 96, 192, TILE_KEYS, 0};

extern const struct attn_impl attn_blocked;
const struct attn_impl attn_blocked = {
	.abi = ATTN_ABI,
	.struct_size = sizeof(struct attn_impl),
	.name = "blocked",
	.version = "1",
	.summary = "tiled over queries and keys, two-pass softmax, plain C",
	.licence = "Apache-2.0",
	.policy = {ATTN_EMPTY_ZERO, .nan_propagates = 1, .batch_invariant = 0, .thread_invariant = 1},
	.tiles = tiles,
	.numerics = blockwise_numerics,
	.query = blockwise_query,
	.plan = blocked_plan,
	.run = blockwise_run,
	.destroy = blockwise_destroy,
	.describe = blockwise_describe,
	.analytic_bytes = blocked_bytes,
	.kinds = ATTN_KIND_SUMS,
};

ATTN_PLUGIN(&attn_blocked);
