/* The plan of flash, and what flash.c and split.c share to deal its work out to threads.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_PLAN_H
#define FLASH_PLAN_H

#include "impls/flash/flash.h"
#include "impls/flash/share.h"

#ifdef _OPENMP
#include <omp.h>
#endif

/* How a workspace is divided: a part for each thread, then places of partial results beyond those that the parts hold, and words for them. */
struct flash_layout {
	struct flash_way way;
	int threads, group; /* group: blocks of rows that a thread takes together */
	int parks;          /* sums of the chunks before wait in out, not beside those of a chunk */
	int places;         /* for sums of chunks that threads take apart; 0: they do not */
	size_t each, bytes; /* of a thread's part; of all */
};

struct attn_plan {
	struct attn_problem problem;
	const struct attn_host *host;
	const struct flash_kernel *kernel;
	struct flash_layout layouts[2], layout; /* of keys and values that are not scattered, and that are; of those at hand */
	char *workspace;                        /* as large as the larger needs it */
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

/* workspace.c */
struct flash_layout flash_layout_of(const struct attn_problem *p, struct flash_way way, int threads);

/* The thread's workspaces for the blocks of a group: layout.group of them, all but the first in their own part of it. */
void flash_works_of(const struct attn_plan *plan, const struct attn_tensors *t, int thread, struct flash_work **works);

/* The threads' shares of the tasks, in their parts of the workspace. */
struct flash_shares flash_shares_of(const struct attn_plan *plan);

/* Place n for the sums of a piece: those of threads come first, which hold nothing else meanwhile. */
struct flash_place {
	struct flash_sums sums;
	uint64_t *seen; /* the lanes that have seen a key in these sums */
};
struct flash_place flash_place_at(const struct attn_plan *plan, int64_t n);
size_t flash_sums_bytes(const struct attn_problem *p); /* o, m and l lie one behind the other */

/* A word for each task whose chunks are apart: its rows that are not finite. */
uint64_t *flash_bad_of(const struct attn_plan *plan);

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
