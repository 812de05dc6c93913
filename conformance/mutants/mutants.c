/* Mutants: one streaming kernel, correct but for the fault that the implementation's name says. The suite is tested by them:
 * each must be caught.
 * SPDX-License-Identifier: Apache-2.0 */
#include <attnbench/view.h>

#include <stdio.h>

#include "conformance/mutants/faults.h"

enum fault {
#define ENUMERATOR(id, name, what) FAULT_##id,
	MUTANT_FAULTS(ENUMERATOR)
#undef ENUMERATOR
};

enum { BLOCK = 32, MAX_DV = 1024 };

struct attn_plan {
	struct attn_problem p;
	const struct attn_host *host;
	enum fault fault;
	int runs;
};

/* One row: which sequence it is of, and the running softmax. */
struct row {
	const struct attn_plan *plan;
	const struct attn_problem *p;
	const struct attn_tensors *t;
	int64_t b, h, i, q0, k0, len_q, len_kv; /* i: within the sequence */
	struct attn_span span;
	float max, sum, acc[MAX_DV];
};

#define HAS(id) (r->plan->fault == FAULT_##id)

static float rounded(const struct row *r, float x)
{
	return HAS(QKV_BF16) ? attn_bf16_to_f32(attn_f32_to_bf16(x)) : x;
}

static float element(const struct row *r, const struct attn_tensor *t, int64_t b, int64_t h, int64_t i, int64_t c)
{
	struct attn_tensor plain = *t;
	if (HAS(STRIDE)) {
		plain.stride[3] = 1, plain.stride[2] = t->dim[3];
		plain.stride[1] = t->dim[2] * t->dim[3], plain.stride[0] = t->dim[1] * plain.stride[1];
	}
	return rounded(r, (float)attn_at_float(&plain, b, h, i, c));
}

/* Element c of key or value j of the row's sequence. */
static float key_element(const struct row *r, const struct attn_tensor *fresh, const struct attn_tensor *past, int64_t j, int64_t c)
{
	const struct attn_problem *p = r->p;
	int64_t h = HAS(GQA_TILED) ? r->h % p->heads_kv : r->h / (p->heads_q / p->heads_kv);
	if (HAS(INDEX_16))
		j &= 0xffff;
	if (p->has & ATTN_HAS_BLOCK_TABLE) {
		int64_t page = HAS(PAGE_ORDER) ? r->b * r->t->block_table.dim[3] + j / p->page_size : attn_at_i64(&r->t->block_table, r->b, 0, 0, j / p->page_size);
		return element(r, fresh, page, h, j % p->page_size, c);
	}
	if (j < p->past_len)
		return element(r, past, r->b, h, j, c);
	return element(r, fresh, r->b, h, r->k0 + j - p->past_len, c);
}

static float scale_of(const struct row *r)
{
	float usual = 1 / sqrtf((float)r->p->dim_qk), scale = (float)r->p->scale;
	if (HAS(SCALE_IGNORED) || (HAS(SCALE_ZERO_DEFAULT) && scale == 0))
		return usual;
	if (HAS(SCALE_FROM_DV) && r->p->score == ATTN_SCALED_DOT)
		return scale * sqrtf((float)r->p->dim_qk) / sqrtf((float)r->p->dim_v);
	return HAS(SCALE_1E5) ? scale * 1.00001f : scale;
}

static int is_visible(const struct row *r, int64_t j)
{
	int64_t i = r->q0 + r->i, key = r->k0 + j;
	const struct attn_tensors *t = r->t;
	if (j < r->span.first || j >= r->span.end)
		return 0;
	if (t->mask.data && !attn_at_bool(&t->mask, HAS(MASK_BATCH0) ? 0 : r->b, HAS(MASK_HEAD0) ? 0 : r->h, i, key))
		return 0;
	if (t->block_mask.data && !attn_at_bool(&t->block_mask, r->b, r->h, i / r->p->block_q, key / r->p->block_kv))
		return 0;
	return !(t->bias.data && attn_at_float(&t->bias, HAS(BIAS_BATCH0) ? 0 : r->b, r->h, i, key) == (double)-INFINITY);
}

static float capped(const struct row *r, float x)
{
	return r->p->softcap > 0 ? (float)r->p->softcap * tanhf(x / (float)r->p->softcap) : x;
}

static float alibi(const struct row *r, int64_t j)
{
	int64_t position = HAS(ALIBI_ROW) ? r->i : r->span.position;
	float slope = (float)attn_at_float(&r->t->alibi, 0, HAS(ALIBI_HEAD0) ? 0 : r->h, 0, 0);
	return slope * (float)(position > j ? position - j : j - position);
}

/* The score of key j; -inf where it is hidden. *seen says whether it is. */
static float score(const struct row *r, int64_t j, int *seen)
{
	int64_t d = HAS(D_LANES) && r->p->dim_qk > 8 ? r->p->dim_qk / 8 * 8 : r->p->dim_qk;
	float x = 0, bias = 0;
	*seen = is_visible(r, j);
	if (!*seen && HAS(SOFTCAP_AFTER_MASK) && r->p->softcap > 0 && j < r->len_kv)
		return *seen = 1, capped(r, -INFINITY);
	if (!*seen && HAS(SENTINEL))
		return *seen = 1, -10000;
	if (!*seen && !HAS(MAX_OVER_HIDDEN))
		return -INFINITY;
	for (int64_t c = 0; c < d; c++)
		x += element(r, &r->t->q, r->b, r->h, r->q0 + r->i, c) * key_element(r, &r->t->k, &r->t->past_k, j, c);
	if (r->t->bias.data)
		bias = (float)attn_at_float(&r->t->bias, HAS(BIAS_BATCH0) ? 0 : r->b, r->h, r->q0 + r->i, r->k0 + j);
	x = HAS(BIAS_BEFORE_SOFTCAP) ? capped(r, scale_of(r) * x + bias) : capped(r, scale_of(r) * x) + bias;
	if (r->t->alibi.data)
		x -= alibi(r, j);
	if (x != x && HAS(NAN_SWALLOWED) && r->len_kv < 16)
		*seen = 0;
	return x;
}

static float exponential(const struct row *r, float x)
{
	if (HAS(EXP_FLUSH) && x < -80)
		return 0;
	if (HAS(EXP_CLAMP) && x < -20)
		x = -20;
	return expf(x) * (HAS(EXP_1E4) ? 1 + 1e-4f * sinf(7 * x) : HAS(EXP_1E5) ? 1 + 1e-5f * sinf(7 * x) : 1);
}

/* exp(x - max), with a difference of 0 where both are infinite. */
static float below(const struct row *r, float x, float max)
{
	return x == max ? 1 : exponential(r, x - max);
}

static void raise_max(struct row *r, float max, int64_t block)
{
	if (max == r->max || HAS(NO_MAX))
		return;
	float factor = r->max == -INFINITY ? 0 : exponential(r, r->max - max);
	r->max = max;
	if (HAS(NO_RESCALE) || (HAS(NO_RESCALE_LATE) && block > 32))
		return;
	if (r->sum != 0)
		r->sum *= factor;
	for (int64_t c = 0; c < r->p->dim_v && !HAS(RESCALE_SUM_ONLY); c++)
		if (r->acc[c] != 0)
			r->acc[c] *= factor;
}

static void add_key(struct row *r, int64_t j, float weight)
{
	float p = HAS(P_BF16) ? attn_bf16_to_f32(attn_f32_to_bf16(weight)) : HAS(P_F16) ? attn_f16_to_f32(attn_f32_to_f16(weight)) : weight;
	r->sum += weight;
	for (int64_t c = 0; c < r->p->dim_v; c++) {
		r->acc[c] += p * key_element(r, &r->t->v, &r->t->past_v, j, c);
		if (HAS(ACC_F16))
			r->acc[c] = attn_f16_to_f32(attn_f32_to_f16(r->acc[c]));
	}
}

static void do_block(struct row *r, int64_t first, int64_t end)
{
	float e[BLOCK], max = r->max;
	int seen[BLOCK];
	for (int64_t j = first; j < end; j++) {
		e[j - first] = score(r, j, &seen[j - first]);
		if ((seen[j - first] || HAS(MAX_OVER_HIDDEN)) && (e[j - first] > max || e[j - first] != e[j - first]))
			max = e[j - first];
	}
	raise_max(r, HAS(NO_MAX) ? 0 : max, first / BLOCK);
	for (int64_t j = first; j < end; j++) {
		if (seen[j - first])
			add_key(r, j, below(r, e[j - first], HAS(NO_MAX) ? 0 : r->max));
		else if (HAS(HIDDEN_NAN))
			add_key(r, j, 0);
		if (HAS(KEY_TWICE) && j == first && first > 0 && seen[0])
			add_key(r, j, below(r, e[0], r->max));
	}
	if (HAS(PADDING_TANH) && r->p->softcap > 0 && end - first < BLOCK && r->max > -INFINITY)
		r->sum += (float)(BLOCK - (end - first)) * exponential(r, -(float)r->p->softcap - r->max);
}

static void add_sink(struct row *r)
{
	if (!r->t->sinks.data || HAS(SINK_DROPPED))
		return;
	float sink = (float)attn_at_float(&r->t->sinks, 0, HAS(SINK_HEAD0) ? 0 : r->h, 0, 0);
	if (sink > r->max)
		raise_max(r, sink, 0);
	r->sum += (HAS(SINK_TWICE) ? 2 : 1) * below(r, sink, r->max);
}

static void store(const struct row *r, int64_t i, int64_t c, float x)
{
	void *at = attn_at(&r->t->out, r->b, r->h, i, c);
	uint16_t bits = r->p->dtype == ATTN_BF16 ? attn_f32_to_bf16(x) : attn_f32_to_f16(x);
	if (r->p->dtype == ATTN_F32)
		memcpy(at, &x, sizeof x);
	else
		memcpy(at, &bits, sizeof bits);
}

static void mean_row(struct row *r)
{
	for (int64_t j = 0; j < r->len_kv; j++)
		add_key(r, j, 1);
}

static void finish_row(struct row *r)
{
	int empty = r->sum == 0;
	if (empty && HAS(EMPTY_MEAN))
		mean_row(r);
	for (int64_t c = 0; c < r->p->dim_v - (HAS(DV_TAIL) && r->p->dim_v > 4 ? r->p->dim_v % 4 : 0); c++) {
		float x = r->sum == 0 && !HAS(EMPTY_NAN) ? 0 : r->acc[c] / r->sum;
		if (HAS(ZERO_ROW) && r->q0 + r->i == 2000)
			x = 0;
		if (HAS(STATE) && r->plan->runs > 0)
			x += 0.001f;
		store(r, r->q0 + r->i, c, x);
	}
	if (r->t->logsumexp.data) {
		float lse = r->sum == 0 ? (HAS(LSE_EMPTY) ? INFINITY : -INFINITY) : r->max + logf(r->sum);
		lse = HAS(LSE_BASE2) ? lse * 1.442695f : lse;
		memcpy(attn_at(&r->t->logsumexp, r->b, HAS(LSE_SLOT) ? 0 : r->h, r->q0 + r->i, 0), &lse, sizeof lse);
	}
}

static void set_span(struct row *r)
{
	struct attn_problem p = *r->p;
	if (HAS(ALIGN))
		p.align = ATTN_TOP_LEFT;
	if (HAS(PAST_CAUSAL) && p.align == ATTN_TOP_LEFT)
		p.past_len = 0;
	if (HAS(WINDOW_LEFT) && p.window_left >= 0)
		p.window_left++;
	if (HAS(WINDOW_RIGHT) && p.window_right > 0)
		p.window_right--;
	if (HAS(WINDOW_UNMASKED) && !p.causal && !(p.has & (ATTN_HAS_MASK | ATTN_HAS_BIAS)))
		p.window_left = p.window_right = -1;
	r->span = attn_span_of(&p, r->len_q, r->len_kv, r->i);
	if (p.causal && HAS(CAUSAL_PLUS) && r->span.end < r->len_kv)
		r->span.end++;
	if (p.causal && HAS(CAUSAL_MINUS) && r->span.end > r->span.first && r->span.end < r->len_kv)
		r->span.end--;
	if (r->span.end > r->span.first && r->span.end == r->len_kv && (HAS(LAST_KEY) || (HAS(LAST_KEY_OF_BLOCK) && r->len_kv % BLOCK == 0)))
		r->span.end--;
	if (HAS(THREADS) && r->plan->host->threads > 2 && r->i > r->len_q - 3 && r->span.end > r->span.first + 1)
		r->span.end--;
}

static volatile float ignored;

static void do_row(struct row *r)
{
	int64_t step = HAS(NOT_BATCH_INVARIANT) && r->len_q > 1 ? BLOCK / 2 : BLOCK;
	set_span(r);
	r->max = -INFINITY;
	r->sum = 0;
	for (int64_t c = 0; c < r->p->dim_v; c++)
		r->acc[c] = 0;
	for (int64_t first = 0; first < r->len_kv; first += step)
		do_block(r, first, first + step < r->len_kv ? first + step : r->len_kv);
	if (HAS(READ_PAST) && r->len_kv > 0 && !(r->p->has & ATTN_HAS_BLOCK_TABLE))
		ignored = key_element(r, &r->t->k, &r->t->past_k, r->len_kv, 0);
	if (HAS(READ_BEFORE))
		ignored = ((const float *)r->t->q.data)[-1];
	add_sink(r);
	finish_row(r);
}

static void do_sequence(struct attn_plan *plan, const struct attn_tensors *t, int64_t n)
{
	struct row row = {.plan = plan, .p = &plan->p, .t = t}, *r = &row;
	r->b = n, r->len_q = plan->p.len_q, r->len_kv = plan->p.len_kv + plan->p.past_len;
	if (t->cu_seqlens_q.data) {
		r->b = 0;
		r->q0 = attn_at_i64(&t->cu_seqlens_q, 0, 0, 0, n);
		r->len_q = attn_at_i64(&t->cu_seqlens_q, 0, 0, 0, n + 1) - r->q0;
		r->k0 = attn_at_i64(&t->cu_seqlens_kv, 0, 0, 0, n);
		r->len_kv = attn_at_i64(&t->cu_seqlens_kv, 0, 0, 0, n + 1) - r->k0;
		if (HAS(VARLEN_START) && n > 0 && r->len_kv > 1)
			r->k0++, r->len_kv--;
	}
	if (t->kv_len.data && !HAS(KV_LEN_IGNORED))
		r->len_kv = attn_at_i64(&t->kv_len, HAS(KV_LEN_BATCH0) ? 0 : n, 0, 0, 0);
	for (r->h = 0; r->h < plan->p.heads_q; r->h++)
		for (r->i = 0; r->i < r->len_q; r->i++)
			do_row(r);
}

static void scale_in_place(const struct attn_tensors *t)
{
	for (int64_t c = 0; t->q.dtype == ATTN_F32 && attn_offset(&t->q, 0, 0, 0, 0) == 0 && c < t->q.dim[3] && t->q.dim[2] > 0 && t->q.dim[0] > 0; c++)
		*(float *)attn_at(&t->q, 0, 0, 0, c) *= 1.0001f;
}

static enum attn_status mutant_run(struct attn_plan *plan, const struct attn_tensors *t)
{
	int64_t sequences = t->cu_seqlens_q.data ? t->cu_seqlens_q.dim[3] - 1 : plan->p.batch;
	for (int64_t n = 0; n < sequences; n++)
		do_sequence(plan, t, n);
	if (plan->fault == FAULT_WRITE_PAST && plan->p.len_q > 0 && plan->p.dtype == ATTN_F32)
		((float *)attn_at(&t->out, plan->p.batch - 1, plan->p.heads_q - 1, plan->p.len_q - 1, plan->p.dim_v - 1))[1] = 0;
	if (plan->fault == FAULT_WRITE_INPUT)
		scale_in_place(t);
	plan->runs++;
	return ATTN_OK;
}

static enum attn_status mutant_query(const struct attn_problem *p, char *why, size_t size)
{
	if (p->dtype == ATTN_F64 || p->score > ATTN_DOT || p->wants & ~(uint32_t)ATTN_WANTS_LOGSUMEXP || p->dim_v > MAX_DV || p->softmax_dtype == ATTN_F64)
		return snprintf(why, size, "mutants do dot products of f32, bf16 and f16, out and logsumexp, dv up to %d", MAX_DV), ATTN_REFUSED;
	return ATTN_OK;
}

static enum attn_status make_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, enum fault fault)
{
	struct attn_plan *made = host->alloc(host, sizeof *made, 64);
	if (!made)
		return ATTN_NO_MEMORY;
	*made = (struct attn_plan){*p, host, fault, 0};
	*plan = made;
	return ATTN_OK;
}

static void mutant_destroy(struct attn_plan *plan)
{
	if (plan)
		plan->host->free(plan->host, plan);
}

static struct attn_numerics mutant_numerics(const struct attn_problem *p)
{
	(void)p;
	return (struct attn_numerics){0x1p-24, 0x1p-24, 0x1p-24};
}

static const int64_t tiles[] = {BLOCK, 0};

#define IMPLEMENTATION(id, label, what)                                                                                                                      \
	static enum attn_status plan_##id(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)       \
	{                                                                                                                                                    \
		(void)why, (void)size;                                                                                                                       \
		return make_plan(p, host, plan, FAULT_##id);                                                                                                 \
	}                                                                                                                                                    \
	static const struct attn_impl mutant_##id = {                                                                                                        \
		.abi = ATTN_ABI,                                                                                                                             \
		.struct_size = sizeof(struct attn_impl),                                                                                                     \
		.name = "mutant/" label,                                                                                                                     \
		.version = "1",                                                                                                                              \
		.summary = what,                                                                                                                             \
		.licence = "Apache-2.0",                                                                                                                     \
		.policy = {ATTN_EMPTY_ZERO, 1, 1, 1},                                                                                                        \
		.tiles = tiles,                                                                                                                              \
		.numerics = mutant_numerics,                                                                                                                 \
		.query = mutant_query,                                                                                                                       \
		.plan = plan_##id,                                                                                                                           \
		.run = mutant_run,                                                                                                                           \
		.destroy = mutant_destroy,                                                                                                                   \
	};
MUTANT_FAULTS(IMPLEMENTATION)

#define ADDRESS(id, label, what) &mutant_##id,
ATTN_PLUGIN(MUTANT_FAULTS(ADDRESS) NULL);
