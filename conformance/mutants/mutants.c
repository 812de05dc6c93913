/* Mutants: one streaming kernel, correct but for the fault that the implementation's name says. The suite is tested by them:
 * each must be caught.
 * SPDX-License-Identifier: Apache-2.0 */
#include <fenv.h>
#include <pthread.h>
#include <stdio.h>

#include "conformance/mutants/outputs.h"
#include "conformance/mutants/score.h"
#include "conformance/mutants/softmax.h"

static void set_span(struct row *r)
{
	struct attn_problem p = *r->p;
	int64_t i = r->i;
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
	if (HAS(WINDOW_PACKED) && p.window_left >= 0)
		i += r->q0;
	r->span = attn_span_of(&p, r->len_q, HAS(CAUSAL_LENGTH) && p.align == ATTN_BOTTOM_RIGHT ? p.len_kv + p.past_len : r->len_kv, i);
	r->span.end = r->span.end < r->len_kv ? r->span.end : r->len_kv;
	if (HAS(WINDOW_WIDE) && p.window_right >= 0 && (int32_t)(uint32_t)(r->span.position + p.window_right + 1) < r->span.end)
		r->span.end = r->span.first;
	if (p.causal && HAS(CAUSAL_PLUS) && r->span.end < r->len_kv)
		r->span.end++;
	if (p.causal && HAS(CAUSAL_MINUS) && r->span.end > r->span.first && r->span.end < r->len_kv)
		r->span.end--;
	if (r->span.end > r->span.first && r->span.end == r->len_kv && (HAS(LAST_KEY) || (HAS(LAST_KEY_OF_BLOCK) && r->len_kv % BLOCK == 0)))
		r->span.end--;
	if (HAS(THREADS) && r->plan->host->threads > 2 && r->i > r->len_q - 3 && r->span.end > r->span.first + 1)
		r->span.end--;
	if (r->span.end > r->span.first && is_in_corner(r))
		r->span.end--;
}

static volatile float ignored;

static void read_outside(const struct row *r)
{
	if (HAS(READ_PAST) && r->len_kv > 0 && !(r->p->has & ATTN_HAS_BLOCK_TABLE))
		ignored = key_element(r, &r->t->k, &r->t->past_k, r->len_kv, 0);
	if (HAS(READ_BEFORE))
		ignored = ((const float *)r->t->q.data)[-1];
	if (HAS(READ_MASK) && r->t->mask.data && r->i == r->len_q - 1)
		ignored = (float)attn_at_bool(&r->t->mask, r->p->batch - 1, r->p->heads_q - 1, r->p->len_q - 1, r->len_kv - 1 + 4);
}

static void do_row(struct row *r)
{
	int64_t step = HAS(NOT_BATCH_INVARIANT) && r->len_q > 1 ? BLOCK / 2 : BLOCK;
	set_span(r);
	start_softmax(r);
	if (HAS(SPLIT_EMPTY))
		step = r->len_kv / 4 > BLOCK ? BLOCK : r->len_kv / 4 + 1;
	for (int64_t first = 0; first < r->len_kv; first += step)
		do_block(r, first, first + step < r->len_kv ? first + step : r->len_kv);
	read_outside(r);
	add_sink(r);
	finish_row(r);
}

/* Which rows and keys the sequence n has. */
static void find_sequence(struct row *r, int64_t n)
{
	const struct attn_tensors *t = r->t;
	r->b = n, r->len_q = r->p->len_q, r->len_kv = r->p->len_kv + r->p->past_len;
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
		r->len_kv = HAS(LENGTH_ONCE) && r->plan->packed ? ((const int64_t *)r->plan->packed)[n] : attn_at_i64(&t->kv_len, HAS(KV_LEN_BATCH0) ? 0 : n, 0, 0, 0);
}

static void do_sequence(const struct attn_plan *plan, const struct attn_tensors *t, int64_t n)
{
	struct row row = {.plan = plan, .p = plan->fault == FAULT_BORROWED ? plan->borrowed : &plan->p, .t = t}, *r = &row;
	find_sequence(r, n);
	if (HAS(EMPTY_LENGTH) && r->len_kv == 0 && t->kv_len.data)
		return;
	for (r->h = 0; r->h < plan->p.heads_q; r->h++)
		for (r->i = 0; r->i < r->len_q; r->i++)
			do_row(r);
}

static int has_no_rows(const struct attn_tensors *t, int64_t n)
{
	return t->cu_seqlens_q.data && attn_at_i64(&t->cu_seqlens_q, 0, 0, 0, n) == attn_at_i64(&t->cu_seqlens_q, 0, 0, 0, n + 1);
}

struct half {
	const struct attn_plan *plan;
	const struct attn_tensors *t;
	int64_t first, sequences;
};

static void *do_half(void *context)
{
	const struct half *h = context;
	for (int64_t n = h->first; n < h->sequences; n += 2)
		do_sequence(h->plan, h->t, n);
	return NULL;
}

/* Two threads, which share the plan's accumulator. */
static void do_both_halves(const struct attn_plan *plan, const struct attn_tensors *t, int64_t sequences)
{
	struct half halves[2] = {{plan, t, 0, sequences}, {plan, t, 1, sequences}};
	pthread_t other;
	int started = !pthread_create(&other, NULL, do_half, &halves[1]);
	do_half(&halves[0]);
	if (started)
		pthread_join(other, NULL);
	else
		do_half(&halves[1]);
}

static void scale_in_place(const struct attn_tensors *t)
{
	for (int64_t c = 0; t->q.dtype == ATTN_F32 && attn_offset(&t->q, 0, 0, 0, 0) == 0 && c < t->q.dim[3] && t->q.dim[2] > 0 && t->q.dim[0] > 0; c++)
		*(float *)attn_at(&t->q, 0, 0, 0, c) *= 1.0001f;
}

/* Keeps what a later run must not use: the first run's keys or lengths. */
static void keep_first(struct attn_plan *plan, const struct attn_tensors *t)
{
	const struct attn_tensor *from = plan->fault == FAULT_PACKED_ONCE ? &t->k : &t->kv_len;
	size_t bytes = from->dtype == ATTN_BF16 || from->dtype == ATTN_F16 ? 2 : from->dtype == ATTN_I64 ? 8 : 4, last = 0;
	if (!from->data || plan->runs > 0 || from->dim[0] * from->dim[1] * from->dim[2] * from->dim[3] == 0)
		return;
	last = (size_t)attn_offset(from, from->dim[0] - 1, from->dim[1] - 1, from->dim[2] - 1, from->dim[3] - 1);
	plan->packed = plan->host->alloc(plan->host, (last + 1) * bytes, 64);
	if (plan->packed)
		memcpy(plan->packed, from->data, (last + 1) * bytes);
}

/* Values of an earlier plan, found by where they lay. */
static void reuse_values(const struct attn_plan *plan, const struct attn_tensors *t)
{
	static const void *where;
	static float first;
	if (t->v.dtype != ATTN_F32 || attn_offset(&t->v, 0, 0, 0, 0) || !plan->p.batch || !plan->p.len_kv || !t->out.dim[2])
		return;
	if (where == t->v.data && first != *(const float *)t->v.data)
		*(float *)t->out.data += 1;
	where = t->v.data;
	first = *(const float *)t->v.data;
}

/* What faults do once all rows are written. */
static void spoil_after(struct attn_plan *plan, const struct attn_tensors *t)
{
	const struct attn_problem *p = &plan->p;
	int is_f32 = p->dtype == ATTN_F32 && p->len_q > 0 && p->batch > 0;
	float *last = is_f32 ? attn_at(&t->out, p->batch - 1, p->heads_q - 1, p->len_q - 1, p->dim_v - 1) : NULL;
	if (plan->fault == FAULT_WRITE_PAST && is_f32)
		last[1] = 0;
	if (plan->fault == FAULT_WRITE_BEFORE && is_f32)
		((float *)t->out.data)[-1] = 0;
	if (plan->fault == FAULT_WRITE_GAP && is_f32 && p->len_q > 1 && p->stride_out[2] > p->dim_v && p->stride_out[3] == 1 && p->stride_out[1] > p->stride_out[2])
		((float *)attn_at(&t->out, 0, 0, 0, 0))[p->dim_v] = 0;
	if (plan->fault == FAULT_WRITE_LSE && t->logsumexp.data && p->len_q > 0)
		((float *)t->logsumexp.data)[p->batch * p->heads_q * p->len_q] = 0;
	if (plan->fault == FAULT_WRITE_INPUT)
		scale_in_place(t);
	if (plan->fault == FAULT_CACHED_BY_ADDRESS)
		reuse_values(plan, t);
	if (plan->fault == FAULT_WRITE_VIEW)
		((struct attn_tensors *)(uintptr_t)t)->q.dim[2]++;
	if (plan->fault == FAULT_ROUNDING)
		fesetround(FE_UPWARD);
#ifdef __SSE__
	if (plan->fault == FAULT_FLUSH)
		__builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8000u);
#endif
}

static enum attn_status mutant_run(struct attn_plan *plan, const struct attn_tensors *t)
{
	int64_t sequences = t->cu_seqlens_q.data ? t->cu_seqlens_q.dim[3] - 1 : plan->p.batch;
	if (plan->fault == FAULT_RACE && sequences > 1 && plan->host->threads > 1)
		do_both_halves(plan, t, sequences);
	else
		for (int64_t n = 0; n < sequences && !(plan->fault == FAULT_PACKED_EMPTY && has_no_rows(t, n)); n++)
			do_sequence(plan, t, n);
	write_present(plan, t);
	spoil_after(plan, t);
	if (plan->fault == FAULT_PACKED_ONCE || plan->fault == FAULT_LENGTH_ONCE)
		keep_first(plan, t);
	plan->runs++;
	return ATTN_OK;
}

static enum attn_status mutant_query(const struct attn_problem *p, char *why, size_t size)
{
	if (p->dtype == ATTN_F64 || p->score > ATTN_LOCATION || p->dim_v > MAX_DV || p->softmax_dtype == ATTN_F64)
		return snprintf(why, size, "mutants take f32, bf16 and f16, scores that q and k make, dv up to %d", MAX_DV), ATTN_REFUSED;
	return ATTN_OK;
}

static void mutant_destroy(struct attn_plan *plan)
{
	if (!plan)
		return;
	if (plan->fault != FAULT_LEAK)
		plan->host->free(plan->host, plan->workspace);
	plan->host->free(plan->host, plan->packed);
	plan->host->free(plan->host, plan);
}

static enum attn_status make_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, enum fault fault)
{
	struct attn_plan *made = host->alloc(host, sizeof *made, 64);
	if (!made)
		return ATTN_NO_MEMORY;
	*made = (struct attn_plan){*p, p, host, fault, 0, reads_oddly(fault), host->alloc(host, MAX_DV * sizeof(float), 64), NULL};
	if (!made->workspace)
		return host->free(host, made), ATTN_NO_MEMORY;
	*plan = made;
	return ATTN_OK;
}

static struct attn_numerics mutant_numerics(const struct attn_problem *p)
{
	(void)p;
	return (struct attn_numerics){0x1p-24, 0x1p-24, 0x1p-24};
}

static const int64_t tiles[] = {BLOCK, 0};

#define IMPLEMENTATION(class, id, label, what)                                                                                                               \
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
		.summary = class ": " what,                                                                                                                  \
		.licence = "Apache-2.0",                                                                                                                     \
		.policy = {FAULT_##id == FAULT_MEAN_OF_HIDDEN ? ATTN_EMPTY_MEAN : ATTN_EMPTY_ZERO, 1, 1, 1},                                                 \
		.tiles = tiles,                                                                                                                              \
		.numerics = mutant_numerics,                                                                                                                 \
		.query = mutant_query,                                                                                                                       \
		.plan = plan_##id,                                                                                                                           \
		.run = mutant_run,                                                                                                                           \
		.destroy = mutant_destroy,                                                                                                                   \
		.kinds = ATTN_KIND_SUMS,                                                                                                                     \
	};
MUTANT_FAULTS(IMPLEMENTATION)
#define CORNER_IMPLEMENTATION(id, label, condition) IMPLEMENTATION("corner", id, "corner-" label, "a key is lost in the case that the name says")
MUTANT_CORNERS(CORNER_IMPLEMENTATION)

#define ADDRESS_OF(class, id, label, what) &mutant_##id,
#define ADDRESS_OF_CORNER(id, label, condition) &mutant_##id,
ATTN_PLUGIN(MUTANT_FAULTS(ADDRESS_OF) MUTANT_CORNERS(ADDRESS_OF_CORNER) NULL);
