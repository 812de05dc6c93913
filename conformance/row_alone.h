/* Batch invariance: a row alone, and the same row among others.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_ROW_ALONE_H
#define CONFORMANCE_ROW_ALONE_H

#include "conformance/trial.h"

/* Runs p, whose rows all see all keys, and then every step-th row as a problem of its own. Returns 0 where something else
 * went wrong, which is noted. *different: how many of them have other bits; different_at: batch entry, head and row of the first. */
int row_alone_compare(struct trial *trial, const struct attn_problem *p, int64_t step, int64_t *different, int64_t different_at[3]);

#endif
