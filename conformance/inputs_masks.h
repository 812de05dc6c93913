/* The part of a case's inputs that says who sees what.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_INPUTS_MASKS_H
#define CONFORMANCE_INPUTS_MASKS_H

#include <attnbench/attn.h>

/* How many sequences a packed case has, and pages a paged one (some are in no table). */
int64_t inputs_sequences(const struct attn_problem *p);
int64_t inputs_pages(const struct attn_problem *p);

/* mask, bias, block mask, ALiBi slopes, sinks, lengths, tables. Memory that no table or length reaches becomes NaN. */
void inputs_fill_masks(struct attn_tensors *t, const struct attn_problem *p, uint64_t seed);

#endif
