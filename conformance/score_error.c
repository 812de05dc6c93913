/* Scores and the bounds of their errors.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/score_error.h"

#include <attnbench/view.h>
#include <limits.h>

double score_likely_growth(double n) { return 6 * sqrt(n); }

static void add_sum(struct score_error *e, double n, double magnitude)
{
	e->likely += score_likely_growth(n) * e->u * magnitude;
	e->worst += n * e->u * magnitude;
}

static void add_relative(struct score_error *e, double roundings, long double x)
{
	double more = roundings * e->u * fabs((double)x);
	e->likely += more;
	e->worst += more;
}

/* The exponent of the largest power of two that divides all of a row; its elements are exact in f64. INT_MAX: all are 0. */
static int row_granule(const long double *x, int64_t n)
{
	int least = INT_MAX;
	for (int64_t c = 0; c < n; c++) {
		double element = (double)x[c];
		uint64_t bits;
		memcpy(&bits, &element, sizeof bits);
		int exponent = (int)(bits >> 52 & 2047);
		uint64_t mantissa = (bits & (((uint64_t)1 << 52) - 1)) | (exponent ? (uint64_t)1 << 52 : 0);
		int granule = mantissa ? (exponent ? exponent : 1) - 1075 + __builtin_ctzll(mantissa) : INT_MAX;
		least = granule < least ? granule : least;
	}
	return least;
}

/* Whether every partial sum of x·y, in whatever order, is a number of 1/u steps at most: then no rounding happens. */
static int is_exact(struct score_error *e, const long double *x, const long double *y, int64_t n, double magnitude)
{
	int step = row_granule(y, n);
	if (!e->is_row_known) {
		e->row_granule = row_granule(x, n);
		e->is_row_known = 1;
	}
	return step == INT_MAX || e->row_granule == INT_MAX || magnitude <= ldexp(1 / e->u, step + e->row_granule);
}

static int is_power_of_two(double x)
{
	int exponent;
	return x == 0 || fabs(frexp(x, &exponent)) == 0.5;
}

struct sums {
	long double product, magnitude; /* Σ x y, Σ |x y| */
};

static struct sums dot(const long double *x, const long double *y, int64_t n)
{
	struct sums s = {0, 0};
	for (int64_t c = 0; c < n; c++) {
		s.product += x[c] * y[c];
		s.magnitude += fabsl(x[c] * y[c]);
	}
	return s;
}

/* With a scale that is no power of two a kernel may round q · scale before the sum: then its terms are not exact either. */
long double score_product(const long double *x, const long double *y, int64_t n, double scale, struct score_error *e)
{
	struct sums s = dot(x, y, n);
	long double score = (long double)scale * s.product;
	if (is_power_of_two(scale) && is_exact(e, x, y, n, (double)s.magnitude))
		return score;
	add_sum(e, (double)n, fabs(scale) * (double)s.magnitude);
	add_relative(e, 3, score);
	return score;
}

/* Norms have relative errors of g(n) u / 2 each, the quotient three roundings. */
static long double cosine_score(const long double *q, const long double *k, int64_t n, double scale, struct score_error *e)
{
	struct sums qk = dot(q, k, n);
	long double norms = sqrtl(dot(q, q, n).product) * sqrtl(dot(k, k, n).product);
	if (norms == 0)
		return 0;
	long double score = (long double)scale * qk.product / norms;
	add_sum(e, (double)n, fabs(scale) * (double)((qk.magnitude + fabsl(qk.product)) / norms));
	add_relative(e, 8, score);
	return score;
}

static long double general_score(const struct attn_problem *p, const struct attn_tensors *t, int64_t h, const long double *q, const long double *k,
                                 struct score_error *e)
{
	long double product = 0, magnitude = 0;
	for (int64_t r = 0; r < p->dim_qk; r++)
		for (int64_t c = 0; c < p->dim_k; c++) {
			long double x = q[r] * (long double)attn_at_float(&t->w, 0, h, r, c) * k[c];
			product += x;
			magnitude += fabsl(x);
		}
	add_sum(e, (double)(p->dim_qk + p->dim_k), fabs(p->scale) * (double)magnitude);
	add_relative(e, 4, (long double)p->scale * product);
	return (long double)p->scale * product;
}

/* tanh has a slope of 1 at most and is right to a few units: each term carries the error of its argument and 5 u of its own. */
static long double additive_score(const struct attn_problem *p, const struct attn_tensors *t, int64_t h, const long double *q, const long double *k,
                                  struct score_error *e)
{
	long double sum = 0, magnitude = 0, inner_magnitude = 0;
	for (int64_t a = 0; a < p->dim_hidden; a++) {
		long double v = (long double)attn_at_float(&t->v_a, 0, h, 0, a), inner = 0, inside = 0;
		for (int64_t c = 0; c < p->dim_qk + p->dim_k; c++) {
			long double x = c < p->dim_qk ? q[c] * (long double)attn_at_float(&t->w_q, 0, h, c, a)
			                              : k[c - p->dim_qk] * (long double)attn_at_float(&t->w_k, 0, h, c - p->dim_qk, a);
			inner += x;
			inside += fabsl(x);
		}
		long double y = tanhl(inner);
		sum += v * y;
		magnitude += fabsl(v * y);
		inner_magnitude += fabsl(v) * inside * (1 - y * y);
	}
	double s = fabs(p->scale);
	add_sum(e, (double)(p->dim_qk + p->dim_k), s * (double)inner_magnitude);
	add_sum(e, (double)p->dim_hidden, s * (double)magnitude);
	add_relative(e, 6, (long double)s * magnitude);
	return (long double)p->scale * sum;
}

long double score_of(const struct attn_problem *p, const struct attn_tensors *t, int64_t h, const long double *q, const long double *k, struct score_error *e)
{
	switch (p->score) {
	case ATTN_COSINE:
		return cosine_score(q, k, p->dim_qk, p->scale, e);
	case ATTN_GENERAL:
		return general_score(p, t, h, q, k, e);
	case ATTN_ADDITIVE:
		return additive_score(p, t, h, q, k, e);
	default: /* location: q is va */
		return score_product(q, k, p->dim_k, p->scale, e);
	}
}

/* The slope of c · tanh(x/c) is 1 - tanh²; over an interval of the argument's error it is larger by less than error/c. */
long double score_softcap(long double x, double c, struct score_error *e)
{
	long double y = tanhl(x / (long double)c);
	double slope = (double)(1 - y * y);
	e->likely *= fmin(1, slope + e->likely / c);
	e->worst *= fmin(1, slope + e->worst / c);
	add_relative(e, 6, (long double)c * y);
	return (long double)c * y;
}

long double score_add(long double x, long double y, struct score_error *e)
{
	add_relative(e, 1, x + y);
	add_relative(e, 1, y);
	return x + y;
}
