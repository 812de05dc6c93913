/* Scores in long double, each with a bound of the error that an implementation of unit roundoff u may make in it.
 * The derivation of every line: docs/accuracy.md, "Scores".
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_SCORE_ERROR_H
#define CONFORMANCE_SCORE_ERROR_H

#include <attnbench/attn.h>

struct score_error {
	double likely, worst; /* absolute, first order in u */
	double u;
	int row_granule, is_row_known; /* of q, the same for all keys: kept by the caller from one to the next */
};

/* g(n) of the probabilistic bound: λ√n with λ = 6 (Higham & Mary 2019). */
double score_likely_growth(double n);

/* scale · x·y over n columns; e gets the error of the sum, 0 where it is exact. */
long double score_product(const long double *x, const long double *y, int64_t n, double scale, struct score_error *e);

/* The score before softcap, from rows q and k of the head h; with score:location q is va. */
long double score_of(const struct attn_problem *p, const struct attn_tensors *t, int64_t h, const long double *q, const long double *k, struct score_error *e);

/* c · tanh(x / c) */
long double score_softcap(long double x, double c, struct score_error *e);

/* x + y, y known exactly up to its own rounding */
long double score_add(long double x, long double y, struct score_error *e);

#endif
