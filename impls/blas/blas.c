/* blas: CBLAS sgemm for QKᵀ and PV, a vectorised softmax between, blocks of query rows of all heads across threads.
 * The driver is impls/common/blockwise.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/blas/openblas.h"

static const struct blockwise_products products = {
	sizeof(struct blockwise), .prepare = openblas_prepare, .begin_run = openblas_begin_run, .begin_thread = openblas_begin_thread,
	.end_run = openblas_end_run, .scores = openblas_scores, .output = openblas_output};

static enum attn_status blas_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	return blockwise_plan(&products, p, host, plan, why, size);
}

static size_t blas_bytes(const struct attn_problem *p, int threads)
{
	return blockwise_bytes(p, 0, threads);
}

static const int64_t tiles[] = {16, 96, 192, 0};

extern const struct attn_impl attn_blas;
const struct attn_impl attn_blas = {
	.abi = ATTN_ABI,
	.struct_size = sizeof(struct attn_impl),
	.name = "blas",
	.version = "1",
	.summary = "OpenBLAS sgemm for both products, a softmax between",
	.licence = "Apache-2.0",
	.url = "https://www.openblas.net/",
	.policy = {ATTN_EMPTY_ZERO, .nan_propagates = 1, .batch_invariant = 0, .thread_invariant = 1},
	.tiles = tiles,
	.numerics = blockwise_numerics,
	.query = blockwise_query,
	.plan = blas_plan,
	.run = blockwise_run,
	.destroy = blockwise_destroy,
	.describe = blockwise_describe,
	.analytic_bytes = blas_bytes,
	.kinds = ATTN_KIND_SUMS,
};

ATTN_PLUGIN(&attn_blas);
