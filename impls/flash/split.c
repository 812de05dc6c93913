/* Few blocks of rows, many keys: every chunk of every block is a piece of work of its own. Its sums wait in a place until all
 * pieces of the wave are done; then each block's are merged in order, as one thread alone would, so that no bit depends on
 * how many there are. A wave has as many pieces as there are places; a block that it cuts is carried over to the next.
 * Rows that are not finite are repaired when no place is in use any more, since a thread needs its own sums for that.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/flash/plan.h"

/* Pieces are numbered block by block: piece = task · chunks + chunk. */
struct split {
	const struct attn_plan *plan;
	const struct attn_tensors *t;
	int64_t tasks, each_head, chunks, pieces, each; /* each: pieces of a wave */
};

/* The two places after those of the pieces carry from one wave to the next, by turns. */
static struct flash_place carry_at(const struct split *s, int64_t wave)
{
	return flash_place_at(s->plan, s->each + (wave & 1));
}

/* The rows of a task, loaded; NULL where its sequence has fewer blocks. [*first, *last]: the chunks they see. */
static struct flash_work *start(const struct split *s, int64_t task, int64_t *block, int64_t *first, int64_t *last)
{
	struct flash_task at = flash_task_at(&s->plan->problem, s->t, task, s->each_head);
	struct flash_work *w = flash_work_of(s->plan, s->t, flash_thread());
	if (at.block >= flash_blocks(&s->plan->problem, &at.sequence))
		return NULL;
	flash_rows_set(w, &at.sequence, at.head_kv, at.block);
	*block = at.block, *first = *last = 0;
	if (w->some.first < w->some.end)
		*first = w->some.first / FLASH_CHUNK, *last = (w->some.end - 1) / FLASH_CHUNK;
	s->plan->kernel->load(w);
	return w;
}

static void sum_piece(const struct split *s, int64_t piece)
{
	int64_t chunk = piece % s->chunks, block, first, last;
	struct flash_place place = flash_place_at(s->plan, piece % s->each);
	struct flash_work *w = start(s, piece / s->chunks, &block, &first, &last);
	if (!w || chunk < first || chunk > last)
		return;
	struct flash_piece at = {w, &place.sums};
	s->plan->kernel->sum(&at, 1, chunk * FLASH_CHUNK, (chunk + 1) * FLASH_CHUNK);
	*place.seen = w->seen;
}

/* Stores what the sums are; returns the rows that are not finite. */
static uint64_t finish(const struct split *s, struct flash_work *w, const struct flash_sums *sums)
{
	struct flash_sums own = w->sum;
	w->sum = *sums;
	uint64_t bad = s->plan->kernel->store(w);
	w->sum = own;
	return bad;
}

static void repair_task(const struct split *s, int64_t task)
{
	int64_t block, first, last;
	uint64_t bad = flash_bad_of(s->plan)[task];
	struct flash_work *w = bad ? start(s, task, &block, &first, &last) : NULL;
	if (w)
		flash_repair(s->plan->kernel, w, block, bad);
}

/* The chunks of a task that this wave has summed. */
static void merge_task(const struct split *s, int64_t task, int64_t wave)
{
	int64_t block, first, last, from = wave * s->each - task * s->chunks, end = from + s->each;
	struct flash_work *w = start(s, task, &block, &first, &last);
	if (!w || end <= first || from > last)
		return;
	struct flash_place sum = first >= from ? flash_place_at(s->plan, (task * s->chunks + first) % s->each) : carry_at(s, wave - 1);
	for (int64_t chunk = first >= from ? first + 1 : from; chunk <= last && chunk < end; chunk++) {
		struct flash_place next = flash_place_at(s->plan, (task * s->chunks + chunk) % s->each);
		s->plan->kernel->merge(w, &sum.sums, &next.sums);
		*sum.seen |= *next.seen;
	}
	w->seen = *sum.seen;
	if (last < end) {
		flash_bad_of(s->plan)[task] = finish(s, w, &sum.sums);
		return;
	}
	struct flash_place carry = carry_at(s, wave);
	memcpy(carry.sums.o, sum.sums.o, flash_sums_bytes(&s->plan->problem));
	*carry.seen = *sum.seen;
}

static void run_wave(const struct split *s, int64_t wave)
{
	int64_t first = wave * s->each, end = first + s->each < s->pieces ? first + s->each : s->pieces;
#ifdef _OPENMP
#pragma omp for schedule(dynamic)
#endif
	for (int64_t piece = first; piece < end; piece++)
		sum_piece(s, piece);
#ifdef _OPENMP
#pragma omp for schedule(dynamic)
#endif
	for (int64_t task = first / s->chunks; task <= (end - 1) / s->chunks; task++)
		merge_task(s, task, wave);
}

void flash_run_split(struct attn_plan *plan, const struct attn_tensors *t, int64_t tasks, int64_t each, int64_t keys)
{
	struct split s = {plan, t, tasks, each, (keys + FLASH_CHUNK - 1) / FLASH_CHUNK, 0, plan->layout.places - 2};
	s.chunks += s.chunks == 0;
	s.pieces = s.tasks * s.chunks;
	memset(flash_bad_of(plan), 0, (size_t)tasks * sizeof(uint64_t));
#ifdef _OPENMP
#pragma omp parallel num_threads(plan->layout.threads)
#endif
	{
		for (int64_t wave = 0; wave * s.each < s.pieces; wave++)
			run_wave(&s, wave);
#ifdef _OPENMP
#pragma omp for schedule(dynamic)
#endif
		for (int64_t task = 0; task < tasks; task++)
			repair_task(&s, task);
	}
}
