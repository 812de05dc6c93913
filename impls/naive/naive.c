/* naive: the formulas of attn.h as they stand, every feature, written to be read. Sums run over the keys in order, in f32
 * (f64 for f64 inputs, and where the softmax is asked for in f64); the whole matrix of weights of a head is kept.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/common/plan.h"

#include <attnbench/view.h>

/* One head of one sequence: rows [q0, q0 + len_q) of q against keys [k0, k0 + len_kv), past ones counted, of batch entry b. */
struct sequence {
	int64_t b, h, q0, len_q, k0, len_kv;
};

static int is_in_f64(const struct attn_problem *p)
{
	return p->dtype == ATTN_F64 || p->softmax_dtype == ATTN_F64;
}

static int64_t all_keys(const struct attn_problem *p)
{
	return p->len_kv + p->past_len;
}

static int64_t sequences_of(const struct attn_problem *p, const struct attn_tensors *t)
{
	return p->has & ATTN_HAS_CU_SEQLENS ? t->cu_seqlens_q.dim[3] - 1 : p->batch;
}

static struct sequence sequence_at(const struct attn_problem *p, const struct attn_tensors *t, int64_t n, int64_t h)
{
	struct sequence s = {n, h, 0, p->len_q, 0, all_keys(p)};
	if (p->has & ATTN_HAS_CU_SEQLENS) {
		s.b = 0;
		s.q0 = attn_at_i64(&t->cu_seqlens_q, 0, 0, 0, n);
		s.len_q = attn_at_i64(&t->cu_seqlens_q, 0, 0, 0, n + 1) - s.q0;
		s.k0 = attn_at_i64(&t->cu_seqlens_kv, 0, 0, 0, n);
		s.len_kv = attn_at_i64(&t->cu_seqlens_kv, 0, 0, 0, n + 1) - s.k0;
	}
	if (p->has & ATTN_HAS_KV_LEN)
		s.len_kv = attn_at_i64(&t->kv_len, n, 0, 0, 0);
	return s;
}

/* Where row j of a sequence's keys, or values, lies. */
struct key_row {
	const struct attn_tensor *in;
	int64_t b, h, i;
};

static struct key_row key_row_of(const struct attn_problem *p, const struct attn_tensors *t, const struct sequence *s, const struct attn_tensor *fresh,
                                 const struct attn_tensor *past, int64_t j)
{
	int64_t h = s->h / (p->heads_q / p->heads_kv);
	if (p->has & ATTN_HAS_BLOCK_TABLE)
		return (struct key_row){fresh, attn_at_i64(&t->block_table, s->b, 0, 0, j / p->page_size), h, j % p->page_size};
	if (j < p->past_len)
		return (struct key_row){past, s->b, h, j};
	return (struct key_row){fresh, s->b, h, s->k0 + j - p->past_len};
}

/* May row i see key j? */
static int is_visible(const struct attn_problem *p, const struct attn_tensors *t, const struct sequence *s, const struct attn_span *span, int64_t i, int64_t j)
{
	if (j < span->first || j >= span->end)
		return 0;
	if (p->has & ATTN_HAS_MASK && !attn_at_bool(&t->mask, s->b, s->h, s->q0 + i, s->k0 + j))
		return 0;
	if (p->has & ATTN_HAS_BLOCK_MASK && !attn_at_bool(&t->block_mask, s->b, s->h, (s->q0 + i) / p->block_q, (s->k0 + j) / p->block_kv))
		return 0;
	return !(p->has & ATTN_HAS_BIAS && attn_at_float(&t->bias, s->b, s->h, s->q0 + i, s->k0 + j) == (double)-INFINITY);
}

/* Rounds to nearest even into an element of an output. */
static void store(const struct attn_tensor *t, int64_t b, int64_t h, int64_t i, int64_t j, double x)
{
	void *p = attn_at(t, b, h, i, j);
	float f = (float)x;
	uint16_t bits;
	if (t->dtype == ATTN_F64) {
		memcpy(p, &x, sizeof x);
	} else if (t->dtype == ATTN_F32) {
		memcpy(p, &f, sizeof f);
	} else {
		bits = t->dtype == ATTN_BF16 ? attn_f32_to_bf16(f) : attn_f32_to_f16(f);
		memcpy(p, &bits, sizeof bits);
	}
}

#define REAL float
#define NAME(x) x##_f32
#define MATH(x) x##f
#include "impls/naive/naive_layer.h"
#include "impls/naive/naive_real.h"
#undef REAL
#undef NAME
#undef MATH

#define REAL double
#define NAME(x) x##_f64
#define MATH(x) x
#include "impls/naive/naive_layer.h"
#include "impls/naive/naive_real.h"

/* past keys and new ones, joined. */
static void write_present(const struct attn_problem *p, const struct attn_tensor *past, const struct attn_tensor *fresh, const struct attn_tensor *present)
{
	size_t bytes = p->dtype == ATTN_F64 ? 8 : p->dtype == ATTN_F32 ? 4 : 2;
	for (int64_t b = 0; b < p->batch; b++)
		for (int64_t h = 0; h < p->heads_kv; h++)
			for (int64_t j = 0; j < all_keys(p); j++)
				for (int64_t c = 0; c < present->dim[3]; c++)
					memcpy(attn_at(present, b, h, j, c),
					       j < p->past_len ? attn_at(past, b, h, j, c) : attn_at(fresh, b, h, j - p->past_len, c), bytes);
}

static void run_heads(struct attn_plan *plan, const struct attn_tensors *t)
{
	const struct attn_problem *p = &plan->problem;
	int64_t heads = sequences_of(p, t) * p->heads_q;

#ifdef _OPENMP
#pragma omp parallel for num_threads(plan->threads) schedule(dynamic)
#endif
	for (int64_t n = 0; n < heads; n++) {
		struct sequence s = sequence_at(p, t, n / p->heads_q, n % p->heads_q);
		void *workspace = plan_part(plan);
		if (is_in_f64(p))
			head_run_f64(p, t, &s, workspace);
		else
			head_run_f32(p, t, &s, workspace);
	}
}

static void run_layer(struct attn_plan *plan, const struct attn_tensors *t)
{
	const struct attn_problem *p = &plan->problem;
	struct attn_tensors heads = *t;
	if (is_in_f64(p))
		layer_begin_f64(p, t, &heads, (double *)(void *)plan->workspace, plan->threads);
	else
		layer_begin_f32(p, t, &heads, (float *)(void *)plan->workspace, plan->threads);
	run_heads(plan, &heads);
	(is_in_f64(p) ? join_heads_f64 : join_heads_f32)(&heads.out, &t->proj_o, &t->proj_bias_o, &t->out, plan->threads);
}

static enum attn_status naive_run(struct attn_plan *plan, const struct attn_tensors *t)
{
	const struct attn_problem *p = &plan->problem;
	if (p->has & ATTN_HAS_PROJECTIONS)
		run_layer(plan, t);
	else
		run_heads(plan, t);
	if (p->wants & ATTN_WANTS_PRESENT) {
		write_present(p, &t->past_k, &t->k, &t->present_k);
		write_present(p, &t->past_v, &t->v, &t->present_v);
	}
	return ATTN_OK;
}

/* What leaves it is rounded to the outputs' types, f32 where the inputs are not f64: their roundoff is the least it can promise. */
static struct attn_numerics naive_numerics(const struct attn_problem *p)
{
	double u = p->dtype == ATTN_F64 ? 0x1p-53 : 0x1p-24;
	return (struct attn_numerics){u, u, u};
}

static enum attn_status naive_query(const struct attn_problem *p, char *why, size_t size)
{
	(void)p, (void)why, (void)size;
	return ATTN_OK;
}

/* The weights of a head, its gathered rows, and what its score learned. */
static size_t workspace_bytes(const struct attn_problem *p)
{
	int64_t keys = all_keys(p), learned = p->dim_qk * p->dim_k + (p->dim_qk + p->dim_k + 1) * (p->dim_hidden + p->dim_k);
	int64_t elements = p->len_q * (p->dim_qk + keys) + keys * (p->dim_k + p->dim_v) + p->dim_v + learned;
	return ((size_t)elements * (is_in_f64(p) ? 8 : 4) + (size_t)keys + 127) / 64 * 64;
}

static size_t rows_bytes(const struct attn_problem *p)
{
	int64_t elements = p->batch * (p->heads_q * p->len_q * (p->dim_qk + p->dim_v) + p->heads_kv * p->len_kv * (p->dim_k + p->dim_v));
	return p->has & ATTN_HAS_PROJECTIONS ? ((size_t)elements * (is_in_f64(p) ? 8 : 4) + 63) / 64 * 64 : 0;
}

static enum attn_status naive_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	return plan_make(&(struct attn_plan){.problem = *p, .host = host, .shared = rows_bytes(p), .each = workspace_bytes(p)}, plan, why, size);
}

static const char *naive_describe(const struct attn_plan *plan)
{
	return is_in_f64(&plan->problem) ? "scalar f64" : "scalar f32";
}

static size_t naive_bytes(const struct attn_problem *p, int threads)
{
	return rows_bytes(p) + workspace_bytes(p) * (size_t)threads;
}

extern const struct attn_impl attn_naive;
const struct attn_impl attn_naive = {
	.abi = ATTN_ABI,
	.struct_size = sizeof(struct attn_impl),
	.name = "naive",
	.version = "1",
	.summary = "the formulas as they stand, every feature",
	.licence = "Apache-2.0",
	.policy = {ATTN_EMPTY_ZERO, .nan_propagates = 1, .batch_invariant = 1, .thread_invariant = 1},
	.numerics = naive_numerics,
	.query = naive_query,
	.plan = naive_plan,
	.run = naive_run,
	.destroy = plan_destroy,
	.describe = naive_describe,
	.analytic_bytes = naive_bytes,
	.kinds = ATTN_KIND_LAYER | ATTN_KIND_SUMS,
};

ATTN_PLUGIN(&attn_naive);
