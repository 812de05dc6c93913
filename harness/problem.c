/* Defaults and consistency of a problem. Its text form is in key.c.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/problem.h"
#include "harness/sizes.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const score_names[] = {"scaled-dot", "dot", "cosine", "general", "additive", "location", "given-scores", "given-weights"};
static const char *const dtype_names[] = {"none", "f32", "f64", "bf16", "f16", "bool", "i64"};
static const size_t dtype_bytes[] = {0, 4, 8, 2, 2, 1, 8};

static int index_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, names[i]))
			return (int)i;
	return -1;
}

const char *attn_score_name(enum attn_score score) { return score_names[score]; }
const char *attn_dtype_name(enum attn_dtype dtype) { return dtype_names[dtype]; }
size_t attn_dtype_bytes(enum attn_dtype dtype) { return dtype_bytes[dtype]; }
int attn_score_parse(const char *name) { return index_of(name, score_names, sizeof score_names / sizeof *score_names); }
int attn_dtype_parse(const char *name) { return index_of(name, dtype_names, sizeof dtype_names / sizeof *dtype_names); }

void attn_problem_init(struct attn_problem *p)
{
	memset(p, 0, sizeof *p);
	p->struct_size = sizeof *p;
	p->batch = p->heads_q = p->len_q = p->dim_qk = 1;
	p->heads_kv = p->len_kv = p->dim_v = p->dim_k = p->dim_hidden = p->dim_model_kv = p->dim_out = -1;
	p->dtype = ATTN_F32;
	p->scale = NAN;
	p->window_left = p->window_right = -1;
}

double attn_problem_default_scale(const struct attn_problem *p)
{
	return p->score == ATTN_SCALED_DOT && p->dim_qk > 0 ? 1 / sqrt((double)p->dim_qk) : 1;
}

int64_t attn_problem_keys(const struct attn_problem *p)
{
	return p->len_kv + (p->has & ATTN_HAS_PAST ? p->past_len : 0);
}

void attn_problem_out_dim(const struct attn_problem *p, int64_t dim[4])
{
	int joined = !!(p->has & ATTN_HAS_PROJECTIONS);
	dim[0] = p->batch;
	dim[1] = joined ? 1 : p->heads_q;
	dim[2] = p->len_q;
	dim[3] = joined ? p->dim_out : p->dim_v;
}

static void follow(int64_t *field, int64_t value)
{
	if (*field < 0)
		*field = value;
}

void attn_problem_resolve(struct attn_problem *p)
{
	static const int64_t unset[4];
	follow(&p->heads_kv, p->heads_q);
	follow(&p->len_kv, p->len_q);
	follow(&p->dim_v, p->dim_qk);
	follow(&p->dim_k, p->dim_qk);
	follow(&p->dim_hidden, p->score == ATTN_ADDITIVE ? p->dim_qk : 0);
	follow(&p->dim_model_kv, p->dim_model);
	follow(&p->dim_out, p->dim_model);
	if (isnan(p->scale))
		p->scale = attn_problem_default_scale(p);
	if (!memcmp(p->stride_q, unset, sizeof unset) && !memcmp(p->stride_k, unset, sizeof unset) &&
	    !memcmp(p->stride_v, unset, sizeof unset) && !memcmp(p->stride_out, unset, sizeof unset))
		attn_problem_set_layout(p, ATTN_LAYOUT_BHSD);
}

/* Strides of one tensor of [batch][heads][rows][columns]; `row` is the distance between the rows of one head. */
static void strides(int64_t s[4], int64_t batch, int64_t head, int64_t row)
{
	s[0] = batch, s[1] = head, s[2] = row, s[3] = 1;
}

static void bhsd(int64_t s[4], int64_t heads, int64_t rows, int64_t columns)
{
	strides(s, size_times(size_times(heads, rows), columns), size_times(rows, columns), columns);
}

static void bshd(int64_t s[4], int64_t heads, int64_t rows, int64_t columns)
{
	strides(s, size_times(size_times(heads, rows), columns), columns, size_times(heads, columns));
}

void attn_problem_set_layout(struct attn_problem *p, enum attn_layout layout)
{
	void (*fill)(int64_t[4], int64_t, int64_t, int64_t) = layout == ATTN_LAYOUT_BHSD ? bhsd : bshd;
	int paged = !!(p->has & ATTN_HAS_BLOCK_TABLE);
	int64_t rows = paged ? p->page_size : p->len_kv, out[4];

	fill(p->stride_q, p->heads_q, p->len_q, p->dim_qk);
	fill(p->stride_k, p->heads_kv, rows, p->dim_k);
	fill(p->stride_v, p->heads_kv, rows, p->dim_v);
	attn_problem_out_dim(p, out);
	fill(p->stride_out, out[1], out[2], out[3]);
	if (layout == ATTN_LAYOUT_PACKED) {
		int64_t row = size_plus(size_times(p->heads_q, p->dim_qk), size_times(p->heads_kv, size_plus(p->dim_k, p->dim_v)));
		strides(p->stride_q, size_times(p->len_q, row), p->dim_qk, row);
		strides(p->stride_k, size_times(p->len_kv, row), p->dim_k, row);
		strides(p->stride_v, size_times(p->len_kv, row), p->dim_v, row);
	}
}

enum attn_layout attn_problem_layout(const struct attn_problem *p)
{
	struct attn_problem named = *p;
	for (enum attn_layout layout = ATTN_LAYOUT_BHSD; layout < ATTN_LAYOUT_STRIDED; layout++) {
		attn_problem_set_layout(&named, layout);
		if (!memcmp(p->stride_q, named.stride_q, sizeof p->stride_q) && !memcmp(p->stride_k, named.stride_k, sizeof p->stride_k) &&
		    !memcmp(p->stride_v, named.stride_v, sizeof p->stride_v) && !memcmp(p->stride_out, named.stride_out, sizeof p->stride_out))
			return layout;
	}
	return ATTN_LAYOUT_STRIDED;
}

/* What is wrong with a problem, said once: why[0] stays 0 while nothing is. */
struct complaint {
	char *why;
	size_t size;
	int failed;
};

static void __attribute__((format(printf, 3, 4))) require(struct complaint *c, int holds, const char *format, ...)
{
	va_list arguments;
	if (holds || c->failed)
		return;
	c->failed = 1;
	va_start(arguments, format);
	vsnprintf(c->why, c->size, format, arguments);
	va_end(arguments);
}

static void check_range(struct complaint *c, const char *field, int64_t x, int64_t least)
{
	require(c, x >= least && x <= (int64_t)1 << 40, "%s is %lld: expected %lld to 2^40", field, (long long)x, (long long)least);
}

static void check_shape(struct complaint *c, const struct attn_problem *p)
{
	check_range(c, "b (batch)", p->batch, 0);
	check_range(c, "hq (query heads)", p->heads_q, 1);
	check_range(c, "hkv (key and value heads)", p->heads_kv, 1);
	check_range(c, "sq (query rows)", p->len_q, 0);
	check_range(c, "skv (key and value rows)", p->len_kv, 0);
	check_range(c, "d (columns of q and k)", p->dim_qk, 1);
	check_range(c, "dv (columns of v)", p->dim_v, 1);
	check_range(c, "dk (columns of k)", p->dim_k, 1);
	require(c, c->failed || p->heads_q % p->heads_kv == 0, "hq is %lld and hkv %lld: hkv must divide hq", (long long)p->heads_q, (long long)p->heads_kv);
	require(c, p->dim_k == p->dim_qk || p->score == ATTN_GENERAL || p->score == ATTN_ADDITIVE || p->score >= ATTN_LOCATION,
	        "dk is %lld and d %lld: they may differ for the scores general, additive and location only", (long long)p->dim_k, (long long)p->dim_qk);
	require(c, p->score == ATTN_ADDITIVE ? p->dim_hidden >= 1 : p->dim_hidden == 0,
	        "hidden is %lld: expected at least 1 with score:additive, 0 with others", (long long)p->dim_hidden);
}

static void check_layer(struct complaint *c, const struct attn_problem *p)
{
	int layer = !!(p->has & ATTN_HAS_PROJECTIONS);
	require(c, layer || !(p->has & ATTN_HAS_PROJECTION_BIAS), "projection bias without projections: expected model as well");
	require(c, layer || !(p->dim_model || p->dim_model_kv || p->dim_out), "modelkv or modelout without model: a layer has all three");
	if (!layer)
		return;
	check_range(c, "model (columns of x)", p->dim_model, 1);
	check_range(c, "modelkv (columns of the keys' x)", p->dim_model_kv, 1);
	check_range(c, "modelout (columns of out)", p->dim_out, 1);
	require(c, p->score <= ATTN_DOT, "score is %s: the layer has scaled-dot or dot", score_names[p->score]);
	require(c, !(p->has & (ATTN_HAS_PAST | ATTN_HAS_BLOCK_TABLE)), "a layer makes its keys itself: expected neither past nor page");
}

static void check_strides(struct complaint *c, const char *field, const int64_t s[4])
{
	for (int k = 0; k < 4; k++)
		require(c, s[k] >= 0 && s[k] <= (int64_t)1 << 40, "%s has the stride %lld: expected 0 to 2^40", field, (long long)s[k]);
}

static void check_options(struct complaint *c, const struct attn_problem *p)
{
	int float_dtype = p->dtype == ATTN_F32 || p->dtype == ATTN_F64 || p->dtype == ATTN_BF16 || p->dtype == ATTN_F16;
	require(c, float_dtype, "the dtype is %s: expected f32, f64, bf16 or f16", attn_dtype_name(p->dtype));
	require(c, p->score <= ATTN_GIVEN_WEIGHTS, "score is %d: there is none of that number", (int)p->score);
	require(c, isfinite(p->scale), "scale is %g: expected a finite number", p->scale);
	require(c, isfinite(p->softcap) && p->softcap >= 0, "softcap is %g: expected a finite number of 0 or more", p->softcap);
	require(c, !p->causal || p->window_right <= 0, "window right is %lld: a causal problem has none, or 0", (long long)p->window_right);
	require(c, p->past_len >= 0 && p->past_len <= (int64_t)1 << 40 && (p->has & ATTN_HAS_PAST || p->past_len == 0), "past is %lld: expected 0 to 2^40", (long long)p->past_len);
	require(c, !!(p->has & ATTN_HAS_BLOCK_TABLE) == (p->page_size > 0), "page is %lld: expected 1 or more with a block table, else 0", (long long)p->page_size);
	require(c, !(p->has & ATTN_HAS_PAST) || !(p->has & (ATTN_HAS_BLOCK_TABLE | ATTN_HAS_CU_SEQLENS)), "past with a block table or packed sequences: a problem has one of them");
	require(c, !(p->has & ATTN_HAS_CU_SEQLENS) || p->batch == 1, "b is %lld: packed sequences (varlen) have a batch of 1", (long long)p->batch);
	require(c, !(p->has & ATTN_HAS_CU_SEQLENS) || !(p->has & (ATTN_HAS_KV_LEN | ATTN_HAS_BLOCK_TABLE)), "varlen with kvlen or pages: a problem has one of them");
	require(c, !!(p->has & ATTN_HAS_BLOCK_MASK) == (p->block_q > 0 && p->block_kv > 0), "block mask of %lld,%lld: expected both 1 or more", (long long)p->block_q, (long long)p->block_kv);
	require(c, p->has & ATTN_HAS_MASK || !p->mask_dims, "mask dimensions without a mask");
	require(c, p->has & ATTN_HAS_BIAS || !p->bias_dims, "bias dimensions without a bias");
	require(c, !(p->wants & ATTN_WANTS_PRESENT) || p->has & ATTN_HAS_PAST, "present is wanted: expected past with it");
	check_layer(c, p);
	check_strides(c, "q", p->stride_q);
	check_strides(c, "k", p->stride_k);
	check_strides(c, "v", p->stride_v);
	check_strides(c, "out", p->stride_out);
}

enum attn_status attn_problem_check(const struct attn_problem *p, char *why, size_t size)
{
	struct complaint c = {why, size, 0};
	check_shape(&c, p);
	check_options(&c, p);
	return c.failed ? ATTN_FAILED : ATTN_OK;
}
