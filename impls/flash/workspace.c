/* What a plan takes to work in: a part for each thread, with what its blocks of rows share and what each has for itself, and places
 * for sums of chunks that threads take apart.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/flash/plan.h"

enum { LINE = 64, MOST = 1 << 18 /* bytes of a thread, the stage of bf16 aside, where that leaves room for one block of rows */ };

static int64_t keys_of(const struct attn_problem *p)
{
	return p->len_kv + (p->has & ATTN_HAS_PAST ? p->past_len : 0);
}

/* More keys than one chunk: sums of a chunk stand beside the sums of all. Pages may hold more than len_kv says. */
static int has_chunks(const struct attn_problem *p)
{
	return keys_of(p) > FLASH_CHUNK || p->has & (ATTN_HAS_BLOCK_TABLE | ATTN_HAS_KV_LEN);
}

/* Blocks of rows of all sequences and key heads; lengths that are data are not known yet. */
static int64_t tasks_of(const struct attn_problem *p)
{
	struct flash_sequence s = {0, 0, 0, p->len_q, 0, keys_of(p)};
	return p->batch * p->heads_kv * flash_blocks(p, &s);
}

/* Memory from `base` on, of which so much is taken; NULL where only that is asked. */
struct area {
	char *base;
	size_t used;
};

static void *take(struct area *a, size_t bytes)
{
	char *taken = a->base ? a->base + a->used : NULL;
	a->used += (bytes + LINE - 1) / LINE * LINE;
	return taken;
}

static float *take_floats(struct area *a, int64_t floats)
{
	return take(a, (size_t)floats * sizeof(float));
}

static struct flash_sums take_sums(struct area *a, int64_t dim_v)
{
	struct flash_sums s;
	s.o = dim_v ? take_floats(a, dim_v * FLASH_ROWS) : NULL;
	s.m = take_floats(a, FLASH_ROWS);
	s.l = take_floats(a, 2 * FLASH_ROWS);
	return s;
}

size_t flash_sums_bytes(const struct attn_problem *p)
{
	return (size_t)(p->dim_v + 3) * FLASH_ROWS * sizeof(float);
}

/* What the blocks of rows of a thread share. */
struct shared {
	struct flash_lines *k, *v;
	uint64_t *see;
	float *s, *stage, *nothing;
	struct flash_staged *staged;
	struct flash_share *share;
};

static struct shared take_shared(struct area *a, const struct attn_problem *p, struct flash_way way)
{
	struct shared x;
	x.k = take(a, sizeof *x.k);
	x.v = take(a, sizeof *x.v);
	x.see = take(a, FLASH_KEYS * sizeof *x.see);
	x.s = take_floats(a, flash_scores(p, way));
	x.stage = take_floats(a, flash_stage(p, way));
	x.nothing = take_floats(a, p->dim_v);
	x.staged = take(a, sizeof *x.staged);
	x.share = take(a, sizeof *x.share);
	return x;
}

/* What each block of rows has for itself. */
struct own {
	struct flash_work *work;
	float *q;
	struct flash_sums sum, chunk;
};

static struct own take_own(struct area *a, const struct attn_problem *p, int parks)
{
	struct own x;
	x.work = take(a, sizeof *x.work);
	x.q = take_floats(a, p->dim_qk * FLASH_ROWS);
	x.sum = x.chunk = take_sums(a, p->dim_v);
	if (has_chunks(p))
		x.chunk = take_sums(a, parks ? 0 : p->dim_v);
	return x;
}

static int64_t shared_bytes(const struct attn_problem *p, struct flash_way way)
{
	struct area a = {NULL, 0};
	take_shared(&a, p, way);
	return (int64_t)a.used;
}

static int64_t own_bytes(const struct attn_problem *p, int parks)
{
	struct area a = {NULL, 0};
	take_own(&a, p, parks);
	return (int64_t)a.used;
}

static int64_t at_most(int64_t n, int64_t most)
{
	return n < most ? n : most;
}

/* Whether blocks of rows are too few to keep all threads busy, so that their chunks are dealt out apart. */
static int is_split(const struct attn_problem *p, int threads)
{
	return threads > 1 && has_chunks(p) && !(p->has & ATTN_HAS_CU_SEQLENS) && tasks_of(p) < FLASH_TASKS * (int64_t)threads;
}

/* Each thread's own sums serve as the first places; there are as many more as make FLASH_TASKS for each thread and two to carry, if they fit. */
static int places_of(const struct attn_problem *p, int threads, int64_t room)
{
	int64_t fit = room > 0 ? room / (int64_t)flash_sums_bytes(p) * threads : 0;
	return is_split(p, threads) ? 2 * threads + (int)at_most(FLASH_TASKS * threads + 2 - 2 * threads, fit) : 0;
}

/* Blocks of rows that a thread takes together: as many as there is room for, but so that every thread has groups to choose from. */
static int group_of(const struct attn_problem *p, int threads, int64_t room, int parks)
{
	int64_t fit = at_most(room / own_bytes(p, parks), tasks_of(p) / (8 * (int64_t)threads));
	return fit < 1 ? 1 : (int)at_most(fit, FLASH_GROUP);
}

struct flash_layout flash_layout_of(const struct attn_problem *p, struct flash_way way, int threads)
{
	int64_t shared = shared_bytes(p, way), room = MOST - shared;
	struct flash_layout a = {.way = way, .threads = threads};
	if (way.staged && p->dtype == ATTN_BF16)
		room += flash_stage(p, way) * (int64_t)sizeof(float);
	a.parks = way.staged && p->dtype == ATTN_F32 && has_chunks(p) && !is_split(p, threads) && group_of(p, threads, room, 1) > group_of(p, threads, room, 0);
	a.group = group_of(p, threads, room, a.parks);
	int64_t own = own_bytes(p, a.parks) * a.group;
	a.each = (size_t)(shared + own);
	a.places = places_of(p, threads, room - own - 2 * LINE); /* two lines: of the words below */
	a.bytes = a.each * (size_t)threads;
	if (a.places)
		a.bytes += (size_t)(a.places - 2 * threads) * flash_sums_bytes(p) + ((size_t)a.places + (size_t)(FLASH_TASKS * threads)) * sizeof(uint64_t);
	return a;
}

/* The thread's part of the workspace. */
static struct area part_of(const struct attn_plan *plan, int thread)
{
	return (struct area){plan->workspace + (size_t)thread * plan->layout.each, 0};
}

void flash_works_of(const struct attn_plan *plan, const struct attn_tensors *t, int thread, struct flash_work **works)
{
	const struct attn_problem *p = &plan->problem;
	struct flash_way way = plan->layout.way;
	struct area a = part_of(plan, thread);
	struct shared x = take_shared(&a, p, way);
	memset(x.nothing, 0, (size_t)p->dim_v * sizeof *x.nothing);
	for (int i = 0; i < plan->layout.group; i++) {
		struct own own = take_own(&a, p, plan->layout.parks);
		struct flash_work *w = works[i] = own.work;
		w->p = p, w->t = t, w->block_keys = flash_block_keys(p, way), w->at_once = flash_at_once(p, way);
		w->is_staged = way.staged, w->stage_layout = flash_stage_layout(p, way);
		w->k = x.k, w->v = x.v, w->see = x.see;
		w->s = x.s, w->stage = x.stage, w->nothing = x.nothing, w->staged = x.staged;
		w->q = own.q, w->sum = own.sum, w->chunk = own.chunk;
	}
}

struct flash_shares flash_shares_of(const struct attn_plan *plan)
{
	struct area a = part_of(plan, 0);
	struct flash_share *first = take_shared(&a, &plan->problem, plan->layout.way).share;
	return (struct flash_shares){(char *)first, plan->layout.each, plan->layout.threads};
}

struct flash_place flash_place_at(const struct attn_plan *plan, int64_t n)
{
	const struct attn_problem *p = &plan->problem;
	int64_t threads = plan->layout.threads, own = 2 * threads;
	char *end = plan->workspace + (size_t)threads * plan->layout.each, *words = end + (size_t)(plan->layout.places - own) * flash_sums_bytes(p);
	struct area a = n < own ? part_of(plan, (int)(n / 2)) : (struct area){end + (size_t)(n - own) * flash_sums_bytes(p), 0};
	struct flash_place place = {.seen = (uint64_t *)(void *)words + n};
	if (n < own) {
		take_shared(&a, p, plan->layout.way);
		struct own mine = take_own(&a, p, 0);
		place.sums = n % 2 ? mine.chunk : mine.sum;
	} else {
		place.sums = take_sums(&a, p->dim_v);
	}
	return place;
}

uint64_t *flash_bad_of(const struct attn_plan *plan)
{
	return flash_place_at(plan, 0).seen + plan->layout.places;
}
