/* A query row in long double: which keys it sees, their scores and weights.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/reference.h"
#include "conformance/score_error.h"

#include <attnbench/view.h>
#include <stdlib.h>

enum attn_status reference_row_init(struct reference_row *row, const struct attn_problem *p)
{
	size_t n = (size_t)(p->len_kv + p->past_len) + 1, d = (size_t)(p->dim_qk + 2 * p->dim_k);
	*row = (struct reference_row){0};
	row->raw = calloc(4 * n, sizeof *row->raw);
	row->capped = row->raw + n;
	row->score = row->capped + n;
	row->weight = row->score + n;
	row->error = calloc(4 * n, sizeof *row->error);
	row->error_worst = row->error + n;
	row->stage_error = row->error_worst + n;
	row->stage_error_worst = row->stage_error + n;
	row->q = calloc(d, sizeof *row->q);
	row->k = row->q + p->dim_qk + p->dim_k;
	row->value = calloc(n, sizeof *row->value);
	if (row->raw && row->error && row->q && row->value)
		return ATTN_OK;
	reference_row_free(row);
	return ATTN_NO_MEMORY;
}

void reference_row_free(struct reference_row *row)
{
	free(row->raw);
	free(row->error);
	free(row->q);
	free(row->value);
	*row = (struct reference_row){0};
}

/* The row's own sequence: its number of rows and keys, and the row's number in it. */
struct extent {
	int64_t rows, keys, first_key, row;
	int found;
};

static struct extent extent_of(const struct attn_problem *p, const struct attn_tensors *t, struct reference_place at)
{
	struct extent e = {p->len_q, p->past_len + p->len_kv, 0, at.i, 1};
	if (t->cu_seqlens_q.data) {
		e.found = 0;
		for (int64_t n = 0; n + 1 < t->cu_seqlens_q.dim[3]; n++) {
			int64_t begin = attn_at_i64(&t->cu_seqlens_q, 0, 0, 0, n), end = attn_at_i64(&t->cu_seqlens_q, 0, 0, 0, n + 1);
			if (at.i < begin || at.i >= end)
				continue;
			e.first_key = attn_at_i64(&t->cu_seqlens_kv, 0, 0, 0, n);
			e = (struct extent){end - begin, attn_at_i64(&t->cu_seqlens_kv, 0, 0, 0, n + 1) - e.first_key, e.first_key, at.i - begin, 1};
		}
	} else if (t->kv_len.data) {
		e.keys = attn_at_i64(&t->kv_len, at.b, 0, 0, 0);
	}
	return e;
}

/* The key that the row stands at. */
static int64_t position_of(const struct attn_problem *p, const struct extent *e)
{
	return p->align == ATTN_BOTTOM_RIGHT ? e->row + e->keys - e->rows : e->row + p->past_len;
}

static int sees(const struct attn_problem *p, const struct attn_tensors *t, struct reference_place at, int64_t position, int64_t first_key, int64_t j)
{
	int64_t ahead = j - position;
	if (p->causal && ahead > 0)
		return 0;
	if ((p->window_right >= 0 && ahead > p->window_right) || (p->window_left >= 0 && -ahead > p->window_left))
		return 0;
	if (t->mask.data && !attn_at_bool(&t->mask, at.b, at.h, at.i, first_key + j))
		return 0;
	if (t->block_mask.data && !attn_at_bool(&t->block_mask, at.b, at.h, at.i / p->block_q, (first_key + j) / p->block_kv))
		return 0;
	return !t->bias.data || attn_at_float(&t->bias, at.b, at.h, at.i, first_key + j) > (double)-INFINITY ||
	       isnan(attn_at_float(&t->bias, at.b, at.h, at.i, first_key + j));
}

/* Tensor, and indices in it, of row j of the keys or values of a sequence. */
struct where {
	const struct attn_tensor *in;
	int64_t b, h, i;
};

static struct where where_is(const struct attn_problem *p, const struct attn_tensors *t, int values, struct reference_place at, int64_t first_key, int64_t j)
{
	const struct attn_tensor *fresh = values ? &t->v : &t->k, *past = values ? &t->past_v : &t->past_k;
	int64_t h = at.h * p->heads_kv / p->heads_q;
	if (t->block_table.data)
		return (struct where){fresh, attn_at_i64(&t->block_table, at.b, 0, 0, j / p->page_size), h, j % p->page_size};
	if (past->data && j < p->past_len)
		return (struct where){past, at.b, h, j};
	return (struct where){fresh, at.b, h, first_key + j - p->past_len};
}

static void load(long double *x, const struct where *w, int64_t n)
{
	for (int64_t c = 0; c < n; c++)
		x[c] = (long double)attn_at_float(w->in, w->b, w->h, w->i, c);
}

/* What errors of q and k add to that of their product: Σ_c |q| δk + δq |k| + δq δk. */
static void add_row_errors(const struct reference_row *row, const struct attn_problem *p, struct reference_place at, const struct where *k, struct score_error *e)
{
	double *total[] = {&e->likely, &e->worst};
	for (int rule = 0; rule < 2; rule++) {
		double sum = 0;
		for (int64_t c = 0; c < p->dim_qk; c++) {
			double dq = attn_at_float(&row->errors->q[rule], at.b, at.h, at.i, c), dk = attn_at_float(&row->errors->k[rule], k->b, k->h, k->i, c);
			sum += fabs((double)row->q[c]) * dk + dq * fabs((double)row->k[c]) + dq * dk;
		}
		*total[rule] += fabs(p->scale) * sum;
	}
}

static void note_stage(struct reference_row *row, const struct attn_problem *p, enum attn_score_stage stage, int64_t j, const struct score_error *e)
{
	if (p->score_stage != stage)
		return;
	row->stage_error[j] = e->likely;
	row->stage_error_worst[j] = e->worst;
}

/* Score of key j at each stage, and its error. */
static void make_score(struct reference_row *row, const struct attn_problem *p, const struct attn_tensors *t, struct reference_place at, int64_t j,
                       int64_t position, struct score_error *e)
{
	e->likely = e->worst = 0;
	struct where k = where_is(p, t, 0, at, row->first_key, j);
	long double x;
	if (p->score >= ATTN_GIVEN_SCORES) {
		x = (long double)attn_at_float(&t->given, at.b, at.h, at.i, row->first_key + j);
	} else {
		load(row->k, &k, p->dim_k);
		x = score_of(p, t, at.h, row->q, row->k, e);
		if (row->errors)
			add_row_errors(row, p, at, &k, e);
	}
	row->raw[j] = x;
	note_stage(row, p, ATTN_STAGE_RAW, j, e);
	if (p->softcap > 0)
		x = score_softcap(x, p->softcap, e);
	row->capped[j] = x;
	note_stage(row, p, ATTN_STAGE_SOFTCAP, j, e);
	if (t->bias.data)
		x = score_add(x, (long double)attn_at_float(&t->bias, at.b, at.h, at.i, row->first_key + j), e);
	if (t->alibi.data)
		x = score_add(x, -(long double)attn_at_float(&t->alibi, 0, at.h, 0, 0) * (long double)(j > position ? j - position : position - j), e);
	row->score[j] = x;
	note_stage(row, p, ATTN_STAGE_MASKED, j, e);
	row->error[j] = e->likely;
	row->error_worst[j] = e->worst;
}

/* exp(x - max), where infinities of the same sign differ by 0. */
static long double below(long double x, long double max)
{
	return x == max ? 1 : expl(x - max);
}

static void make_weights(struct reference_row *row, const struct attn_problem *p, long double sink)
{
	long double sum = 0;
	row->max = sink;
	for (int64_t j = 0; j < row->keys; j++)
		if (row->score[j] > row->max || isnan(row->score[j]))
			row->max = row->score[j];
	for (int64_t j = 0; j < row->keys; j++) {
		row->weight[j] = row->value[j] ? below(row->score[j], row->max) : 0;
		sum += row->weight[j];
	}
	row->sink_weight = sink > -INFINITY ? below(sink, row->max) : 0;
	sum += row->sink_weight;
	row->sum = sum;
	row->logsumexp = row->max + logl(sum);
	if (p->score == ATTN_GIVEN_WEIGHTS) {
		for (int64_t j = 0; j < row->keys; j++)
			row->weight[j] = row->value[j] ? row->score[j] : 0;
		row->logsumexp = 0, row->sum = 1;
	} else if (sum != 0) {
		for (int64_t j = 0; j < row->keys; j++)
			row->weight[j] /= sum;
		row->sink_weight /= sum;
	}
}

int reference_row_make(struct reference_row *row, const struct attn_problem *p, const struct attn_tensors *t, struct reference_place at, double u_score)
{
	struct extent e = extent_of(p, t, at);
	int64_t position = position_of(p, &e);
	struct where q = {&t->q, at.b, at.h, at.i};
	struct score_error error = {.u = u_score};
	long double sink = t->sinks.data ? (long double)attn_at_float(&t->sinks, 0, at.h, 0, 0) : -INFINITY;

	if (!e.found)
		return 0;
	row->keys = e.keys, row->first_key = e.first_key, row->seen = 0;
	row->value_stride = t->v.stride[3];
	if (p->score == ATTN_LOCATION)
		load(row->q, &(struct where){&t->v_a, 0, at.h, 0}, p->dim_k);
	else if (p->score < ATTN_LOCATION)
		load(row->q, &q, p->dim_qk);
	for (int64_t j = 0; j < row->keys; j++) {
		struct where v = where_is(p, t, 1, at, row->first_key, j);
		int seen = sees(p, t, at, position, row->first_key, j);
		row->value[j] = seen ? attn_at(v.in, v.b, v.h, v.i, 0) : NULL;
		row->seen += seen;
		if (seen || t->scores.data)
			make_score(row, p, t, at, j, position, &error);
		if (!seen) {
			row->score[j] = -INFINITY;
			if (!t->scores.data) /* a hidden key has a raw score all the same, and that an error */
				row->error[j] = row->error_worst[j] = 0;
		}
	}
	make_weights(row, p, sink);
	row->sink_error = 2 * u_score * fabs((double)sink);
	return 1;
}

/* Cached values may lie otherwise than new ones. */
static int64_t value_stride(const struct reference_row *row, const struct attn_tensors *t, int64_t j)
{
	return t->past_v.data && j < t->past_v.dim[2] ? t->past_v.stride[3] : row->value_stride;
}

long double reference_value(const struct reference_row *row, const struct attn_tensors *t, int64_t j, int64_t c)
{
	struct attn_tensor one = {(void *)(uintptr_t)row->value[j], t->v.dtype, {1, 1, 1, 1}, {0, 0, 0, value_stride(row, t, j)}};
	return (long double)attn_at_float(&one, 0, 0, 0, c);
}

double reference_value_error(const struct reference_row *row, const struct attn_tensors *t, int64_t c, int rule)
{
	double sum = 0;
	for (int64_t j = 0; row->errors && j < row->keys; j++) {
		if (!row->value[j])
			continue;
		ptrdiff_t offset = (const double *)row->value[j] - (const double *)t->v.data; /* both are contiguous f64 */
		sum += (double)row->weight[j] * ((const double *)row->errors->v[rule].data)[offset + c];
	}
	return sum;
}

long double reference_output(const struct reference_row *row, const struct attn_tensors *t, int64_t c)
{
	long double sum = 0;
	for (int64_t j = 0; j < row->keys; j++)
		if (row->value[j])
			sum += row->weight[j] * reference_value(row, t, j, c);
	return sum;
}
