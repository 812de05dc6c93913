/* The first oracle: attention in arbitrary precision (MPFR), no maximum subtracted, nothing rounded until the end.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_ORACLE_H
#define CONFORMANCE_ORACLE_H

#include <attnbench/attn.h>

/* Fills the outputs of t (of dtype f64 each) from its inputs, with `bits` of precision. ATTN_REFUSED with why where the
 * oracle is not built or does not do the problem. */
enum attn_status oracle_run(const struct attn_problem *p, struct attn_tensors *t, int bits, char *why, size_t size);

#endif
