/* flash: exact attention by streaming softmax, in memory that does not grow with the sequence. What it can do, its plan, and
 * how the work is dealt out to threads; the arithmetic is in kernel.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/flash/flash.h"
#include "impls/flash/plan.h"
#include "impls/isa.h"

#include <stdio.h>

/* By rising instruction set; of bf16 there is a kernel that is fast enough to serve for both. */
static const struct choice {
	enum isa isa;
	enum attn_dtype only; /* 0: any */
	const struct flash_kernel *kernel, *fast;
} choices[] = {
	{ISA_SCALAR, 0, &flash_portable, &flash_portable_fast},
#ifdef HAVE_AVX2
	{ISA_AVX2, 0, &flash_avx2, &flash_avx2_fast},
#endif
#ifdef HAVE_AVX512
	{ISA_AVX512, 0, &flash_avx512, &flash_avx512_fast},
#endif
#ifdef HAVE_AVX512_BF16
	{ISA_AVX512_BF16, ATTN_BF16, &flash_avx512_bf16, &flash_avx512_bf16},
#endif
};

static const struct choice *choice_for(enum attn_dtype dtype)
{
	const struct choice *best = choices;
	for (size_t i = 1; i < sizeof choices / sizeof *choices; i++)
		if (choices[i].isa <= isa_to_use() && (!choices[i].only || choices[i].only == dtype))
			best = choices + i;
	return best;
}

/* The chunks that the rows see, at least one. */
static int64_t first_chunk(const struct flash_work *w)
{
	return w->some.first < w->some.end ? w->some.first / FLASH_CHUNK : 0;
}

static int64_t last_chunk(const struct flash_work *w)
{
	return w->some.first < w->some.end ? (w->some.end - 1) / FLASH_CHUNK : 0;
}

/* One chunk of keys. Its sums are merged with those of the chunks before, which have waited beside them or are parked until the next. */
static void sum_chunk(const struct flash_kernel *kernel, struct flash_work *const *works, int count, int64_t chunk)
{
	struct flash_piece piece[FLASH_GROUP];
	int pieces = 0;
	for (int i = 0; i < count; i++) {
		struct flash_work *w = works[i];
		if (chunk >= first_chunk(w) && chunk <= last_chunk(w))
			piece[pieces++] = (struct flash_piece){w, chunk == first_chunk(w) || !w->chunk.o ? &w->sum : &w->chunk};
	}
	kernel->sum(piece, pieces, chunk * FLASH_CHUNK, (chunk + 1) * FLASH_CHUNK);
	for (int i = 0; i < pieces; i++) {
		struct flash_work *w = piece[i].w;
		if (piece[i].to == &w->chunk)
			kernel->merge(w, &w->sum, &w->chunk);
		if (!w->chunk.o && chunk > first_chunk(w))
			kernel->resume(w);
		if (!w->chunk.o && chunk < last_chunk(w))
			kernel->park(w);
	}
}

/* All keys of the rows at hand, chunk by chunk. */
static void sum_all(const struct flash_kernel *kernel, struct flash_work *const *works, int count)
{
	int64_t first = first_chunk(works[0]), last = last_chunk(works[0]);
	for (int i = 0; i < count; i++) {
		first = first_chunk(works[i]) < first ? first_chunk(works[i]) : first;
		last = last_chunk(works[i]) > last ? last_chunk(works[i]) : last;
		kernel->load(works[i]);
	}
	for (int64_t chunk = first; chunk <= last; chunk++)
		sum_chunk(kernel, works, count, chunk);
}

void flash_repair(const struct flash_kernel *kernel, struct flash_work *w, int64_t block, uint64_t bad)
{
	struct flash_sequence s = w->sequence;
	int64_t head_kv = w->head_kv;
	for (int lane = 0; lane < FLASH_ROWS; lane++) {
		if (!(bad >> lane & 1))
			continue;
		flash_rows_set(w, &s, head_kv, block);
		flash_rows_keep(w, lane);
		sum_all(kernel, &w, 1);
		if (kernel->store(w))
			flash_careful_row(w);
	}
}

/* The blocks of a group, as many as there are. */
static void run_group(const struct attn_plan *plan, const struct attn_tensors *t, struct flash_task at)
{
	int64_t blocks = flash_blocks(&plan->problem, &at.sequence), group = plan->layout.group;
	struct flash_work *works[FLASH_GROUP];
	int64_t first = at.block * group, count = blocks - first < group ? blocks - first : group;
	flash_works_of(plan, t, flash_thread(), works);
	for (int i = 0; i < count; i++)
		flash_rows_set(works[i], &at.sequence, at.head_kv, first + i);
	if (count > 0)
		sum_all(plan->kernel, works, (int)count);
	for (int i = 0; i < count; i++) {
		uint64_t bad = plan->kernel->store(works[i]);
		if (bad)
			flash_repair(plan->kernel, works[i], first + i, bad);
	}
}

/* Whether the rows of a block have gaps between their elements, or lie so far apart that they share no page with others, or that most of them fall on the
 * same lines of a cache: a block that is met several times would come from afar each time. */
static int is_scattered(const struct attn_tensor *t, int64_t far)
{
	enum { WAY = 4096 }; /* bytes of a way of a first-level cache, those of a second-level one are multiples of it */
	int64_t apart = t->stride[2] * (int64_t)flash_bytes(t->dtype);
	return t->data && (t->stride[3] != 1 || apart % WAY == 0 || (far && (apart >= far || apart <= -far)));
}

/* Blocks of rows of all sequences and key heads. */
static enum attn_status flash_run(struct attn_plan *plan, const struct attn_tensors *t)
{
	const struct attn_problem *p = &plan->problem;
	int64_t sequences = flash_sequences(p, t), most = 0, keys = 0, each, tasks;
	int64_t far = plan->kernel->far;
	plan->layout = plan->layouts[is_scattered(&t->k, far) || is_scattered(&t->v, far) || is_scattered(&t->past_k, far) || is_scattered(&t->past_v, far)];
	for (int64_t n = 0; n < sequences; n++) {
		struct flash_sequence s = flash_sequence_at(p, t, n);
		int64_t blocks = flash_blocks(p, &s);
		most = blocks > most ? blocks : most;
		keys = s.len_kv > keys ? s.len_kv : keys;
	}
	if (plan->layout.places) {
		flash_run_split(plan, t, most * sequences * p->heads_kv, most, keys);
		return ATTN_OK;
	}
	each = (most + plan->layout.group - 1) / plan->layout.group;
	tasks = each * sequences * p->heads_kv;
	struct flash_shares shares = flash_shares_of(plan);
	shares_set(&shares, tasks);
#ifdef _OPENMP
#pragma omp parallel num_threads(plan->layout.threads)
#endif
	for (int64_t task; (task = shares_next(&shares, flash_thread())) >= 0;)
		run_group(plan, t, flash_task_at(p, t, task, each));
	return ATTN_OK;
}

static struct attn_numerics flash_numerics(const struct attn_problem *p)
{
	return (struct attn_numerics){0x1p-24, choice_for(p->dtype)->kernel->in_pairs ? 0x1p-8 : 0x1p-24, 0x1p-24};
}

/* vec_fast_exp_each(): what it loses of the exponent is as if the score had lost it. */
static struct attn_numerics fast_numerics(const struct attn_problem *p)
{
	struct attn_numerics n = flash_numerics(p);
	n.u_score = 0x1p-22;
	n.u_weights = fmax(n.u_weights, 10 * 0x1p-24);
	return n;
}

static enum attn_status flash_query(const struct attn_problem *p, char *why, size_t size)
{
	const char *reason = NULL;
	if (p->dtype != ATTN_F32 && p->dtype != ATTN_BF16 && p->dtype != ATTN_F16)
		reason = "inputs in f64: it computes in f32";
	else if (p->softmax_dtype == ATTN_F64)
		reason = "a softmax in f64: it computes in f32";
	else if (p->score != ATTN_SCALED_DOT && p->score != ATTN_DOT)
		reason = "a score other than the dot product";
	else if (p->wants & ATTN_WANTS_WEIGHTS)
		reason = "the weights as an output: it never holds them all";
	else if (p->wants & ATTN_WANTS_SCORES)
		reason = "the scores as an output: it never holds them all";
	else if (p->wants & ATTN_WANTS_PRESENT)
		reason = "present keys and values as an output: it reads past ones where they lie";
	if (reason)
		snprintf(why, size, "%s", reason);
	return reason ? ATTN_REFUSED : ATTN_OK;
}

/* Where keys and values lie is not known before they come. Returns the bytes that either layout needs. */
static size_t layouts_of(const struct attn_problem *p, const struct flash_kernel *kernel, int threads, struct flash_layout *layouts)
{
	for (int scattered = 0; scattered < 2; scattered++)
		layouts[scattered] = flash_layout_of(p, flash_way_of(p, kernel, scattered), threads);
	return layouts[layouts[1].bytes > layouts[0].bytes].bytes;
}

static enum attn_status plan_with(const struct flash_kernel *kernel, const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan,
                                  char *why, size_t size)
{
	struct attn_plan *made = host->alloc(host, sizeof *made, 64);
	if (!made)
		return snprintf(why, size, "no memory for the plan"), ATTN_NO_MEMORY;
	int threads = host->threads;
#ifndef _OPENMP
	threads = 1;
#endif
	*made = (struct attn_plan){.problem = *p, .host = host, .kernel = kernel};
	size_t bytes = layouts_of(p, kernel, threads, made->layouts);
	made->workspace = host->alloc(host, bytes, 64);
	if (!made->workspace) {
		snprintf(why, size, "no memory for a workspace of %zu bytes for %d threads", bytes, threads);
		host->free(host, made);
		return ATTN_NO_MEMORY;
	}
	*plan = made;
	return ATTN_OK;
}

static enum attn_status flash_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	return plan_with(choice_for(p->dtype)->kernel, p, host, plan, why, size);
}

static enum attn_status fast_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	return plan_with(choice_for(p->dtype)->fast, p, host, plan, why, size);
}

static void flash_destroy(struct attn_plan *plan)
{
	if (!plan)
		return;
	const struct attn_host *host = plan->host;
	host->free(host, plan->workspace);
	host->free(host, plan);
}

static const char *flash_describe(const struct attn_plan *plan)
{
	return plan->kernel->name;
}

static size_t flash_analytic_bytes(const struct attn_problem *p, int threads)
{
	struct flash_layout layouts[2];
	return layouts_of(p, choice_for(p->dtype)->kernel, threads, layouts);
}

static const int64_t flash_tiles[] = {6, 16, 32, 64, 96, 192, 1152, 0};

#define FLASH_COMMON \
	.abi = ATTN_ABI, .struct_size = sizeof(struct attn_impl), .version = "1", .licence = "Apache-2.0", \
	.policy = {ATTN_EMPTY_ZERO, .nan_propagates = 1, .batch_invariant = 1, .thread_invariant = 1}, .tiles = flash_tiles, .query = flash_query, \
	.run = flash_run, .destroy = flash_destroy, .describe = flash_describe, .analytic_bytes = flash_analytic_bytes, .kinds = ATTN_KIND_SUMS

extern const struct attn_impl attn_flash, attn_flash_fast;
const struct attn_impl attn_flash = {
	FLASH_COMMON,
	.name = "flash",
	.summary = "streaming softmax, queries in the vector lanes, memory constant in the sequence length",
	.numerics = flash_numerics,
	.plan = flash_plan,
};
const struct attn_impl attn_flash_fast = {
	FLASH_COMMON,
	.name = "flash-fast",
	.summary = "flash with an exp right to 20 bits and fewer multiplications",
	.numerics = fast_numerics,
	.plan = fast_plan,
};

ATTN_PLUGIN(&attn_flash, &attn_flash_fast);
