/* What a row of the mutants' kernel works on, and how it reads elements.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MUTANTS_ROW_H
#define MUTANTS_ROW_H

#include <attnbench/view.h>

#include "conformance/mutants/faults.h"
#include "conformance/mutants/rare.h"

enum fault {
#define ENUMERATOR(class, id, name, what) FAULT_##id,
	MUTANT_FAULTS(ENUMERATOR)
#undef ENUMERATOR
#define ENUMERATOR(id, name, condition) FAULT_##id,
	MUTANT_CORNERS(ENUMERATOR)
#undef ENUMERATOR
};

enum { BLOCK = 32, MAX_DV = 1024 };

struct attn_plan {
	struct attn_problem p;
	const struct attn_problem *borrowed; /* the caller's */
	const struct attn_host *host;
	enum fault fault;
	int runs, reads_oddly;
	float *workspace; /* an accumulator of MAX_DV */
	void *packed;     /* a copy of the keys, or lengths, of the first run */
};

/* One row: which sequence it is of, and the running softmax. */
struct row {
	const struct attn_plan *plan;
	const struct attn_problem *p;
	const struct attn_tensors *t;
	int64_t b, h, i, q0, k0, len_q, len_kv; /* i: within the sequence */
	struct attn_span span;
	int seen; /* whether it has seen a key */
	float max, sum, acc[MAX_DV];
};

#define HAS(id) (r->plan->fault == FAULT_##id)

static inline int is_half(const struct row *r) { return r->p->dtype != ATTN_F32; }
static inline float to_bf16(float x) { return attn_bf16_to_f32(attn_f32_to_bf16(x)); }
static inline float to_f16(float x) { return attn_f16_to_f32(attn_f32_to_f16(x)); }

static inline float rounded(const struct row *r, const struct attn_tensor *t, float x)
{
	int is_k = t == &r->t->k, is_q = t == &r->t->q, is_v = t == &r->t->v;
	if (HAS(QKV_BF16) || (HAS(Q_BF16) && is_q) || (HAS(K_BF16) && is_k) || (HAS(V_BF16) && is_v))
		return to_bf16(x);
	if ((HAS(DAZ) && fabsf(x) < 0x1p-126f) || (HAS(HALF_SUBNORMAL_IN) && t->dtype == ATTN_F16 && fabsf(x) < 0x1p-14f))
		return 0;
	return HAS(NAN_VALUE) && is_v && x != x ? 0 : x;
}

static inline void make_contiguous(struct attn_tensor *t)
{
	t->stride[3] = 1, t->stride[2] = t->dim[3];
	t->stride[1] = t->dim[2] * t->dim[3], t->stride[0] = t->dim[1] * t->stride[1];
}

/* Whether the fault is one of reading elements: the others take the short way, which is most of the run time. */
static inline int reads_oddly(enum fault fault)
{
	switch (fault) {
	case FAULT_QKV_BF16: case FAULT_Q_BF16: case FAULT_K_BF16: case FAULT_V_BF16: case FAULT_DAZ: case FAULT_HALF_SUBNORMAL_IN: case FAULT_NAN_VALUE:
	case FAULT_STRIDE: case FAULT_PAST_STRIDE: case FAULT_K_STRIDE_FOR_V: case FAULT_PACKED_ONCE: case FAULT_INDEX_32:
		return 1;
	default:
		return 0;
	}
}

static inline float element(const struct row *r, const struct attn_tensor *t, int64_t b, int64_t h, int64_t i, int64_t c)
{
	if (!r->plan->reads_oddly) {
		float x;
		if (t->dtype != ATTN_F32)
			return (float)attn_at_float(t, b, h, i, c);
		memcpy(&x, (const float *)t->data + attn_offset(t, b, h, i, c), sizeof x);
		return x;
	}
	struct attn_tensor view = *t;
	if (HAS(STRIDE) || (HAS(PAST_STRIDE) && (t == &r->t->past_k || t == &r->t->past_v)))
		make_contiguous(&view);
	if (HAS(K_STRIDE_FOR_V) && t == &r->t->v && r->p->dim_v == r->p->dim_qk)
		memcpy(view.stride, r->t->k.stride, sizeof view.stride);
	if (HAS(PACKED_ONCE) && t == &r->t->k && r->plan->packed)
		view.data = r->plan->packed;
	if (HAS(INDEX_32)) {
		int64_t offset = (int32_t)(uint32_t)attn_offset(&view, b, h, i, c);
		return rounded(r, t, (float)attn_at_float(&(struct attn_tensor){t->data, t->dtype, {1, 1, 1, 1}, {0, 0, 0, 1}}, 0, 0, 0, offset));
	}
	return rounded(r, t, (float)attn_at_float(&view, b, h, i, c));
}

/* Element c of key or value j of the row's sequence. */
static inline float key_element(const struct row *r, const struct attn_tensor *fresh, const struct attn_tensor *past, int64_t j, int64_t c)
{
	const struct attn_problem *p = r->p;
	int64_t h = HAS(GQA_TILED) ? r->h % p->heads_kv : r->h / (p->heads_q / p->heads_kv);
	if (HAS(INDEX_16))
		j &= 0xffff;
	if (p->has & ATTN_HAS_BLOCK_TABLE) {
		int64_t b = HAS(TABLE_BATCH0) ? 0 : r->b;
		int64_t page = HAS(PAGE_ORDER) ? r->b * r->t->block_table.dim[3] + j / p->page_size : attn_at_i64(&r->t->block_table, b, 0, 0, j / p->page_size);
		return element(r, fresh, page, h, j % p->page_size, c);
	}
	if (j < p->past_len)
		return element(r, past, r->b, h, j, c);
	return element(r, fresh, r->b, h, r->k0 + j - p->past_len, c);
}

#endif
