/* Inputs of a case: drawn from a recipe and a seed, the same on every machine.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_INPUTS_H
#define CONFORMANCE_INPUTS_H

#include <attnbench/attn.h>

/* Allocates all tensors of the problem (attn_tensors_alloc) and fills the inputs. recipe: NULL or "normal" for N(0,1); the
 * others are what inputs_recipes lists. ATTN_FAILED with why for an unknown recipe, ATTN_NO_MEMORY for too large a problem;
 * nothing stays allocated then. The caller frees with attn_tensors_free. */
enum attn_status inputs_make(struct attn_tensors *t, const struct attn_problem *p, const char *recipe, uint64_t seed, char *why, size_t size);

struct inputs_recipe {
	const char *name, *summary;
};
extern const struct inputs_recipe inputs_recipes[]; /* ended by a NULL name */

#endif
