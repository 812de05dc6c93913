/* What an Attention node asks for, in the terms of struct attn_problem. They agree but for these:
 *
 * nonpad_kv_seqlen is kv_len, and rows then stand so that the last is at the last valid key (bottom-right); without it row i
 * stands at key i + past. But where scores or weights are wanted ONNX wants those of padding too, which the problem leaves
 * open: kv_len, causal and window become a mask then.
 *
 * Q and V may differ in dtype: the problem has the type that holds both, to which the inputs convert exactly.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/onnx.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <math.h>
#include <string.h>

enum { MODE_WEIGHTS = 3 };

struct shapes {
	struct attn_tensor q, k, v, past_k, past_v, out[ONNX_OUTPUTS];
};

static int is_float(const struct onnx_tensor *x)
{
	return x->t.dtype == ATTN_F32 || x->t.dtype == ATTN_F64 || x->t.dtype == ATTN_F16 || x->t.dtype == ATTN_BF16;
}

int onnx_view(const struct onnx_tensor *x, int64_t heads, struct attn_tensor *view)
{
	*view = x->t;
	if (x->rank == 4)
		return 1;
	if (x->rank != 3 || heads < 1 || x->t.dim[3] % heads)
		return 0;
	int64_t batch = x->t.dim[1], rows = x->t.dim[2], columns = x->t.dim[3] / heads;
	*view = (struct attn_tensor){x->t.data, x->t.dtype, {batch, heads, rows, columns}, {rows * heads * columns, columns, heads * columns, 1}};
	return 1;
}

struct expected_shape {
	const char *name;
	const struct onnx_tensor *x;
	int64_t heads; /* where they lie within rows */
	int64_t dim[4]; /* < 0: any */
};

static enum attn_status view_as(struct attn_tensor *view, const struct expected_shape *e, char *why, size_t size)
{
	int fits = is_float(e->x) && onnx_view(e->x, e->heads, view);
	for (int k = 0; fits && k < 4; k++)
		fits = e->dim[k] < 0 || view->dim[k] == e->dim[k];
	if (fits)
		return ATTN_OK;
	const int64_t *is = e->x->t.dim, *d = e->dim;
	return onnx_fail(why, size, "%s is %s of rank %d, [%lld,%lld,%lld,%lld] with %lld heads: expected floats of rank 4 (or 3, heads within rows), [%lld,%lld,%lld,%lld]; -1 is any",
	                 e->name, attn_dtype_name(e->x->t.dtype), e->x->rank, (long long)is[0], (long long)is[1], (long long)is[2], (long long)is[3], (long long)e->heads,
	                 (long long)d[0], (long long)d[1], (long long)d[2], (long long)d[3]);
}

static enum attn_status view_inputs(struct shapes *s, const struct onnx_case *c, char *why, size_t size)
{
	const struct onnx_attributes *a = &c->model.attributes;
	const struct onnx_tensor *in = c->input;
	enum attn_status status;
	if (in[ONNX_K].rank != in[ONNX_Q].rank || in[ONNX_V].rank != in[ONNX_Q].rank)
		return onnx_fail(why, size, "Q, K and V have the ranks %d, %d and %d: expected one rank", in[ONNX_Q].rank, in[ONNX_K].rank, in[ONNX_V].rank);
	if (in[ONNX_K].t.dtype != in[ONNX_Q].t.dtype)
		return onnx_fail(why, size, "Q is %s and K %s: expected one type", attn_dtype_name(in[ONNX_Q].t.dtype), attn_dtype_name(in[ONNX_K].t.dtype));
	if ((status = view_as(&s->q, &(struct expected_shape){"Q", &in[ONNX_Q], a->q_num_heads, {-1, -1, -1, -1}}, why, size)) != ATTN_OK)
		return status;
	if ((status = view_as(&s->k, &(struct expected_shape){"K", &in[ONNX_K], a->kv_num_heads, {s->q.dim[0], -1, -1, s->q.dim[3]}}, why, size)) != ATTN_OK)
		return status;
	if ((status = view_as(&s->v, &(struct expected_shape){"V", &in[ONNX_V], a->kv_num_heads, {s->q.dim[0], s->k.dim[1], s->k.dim[2], -1}}, why, size)) != ATTN_OK)
		return status;
	if (!in[ONNX_PAST_KEY].t.data != !in[ONNX_PAST_VALUE].t.data)
		return onnx_fail(why, size, "one of past_key and past_value is given: expected both or none");
	if (!in[ONNX_PAST_KEY].t.data)
		return ATTN_OK;
	if ((status = view_as(&s->past_k, &(struct expected_shape){"past_key", &in[ONNX_PAST_KEY], 0, {s->q.dim[0], s->k.dim[1], -1, s->k.dim[3]}}, why, size)) != ATTN_OK)
		return status;
	return view_as(&s->past_v, &(struct expected_shape){"past_value", &in[ONNX_PAST_VALUE], 0, {s->q.dim[0], s->k.dim[1], s->past_k.dim[2], s->v.dim[3]}}, why, size);
}

/* The type that holds the values of both. */
static enum attn_dtype wider(enum attn_dtype x, enum attn_dtype y)
{
	return x == y ? x : x == ATTN_F64 || y == ATTN_F64 ? ATTN_F64 : ATTN_F32;
}

static enum attn_dtype softmax_dtype(int64_t precision)
{
	return precision == 1 ? ATTN_F32 : precision == 10 ? ATTN_F16 : precision == 11 ? ATTN_F64 : precision == 16 ? ATTN_BF16 : ATTN_NONE;
}

static int is_rank_3(const struct onnx_case *c) { return c->input[ONNX_Q].rank == 3; }

static int wants_square(const struct onnx_case *c) { return c->output[ONNX_QK_MATMUL].t.data != NULL; }

/* Whether kv_len, causal and window are to be put into the mask. */
static int folds(const struct onnx_case *c) { return c->input[ONNX_NONPAD_KV_SEQLEN].t.data && wants_square(c); }

/* Dimensions along which a mask is not broadcast; it is padded to all keys. */
static enum attn_status mask_dims(uint32_t *dims, const struct onnx_tensor *mask, const struct attn_problem *p, char *why, size_t size)
{
	static const uint32_t bits[] = {ATTN_DIM_BATCH, ATTN_DIM_HEAD, ATTN_DIM_QUERY};
	int64_t full[] = {p->batch, p->heads_q, p->len_q, attn_problem_keys(p)};
	int fits = mask->rank >= 1 && mask->t.dim[3] <= full[3] && (is_float(mask) || mask->t.dtype == ATTN_BOOL);
	*dims = ATTN_DIM_KEY;
	for (int k = 0; fits && k < 3; k++) {
		fits = mask->t.dim[k] == 1 || mask->t.dim[k] == full[k];
		*dims |= mask->t.dim[k] == 1 ? 0 : bits[k];
	}
	if (fits)
		return ATTN_OK;
	const int64_t *d = mask->t.dim;
	return onnx_fail(why, size, "attn_mask is %s of rank %d, [%lld,%lld,%lld,%lld]: expected bool or floats that broadcast to [%lld,%lld,%lld,%lld], the last shorter or as long",
	                 attn_dtype_name(mask->t.dtype), mask->rank, (long long)d[0], (long long)d[1], (long long)d[2], (long long)d[3], (long long)full[0], (long long)full[1],
	                 (long long)full[2], (long long)full[3]);
}

static enum attn_status set_mask(struct attn_problem *p, const struct onnx_case *c, char *why, size_t size)
{
	const struct onnx_tensor *mask = &c->input[ONNX_MASK];
	int is_bool = mask->t.dtype == ATTN_BOOL;
	if (mask->t.data) {
		p->has |= is_bool ? ATTN_HAS_MASK : ATTN_HAS_BIAS;
		if (mask_dims(is_bool ? &p->mask_dims : &p->bias_dims, mask, p, why, size) != ATTN_OK)
			return ATTN_FAILED;
	}
	if (folds(c)) {
		p->has |= ATTN_HAS_MASK;
		p->mask_dims |= ATTN_DIM_BATCH | ATTN_DIM_QUERY | ATTN_DIM_KEY;
	}
	return ATTN_OK;
}

static enum attn_status set_lengths(struct attn_problem *p, const struct onnx_case *c, char *why, size_t size)
{
	const struct onnx_attributes *a = &c->model.attributes;
	const struct onnx_tensor *nonpad = &c->input[ONNX_NONPAD_KV_SEQLEN];
	if (nonpad->t.data) {
		if (nonpad->t.dtype != ATTN_I64 || nonpad->rank != 1 || nonpad->t.dim[3] != p->batch)
			return onnx_fail(why, size, "nonpad_kv_seqlen is %s of rank %d with %lld elements: expected int64 of rank 1, one for each of %lld batch entries",
			                 attn_dtype_name(nonpad->t.dtype), nonpad->rank, (long long)attn_tensor_count(&nonpad->t), (long long)p->batch);
		if (p->has & ATTN_HAS_PAST)
			return onnx_fail(why, size, "nonpad_kv_seqlen comes with past_key or present_key: expected one of them");
		for (int64_t b = 0; b < p->batch; b++)
			if (((const int64_t *)nonpad->t.data)[b] < 0 || ((const int64_t *)nonpad->t.data)[b] > p->len_kv)
				return onnx_fail(why, size, "nonpad_kv_seqlen[%lld] is %lld: expected 0 to %lld, the keys there are", (long long)b,
				                 (long long)((const int64_t *)nonpad->t.data)[b], (long long)p->len_kv);
	}
	if (folds(c))
		return ATTN_OK;
	p->causal = (int)a->is_causal;
	p->window_left = a->left_window_size;
	p->window_right = a->is_causal ? -1 : a->right_window_size; /* what is after the row is hidden already */
	if (nonpad->t.data) {
		p->has |= ATTN_HAS_KV_LEN;
		p->align = p->causal || p->window_left >= 0 || p->window_right >= 0 ? ATTN_BOTTOM_RIGHT : ATTN_TOP_LEFT;
	}
	return ATTN_OK;
}

static void set_outputs(struct attn_problem *p, const struct onnx_case *c)
{
	int64_t mode = c->model.attributes.qk_matmul_output_mode;
	if (c->output[ONNX_PRESENT_KEY].t.data || c->output[ONNX_PRESENT_VALUE].t.data) {
		p->wants |= ATTN_WANTS_PRESENT;
		p->has |= ATTN_HAS_PAST; /* of no keys, it may be */
	}
	if (wants_square(c) && mode == MODE_WEIGHTS)
		p->wants |= ATTN_WANTS_WEIGHTS;
	else if (wants_square(c))
		p->wants |= ATTN_WANTS_SCORES, p->score_stage = (enum attn_score_stage)mode;
}

/* What is stored must have the shape of what will come out. */
static enum attn_status check_outputs(const struct attn_problem *p, const struct onnx_case *c, char *why, size_t size)
{
	int64_t keys = attn_problem_keys(p);
	const struct expected_shape all[] = {{"Y", &c->output[ONNX_Y], is_rank_3(c) ? p->heads_q : 0, {p->batch, p->heads_q, p->len_q, p->dim_v}},
	                                     {"present_key", &c->output[ONNX_PRESENT_KEY], 0, {p->batch, p->heads_kv, keys, p->dim_k}},
	                                     {"present_value", &c->output[ONNX_PRESENT_VALUE], 0, {p->batch, p->heads_kv, keys, p->dim_v}},
	                                     {"qk_matmul_output", &c->output[ONNX_QK_MATMUL], 0, {p->batch, p->heads_q, p->len_q, keys}}};
	enum attn_status status = ATTN_OK;
	struct attn_tensor view;
	for (int n = 0; status == ATTN_OK && n < ONNX_OUTPUTS; n++)
		if (all[n].x->t.data)
			status = view_as(&view, &all[n], why, size);
	return status;
}

enum attn_status onnx_problem_make(struct attn_problem *p, const struct onnx_case *c, char *why, size_t size)
{
	struct shapes s = {0};
	enum attn_status status = view_inputs(&s, c, why, size);
	if (status != ATTN_OK)
		return status;
	attn_problem_init(p);
	p->batch = s.q.dim[0], p->heads_q = s.q.dim[1], p->heads_kv = s.k.dim[1];
	p->len_q = s.q.dim[2], p->len_kv = s.k.dim[2], p->dim_qk = p->dim_k = s.q.dim[3], p->dim_v = s.v.dim[3];
	p->dtype = wider(s.q.dtype, s.v.dtype);
	p->softmax_dtype = softmax_dtype(c->model.attributes.softmax_precision);
	p->scale = c->model.attributes.scale;
	p->softcap = c->model.attributes.softcap;
	if (s.past_k.data)
		p->has |= ATTN_HAS_PAST, p->past_len = s.past_k.dim[2];
	set_outputs(p, c);
	if ((status = set_lengths(p, c, why, size)) != ATTN_OK || (status = set_mask(p, c, why, size)) != ATTN_OK)
		return status;
	attn_problem_resolve(p);
	if (is_rank_3(c))
		attn_problem_set_layout(p, ATTN_LAYOUT_BSHD);
	status = attn_problem_check(p, why, size);
	return status == ATTN_OK ? check_outputs(p, c, why, size) : status;
}

/* Whether row i of batch entry b may see key j by causal, window and kv_len, where those are put into the mask. */
static int sees(const struct onnx_case *c, const struct attn_problem *p, int64_t b, int64_t i, int64_t j)
{
	const struct onnx_attributes *a = &c->model.attributes;
	int64_t valid = ((const int64_t *)c->input[ONNX_NONPAD_KV_SEQLEN].t.data)[b], ahead = j - (i + valid - p->len_q);
	return j < valid && !(a->is_causal && ahead > 0) && !(a->right_window_size >= 0 && ahead > a->right_window_size) &&
	       !(a->left_window_size >= 0 && -ahead > a->left_window_size);
}

/* The stored mask at an element, broadcast; `beyond` past its end. */
static double mask_at(const struct attn_tensor *m, const int64_t at[4], double beyond)
{
	int64_t x[3];
	for (int k = 0; k < 3; k++)
		x[k] = m->dim[k] == 1 ? 0 : at[k];
	return at[3] < m->dim[3] ? attn_tensor_get(m, x[0], x[1], x[2], at[3]) : beyond;
}

static void fill_mask(struct attn_tensor *to, const struct onnx_case *c, const struct attn_problem *p)
{
	const struct attn_tensor *m = &c->input[ONNX_MASK].t;
	int is_bool = to->dtype == ATTN_BOOL, has = m->data && (m->dtype == ATTN_BOOL) == is_bool;
	int64_t at[4], end[4];
	for (int k = 0; k < 4; k++)
		end[k] = to->stride[k] || to->dim[k] == 0 ? to->dim[k] : 1;
	for (at[0] = 0; at[0] < end[0]; at[0]++)
		for (at[1] = 0; at[1] < end[1]; at[1]++)
			for (at[2] = 0; at[2] < end[2]; at[2]++)
				for (at[3] = 0; at[3] < end[3]; at[3]++) {
					double x = has ? mask_at(m, at, is_bool ? 0 : (double)-INFINITY) : 1;
					if (is_bool && folds(c) && !sees(c, p, at[0], at[2], at[3]))
						x = 0;
					attn_tensor_set(to, at[0], at[1], at[2], at[3], x);
				}
}

enum attn_status onnx_tensors_make(struct attn_tensors *t, const struct attn_problem *p, const struct onnx_case *c)
{
	struct attn_tensor view;
	if (attn_tensors_alloc(t, p, 0, 0) != ATTN_OK)
		return ATTN_NO_MEMORY;
	const struct {
		struct attn_tensor *to;
		enum onnx_input from;
		int64_t heads;
	} copies[] = {{&t->q, ONNX_Q, p->heads_q}, {&t->k, ONNX_K, p->heads_kv}, {&t->v, ONNX_V, p->heads_kv}, {&t->past_k, ONNX_PAST_KEY, 0}, {&t->past_v, ONNX_PAST_VALUE, 0}};
	for (size_t n = 0; n < sizeof copies / sizeof *copies; n++)
		if (c->input[copies[n].from].t.data && onnx_view(&c->input[copies[n].from], copies[n].heads, &view))
			attn_tensor_copy(copies[n].to, &view);
	for (int64_t b = 0; t->kv_len.data && b < p->batch; b++)
		((int64_t *)t->kv_len.data)[b] = ((const int64_t *)c->input[ONNX_NONPAD_KV_SEQLEN].t.data)[b];
	if (t->mask.data)
		fill_mask(&t->mask, c, p);
	if (t->bias.data)
		fill_mask(&t->bias, c, p);
	return ATTN_OK;
}
