/* Memory of tensors, and their elements as doubles.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/tensor.h"
#include "harness/problem.h"
#include "harness/sizes.h"

#include <attnbench/view.h>
#include <stdlib.h>
#include <string.h>

static void contiguous_strides(const int64_t dim[4], int64_t stride[4])
{
	int64_t step = 1;
	for (int k = 3; k >= 0; k--) {
		stride[k] = step;
		step = size_times(step, dim[k] > 0 ? dim[k] : 1);
	}
}

struct attn_tensor attn_tensor_new_strided(enum attn_dtype dtype, const int64_t dim[4], const int64_t stride[4])
{
	struct attn_tensor t = {NULL, dtype, {dim[0], dim[1], dim[2], dim[3]}, {stride[0], stride[1], stride[2], stride[3]}};
	int64_t extent = attn_tensor_extent(&t);
	t.data = calloc((size_t)(extent > 0 ? extent : 1), attn_dtype_bytes(dtype));
	return t;
}

struct attn_tensor attn_tensor_new(enum attn_dtype dtype, int64_t d0, int64_t d1, int64_t d2, int64_t d3)
{
	int64_t dim[4] = {d0, d1, d2, d3}, stride[4];
	contiguous_strides(dim, stride);
	return attn_tensor_new_strided(dtype, dim, stride);
}

void attn_tensor_free(struct attn_tensor *t)
{
	free(t->data);
	memset(t, 0, sizeof *t);
}

int64_t attn_tensor_count(const struct attn_tensor *t)
{
	return size_times(size_times(t->dim[0], t->dim[1]), size_times(t->dim[2], t->dim[3]));
}

int64_t attn_tensor_extent(const struct attn_tensor *t)
{
	int64_t last = 0;
	for (int k = 0; k < 4; k++) {
		if (t->dim[k] == 0)
			return 0;
		last = size_plus(last, size_times(t->dim[k] - 1, t->stride[k]));
	}
	return size_plus(last, 1);
}

int attn_tensor_contiguous(const struct attn_tensor *t)
{
	int64_t stride[4];
	contiguous_strides(t->dim, stride);
	for (int k = 0; k < 4; k++)
		if (t->dim[k] > 1 && t->stride[k] != stride[k])
			return 0;
	return 1;
}

double attn_tensor_get(const struct attn_tensor *t, int64_t b, int64_t h, int64_t i, int64_t j)
{
	if (t->dtype == ATTN_BOOL)
		return attn_at_bool(t, b, h, i, j);
	if (t->dtype == ATTN_I64)
		return (double)attn_at_i64(t, b, h, i, j);
	return attn_at_float(t, b, h, i, j);
}

/* Rounds x to `digits` significant bits with exponents from `least` up, to nearest even: exact in double when digits <= 52. */
static double round_to(double x, int digits, int least)
{
	int exponent;
	if (x == 0 || !isfinite(x))
		return x;
	frexp(x, &exponent);
	int shift = digits - (exponent < least ? least : exponent);
	return ldexp(nearbyint(ldexp(x, shift)), -shift);
}

uint16_t attn_bf16_from_double(double x)
{
	float rounded = (float)round_to(x, 8, -125);
	uint32_t bits;
	memcpy(&bits, &rounded, sizeof bits);
	return (uint16_t)(isnan(x) ? bits >> 16 | 0x40 : bits >> 16);
}

uint16_t attn_f16_from_double(double x)
{
	uint16_t sign = signbit(x) ? 0x8000 : 0;
	double a = fabs(round_to(x, 11, -13));
	int exponent;
	if (isnan(x))
		return sign | 0x7e00;
	if (a > 65504)
		return sign | 0x7c00;
	if (a < 0x1p-14)
		return sign | (uint16_t)ldexp(a, 24);
	double fraction = frexp(a, &exponent);
	return (uint16_t)(sign | (exponent + 14) << 10 | ((int)ldexp(fraction, 11) - 1024));
}

void attn_tensor_set(struct attn_tensor *t, int64_t b, int64_t h, int64_t i, int64_t j, double x)
{
	void *p = attn_at(t, b, h, i, j);
	float f = (float)x;
	int64_t whole;
	uint16_t bits;
	switch (t->dtype) {
	case ATTN_F64:
		memcpy(p, &x, sizeof x);
		return;
	case ATTN_BF16:
	case ATTN_F16:
		bits = t->dtype == ATTN_BF16 ? attn_bf16_from_double(x) : attn_f16_from_double(x);
		memcpy(p, &bits, sizeof bits);
		return;
	case ATTN_BOOL:
		*(unsigned char *)p = x != 0;
		return;
	case ATTN_I64:
		whole = (int64_t)x;
		memcpy(p, &whole, sizeof whole);
		return;
	default:
		memcpy(p, &f, sizeof f);
	}
}

static uint64_t poison_of(enum attn_dtype dtype)
{
	return dtype == ATTN_F64 ? 0x7ff47fa17fa07fa1 : dtype == ATTN_F32 ? 0x7fa07fa1 : dtype == ATTN_BF16 ? 0x7fa1 : dtype == ATTN_F16 ? 0x7da1 : ~(uint64_t)0;
}

/* The first bytes of the number are those of the element: little endian. */
void attn_tensor_poison(struct attn_tensor *t)
{
	uint64_t poison = poison_of(t->dtype);
	size_t bytes = attn_dtype_bytes(t->dtype);
	for (int64_t n = 0; n < attn_tensor_extent(t); n++)
		memcpy((char *)t->data + (size_t)n * bytes, &poison, bytes);
}

int attn_tensor_is_poison(const struct attn_tensor *t, int64_t n)
{
	uint64_t poison = poison_of(t->dtype);
	size_t bytes = attn_dtype_bytes(t->dtype);
	return !memcmp((const char *)t->data + (size_t)n * bytes, &poison, bytes);
}

void attn_tensor_copy(struct attn_tensor *to, const struct attn_tensor *from)
{
	for (int64_t b = 0; b < from->dim[0]; b++)
		for (int64_t h = 0; h < from->dim[1]; h++)
			for (int64_t i = 0; i < from->dim[2]; i++)
				for (int64_t j = 0; j < from->dim[3]; j++)
					attn_tensor_set(to, b, h, i, j, attn_tensor_get(from, b, h, i, j));
}

#define FIELD(name, is_output) {#name, offsetof(struct attn_tensors, name), is_output}
const struct attn_tensor_field attn_tensor_fields[] = {
	FIELD(q, 0), FIELD(k, 0), FIELD(v, 0), FIELD(mask, 0), FIELD(bias, 0), FIELD(alibi, 0), FIELD(sinks, 0),
	FIELD(kv_len, 0), FIELD(cu_seqlens_q, 0), FIELD(cu_seqlens_kv, 0), FIELD(past_k, 0), FIELD(past_v, 0),
	FIELD(block_table, 0), FIELD(block_mask, 0), FIELD(given, 0), FIELD(w, 0), FIELD(w_q, 0), FIELD(w_k, 0), FIELD(v_a, 0),
	FIELD(out, 1), FIELD(weights, 1), FIELD(scores, 1), FIELD(logsumexp, 1), FIELD(present_k, 1), FIELD(present_v, 1),
	FIELD(x_q, 0), FIELD(x_kv, 0), FIELD(proj_q, 0), FIELD(proj_k, 0), FIELD(proj_v, 0), FIELD(proj_o, 0),
	FIELD(proj_bias_q, 0), FIELD(proj_bias_k, 0), FIELD(proj_bias_v, 0), FIELD(proj_bias_o, 0),
	FIELD(row_max, 1), FIELD(row_sum, 1),
	{NULL, 0, 0}};

struct attn_tensor *attn_tensors_at(struct attn_tensors *t, const struct attn_tensor_field *field)
{
	return (struct attn_tensor *)((char *)t + field->offset);
}

/* A mask-like tensor: stride 0 along the dimensions that are not in dims. */
static struct attn_tensor broadcast(enum attn_dtype dtype, const int64_t dim[4], uint32_t dims)
{
	static const uint32_t bits[] = {ATTN_DIM_BATCH, ATTN_DIM_HEAD, ATTN_DIM_QUERY, ATTN_DIM_KEY};
	int64_t stride[4], step = 1;
	for (int k = 3; k >= 0; k--) {
		stride[k] = dims & bits[k] ? step : 0;
		if (dims & bits[k])
			step = size_times(step, dim[k] > 0 ? dim[k] : 1);
	}
	return attn_tensor_new_strided(dtype, dim, stride);
}

/* One matrix of [rows][heads·columns], seen head by head. */
static struct attn_tensor heads_side_by_side(enum attn_dtype dtype, int64_t heads, int64_t rows, int64_t columns)
{
	const int64_t dim[4] = {1, heads, rows, columns}, stride[4] = {heads * rows * columns, columns, heads * columns, 1};
	return attn_tensor_new_strided(dtype, dim, stride);
}

/* What a multi-head layer has in place of q, k and v. */
static void alloc_layer(struct attn_tensors *t, const struct attn_problem *p)
{
	t->x_q = attn_tensor_new(p->dtype, p->batch, 1, p->len_q, p->dim_model);
	t->x_kv = attn_tensor_new(p->dtype, p->batch, 1, p->len_kv, p->dim_model_kv);
	t->proj_q = heads_side_by_side(p->dtype, p->heads_q, p->dim_model, p->dim_qk);
	t->proj_k = heads_side_by_side(p->dtype, p->heads_kv, p->dim_model_kv, p->dim_k);
	t->proj_v = heads_side_by_side(p->dtype, p->heads_kv, p->dim_model_kv, p->dim_v);
	t->proj_o = attn_tensor_new(p->dtype, 1, p->heads_q, p->dim_v, p->dim_out);
	if (!(p->has & ATTN_HAS_PROJECTION_BIAS))
		return;
	t->proj_bias_q = attn_tensor_new(p->dtype, 1, p->heads_q, 1, p->dim_qk);
	t->proj_bias_k = attn_tensor_new(p->dtype, 1, p->heads_kv, 1, p->dim_k);
	t->proj_bias_v = attn_tensor_new(p->dtype, 1, p->heads_kv, 1, p->dim_v);
	t->proj_bias_o = attn_tensor_new(p->dtype, 1, 1, 1, p->dim_out);
}

static void alloc_rows(struct attn_tensors *t, const struct attn_problem *p, int64_t pages)
{
	int paged = !!(p->has & ATTN_HAS_BLOCK_TABLE);
	int64_t q[] = {p->batch, p->heads_q, p->len_q, p->dim_qk};
	int64_t k[] = {paged ? pages : p->batch, p->heads_kv, paged ? p->page_size : p->len_kv, p->dim_k};
	int64_t v[] = {k[0], k[1], k[2], p->dim_v};
	t->q = attn_tensor_new_strided(p->dtype, q, p->stride_q);
	t->k = attn_tensor_new_strided(p->dtype, k, p->stride_k);
	t->v = attn_tensor_new_strided(p->dtype, v, p->stride_v);
}

static void alloc_inputs(struct attn_tensors *t, const struct attn_problem *p, int64_t sequences, int64_t pages)
{
	int paged = !!(p->has & ATTN_HAS_BLOCK_TABLE);
	int64_t keys = attn_problem_keys(p), h = p->heads_q;
	int64_t square[] = {p->batch, h, p->len_q, keys};
	enum attn_dtype wide = p->dtype == ATTN_F64 ? ATTN_F64 : ATTN_F32;

	if (p->has & ATTN_HAS_PROJECTIONS)
		alloc_layer(t, p);
	else
		alloc_rows(t, p, pages);
	if (p->has & ATTN_HAS_MASK)
		t->mask = broadcast(ATTN_BOOL, square, p->mask_dims);
	if (p->has & ATTN_HAS_BIAS)
		t->bias = broadcast(wide, square, p->bias_dims);
	if (p->has & ATTN_HAS_ALIBI)
		t->alibi = attn_tensor_new(ATTN_F32, 1, h, 1, 1);
	if (p->has & ATTN_HAS_SINKS)
		t->sinks = attn_tensor_new(ATTN_F32, 1, h, 1, 1);
	if (p->has & ATTN_HAS_KV_LEN)
		t->kv_len = attn_tensor_new(ATTN_I64, p->batch, 1, 1, 1);
	if (p->has & ATTN_HAS_CU_SEQLENS) {
		t->cu_seqlens_q = attn_tensor_new(ATTN_I64, 1, 1, 1, sequences + 1);
		t->cu_seqlens_kv = attn_tensor_new(ATTN_I64, 1, 1, 1, sequences + 1);
	}
	if (p->has & ATTN_HAS_PAST) {
		t->past_k = attn_tensor_new(p->dtype, p->batch, p->heads_kv, p->past_len, p->dim_k);
		t->past_v = attn_tensor_new(p->dtype, p->batch, p->heads_kv, p->past_len, p->dim_v);
	}
	if (paged)
		t->block_table = attn_tensor_new(ATTN_I64, p->batch, 1, 1, (p->len_kv + p->page_size - 1) / p->page_size);
	if (p->has & ATTN_HAS_BLOCK_MASK)
		t->block_mask = attn_tensor_new(ATTN_BOOL, p->batch, h, (p->len_q + p->block_q - 1) / p->block_q, (keys + p->block_kv - 1) / p->block_kv);
	if (p->score >= ATTN_GIVEN_SCORES)
		t->given = attn_tensor_new(wide, square[0], square[1], square[2], square[3]);
	if (p->score == ATTN_GENERAL)
		t->w = attn_tensor_new(p->dtype, 1, h, p->dim_qk, p->dim_k);
	if (p->score == ATTN_ADDITIVE) {
		t->w_q = attn_tensor_new(p->dtype, 1, h, p->dim_qk, p->dim_hidden);
		t->w_k = attn_tensor_new(p->dtype, 1, h, p->dim_k, p->dim_hidden);
	}
	if (p->score == ATTN_ADDITIVE || p->score == ATTN_LOCATION)
		t->v_a = attn_tensor_new(p->dtype, 1, h, 1, p->score == ATTN_ADDITIVE ? p->dim_hidden : p->dim_k);
}

static void alloc_outputs(struct attn_tensors *t, const struct attn_problem *p)
{
	int64_t keys = attn_problem_keys(p);
	int64_t out[4];
	enum attn_dtype wide = p->dtype == ATTN_F64 ? ATTN_F64 : ATTN_F32;

	attn_problem_out_dim(p, out);
	t->out = attn_tensor_new_strided(p->dtype, out, p->stride_out);
	if (p->wants & ATTN_WANTS_WEIGHTS)
		t->weights = attn_tensor_new(wide, p->batch, p->heads_q, p->len_q, keys);
	if (p->wants & ATTN_WANTS_SCORES)
		t->scores = attn_tensor_new(wide, p->batch, p->heads_q, p->len_q, keys);
	if (p->wants & ATTN_WANTS_LOGSUMEXP)
		t->logsumexp = attn_tensor_new(wide, p->batch, p->heads_q, p->len_q, 1);
	if (p->wants & ATTN_WANTS_SUMS) {
		t->row_max = attn_tensor_new(ATTN_F64, p->batch, p->heads_q, p->len_q, 1);
		t->row_sum = attn_tensor_new(ATTN_F64, p->batch, p->heads_q, p->len_q, 1);
	}
	if (p->wants & ATTN_WANTS_PRESENT) {
		t->present_k = attn_tensor_new(p->dtype, p->batch, p->heads_kv, keys, p->dim_k);
		t->present_v = attn_tensor_new(p->dtype, p->batch, p->heads_kv, keys, p->dim_v);
	}
}

enum attn_status attn_tensors_alloc(struct attn_tensors *t, const struct attn_problem *p, int64_t sequences, int64_t pages)
{
	memset(t, 0, sizeof *t);
	t->struct_size = sizeof *t;
	alloc_inputs(t, p, sequences, pages);
	alloc_outputs(t, p);
	for (const struct attn_tensor_field *f = attn_tensor_fields; f->name; f++) {
		const struct attn_tensor *one = attn_tensors_at(t, f);
		if (one->dtype != ATTN_NONE && !one->data) {
			attn_tensors_free(t);
			return ATTN_NO_MEMORY;
		}
	}
	return ATTN_OK;
}

void attn_tensors_free(struct attn_tensors *t)
{
	for (const struct attn_tensor_field *f = attn_tensor_fields; f->name; f++)
		attn_tensor_free(attn_tensors_at(t, f));
}
