/* The oracle's multi-head layer: q, k, v and the heads' outputs in arbitrary precision, between its projections.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_ORACLE_LAYER_H
#define CONFORMANCE_ORACLE_LAYER_H

#include <attnbench/attn.h>
#include <mpfr.h>

enum { ORACLE_Q, ORACLE_K, ORACLE_V, ORACLE_HEADS, ORACLE_ROWS };

struct oracle_layer {
	const struct attn_problem *p;
	int bits;
	mpfr_t *rows[ORACLE_ROWS]; /* [batch][heads][rows][columns]; NULL: the problem is no layer */
};

/* Projects where the problem is a layer, else does nothing. After ATTN_NO_MEMORY there is still oracle_layer_free to call. */
enum attn_status oracle_layer_init(struct oracle_layer *l, const struct attn_problem *p, const struct attn_tensors *t, int bits);
void oracle_layer_free(struct oracle_layer *l);

/* The elements of one row. */
mpfr_t *oracle_layer_row(const struct oracle_layer *l, int which, int64_t b, int64_t h, int64_t i);

/* The last projection, of ORACLE_HEADS into t->out. */
void oracle_layer_join(const struct oracle_layer *l, struct attn_tensors *t);

#endif
