/* The criterion: outputs of an implementation against the reference, each element's error divided by the bound derived for
 * that element (docs/accuracy.md).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_JUDGE_H
#define CONFORMANCE_JUDGE_H

#include <attnbench/attn.h>

struct judge_result {
	double ratio;       /* error / probabilistic bound of the worst element: right when <= 1 (so a NaN is wrong) */
	double worst_case;  /* error / worst-case bound of the worst element */
	double ulp;         /* largest error in units in the last place of the output's dtype */
	int64_t elements;   /* how many were judged: 0 is a vacuous case */
	char output[16];    /* of the worst element: "out", "weights", … */
	int64_t at[4];      /* its index */
	double expected, got, bound;
};

/* Judges the outputs in t that the problem wants, from the inputs in t. rows: how many query rows to judge, drawn by seed
 * where that is not all of them (< 0: all). Computes in long double (and MPFR where that does not suffice). */
enum attn_status judge(const struct attn_problem *p, const struct attn_tensors *t, const struct attn_numerics *numerics, int64_t rows, uint64_t seed,
                       struct judge_result *result);

#endif
