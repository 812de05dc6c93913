/* How much work a problem is, whatever the implementation does: the numerators of all rates.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_SWEEP_WORK_H
#define HARNESS_SWEEP_WORK_H

#include <attnbench/attn.h>

/* (query, key) pairs that may see each other, of all batch entries and query heads. t: the inputs, for what they hide
 * (mask, bias of -inf, block mask, lengths), or NULL: what the geometry alone hides (length, causal, window). */
double sweep_pairs(const struct attn_problem *p, const struct attn_tensors *t);

/* A multiplication and an addition for each pair and column of q·k and of weights·v: 4 · pairs · (d + dv) / 2. */
double sweep_flops(const struct attn_problem *p, double pairs);

/* Compulsory traffic: each input that some row may see, and each output, once. */
double sweep_bytes(const struct attn_problem *p);

#endif
