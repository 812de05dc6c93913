/* The plan of flash, and what flash.c and split.c share to deal its work out to threads.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_PLAN_H
#define FLASH_PLAN_H

#include "impls/flash/flash.h"

#ifdef _OPENMP
#include <omp.h>
#endif

struct attn_plan {
	struct attn_problem problem;
	const struct attn_host *host;
	const struct flash_kernel *kernel;
	int threads, slots, group; /* group: blocks of rows that a thread takes together */
	size_t each, slot;         /* bytes of a thread's workspace, of a partial result */
	char *workspace;   /* those of all threads, then the partial results */
};

/* A block of rows of one key head. */
struct flash_task {
	struct flash_sequence sequence;
	int64_t head_kv, block;
};

/* The task of that number, of `each` of every key head. Those of a head one after the other, since its keys and values may still be in a near
 * cache, and those with most keys first: see flash_rows_set(). */
static inline struct flash_task flash_task_at(const struct attn_problem *p, const struct attn_tensors *t, int64_t task, int64_t each)
{
	struct flash_task at = {flash_sequence_at(p, t, task / each / p->heads_kv), task / each % p->heads_kv, task % each};
	return at;
}

static inline int flash_thread(void)
{
#ifdef _OPENMP
	return omp_get_thread_num();
#else
	return 0;
#endif
}

/* The thread's workspaces for the blocks of a group: plan->group of them, all but the first in their own part of it. */
void flash_works_of(const struct attn_plan *plan, const struct attn_tensors *t, int thread, struct flash_work **works);

static inline struct flash_work *flash_work_of(const struct attn_plan *plan, const struct attn_tensors *t, int thread)
{
	struct flash_work *works[FLASH_GROUP];
	flash_works_of(plan, t, thread, works);
	return works[0];
}

/* Rows that are not finite: perhaps because another row of the block sees an inf or NaN (0 · NaN is NaN), so each is
 * computed once more without neighbours; and if it still is not, with care. */
void flash_repair(const struct flash_kernel *kernel, struct flash_work *w, int64_t block, uint64_t bad);

/* All tasks, `each` of every key head, their chunks apart; keys: the longest sequence. */
void flash_run_split(struct attn_plan *plan, const struct attn_tensors *t, int64_t tasks, int64_t each, int64_t keys);

#endif
