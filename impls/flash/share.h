/* Tasks dealt out to threads: each has a share of its own, of tasks that follow one another and so are mostly of the same heads, whose keys and values are then
 * in its own near cache. A thread that has done its own helps with the longest share that is left.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_SHARE_H
#define FLASH_SHARE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* The tasks [next, end) that nobody has begun; next may go beyond the end. */
struct flash_share {
	_Atomic int64_t next;
	int64_t end;
};

/* One share for each thread, `apart` bytes from each other so that no two lie in one line of a cache; they belong to the caller. */
struct flash_shares {
	char *first;
	size_t apart;
	int threads;
};

static inline struct flash_share *share_at(const struct flash_shares *all, int thread)
{
	return (struct flash_share *)(void *)(all->first + all->apart * (size_t)thread);
}

/* Where the share of that thread begins: those of the first threads have one task more where they do not all have as many. */
static inline int64_t share_first(int64_t tasks, int threads, int thread)
{
	int64_t more = tasks % threads;
	return tasks / threads * thread + (thread < more ? thread : more);
}

/* Tasks 0 … tasks - 1, before any thread takes one. */
static inline void shares_set(const struct flash_shares *all, int64_t tasks)
{
	for (int i = 0; i < all->threads; i++) {
		atomic_init(&share_at(all, i)->next, share_first(tasks, all->threads, i));
		share_at(all, i)->end = share_first(tasks, all->threads, i + 1);
	}
}

static inline int64_t share_left(struct flash_share *s)
{
	return s->end - atomic_load_explicit(&s->next, memory_order_relaxed);
}

/* -1 if there is none. */
static inline int64_t share_take(struct flash_share *s)
{
	int64_t task = share_left(s) > 0 ? atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed) : s->end;
	return task < s->end ? task : -1;
}

/* The next task for thread `own`; -1 when all are taken. */
static inline int64_t shares_next(const struct flash_shares *all, int own)
{
	int64_t task = share_take(share_at(all, own));
	while (task < 0) {
		struct flash_share *longest = share_at(all, own);
		for (int i = 0; i < all->threads; i++)
			if (share_left(share_at(all, i)) > share_left(longest))
				longest = share_at(all, i);
		if (share_left(longest) <= 0)
			return -1;
		task = share_take(longest);
	}
	return task;
}

#endif
