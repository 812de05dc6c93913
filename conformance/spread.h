/* The bounds of one row's elements: how far rounding may have moved each weight, and what follows from it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_SPREAD_H
#define CONFORMANCE_SPREAD_H

#include "conformance/judge.h"

/* One row's weights with the change that rounding may have made to each, by the probabilistic rule [0] and the worst case [1]. */
struct spread {
	const struct attn_problem *p;
	const struct attn_tensors *t;
	const struct judge_rules *rules;
	struct reference_row row;
	double *change[2]; /* of each weight, absolute */
	double sink_change[2], total[2]; /* total: over all weights and the sink */
	double sum_error[2]; /* how far the logarithm of the sum of all weights may be off */
	double growth[2]; /* g(n) */
	double smallest;  /* normal number of the accumulator */
	double weight_floor; /* absolute rounding of a weight kept in a type of few exponents */
	struct reference_place at;
};

enum attn_status spread_init(struct spread *s, const struct judge_rules *rules, const struct attn_problem *p, const struct attn_tensors *t);
void spread_free(struct spread *s);

/* Fills it for one row; 0 where the row belongs to no sequence. */
int spread_make(struct spread *s, struct reference_place at);

/* A row that sees no key has the value that the policy says. */
int spread_is_empty(const struct spread *s);
double spread_empty_value(const struct spread *s);

/* The unit roundoff of a dtype, and what rounding o to the output's dtype may add. */
double spread_unit_roundoff(enum attn_dtype dtype);
double spread_rounding(const struct spread *s, double o);

/* Bounds by the probabilistic rule [0] and the worst case [1]: of out_c = o (its terms, their sum), of the weight and of the score of key
 * j, of the logsumexp, and of it as row_max + log(row_sum), which no rounding of their sum makes larger. */
void spread_output_terms(const struct spread *s, int64_t c, double o, struct judge_terms terms[2]);
void spread_output(const struct spread *s, int64_t c, double o, double bound[2]);
void spread_weight(const struct spread *s, int64_t j, double bound[2]);
void spread_score(const struct spread *s, int64_t j, double score, double bound[2]);
void spread_logsumexp(const struct spread *s, double bound[2]);
void spread_sums(const struct spread *s, double bound[2]);

#endif
