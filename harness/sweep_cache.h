/* Where a timed call finds its inputs. Warm: in the caches, as far as they fit, since the call before used the same ones. Cold: in memory,
 * since calls rotate over copies that together are larger than the last cache; so is a decoder's KV cache by the time it is read again.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_SWEEP_CACHE_H
#define HARNESS_SWEEP_CACHE_H

#include <attnbench/attn.h>
#include <stddef.h>

/* Few query rows against many keys: each key and value is read for little arithmetic, and a model has read much else since. */
int sweep_is_decode(const struct attn_problem *p);

/* Copies of the inputs; all share the outputs. Workers inherit them, so that there is one of each. */
struct sweep_rotation {
	struct attn_tensors *copies;
	size_t n;
	size_t *next; /* shared by workers: each goes on where the one before ended */
};

/* cold: as many copies as make four times the last cache; else the tensors alone. ATTN_NO_MEMORY leaves nothing allocated. */
enum attn_status rotation_make(struct sweep_rotation *r, const struct attn_tensors *t, int cold);
void rotation_free(struct sweep_rotation *r);

/* The tensors of the next call. */
static inline const struct attn_tensors *rotation_next(const struct sweep_rotation *r)
{
	if (r->n == 1)
		return r->copies;
	*r->next = *r->next + 1 < r->n ? *r->next + 1 : 0;
	return &r->copies[*r->next];
}

#endif
