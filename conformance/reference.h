/* One query row of attention in long double, with what the criterion needs to bound its error: the second oracle, written
 * apart from the first (oracle.c) and from naive, and fast enough to judge every case as it runs.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_REFERENCE_H
#define CONFORMANCE_REFERENCE_H

#include <attnbench/attn.h>

struct reference_place {
	int64_t b, h, i; /* the row, as q is indexed */
};

/* Errors that q, k and v have already where a layer has made them: tensors of their shapes, f64, by the probabilistic rule [0] and the worst case [1]. */
struct reference_errors {
	struct attn_tensor q[2], k[2], v[2];
};

/* Arrays have one element per key of the row's sequence; they belong to the row and are used again by the next. */
struct reference_row {
	int64_t keys, first_key; /* how many; where the first stands in mask, bias and weights */
	int64_t seen;            /* how many of them the row sees */
	long double *raw, *capped, *score, *weight; /* score: -inf where hidden */
	double *error, *error_worst; /* first-order bound of the error of score, by the probabilistic rule and the worst case */
	double *stage_error, *stage_error_worst; /* the same of the score at the problem's score_stage, hidden keys included */
	long double max, sum, logsumexp, sink_weight; /* sum: of exp(score - max), the sink counted */
	double sink_error;
	long double *q, *k; /* scratch: a row of each */
	const void **value; /* address of each key's row of v */
	int64_t value_stride;
	const struct reference_errors *errors; /* NULL: none */
};

enum attn_status reference_row_init(struct reference_row *row, const struct attn_problem *p);
void reference_row_free(struct reference_row *row);

/* Fills the row. u_score: unit roundoff of the implementation's scores. Returns 0 where the row belongs to no sequence. */
int reference_row_make(struct reference_row *row, const struct attn_problem *p, const struct attn_tensors *t, struct reference_place at, double u_score);

/* v_jc of key j of the row. */
long double reference_value(const struct reference_row *row, const struct attn_tensors *t, int64_t j, int64_t c);

/* What v's own error adds to that of out_c: Σ_j weight_j |error of v_jc|, by the rule. */
double reference_value_error(const struct reference_row *row, const struct attn_tensors *t, int64_t c, int rule);

/* out_c = Σ_j weight_j v_jc over the keys that the row sees. */
long double reference_output(const struct reference_row *row, const struct attn_tensors *t, int64_t c);

#endif
