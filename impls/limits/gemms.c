/* limits/gemms: the two matrix products of attention and nothing between them, block by block as `blas` does them.
 * By OpenBLAS where the build has it, else by the products of `blocked`.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/common/blockwise.h"
#include "impls/common/kernels.h"
#include "impls/limits/limits.h"

#include <stdio.h>
#ifdef HAVE_OPENBLAS
#include "impls/blas/openblas.h"
#else
#include "impls/blocked/product.h"
#endif

#ifdef HAVE_OPENBLAS
static int64_t own_floats(const struct attn_problem *p)
{
	(void)p;
	return 0;
}

static const struct blockwise_products products = {
	sizeof(struct blockwise), .prepare = openblas_prepare, .begin_run = openblas_begin_run, .begin_thread = openblas_begin_thread,
	.end_run = openblas_end_run, .scores = openblas_scores, .output = openblas_output, .bare = 1};
#else
static const struct product_kernels *kernels(void)
{
	return ISA_PICK(product_base, product_avx2, product_avx512);
}

static int64_t own_floats(const struct attn_problem *p)
{
	return product_panel(p->dim_qk);
}

static enum attn_status prepare(struct blockwise *x, char *why, size_t size)
{
	(void)why, (void)size;
	x->own_floats = own_floats(&x->problem);
	snprintf(x->text, sizeof x->text, "the products of blocked, %s", kernels()->isa);
	return ATTN_OK;
}

static void scores(struct blockwise *x, int thread, int64_t block, const struct gemm *g)
{
	(void)block;
	kernels()->scores(g, x->thread[thread].own);
}

static void output(struct blockwise *x, int thread, int64_t block, const struct gemm *g)
{
	(void)block;
	kernels()->output(g, x->thread[thread].own);
}

static const struct blockwise_products products = {sizeof(struct blockwise), .prepare = prepare, .scores = scores, .output = output, .bare = 1};
#endif

static enum attn_status gemms_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	return blockwise_plan(&products, p, host, plan, why, size);
}

static size_t gemms_bytes(const struct attn_problem *p, int threads)
{
	return blockwise_bytes(p, own_floats(p), threads);
}

const struct attn_impl attn_limits_gemms = {
	.abi = ATTN_ABI,
	.struct_size = sizeof(struct attn_impl),
	.name = "limits/gemms",
	.version = "1",
	.summary = "the products QKᵀ and PV, no softmax",
	.licence = "Apache-2.0",
	.numerics = limits_numerics,
	.query = blockwise_query,
	.plan = gemms_plan,
	.run = blockwise_run,
	.destroy = blockwise_destroy,
	.describe = blockwise_describe,
	.limit = "the products QKᵀ and PV without a softmax: a kernel made of two matrix products has to compute these too",
	.analytic_bytes = gemms_bytes,
};
