/* Every element against its bound.
 *
 * With ê_j the relative error that weight j may have, the output's error is bounded by
 *     Σ_j p_j ê_j |v_jc - o_c|  +  (g(n) u_a + u_p) Σ_j p_j |v_jc|  +  u_out |o_c|  +  what may underflow.
 * What all weights have in common cancels, hence the difference in the first term; u_p in the second counts only where weights
 * are kept in a lower precision than they are summed in. Derivation: docs/accuracy.md.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/judge.h"
#include "conformance/random.h"
#include "conformance/reference.h"
#include "conformance/reference_layer.h"
#include "conformance/score_error.h"
#include "harness/tensor.h"

#include <attnbench/view.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXP_ROUNDINGS = 4 }; /* exp within 2 ulp, and the roundings of its product with the sum's inverse */

/* One row's weights with the change that rounding may have made to each, by the probabilistic rule [0] and the worst case [1]. */
struct spread {
	const struct attn_problem *p;
	const struct attn_tensors *t;
	const struct judge_rules *rules;
	struct reference_row row;
	double *change[2]; /* of each weight, absolute */
	double sink_change[2];
	double growth[2]; /* g(n) */
	double smallest;  /* normal number of the accumulator */
	double weight_floor; /* absolute rounding of a weight kept in a type of few exponents */
	struct reference_place at;
	struct judge_result *result;
	struct joined *joined; /* of a layer, else NULL: p and t are those of its heads then */
};

/* A row of all heads, before a layer's last projection. */
struct joined {
	const struct attn_problem *p; /* the layer's */
	struct reference_layer layer;
	double *heads, *error[2]; /* [heads_q][dim_v] */
	int is_open; /* a head's row is empty and its value by policy not ours to say */
};

static double unit_roundoff(enum attn_dtype dtype)
{
	return dtype == ATTN_F64 ? 0x1p-53 : dtype == ATTN_BF16 ? 0x1p-8 : dtype == ATTN_F16 ? 0x1p-11 : 0x1p-24;
}

/* What rounding to the output's dtype may add: relative, but for subnormal numbers half their spacing. */
static double output_rounding(const struct attn_tensor *out, double o)
{
	double spacing = out->dtype == ATTN_F64 ? 0x1p-1074 : out->dtype == ATTN_F16 ? 0x1p-24 : out->dtype == ATTN_BF16 ? 0x1p-133 : 0x1p-149;
	return fmax(unit_roundoff(out->dtype) * fabs(o), spacing / 2);
}

/* Relative error of weight j against a common factor: score, exponential, subtraction of the maximum. */
static double relative_error(const struct spread *s, double score, double score_error)
{
	double distance = fabs(score - (double)s->row.max);
	return score_error + EXP_ROUNDINGS * s->rules->numerics.u_weights + (isfinite(distance) ? distance * s->rules->numerics.u_score : 0);
}

/* |p̂ - p| ≤ p (e^(ê + common) - 1), which is p ê in the first order, since the first order's common part cancels; never over
 * 1. p is e^log_p, taken from the score, since p itself may have vanished. */
static double changed(double log_p, double error, double common)
{
	double p = exp(log_p);
	if (common < 1e-3 && error < 1e-3)
		return p * error * (1 + 2 * common);
	double grown = exp(fmin(700, log_p + error + common)) - p;
	return fmin(1, fmax(grown, p * fmin(1, error)));
}

/* The logarithm of a weight, from the score where the weight itself vanishes. Scores that are infinite, or so large that the
 * logarithm of the sum is lost in them, make the difference meaningless. */
static double log_weight(const struct spread *s, long double score, long double weight)
{
	if (weight > 0x1p-1000L)
		return log((double)weight);
	double difference = (double)(score - s->row.logsumexp);
	return isfinite(difference) ? difference : log((double)weight);
}

/* How far the sum that all weights are divided by may be off, as a logarithm: of Σ p_j e^ê_j, or of -Σ p_j e^-ê_j. Keys far
 * below the largest score may be far off themselves, but they make no part of it. */
struct common {
	double more, less;
};

static void add_common(struct common *c, double log_p, double error)
{
	c->more += exp(fmin(700, log_p + error));
	c->less += exp(log_p - error);
}

/* NaN and infinite scores say nothing about it. */
static double common_of(const struct common *c)
{
	double common = fmax(log(c->more), -log(c->less));
	return isfinite(common) && common > 0 ? common : 0;
}

static void make_spread(struct spread *s)
{
	const struct reference_row *row = &s->row;
	const double *errors[] = {row->error, row->error_worst};
	long double sink = row->sink_weight > 0 ? row->logsumexp + logl(row->sink_weight) : -INFINITY;
	for (int rule = 0; rule < 2; rule++) {
		double sink_error = row->sink_weight > 0 ? relative_error(s, (double)sink, row->sink_error) : 0;
		struct common sum = {0, 0};
		if (row->sink_weight > 0)
			add_common(&sum, log_weight(s, sink, row->sink_weight), sink_error);
		for (int64_t j = 0; j < row->keys; j++)
			if (row->value[j])
				add_common(&sum, log_weight(s, row->score[j], row->weight[j]), relative_error(s, (double)row->score[j], errors[rule][j]));
		double common = common_of(&sum);
		for (int64_t j = 0; j < row->keys; j++)
			s->change[rule][j] = row->value[j] ? changed(log_weight(s, row->score[j], row->weight[j]),
			                                             relative_error(s, (double)row->score[j], errors[rule][j]), common)
			                                   : 0;
		s->sink_change[rule] = row->sink_weight > 0 ? changed(log_weight(s, sink, row->sink_weight), sink_error, common) : 0;
	}
	s->growth[0] = score_likely_growth((double)row->seen);
	s->growth[1] = (double)row->seen + 2;
}

/* Given weights have no softmax: the sum and the output's rounding are all. */
static int has_softmax(const struct spread *s) { return s->p->score != ATTN_GIVEN_WEIGHTS; }

/* Keys whose weight is so small that it may vanish, or be a subnormal of few digits. */
static int may_underflow(const struct spread *s, int64_t j) { return s->row.weight[j] < 2 * s->smallest; }

/* Relative error of a weight that is rounded for the product with v after the sum was taken of it as it was: the division
 * does not cancel it. Given weights are rounded so in any case. */
static double storing_error(const struct spread *s)
{
	const struct attn_numerics *n = &s->rules->numerics;
	return !has_softmax(s) || n->u_weights > n->u_accumulate ? n->u_weights : 0;
}

static double sum_of(const struct judge_terms *b)
{
	return b->weights + b->values + b->sink + b->storing + b->sum + b->vanishing + b->rounding + b->smallest;
}

/* The terms of the bound of out_c = o, by both rules. */
static void output_terms(const struct spread *s, int64_t c, double o, struct judge_terms terms[2])
{
	double sum[2] = {0, 0}, magnitude = 0, vanishing = 0;
	for (int64_t j = 0; j < s->row.keys; j++) {
		if (!s->row.value[j])
			continue;
		double v = (double)reference_value(&s->row, s->t, j, c), w = (double)s->row.weight[j];
		magnitude += fabs(w * v);
		if (!has_softmax(s)) {
			sum[0] += s->row.error[j] * fabs(v);
			sum[1] += s->row.error_worst[j] * fabs(v);
			continue;
		}
		sum[0] += s->change[0][j] > 0 ? s->change[0][j] * fabs(v - o) : 0;
		sum[1] += s->change[1][j] > 0 ? s->change[1][j] * fabs(v - o) : 0;
		vanishing += (may_underflow(s, j) ? 2 * w : 0) * fabs(v) + s->weight_floor * fabs(v - o);
	}
	for (int rule = 0; rule < 2; rule++)
		terms[rule] = (struct judge_terms){sum[rule], reference_value_error(&s->row, s->t, c, rule), s->sink_change[rule] * fabs(o), storing_error(s) * magnitude,
		                                   s->growth[rule] * s->rules->numerics.u_accumulate * magnitude, vanishing, output_rounding(&s->t->out, o),
		                                   (double)(s->row.seen + 1) * s->smallest};
}

static void output_bounds(const struct spread *s, int64_t c, double o, double bound[2])
{
	struct judge_terms terms[2];
	output_terms(s, c, o, terms);
	for (int rule = 0; rule < 2; rule++)
		bound[rule] = sum_of(&terms[rule]);
}

static void weight_bounds(const struct spread *s, int64_t j, double total[2], double bound[2])
{
	double p = (double)s->row.weight[j];
	for (int rule = 0; rule < 2; rule++)
		bound[rule] = has_softmax(s) ? s->change[rule][j] * (1 - 2 * p) + p * total[rule] + s->growth[rule] * s->rules->numerics.u_accumulate * p +
		                                       s->rules->numerics.u_weights * p + (may_underflow(s, j) ? 2 * p : 0) + s->weight_floor + s->smallest
		                             : (rule ? s->row.error_worst : s->row.error)[j];
}

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

/* Takes one element into the result. Infinities and NaN are right when they are what is expected. */
static void judge_element(struct judge_result *r, const struct element *e, int nan_counts)
{
	double got = attn_at_float(e->t, e->at[0], e->at[1], e->at[2], e->at[3]), ratio, worst;
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

static double expected_or(const struct attn_tensor *stored, const int64_t at[4], double otherwise)
{
	return stored && stored->data ? attn_at_float(stored, at[0], at[1], at[2], at[3]) : otherwise;
}

static double empty_row_value(enum attn_empty_row policy) { return policy == ATTN_EMPTY_NAN ? (double)NAN : 0; }

/* A problem without any weight on any key: the row is empty. */
static int is_empty(const struct spread *s) { return s->row.seen == 0; }

static void judge_outputs(struct spread *s)
{
	const struct attn_tensors *expected = s->rules->expected;
	if (is_empty(s) && s->rules->policy.empty_row == ATTN_EMPTY_MEAN)
		return; /* hidden values, NaN among them, make it: the suite policy looks at the value */
	for (int64_t c = 0; c < s->p->dim_v; c++) {
		struct element e = {"out", &s->t->out, {s->at.b, s->at.h, s->at.i, c}, 0, {0, 0}};
		double o = (double)reference_output(&s->row, s->t, c);
		e.expected = is_empty(s) ? empty_row_value(s->rules->policy.empty_row) : expected_or(expected ? &expected->out : NULL, e.at, o);
		if (isfinite(o))
			output_bounds(s, c, o, e.bound);
		judge_element(s->result, &e, s->rules->policy.nan_propagates);
	}
}

/* The outputs of one head, kept for the layer's row. */
static void collect_outputs(struct spread *s)
{
	struct joined *j = s->joined;
	j->is_open |= is_empty(s) && s->rules->policy.empty_row == ATTN_EMPTY_MEAN;
	for (int64_t c = 0; c < s->p->dim_v; c++) {
		int64_t n = s->at.h * s->p->dim_v + c;
		double o = is_empty(s) ? empty_row_value(s->rules->policy.empty_row) : (double)reference_output(&s->row, s->t, c), bound[2] = {0, 0};
		if (isfinite(o))
			output_bounds(s, c, o, bound);
		j->heads[n] = o;
		j->error[0][n] = bound[0];
		j->error[1][n] = bound[1];
	}
}

static void judge_joined(struct spread *s, int64_t b, int64_t i)
{
	const struct attn_tensors *expected = s->rules->expected;
	const double *const error[] = {s->joined->error[0], s->joined->error[1]};
	for (int64_t m = 0; m < s->joined->p->dim_out && !s->joined->is_open; m++) {
		struct element e = {"out", &s->t->out, {b, 0, i, m}, 0, {0, 0}};
		struct reference_joined y = reference_layer_join(s->joined->p, s->t, s->joined->heads, error, m, s->rules->numerics.u_accumulate);
		e.expected = expected_or(expected ? &expected->out : NULL, e.at, (double)y.value);
		for (int rule = 0; rule < 2; rule++)
			e.bound[rule] = y.bound[rule] + output_rounding(&s->t->out, (double)y.value);
		judge_element(s->result, &e, s->rules->policy.nan_propagates);
	}
}

/* Keys that are not of the row's sequence, or beyond its length: exactly nothing. */
static void judge_outside(struct spread *s, const char *output, const struct attn_tensor *t, double nothing)
{
	for (int64_t j = 0; j < t->dim[3]; j++) {
		struct element e = {output, t, {s->at.b, s->at.h, s->at.i, j}, nothing, {0, 0}};
		if (j < s->row.first_key || j >= s->row.first_key + s->row.keys)
			judge_element(s->result, &e, 1);
	}
}

static void judge_weights(struct spread *s)
{
	const struct attn_tensors *expected = s->rules->expected;
	double total[2] = {s->sink_change[0], s->sink_change[1]};
	for (int64_t j = 0; j < s->row.keys; j++)
		total[0] += s->change[0][j], total[1] += s->change[1][j];
	for (int64_t j = 0; j < s->row.keys; j++) {
		struct element e = {"weights", &s->t->weights, {s->at.b, s->at.h, s->at.i, s->row.first_key + j}, 0, {0, 0}};
		e.expected = expected_or(expected ? &expected->weights : NULL, e.at, (double)s->row.weight[j]);
		weight_bounds(s, j, total, e.bound);
		judge_element(s->result, &e, s->rules->policy.nan_propagates);
	}
	judge_outside(s, "weights", &s->t->weights, 0);
}

static void judge_scores(struct spread *s)
{
	const struct attn_tensors *expected = s->rules->expected;
	const long double *stages[] = {s->row.raw, s->row.capped, s->row.score};
	for (int64_t j = 0; j < s->row.keys; j++) {
		struct element e = {"scores", &s->t->scores, {s->at.b, s->at.h, s->at.i, s->row.first_key + j}, 0, {0, 0}};
		double x = (double)stages[s->p->score_stage][j], u = s->rules->numerics.u_score;
		e.expected = expected_or(expected ? &expected->scores : NULL, e.at, x);
		e.bound[0] = s->row.stage_error[j] + u * fabs(x) + s->smallest;
		e.bound[1] = s->row.stage_error_worst[j] + u * fabs(x) + s->smallest;
		judge_element(s->result, &e, s->rules->policy.nan_propagates);
	}
	judge_outside(s, "scores", &s->t->scores, (double)-INFINITY);
}

/* The logsumexp is an average of the scores' errors, and the error of the sum and of the logarithm. */
static void judge_logsumexp(struct spread *s)
{
	const struct attn_tensors *expected = s->rules->expected;
	const struct attn_numerics *n = &s->rules->numerics;
	struct element e = {"logsumexp", &s->t->logsumexp, {s->at.b, s->at.h, s->at.i, 0}, 0, {0, 0}};
	double x = (double)s->row.logsumexp;
	e.expected = expected_or(expected ? &expected->logsumexp : NULL, e.at, x);
	for (int rule = 0; rule < 2; rule++) {
		for (int64_t j = 0; j < s->row.keys; j++)
			e.bound[rule] += s->change[rule][j];
		e.bound[rule] += s->sink_change[rule] + s->growth[rule] * n->u_accumulate + 4 * n->u_score * fmax(1, fabs(x));
	}
	judge_element(s->result, &e, s->rules->policy.nan_propagates);
}

static void judge_row(struct spread *s, struct reference_place at)
{
	s->at = at;
	if (!reference_row_make(&s->row, s->p, s->t, at, s->rules->numerics.u_score))
		return;
	make_spread(s);
	(s->joined ? collect_outputs : judge_outputs)(s);
	if (s->t->weights.data)
		judge_weights(s);
	if (s->t->scores.data)
		judge_scores(s);
	if (s->t->logsumexp.data)
		judge_logsumexp(s);
}

/* present is a copy: past and new, joined, bit for bit. */
static void judge_present(struct spread *s, const char *name, const struct attn_tensor *past, const struct attn_tensor *fresh, const struct attn_tensor *present)
{
	for (int64_t b = 0; b < present->dim[0]; b++)
		for (int64_t h = 0; h < present->dim[1]; h++)
			for (int64_t i = 0; i < present->dim[2]; i++)
				for (int64_t c = 0; c < present->dim[3]; c++) {
					struct element e = {name, present, {b, h, i, c}, 0, {0, 0}};
					e.expected = i < s->p->past_len ? attn_at_float(past, b, h, i, c) : attn_at_float(fresh, b, h, i - s->p->past_len, c);
					judge_element(s->result, &e, 1);
				}
}

static void judge_rows(struct spread *s, int64_t rows, uint64_t seed)
{
	struct random r = random_start(seed, 99);
	int64_t all = s->p->batch * s->p->heads_q * s->p->len_q, count = rows < 0 || rows > all ? all : rows;
	for (int64_t n = 0; n < count; n++) {
		int64_t one = count == all ? n : random_below(&r, all), i = one % s->p->len_q, head = one / s->p->len_q;
		judge_row(s, (struct reference_place){head / s->p->heads_q, head % s->p->heads_q, i});
	}
}

/* A layer's row is made of the rows of all its heads. */
static void judge_layer_rows(struct spread *s, int64_t rows, uint64_t seed)
{
	struct random r = random_start(seed, 99);
	int64_t all = s->p->batch * s->p->len_q, count = rows < 0 || rows > all ? all : rows;
	for (int64_t n = 0; n < count; n++) {
		int64_t one = count == all ? n : random_below(&r, all), b = one / s->p->len_q, i = one % s->p->len_q;
		s->joined->is_open = 0;
		memset(s->joined->heads, 0, (size_t)(s->p->heads_q * s->p->dim_v) * 3 * sizeof *s->joined->heads);
		for (int64_t h = 0; h < s->p->heads_q; h++)
			judge_row(s, (struct reference_place){b, h, i});
		judge_joined(s, b, i);
	}
}

/* Sets the judge to work on the layer's heads. */
static enum attn_status judge_layer(struct spread *s, int64_t rows, uint64_t seed)
{
	size_t n = (size_t)(s->p->heads_q * s->p->dim_v);
	struct joined j = {.p = s->p, .heads = calloc(3 * n, sizeof *j.heads)};
	j.error[0] = j.heads + n, j.error[1] = j.heads + 2 * n;
	if (!j.heads || reference_layer_init(&j.layer, s->p, s->t, s->rules->numerics.u_score) != ATTN_OK) {
		free(j.heads);
		return ATTN_NO_MEMORY;
	}
	s->joined = &j, s->p = &j.layer.heads, s->t = &j.layer.tensors, s->row.errors = &j.layer.errors;
	judge_layer_rows(s, rows, seed);
	reference_layer_free(&j.layer);
	free(j.heads);
	return ATTN_OK;
}

static enum attn_status spread_init(struct spread *s, const struct judge_rules *rules, const struct attn_problem *p, const struct attn_tensors *t)
{
	size_t keys = (size_t)(p->len_kv + p->past_len) + 1;
	*s = (struct spread){.p = p, .t = t, .rules = rules};
	s->smallest = rules->numerics.u_accumulate < 0x1p-40 ? 0x1p-1022 : rules->numerics.u_accumulate == 0x1p-11 ? 0x1p-14 : 0x1p-126;
	s->weight_floor = rules->numerics.u_weights == 0x1p-11 ? 0x1p-25 : 0;
	s->change[0] = calloc(2 * keys, sizeof *s->change[0]);
	if (!s->change[0] || reference_row_init(&s->row, p) != ATTN_OK) {
		free(s->change[0]);
		return ATTN_NO_MEMORY;
	}
	s->change[1] = s->change[0] + keys;
	return ATTN_OK;
}

static void spread_free(struct spread *s)
{
	reference_row_free(&s->row);
	free(s->change[0]);
}

enum attn_status judge_by(const struct judge_rules *rules, const struct attn_problem *p, const struct attn_tensors *t, int64_t rows, uint64_t seed,
                          struct judge_result *result)
{
	enum attn_status status = ATTN_OK;
	struct spread s;

	*result = (struct judge_result){0};
	if (spread_init(&s, rules, p, t) != ATTN_OK)
		return ATTN_NO_MEMORY;
	s.result = result;
	if (p->has & ATTN_HAS_PROJECTIONS)
		status = judge_layer(&s, rows, seed);
	else
		judge_rows(&s, rows, seed);
	if (t->present_k.data) {
		judge_present(&s, "present_k", &t->past_k, &t->k, &t->present_k);
		judge_present(&s, "present_v", &t->past_v, &t->v, &t->present_v);
	}
	spread_free(&s);
	return status;
}

enum attn_status judge(const struct attn_problem *p, const struct attn_tensors *t, const struct attn_numerics *numerics, int64_t rows, uint64_t seed,
                       struct judge_result *result)
{
	struct judge_rules rules = {*numerics, {ATTN_EMPTY_ZERO, 1, 0, 0}, NULL};
	return judge_by(&rules, p, t, rows, seed, result);
}

struct judge_row {
	struct judge_rules rules;
	struct spread spread;
};

struct judge_row *judge_row_new(const struct judge_rules *rules, const struct attn_problem *p, const struct attn_tensors *t)
{
	struct judge_row *r = malloc(sizeof *r);
	if (!r)
		return NULL;
	r->rules = *rules;
	if (spread_init(&r->spread, &r->rules, p, t) == ATTN_OK)
		return r;
	free(r);
	return NULL;
}

const struct reference_row *judge_row_make(struct judge_row *r, struct reference_place at)
{
	struct spread *s = &r->spread;
	s->at = at;
	if (!reference_row_make(&s->row, s->p, s->t, at, r->rules.numerics.u_score))
		return NULL;
	make_spread(s);
	return &s->row;
}

double judge_row_output(const struct judge_row *r, int64_t c, struct judge_terms *terms)
{
	struct judge_terms both[2] = {{0}};
	double o = (double)reference_output(&r->spread.row, r->spread.t, c);
	if (is_empty(&r->spread))
		o = empty_row_value(r->rules.policy.empty_row);
	else if (isfinite(o))
		output_terms(&r->spread, c, o, both);
	*terms = both[0];
	return o;
}

double judge_terms_sum(const struct judge_terms *terms) { return sum_of(terms); }

void judge_row_free(struct judge_row *r)
{
	if (r)
		spread_free(&r->spread);
	free(r);
}
