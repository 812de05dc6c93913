/* A multi-head layer for the judge: its heads' rows, projected in long double, with bounds of the errors that an
 * implementation may make in them, and the heads' outputs joined again.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_REFERENCE_LAYER_H
#define CONFORMANCE_REFERENCE_LAYER_H

#include "conformance/reference.h"

struct reference_layer {
	struct attn_problem heads;   /* the problem of the rows: no projections */
	struct attn_tensors tensors; /* its q, k and v (f64, made here), all else the caller's */
	struct reference_errors errors;
};

/* ATTN_NO_MEMORY leaves nothing allocated. u: unit roundoff of the implementation's products and sums. */
enum attn_status reference_layer_init(struct reference_layer *layer, const struct attn_problem *p, const struct attn_tensors *t, double u);
void reference_layer_free(struct reference_layer *layer);

/* Element m of a row of the layer's output, from the outputs of all its heads, and the bounds of its error but for the
 * rounding of the output itself. heads [heads_q][dim_v], error [rule][heads_q][dim_v]. u: of the sum. */
struct reference_joined {
	long double value;
	double bound[2];
};
struct reference_joined reference_layer_join(const struct attn_problem *p, const struct attn_tensors *t, const double *heads, const double *const error[2],
                                             int64_t m, double u);

#endif
