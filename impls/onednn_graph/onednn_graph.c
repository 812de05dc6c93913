/* onednn-graph: MatMul–scale–mask–SoftMax–MatMul as one graph of oneDNN 3 or newer, which fuses what it can.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/onednn_graph/engine.h"
#include "impls/onednn_graph/graph.h"
#include "impls/onednn/threads.h"

#include <attnbench/view.h>
#include <stdio.h>

struct attn_plan {
	const struct attn_host *host;
	struct graph graph;
	void *between[GRAPH_TENSORS]; /* what the partitions hand to one another */
	void *causal;                 /* as a mask of 0 and -inf, of the problem's dtype */
	float *bias;                  /* a dense copy, where there was one that was not */
	float scale;
	uint16_t scale_bf16;
	int is_bf16;
	char text[96];
};

static const char *refusal(const struct attn_problem *p)
{
	if (p->dtype != ATTN_F32 && p->dtype != ATTN_BF16)
		return "dtypes other than f32 and bf16";
	if (p->dtype == ATTN_BF16 && !engine_has_bf16())
		return "bf16 on this processor: oneDNN's asks for AVX-512, or AVX2 with VNNI of bf16";
	if (p->softmax_dtype == ATTN_F64 || (p->softmax_dtype == ATTN_F32 && p->dtype != ATTN_F32))
		return "a softmax in another dtype than the inputs'";
	if (p->score != ATTN_SCALED_DOT && p->score != ATTN_DOT)
		return "scores other than dot products";
	if (p->softcap != 0 || p->window_left >= 0 || p->window_right >= 0)
		return "softcap and windows: this graph has no operation for them";
	if (p->has & ~(uint32_t)ATTN_HAS_BIAS)
		return "inputs other than a bias: this graph has no operation for them";
	if (p->causal && p->has & ATTN_HAS_BIAS)
		return "causal with a bias: there is one mask in this graph";
	if (p->has & ATTN_HAS_BIAS && p->dtype != ATTN_F32)
		return "a bias in f32 for bf16";
	if (p->wants)
		return "outputs other than the output";
	if (p->batch < 1 || p->heads_q < 1 || p->len_q < 1 || p->len_kv < 1 || p->dim_qk < 1 || p->dim_v < 1)
		return "empty dimensions";
	for (int i = 0; i < 4; i++)
		if (p->stride_q[i] < 1 || p->stride_k[i] < 1 || p->stride_v[i] < 1 || p->stride_out[i] < 1)
			return "strides of 0 or less";
	return engine_threads_can_hold() ? NULL : "a thread count that is given: this oneDNN was built with threads (not OpenMP) that can't be held";
}

/* The engine is made here, once a process: what a library takes to load is no part of a case. */

static enum attn_status graph_query(const struct attn_problem *p, char *why, size_t size)
{
	const char *reason = refusal(p);
	if (reason)
		snprintf(why, size, "it does not do %s", reason);
	else if (!engine_get())
		snprintf(why, size, "%s", engine_why());
	return reason || !engine_get() ? ATTN_REFUSED : ATTN_OK;
}

/* With bf16 every tensor between the operations is bf16. */
static struct attn_numerics graph_numerics(const struct attn_problem *p)
{
	double u = p->dtype == ATTN_BF16 ? 0x1p-8 : 0x1p-24;
	return (struct attn_numerics){u, u, 0x1p-24};
}

static void fill_causal(const struct attn_problem *p, void *mask)
{
	for (int64_t i = 0; i < p->len_q; i++) {
		struct attn_span seen = attn_span_of(p, p->len_q, p->len_kv, i);
		for (int64_t j = 0; j < p->len_kv; j++) {
			float x = j >= seen.first && j < seen.end ? 0 : -INFINITY;
			if (p->dtype == ATTN_BF16)
				((uint16_t *)mask)[i * p->len_kv + j] = attn_f32_to_bf16(x);
			else
				((float *)mask)[i * p->len_kv + j] = x;
		}
	}
}

static int take_memory(struct attn_plan *plan, const struct attn_problem *p)
{
	const struct attn_host *host = plan->host;
	int done = 1;
	if (p->causal) {
		plan->causal = host->alloc(host, (size_t)(p->len_q * p->len_kv) * (plan->is_bf16 ? 2 : 4), 64);
		if (plan->causal)
			fill_causal(p, plan->causal);
		done = plan->causal != NULL;
	}
	for (int id = 0; id < GRAPH_TENSORS && done; id++)
		if (plan->graph.bytes[id])
			done = (plan->between[id] = host->alloc(host, plan->graph.bytes[id], 64)) != NULL;
	return done;
}

static void graph_destroy(struct attn_plan *plan)
{
	if (!plan)
		return;
	graph_free(&plan->graph);
	for (int id = 0; id < GRAPH_TENSORS; id++)
		plan->host->free(plan->host, plan->between[id]);
	plan->host->free(plan->host, plan->causal);
	plan->host->free(plan->host, plan->bias);
	plan->host->free(plan->host, plan);
}

static enum attn_status graph_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	struct attn_plan *made = host->alloc(host, sizeof *made, 64);
	if (!made)
		return snprintf(why, size, "no memory for the plan"), ATTN_NO_MEMORY;
	memset(made, 0, sizeof *made);
	made->host = host;
	made->is_bf16 = p->dtype == ATTN_BF16;
	made->scale = (float)p->scale;
	made->scale_bf16 = attn_f32_to_bf16((float)p->scale);
	engine_threads_hold(host->threads);
	dnnl_status_t status = graph_make(&made->graph, engine_get(), p);
	if (status == dnnl_success && !take_memory(made, p))
		status = dnnl_out_of_memory;
	if (status != dnnl_success) {
		graph_destroy(made);
		snprintf(why, size, "oneDNN could not make the graph: status %d%s", (int)status, status == dnnl_out_of_memory ? " (out of memory)" : "");
		return status == dnnl_out_of_memory ? ATTN_NO_MEMORY : ATTN_FAILED;
	}
	const dnnl_version_t *v = dnnl_version();
	snprintf(made->text, sizeof made->text, "oneDNN %d.%d.%d, %zu partition%s", v->major, v->minor, v->patch, made->graph.parts, made->graph.parts == 1 ? "" : "s");
	*plan = made;
	return ATTN_OK;
}

/* How many elements a bias has along a dimension: one that it repeats along has one. */
static int64_t extent(const struct attn_tensor *b, int i) { return b->stride[i] ? b->dim[i] : 1; }

/* The graph is compiled for a bias whose elements lie one after the other. */
static int is_dense(const struct attn_tensor *b)
{
	int64_t step = 1;
	for (int i = 3; i >= 0; step *= extent(b, i--))
		if (extent(b, i) > 1 && b->stride[i] != step)
			return 0;
	return 1;
}

static enum attn_status graph_bind(struct attn_plan *plan, const struct attn_tensors *t)
{
	const struct attn_tensor *b = &t->bias;
	if (!b->data || is_dense(b) || plan->bias)
		return ATTN_OK;
	plan->bias = plan->host->alloc(plan->host, (size_t)(extent(b, 0) * extent(b, 1) * extent(b, 2) * extent(b, 3)) * sizeof(float), 64);
	return plan->bias ? ATTN_OK : ATTN_NO_MEMORY;
}

static void *dense_bias(const struct attn_plan *plan, const struct attn_tensor *b)
{
	float *to = plan->bias;
	if (is_dense(b))
		return b->data;
	for (int64_t i = 0; i < extent(b, 0); i++)
		for (int64_t j = 0; j < extent(b, 1); j++)
			for (int64_t k = 0; k < extent(b, 2); k++)
				for (int64_t l = 0; l < extent(b, 3); l++)
					*to++ = *(const float *)attn_at(b, i, j, k, l);
	return plan->bias;
}

static enum attn_status graph_run_plan(struct attn_plan *plan, const struct attn_tensors *t)
{
	void *data[GRAPH_TENSORS] = {t->q.data, t->k.data, plan->is_bf16 ? (void *)&plan->scale_bf16 : (void *)&plan->scale, t->bias.data ? dense_bias(plan, &t->bias) : plan->causal,
	                             t->v.data};
	for (int id = GRAPH_PRODUCT; id < GRAPH_OUT; id++)
		data[id] = plan->between[id];
	data[GRAPH_OUT] = t->out.data;
	onednn_threads_set(plan->host->threads);
	return graph_run(&plan->graph, data) == dnnl_success ? ATTN_OK : ATTN_FAILED;
}

static const char *graph_describe(const struct attn_plan *plan) { return plan->text; }

static const int64_t tiles[] = {16, 64, 0};

/* That of the headers; describe says that of the library. */
#define TEXT_OF(x) #x
#define JOINED(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)
#define VERSION JOINED(DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR, DNNL_VERSION_PATCH)

extern const struct attn_impl attn_onednn_graph;
const struct attn_impl attn_onednn_graph = {
	.abi = ATTN_ABI,
	.struct_size = sizeof(struct attn_impl),
	.name = "onednn-graph",
	.version = "oneDNN " VERSION,
	.summary = "oneDNN " VERSION "'s graph of matmul, softmax, matmul, fused as it can",
	.licence = "Apache-2.0",
	.url = "https://github.com/oneapi-src/oneDNN",
	.policy = {ATTN_EMPTY_NAN, .nan_propagates = 1, .batch_invariant = 0, .thread_invariant = 0},
	.tiles = tiles,
	.numerics = graph_numerics,
	.query = graph_query,
	.plan = graph_plan,
	.run = graph_run_plan,
	.destroy = graph_destroy,
	.describe = graph_describe,
	.bind = graph_bind,
};

ATTN_PLUGIN(&attn_onednn_graph);
