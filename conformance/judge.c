/* Every element of the outputs against its bound (spread.c).
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/judge.h"
#include "conformance/random.h"
#include "conformance/reference_layer.h"
#include "conformance/spread.h"
#include "harness/tensor.h"

#include <attnbench/view.h>
#include <stdio.h>
#include <stdlib.h>

/* One judgement: the row of the moment, and what has been found. */
struct judgement {
	struct spread spread;
	struct judge_result *result;
	struct joined *joined; /* of a layer, else NULL: the spread is that of its heads then */
};

/* A row of all heads, before a layer's last projection. */
struct joined {
	const struct attn_problem *p; /* the layer's */
	struct reference_layer layer;
	double *heads, *error[2]; /* [heads_q][dim_v] */
	int is_open; /* a head's row is empty and its value by policy not ours to say */
};

double judge_ulp(double x, enum attn_dtype dtype)
{
	int exponent, digits = dtype == ATTN_F64 ? 53 : dtype == ATTN_BF16 ? 8 : dtype == ATTN_F16 ? 11 : 24;
	int least = dtype == ATTN_F64 ? -1021 : dtype == ATTN_F16 ? -13 : -125;
	frexp(x, &exponent);
	return ldexp(1, (x == 0 || exponent < least ? least : exponent) - digits);
}

struct element {
	const char *output;
	const struct attn_tensor *t;
	int64_t at[4];
	double expected;
	double bound[2];
};

static double quotient(double error, double bound)
{
	return error == 0 ? 0 : error / bound; /* a NaN, or a bound of 0, is never <= 1 */
}

/* Takes one number into the result. Infinities and NaN are right when they are what is expected. */
static void judge_number(struct judge_result *r, const struct element *e, double got, int nan_counts)
{
	double ratio, worst;
	if (isnan(e->expected)) {
		ratio = worst = isnan(got) || !nan_counts ? 0 : (double)INFINITY;
	} else if (isinf(e->expected)) {
		ratio = worst = got == e->expected ? 0 : (double)INFINITY;
	} else {
		ratio = quotient(fabs(got - e->expected), e->bound[0]);
		worst = quotient(fabs(got - e->expected), e->bound[1]);
		r->ulp = fmax(r->ulp, fabs(got - e->expected) / judge_ulp(e->expected, e->t->dtype));
	}
	r->nonzero += e->expected != 0;
	if (!(worst <= r->worst_case) && !isnan(r->worst_case))
		r->worst_case = worst;
	if (r->elements++ == 0 || (!(ratio <= r->ratio) && !isnan(r->ratio))) {
		r->ratio = ratio;
		snprintf(r->output, sizeof r->output, "%s", e->output);
		for (int k = 0; k < 4; k++)
			r->at[k] = e->at[k];
		r->expected = e->expected, r->got = got, r->bound = e->bound[0];
	}
}

static void judge_element(struct judge_result *r, const struct element *e, int nan_counts)
{
	judge_number(r, e, attn_at_float(e->t, e->at[0], e->at[1], e->at[2], e->at[3]), nan_counts);
}

static double expected_or(const struct attn_tensor *stored, const int64_t at[4], double otherwise)
{
	return stored && stored->data ? attn_at_float(stored, at[0], at[1], at[2], at[3]) : otherwise;
}

/* The stored outputs, where there are any. */
static const struct attn_tensors *stored(const struct judgement *n)
{
	static const struct attn_tensors none;
	return n->spread.rules->expected ? n->spread.rules->expected : &none;
}

static void take(const struct judgement *n, const struct element *e)
{
	judge_element(n->result, e, n->spread.rules->policy.nan_propagates);
}

/* Hidden values, NaN among them, make the value of an empty row under this policy: the suite policy looks at it. */
static int is_not_ours(const struct spread *s) { return spread_is_empty(s) && s->rules->policy.empty_row == ATTN_EMPTY_MEAN; }

static double output_of(const struct spread *s, int64_t c, double bound[2])
{
	double o = spread_is_empty(s) ? spread_empty_value(s) : (double)reference_output(&s->row, s->t, c);
	if (isfinite(o))
		spread_output(s, c, o, bound);
	return o;
}

static void judge_outputs(struct judgement *n)
{
	const struct spread *s = &n->spread;
	for (int64_t c = 0; c < s->p->dim_v && !is_not_ours(s); c++) {
		struct element e = {"out", &s->t->out, {s->at.b, s->at.h, s->at.i, c}, 0, {0, 0}};
		double o = output_of(s, c, e.bound);
		e.expected = spread_is_empty(s) ? o : expected_or(&stored(n)->out, e.at, o);
		take(n, &e);
	}
}

/* The outputs of one head, kept for the layer's row. */
static void collect_outputs(struct judgement *n)
{
	const struct spread *s = &n->spread;
	struct joined *j = n->joined;
	j->is_open |= is_not_ours(s);
	for (int64_t c = 0; c < s->p->dim_v; c++) {
		int64_t at = s->at.h * s->p->dim_v + c;
		double bound[2] = {0, 0};
		j->heads[at] = output_of(s, c, bound);
		j->error[0][at] = bound[0];
		j->error[1][at] = bound[1];
	}
}

static void judge_joined(struct judgement *n, int64_t b, int64_t i)
{
	const struct spread *s = &n->spread;
	const struct joined *j = n->joined;
	const double *const error[] = {j->error[0], j->error[1]};
	for (int64_t m = 0; m < j->p->dim_out && !j->is_open; m++) {
		struct element e = {"out", &s->t->out, {b, 0, i, m}, 0, {0, 0}};
		struct reference_joined y = reference_layer_join(j->p, s->t, j->heads, error, m, s->rules->numerics.u_accumulate);
		e.expected = expected_or(&stored(n)->out, e.at, (double)y.value);
		for (int rule = 0; rule < 2; rule++)
			e.bound[rule] = y.bound[rule] + spread_rounding(s, (double)y.value);
		take(n, &e);
	}
}

/* Keys that are not of the row's sequence, or beyond its length: exactly nothing. */
static void judge_outside(struct judgement *n, const char *output, const struct attn_tensor *t, double nothing)
{
	const struct spread *s = &n->spread;
	for (int64_t j = 0; j < t->dim[3]; j++) {
		struct element e = {output, t, {s->at.b, s->at.h, s->at.i, j}, nothing, {0, 0}};
		if (j < s->row.first_key || j >= s->row.first_key + s->row.keys)
			judge_element(n->result, &e, 1);
	}
}

/* A hidden key has no weight; beside a NaN that the row sees, 0 and NaN are both right for it. */
static void judge_weights(struct judgement *n)
{
	const struct spread *s = &n->spread;
	for (int64_t j = 0; j < s->row.keys; j++) {
		if (!s->row.value[j] && isnan(s->row.logsumexp))
			continue;
		struct element e = {"weights", &s->t->weights, {s->at.b, s->at.h, s->at.i, s->row.first_key + j}, 0, {0, 0}};
		e.expected = expected_or(&stored(n)->weights, e.at, (double)s->row.weight[j]);
		spread_weight(s, j, e.bound);
		take(n, &e);
	}
	judge_outside(n, "weights", &s->t->weights, 0);
}

static void judge_scores(struct judgement *n)
{
	const struct spread *s = &n->spread;
	const long double *stages[] = {s->row.raw, s->row.capped, s->row.score};
	for (int64_t j = 0; j < s->row.keys; j++) {
		struct element e = {"scores", &s->t->scores, {s->at.b, s->at.h, s->at.i, s->row.first_key + j}, 0, {0, 0}};
		double x = (double)stages[s->p->score_stage][j];
		e.expected = expected_or(&stored(n)->scores, e.at, x);
		spread_score(s, j, x, e.bound);
		take(n, &e);
	}
	judge_outside(n, "scores", &s->t->scores, (double)-INFINITY);
}

static void judge_logsumexp(struct judgement *n)
{
	const struct spread *s = &n->spread;
	struct element e = {"logsumexp", &s->t->logsumexp, {s->at.b, s->at.h, s->at.i, 0}, 0, {0, 0}};
	e.expected = expected_or(&stored(n)->logsumexp, e.at, (double)s->row.logsumexp);
	spread_logsumexp(s, e.bound);
	take(n, &e);
}

/* log(row_sum) + row_max less the largest score, so that a score of any size leaves all digits to the sum. */
static void judge_sums(struct judgement *n)
{
	const struct spread *s = &n->spread;
	struct element e = {"row_sum", &s->t->row_sum, {s->at.b, s->at.h, s->at.i, 0}, (double)logl(s->row.sum), {0, 0}};
	long double largest = s->p->score == ATTN_GIVEN_WEIGHTS ? 0 : s->row.max;
	long double max = (long double)attn_at_float(&s->t->row_max, e.at[0], e.at[1], e.at[2], 0), sum = (long double)attn_at_float(e.t, e.at[0], e.at[1], e.at[2], 0);
	int is_infinite = isinf(max) && (s->rules->numerics.u_score < 0x1p-40 ? (double)largest : (double)(float)largest) == (double)max; /* beyond what it can hold */
	long double apart = max == largest || is_infinite ? 0 : max - largest;
	spread_sums(s, e.bound);
	if (isnan(s->row.logsumexp))
		e.expected = (double)NAN;
	judge_number(n->result, &e, (double)(logl(sum) + apart), s->rules->policy.nan_propagates);
}

static void judge_one_row(struct judgement *n, struct reference_place at)
{
	const struct attn_tensors *t = n->spread.t;
	if (!spread_make(&n->spread, at))
		return;
	(n->joined ? collect_outputs : judge_outputs)(n);
	if (t->weights.data)
		judge_weights(n);
	if (t->scores.data)
		judge_scores(n);
	if (t->logsumexp.data)
		judge_logsumexp(n);
	if (t->row_max.data)
		judge_sums(n);
}

/* present is a copy: past and new, joined, bit for bit. */
static void judge_present(struct judgement *n, const char *name, const struct attn_tensor *past, const struct attn_tensor *fresh, const struct attn_tensor *present)
{
	int64_t past_len = n->spread.p->past_len;
	for (int64_t b = 0; b < present->dim[0]; b++)
		for (int64_t h = 0; h < present->dim[1]; h++)
			for (int64_t i = 0; i < present->dim[2]; i++)
				for (int64_t c = 0; c < present->dim[3]; c++) {
					struct element e = {name, present, {b, h, i, c}, 0, {0, 0}};
					e.expected = i < past_len ? attn_at_float(past, b, h, i, c) : attn_at_float(fresh, b, h, i - past_len, c);
					judge_element(n->result, &e, 1);
				}
}

/* A layer's row is made of the rows of all its heads. */
static void judge_layer_row(struct judgement *n, struct reference_place at)
{
	const struct attn_problem *p = n->spread.p;
	n->joined->is_open = 0;
	memset(n->joined->heads, 0, (size_t)(p->heads_q * p->dim_v) * 3 * sizeof *n->joined->heads);
	for (int64_t h = 0; h < p->heads_q; h++)
		judge_one_row(n, (struct reference_place){at.b, h, at.i});
	judge_joined(n, at.b, at.i);
}

/* All rows of that many heads, or as many as are asked for, drawn by the seed. */
static void judge_rows(struct judgement *n, int64_t heads, int64_t rows, uint64_t seed)
{
	const struct attn_problem *p = n->spread.p;
	struct random r = random_start(seed, 99);
	int64_t all = p->batch * heads * p->len_q, count = rows < 0 || rows > all ? all : rows;
	for (int64_t k = 0; k < count; k++) {
		int64_t one = count == all ? k : random_below(&r, all), head = one / p->len_q;
		(n->joined ? judge_layer_row : judge_one_row)(n, (struct reference_place){head / heads, head % heads, one % p->len_q});
	}
}

/* Sets the judge to work on the layer's heads. */
static enum attn_status judge_layer(struct judgement *n, int64_t rows, uint64_t seed)
{
	struct spread *s = &n->spread;
	size_t columns = (size_t)(s->p->heads_q * s->p->dim_v);
	struct joined j = {.p = s->p, .heads = calloc(3 * columns, sizeof *j.heads)};
	j.error[0] = j.heads + columns, j.error[1] = j.heads + 2 * columns;
	if (!j.heads || reference_layer_init(&j.layer, s->p, s->t, s->rules->numerics.u_score) != ATTN_OK) {
		free(j.heads);
		return ATTN_NO_MEMORY;
	}
	n->joined = &j, s->p = &j.layer.heads, s->t = &j.layer.tensors, s->row.errors = &j.layer.errors;
	judge_rows(n, 1, rows, seed);
	reference_layer_free(&j.layer);
	free(j.heads);
	return ATTN_OK;
}

enum attn_status judge_by(const struct judge_rules *rules, const struct attn_problem *p, const struct attn_tensors *t, int64_t rows, uint64_t seed,
                          struct judge_result *result)
{
	enum attn_status status = ATTN_OK;
	struct judgement n = {.result = result};

	*result = (struct judge_result){0};
	if (spread_init(&n.spread, rules, p, t) != ATTN_OK)
		return ATTN_NO_MEMORY;
	if (p->has & ATTN_HAS_PROJECTIONS)
		status = judge_layer(&n, rows, seed);
	else
		judge_rows(&n, p->heads_q, rows, seed);
	if (t->present_k.data) {
		judge_present(&n, "present_k", &t->past_k, &t->k, &t->present_k);
		judge_present(&n, "present_v", &t->past_v, &t->v, &t->present_v);
	}
	spread_free(&n.spread);
	return status;
}

enum attn_status judge(const struct attn_problem *p, const struct attn_tensors *t, const struct attn_numerics *numerics, int64_t rows, uint64_t seed,
                       struct judge_result *result)
{
	struct judge_rules rules = {*numerics, {ATTN_EMPTY_ZERO, 1, 0, 0}, NULL};
	return judge_by(&rules, p, t, rows, seed, result);
}
