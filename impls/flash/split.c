/* Few blocks of rows, many keys: every chunk of every block is a piece of work of its own. Its sums wait in a slot until all
 * pieces of the wave are done; then each block's are merged in order, as one thread alone would, so that no bit depends on
 * how many there are. A wave has as many pieces as there are slots; a block that it cuts is carried over to the next.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/flash/plan.h"

/* Pieces are numbered block by block: piece = task · chunks + chunk. */
struct split {
	const struct attn_plan *plan;
	const struct attn_tensors *t;
	int64_t tasks, each_head, chunks, pieces, each; /* each: pieces of a wave */
};

struct slot {
	struct flash_sums sums;
	uint64_t *seen; /* the lanes that have seen a key in these sums */
};

/* Slot n; the two after those of the pieces carry from one wave to the next, by turns. */
static struct slot slot_at(const struct split *s, int64_t n)
{
	char *at = s->plan->workspace + s->plan->each * (size_t)s->plan->threads + s->plan->slot * (size_t)n;
	float *o = (float *)(void *)at, *m = o + s->plan->problem.dim_v * FLASH_ROWS;
	struct slot slot = {{o, m, m + FLASH_ROWS}, (uint64_t *)(void *)(at + s->plan->slot - 64)};
	return slot;
}

static struct slot carry_at(const struct split *s, int64_t wave)
{
	return slot_at(s, s->each + (wave & 1));
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
	struct slot slot = slot_at(s, piece % s->each);
	struct flash_work *w = start(s, piece / s->chunks, &block, &first, &last);
	if (!w || chunk < first || chunk > last)
		return;
	struct flash_piece at = {w, &slot.sums};
	s->plan->kernel->sum(&at, 1, chunk * FLASH_CHUNK, (chunk + 1) * FLASH_CHUNK);
	*slot.seen = w->seen;
}

static void finish(const struct split *s, struct flash_work *w, int64_t block, const struct flash_sums *sums)
{
	struct flash_sums own = w->sum;
	w->sum = *sums;
	uint64_t bad = s->plan->kernel->store(w);
	w->sum = own;
	if (bad)
		flash_repair(s->plan->kernel, w, block, bad);
}

/* The chunks of a task that this wave has summed. */
static void merge_task(const struct split *s, int64_t task, int64_t wave)
{
	int64_t block, first, last, from = wave * s->each - task * s->chunks, end = from + s->each;
	struct flash_work *w = start(s, task, &block, &first, &last);
	if (!w || end <= first || from > last)
		return;
	struct slot sum = first >= from ? slot_at(s, (task * s->chunks + first) % s->each) : carry_at(s, wave - 1);
	for (int64_t chunk = first >= from ? first + 1 : from; chunk <= last && chunk < end; chunk++) {
		struct slot next = slot_at(s, (task * s->chunks + chunk) % s->each);
		s->plan->kernel->merge(w, &sum.sums, &next.sums);
		*sum.seen |= *next.seen;
	}
	w->seen = *sum.seen;
	if (last < end)
		finish(s, w, block, &sum.sums);
	else
		memcpy(carry_at(s, wave).sums.o, sum.sums.o, s->plan->slot);
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
	struct split s = {plan, t, tasks, each, (keys + FLASH_CHUNK - 1) / FLASH_CHUNK, 0, plan->slots - 2};
	s.chunks += s.chunks == 0;
	s.pieces = s.tasks * s.chunks;
#ifdef _OPENMP
#pragma omp parallel num_threads(plan->threads)
#endif
	for (int64_t wave = 0; wave * s.each < s.pieces; wave++)
		run_wave(&s, wave);
}
