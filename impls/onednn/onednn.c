/* onednn: oneDNN's matmul and softmax primitives, created in plan for each shape of a block; blocks of query rows of all
 * heads across threads, each primitive within one. The driver is impls/common/blockwise.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/onednn/primitive.h"
#include "impls/onednn/threads.h"
#include "impls/common/blockwise.h"

#include <stdio.h>
#include <string.h>

/* The primitives for blocks of that many rows and keys. */
enum { SCORES, SOFTMAX, OUTPUT, KINDS };
struct shape {
	int64_t rows, keys;
	struct onednn_primitive of[KINDS];
};

struct attn_plan {
	struct blockwise x; /* first: the products get the plan back from it */
	dnnl_engine_t engine;
	dnnl_stream_t *stream;  /* of each thread */
	struct shape *shape;    /* at most one for each block */
	struct shape **of_block;
	dnnl_memory_t *memory;
	int64_t shapes;
};

static struct attn_plan *plan_of(struct blockwise *x)
{
	return (struct attn_plan *)(void *)x;
}

static void product_run(struct blockwise *x, int thread, int64_t block, int kind, const struct gemm *g)
{
	struct attn_plan *plan = plan_of(x);
	void *const data[ONEDNN_ARGUMENTS] = {(void *)(uintptr_t)g->a, (void *)(uintptr_t)g->b, g->c, x->thread[thread].own};
	if (onednn_primitive_run(&plan->of_block[block]->of[kind], thread, plan->stream[thread], data) == dnnl_success)
		return;
#ifdef _OPENMP
#pragma omp atomic write
#endif
	x->failed = 1;
}

static void scores(struct blockwise *x, int thread, int64_t block, const struct gemm *g)
{
	product_run(x, thread, block, SCORES, g);
}

static void output(struct blockwise *x, int thread, int64_t block, const struct gemm *g)
{
	product_run(x, thread, block, OUTPUT, g);
}

static void softmax(struct blockwise *x, int thread, int64_t block, const struct gemm *g)
{
	struct gemm in_place = *g;
	in_place.c = x->thread[thread].e;
	product_run(x, thread, block, SOFTMAX, &in_place);
}

/* The primitives of one shape. Those without an element are not needed. */
static dnnl_status_t shape_make(struct attn_plan *plan, struct shape *s, dnnl_memory_t *memory)
{
	const struct attn_problem *p = &plan->x.problem;
	int64_t m = s->rows, n = s->keys, d = p->dim_qk, dv = p->dim_v;
	int64_t step_k = plan->x.gathers_k ? d : p->stride_k[2], step_v = plan->x.gathers_v ? dv : p->stride_v[2];
	const struct onednn_matrix q = {m, d, d, 1}, kt = {d, n, 1, step_k}, e = {m, n, n, 1}, v = {n, dv, step_v, 1}, out = {m, dv, dv, 1};
	dnnl_status_t status = dnnl_success;

	for (int i = 0; i < KINDS; i++) {
		s->of[i].threads = plan->x.threads;
		s->of[i].memory = memory + i * plan->x.threads * ONEDNN_ARGUMENTS;
	}
	if (n > 0 && d > 0)
		status = onednn_matmul_make(&s->of[SCORES], plan->engine, &q, &kt, &e);
	if (n > 0 && status == dnnl_success)
		status = onednn_softmax_make(&s->of[SOFTMAX], plan->engine, &e);
	if (n > 0 && dv > 0 && status == dnnl_success)
		status = onednn_matmul_make(&s->of[OUTPUT], plan->engine, &e, &v, &out);
	for (int i = 0; i < KINDS; i++) {
		int64_t floats = (int64_t)((s->of[i].scratch_bytes + sizeof(float) - 1) / sizeof(float));
		plan->x.own_floats = floats > plan->x.own_floats ? floats : plan->x.own_floats;
	}
	return status;
}

/* The shape of a block: one that there is, or a new one. */
static struct shape *shape_for(struct attn_plan *plan, int64_t block, dnnl_status_t *status)
{
	struct blockwise *x = &plan->x;
	struct key_range keys = blockwise_range(x, block, x->problem.len_q, x->keys);
	struct shape wanted = {.rows = blockwise_block_rows(x, block, x->problem.len_q), .keys = keys.end - keys.first};
	for (int64_t i = 0; i < plan->shapes; i++)
		if (plan->shape[i].rows == wanted.rows && plan->shape[i].keys == wanted.keys)
			return &plan->shape[i];
	struct shape *s = &plan->shape[plan->shapes];
	*s = wanted;
	*status = shape_make(plan, s, plan->memory + plan->shapes++ * KINDS * x->threads * ONEDNN_ARGUMENTS);
	return s;
}

static void *take_zeroed(struct blockwise *x, size_t bytes)
{
	void *memory = x->host->alloc(x->host, bytes ? bytes : 1, 64);
	if (memory)
		memset(memory, 0, bytes);
	return memory;
}

static dnnl_status_t take_tables(struct attn_plan *plan)
{
	struct blockwise *x = &plan->x;
	size_t blocks = (size_t)x->blocks, threads = (size_t)x->threads;
	plan->stream = take_zeroed(x, threads * sizeof *plan->stream);
	plan->shape = take_zeroed(x, blocks * sizeof *plan->shape);
	plan->of_block = take_zeroed(x, blocks * sizeof *plan->of_block);
	plan->memory = take_zeroed(x, blocks * KINDS * threads * ONEDNN_ARGUMENTS * sizeof *plan->memory);
	return plan->stream && plan->shape && plan->of_block && plan->memory ? dnnl_success : dnnl_out_of_memory;
}

static void describe(struct attn_plan *plan)
{
	const dnnl_version_t *v = dnnl_version();
	const struct onednn_primitive *of = plan->shapes ? plan->shape[0].of : NULL;
	snprintf(plan->x.text, sizeof plan->x.text, "oneDNN %d.%d.%d, matmul %s and %s, softmax %s", v->major, v->minor, v->patch, of ? of[SCORES].kernel : "-",
	         of ? of[OUTPUT].kernel : "-", of ? of[SOFTMAX].kernel : "-");
}

static enum attn_status prepare(struct blockwise *x, char *why, size_t size)
{
	struct attn_plan *plan = plan_of(x);
	int before = onednn_threads_set(1); /* a primitive is made for the number of threads of its maker */
	dnnl_status_t status = take_tables(plan);
	if (status == dnnl_success)
		status = dnnl_engine_create(&plan->engine, dnnl_cpu, 0);
	for (int i = 0; i < x->threads && status == dnnl_success; i++)
		status = dnnl_stream_create(&plan->stream[i], plan->engine, dnnl_stream_default_flags);
	for (int64_t i = 0; i < x->blocks && status == dnnl_success; i++)
		plan->of_block[i] = shape_for(plan, i, &status);
	onednn_threads_set(before);
	if (status == dnnl_success) {
		describe(plan);
		return ATTN_OK;
	}
	snprintf(why, size, "oneDNN could not make a primitive: status %d%s", (int)status, status == dnnl_out_of_memory ? " (out of memory)" : "");
	return status == dnnl_out_of_memory ? ATTN_NO_MEMORY : ATTN_FAILED;
}

static void release(struct blockwise *x)
{
	struct attn_plan *plan = plan_of(x);
	for (int64_t i = 0; i < plan->shapes; i++)
		for (int k = 0; k < KINDS; k++)
			onednn_primitive_free(&plan->shape[i].of[k]);
	for (int i = 0; plan->stream && i < x->threads; i++)
		if (plan->stream[i])
			dnnl_stream_destroy(plan->stream[i]);
	if (plan->engine)
		dnnl_engine_destroy(plan->engine);
	x->host->free(x->host, plan->memory);
	x->host->free(x->host, plan->of_block);
	x->host->free(x->host, plan->shape);
	x->host->free(x->host, plan->stream);
}

static const struct blockwise_products products = {
	sizeof(struct attn_plan), .prepare = prepare, .release = release, .begin_run = onednn_threads_begin_run, .begin_thread = onednn_threads_begin_thread,
	.end_run = onednn_threads_end_run, .scores = scores, .output = output, .softmax = softmax, .whole_range = 1};

static enum attn_status onednn_query(const struct attn_problem *p, char *why, size_t size)
{
	const char *reason = NULL;
	if (p->has & ATTN_HAS_CU_SEQLENS)
		reason = "packed sequences of different lengths: its primitives are made for shapes known before";
	else if (p->has & ATTN_HAS_SINKS)
		reason = "sinks: oneDNN's softmax has no further logit";
	else if (p->wants & ATTN_WANTS_LOGSUMEXP)
		reason = "the logsumexp as an output: oneDNN's softmax does not give it";
	else if (!onednn_threads_can_hold())
		reason = "a thread count that is given: this oneDNN was built with threads (not OpenMP) that can't be held at one";
	if (!reason)
		return blockwise_query(p, why, size);
	snprintf(why, size, "it does not do %s", reason);
	return ATTN_REFUSED;
}

static enum attn_status onednn_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	return blockwise_plan(&products, p, host, plan, why, size);
}

/* Without the scratch memory of the primitives, which they say once they are made. */
static size_t onednn_bytes(const struct attn_problem *p, int threads)
{
	return blockwise_bytes(p, 0, threads);
}

static const int64_t tiles[] = {16, 96, 192, 0};

extern const struct attn_impl attn_onednn;
const struct attn_impl attn_onednn = {
	.abi = ATTN_ABI,
	.struct_size = sizeof(struct attn_impl),
	.name = "onednn",
	.version = "1",
	.summary = "oneDNN's matmul and softmax primitives",
	.licence = "Apache-2.0",
	.url = "https://github.com/oneapi-src/oneDNN",
	.policy = {ATTN_EMPTY_ZERO, .nan_propagates = 1, .batch_invariant = 0, .thread_invariant = 1},
	.tiles = tiles,
	.numerics = blockwise_numerics,
	.query = onednn_query,
	.plan = onednn_plan,
	.run = blockwise_run,
	.destroy = blockwise_destroy,
	.describe = blockwise_describe,
	.analytic_bytes = onednn_bytes,
};

ATTN_PLUGIN(&attn_onednn);
