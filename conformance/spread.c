/* From the errors of a row's scores to those of its weights, and from those to everything that is made of them.
 *
 * With ê_j the relative error that weight j may have, the output's error is bounded by
 *     Σ_j p_j ê_j |v_jc - o_c|  +  (g(n) u_a + u_p) Σ_j p_j |v_jc|  +  u_out |o_c|  +  what may underflow.
 * What all weights have in common cancels, hence the difference in the first term; u_p in the second counts only where weights
 * are kept in a lower precision than they are summed in. Derivation: docs/accuracy.md.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/spread.h"
#include "conformance/score_error.h"

#include <math.h>
#include <stdlib.h>

enum { EXP_ROUNDINGS = 4 }; /* exp within 2 ulp, and the roundings of its product with the sum's inverse */

double spread_unit_roundoff(enum attn_dtype dtype)
{
	return dtype == ATTN_F64 ? 0x1p-53 : dtype == ATTN_BF16 ? 0x1p-8 : dtype == ATTN_F16 ? 0x1p-11 : 0x1p-24;
}

/* What rounding to the output's dtype may add: relative, but for subnormal numbers half their spacing. */
double spread_rounding(const struct spread *s, double o)
{
	const struct attn_tensor *out = &s->t->out;
	double spacing = out->dtype == ATTN_F64 ? 0x1p-1074 : out->dtype == ATTN_F16 ? 0x1p-24 : out->dtype == ATTN_BF16 ? 0x1p-133 : 0x1p-149;
	return fmax(spread_unit_roundoff(out->dtype) * fabs(o), spacing / 2);
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
	double top; /* the largest log_p + ê_j: where errors are so large that the sums overflow, one key makes either */
	double least; /* the largest log_p - ê_j */
};

static void add_common(struct common *c, double log_p, double error)
{
	c->top = fmax(c->top, log_p + error);
	c->least = fmax(c->least, log_p - error);
	c->more += exp(fmin(700, log_p + error));
	c->less += exp(log_p - error);
}

/* NaN and infinite scores say nothing about it. */
static double common_of(const struct common *c)
{
	double common = fmax(log(c->more), -log(c->less));
	return isfinite(common) && common > 0 ? common : 0;
}

/* The same without its limits: |log Σ p_j e^±ê_j|, at most log n more than its largest term. */
static double error_of(const struct common *c)
{
	double more = c->more < 1e300 ? log(c->more) : c->top + 700, less = c->less > 1e-300 ? -log(c->less) : -c->least;
	double error = fmax(more, less);
	return isfinite(error) && error > 0 ? error : 0;
}

static void make_spread(struct spread *s)
{
	const struct reference_row *row = &s->row;
	const double *errors[] = {row->error, row->error_worst};
	long double sink = row->sink_weight > 0 ? row->logsumexp + logl(row->sink_weight) : -INFINITY;
	for (int rule = 0; rule < 2; rule++) {
		double sink_error = row->sink_weight > 0 ? relative_error(s, (double)sink, row->sink_error) : 0;
		struct common sum = {0, 0, 0, (double)-INFINITY};
		if (row->sink_weight > 0)
			add_common(&sum, log_weight(s, sink, row->sink_weight), sink_error);
		for (int64_t j = 0; j < row->keys; j++)
			if (row->value[j])
				add_common(&sum, log_weight(s, row->score[j], row->weight[j]), relative_error(s, (double)row->score[j], errors[rule][j]));
		double common = common_of(&sum);
		s->sum_error[rule] = error_of(&sum);
		for (int64_t j = 0; j < row->keys; j++)
			s->change[rule][j] = row->value[j] ? changed(log_weight(s, row->score[j], row->weight[j]),
			                                             relative_error(s, (double)row->score[j], errors[rule][j]), common)
			                                   : 0;
		s->sink_change[rule] = row->sink_weight > 0 ? changed(log_weight(s, sink, row->sink_weight), sink_error, common) : 0;
	}
	for (int rule = 0; rule < 2; rule++) {
		s->total[rule] = s->sink_change[rule];
		for (int64_t j = 0; j < row->keys; j++)
			s->total[rule] += s->change[rule][j];
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

double judge_terms_sum(const struct judge_terms *b)
{
	return b->weights + b->values + b->sink + b->storing + b->sum + b->vanishing + b->rounding + b->smallest;
}

/* The terms of the bound of out_c = o, by both rules. */
void spread_output_terms(const struct spread *s, int64_t c, double o, struct judge_terms terms[2])
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
		                                   s->growth[rule] * s->rules->numerics.u_accumulate * magnitude, vanishing, spread_rounding(s, o),
		                                   (double)(s->row.seen + 1) * s->smallest};
}

void spread_output(const struct spread *s, int64_t c, double o, double bound[2])
{
	struct judge_terms terms[2];
	spread_output_terms(s, c, o, terms);
	for (int rule = 0; rule < 2; rule++)
		bound[rule] = judge_terms_sum(&terms[rule]);
}

void spread_weight(const struct spread *s, int64_t j, double bound[2])
{
	double p = (double)s->row.weight[j];
	for (int rule = 0; rule < 2; rule++)
		bound[rule] = has_softmax(s) ? s->change[rule][j] * (1 - 2 * p) + p * s->total[rule] + s->growth[rule] * s->rules->numerics.u_accumulate * p +
		                                       s->rules->numerics.u_weights * p + (may_underflow(s, j) ? 2 * p : 0) + s->weight_floor + s->smallest
		                             : (rule ? s->row.error_worst : s->row.error)[j];
}

void spread_score(const struct spread *s, int64_t j, double score, double bound[2])
{
	double rounding = s->rules->numerics.u_score * fabs(score) + s->smallest;
	bound[0] = s->row.stage_error[j] + rounding;
	bound[1] = s->row.stage_error_worst[j] + rounding;
}

/* An average of the scores' errors, and the error of the sum and of the logarithm. */
void spread_logsumexp(const struct spread *s, double bound[2])
{
	const struct attn_numerics *n = &s->rules->numerics;
	for (int rule = 0; rule < 2; rule++)
		bound[rule] = s->total[rule] + s->growth[rule] * n->u_accumulate + 4 * n->u_score * fmax(1, fabs((double)s->row.logsumexp));
}

/* As the logsumexp's, but that nothing is rounded which has the size of the scores: the error of the sum alone, and its own rounding. */
void spread_sums(const struct spread *s, double bound[2])
{
	const struct attn_numerics *n = &s->rules->numerics;
	for (int rule = 0; rule < 2; rule++)
		bound[rule] = s->sum_error[rule] + s->growth[rule] * n->u_accumulate + 4 * n->u_weights;
}

int spread_is_empty(const struct spread *s) { return s->row.seen == 0; }

double spread_empty_value(const struct spread *s) { return s->rules->policy.empty_row == ATTN_EMPTY_NAN ? (double)NAN : 0; }

enum attn_status spread_init(struct spread *s, const struct judge_rules *rules, const struct attn_problem *p, const struct attn_tensors *t)
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

void spread_free(struct spread *s)
{
	reference_row_free(&s->row);
	free(s->change[0]);
}

int spread_make(struct spread *s, struct reference_place at)
{
	s->at = at;
	if (!reference_row_make(&s->row, s->p, s->t, at, s->rules->numerics.u_score))
		return 0;
	make_spread(s);
	return 1;
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
	return spread_make(s, at) ? &s->row : NULL;
}

double judge_row_output(const struct judge_row *r, int64_t c, struct judge_terms *terms)
{
	struct judge_terms both[2] = {{0}};
	double o = (double)reference_output(&r->spread.row, r->spread.t, c);
	if (spread_is_empty(&r->spread))
		o = spread_empty_value(&r->spread);
	else if (isfinite(o))
		spread_output_terms(&r->spread, c, o, both);
	*terms = both[0];
	return o;
}

void judge_row_free(struct judge_row *r)
{
	if (r)
		spread_free(&r->spread);
	free(r);
}
