/* The criterion: outputs of an implementation against the reference, each element's error divided by the bound derived for
 * that element (docs/accuracy.md).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_JUDGE_H
#define CONFORMANCE_JUDGE_H

#include "conformance/reference.h"

#include <attnbench/attn.h>

struct judge_result {
	double ratio;      /* error / probabilistic bound of the worst element: right when <= 1 (so a NaN is wrong) */
	double worst_case; /* error / worst-case bound, the largest */
	double ulp;        /* largest error in units in the last place of the output's dtype */
	int64_t elements;  /* how many were judged: 0 is a vacuous case */
	int64_t nonzero;   /* how many of the expected ones are not 0 */
	char output[16];   /* of the worst element: "out", "weights", … */
	int64_t at[4];     /* its index */
	double expected, got, bound;
};

/* Judges the outputs in t that the problem wants, from the inputs in t. rows: how many query rows to judge, drawn by seed
 * where that is not all of them (< 0: all). */
enum attn_status judge(const struct attn_problem *p, const struct attn_tensors *t, const struct attn_numerics *numerics, int64_t rows, uint64_t seed,
                       struct judge_result *result);

/* The distance from x to the next number of that type, away from 0. */
double judge_ulp(double x, enum attn_dtype dtype);

/* What else a judgement may go by. */
struct judge_rules {
	struct attn_numerics numerics;
	struct attn_policy policy;            /* what it declares about empty rows and NaN */
	const struct attn_tensors *expected;  /* stored outputs (f64) that stand in for the reference's; NULL: none */
};
enum attn_status judge_by(const struct judge_rules *rules, const struct attn_problem *p, const struct attn_tensors *t, int64_t rows, uint64_t seed,
                          struct judge_result *result);

/* The bound of one element of out, term by term in the order of docs/accuracy.md, by the probabilistic rule. */
struct judge_terms {
	double weights;   /* Σ δ_j |v_jc − o_c|: what the scores' and the exponentials' errors do to the weights */
	double values;    /* of values that a layer has made, their own */
	double sink;      /* the same of the sink */
	double storing;   /* weights rounded after they were summed, times Σ p_j |v_jc| */
	double sum;       /* g(n) u_a Σ p_j |v_jc| */
	double vanishing; /* weights that may underflow */
	double rounding;  /* of the output to its type */
	double smallest;  /* products that may underflow */
};
double judge_terms_sum(const struct judge_terms *terms);

/* Row by row, for who wants to see where an output goes wrong and why. */
struct judge_row;
struct judge_row *judge_row_new(const struct judge_rules *rules, const struct attn_problem *p, const struct attn_tensors *t); /* NULL: no memory */
/* The row, good until the next; NULL where it belongs to no sequence. */
const struct reference_row *judge_row_make(struct judge_row *row, struct reference_place at);
/* The exact value of element c of the row, and the terms of its bound (0 where the value is not finite or the row sees no key). */
double judge_row_output(const struct judge_row *row, int64_t c, struct judge_terms *terms);
void judge_row_free(struct judge_row *row);

#endif
