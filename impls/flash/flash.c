/* flash: exact attention by streaming softmax, in memory that does not grow with the sequence. What it can do, its plan, and
 * how the work is dealt out to threads; the arithmetic is in kernel.h.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/flash/flash.h"
#include "impls/flash/plan.h"
#include "impls/isa.h"

#include <stdio.h>

static const struct flash_kernel *kernel_for(enum isa isa, enum attn_dtype dtype)
{
#ifdef HAVE_AVX512_BF16
	if (isa >= ISA_AVX512_BF16 && dtype == ATTN_BF16)
		return &flash_avx512_bf16;
#endif
#ifdef HAVE_AVX512
	if (isa >= ISA_AVX512)
		return &flash_avx512;
#endif
#ifdef HAVE_AVX2
	if (isa >= ISA_AVX2)
		return &flash_avx2;
#endif
	(void)isa, (void)dtype;
	return &flash_portable;
}

static int64_t keys_of(const struct attn_problem *p)
{
	return p->len_kv + (p->has & ATTN_HAS_PAST ? p->past_len : 0);
}

static int block_keys(const struct attn_problem *p)
{
	return p->dim_qk > 128 || p->dim_v > 128 ? FLASH_KEYS / 2 : FLASH_KEYS;
}

/* More keys than one chunk: sums of a chunk stand beside the sums of all. Pages may hold more than len_kv says. */
static int has_chunks(const struct attn_problem *p)
{
	return keys_of(p) > FLASH_CHUNK || p->has & (ATTN_HAS_BLOCK_TABLE | ATTN_HAS_KV_LEN);
}

static size_t workspace_bytes(const struct attn_problem *p)
{
	int64_t sums = (p->dim_v + 3) * FLASH_ROWS, stage = p->dim_qk > FLASH_STAGE ? p->dim_qk : FLASH_STAGE;
	int64_t floats = p->dim_qk * FLASH_ROWS + block_keys(p) * FLASH_ROWS + stage + p->dim_v + sums * (has_chunks(p) ? 2 : 1);
	return (sizeof(struct flash_work) + (size_t)floats * sizeof(float) + 7 * 64) / 64 * 64;
}

/* Blocks of rows of all sequences and key heads; lengths that are data are not known yet. */
static int64_t tasks_of(const struct attn_problem *p)
{
	struct flash_sequence s = {0, 0, 0, p->len_q, 0, keys_of(p)};
	return p->batch * p->heads_kv * flash_blocks(p, &s);
}

/* Places for sums of chunks that threads take apart, with two to carry: where tasks are too few to keep all threads busy. */
static int slots_of(const struct attn_problem *p, int threads)
{
	int split = threads > 1 && has_chunks(p) && !(p->has & ATTN_HAS_CU_SEQLENS) && tasks_of(p) < FLASH_TASKS * (int64_t)threads;
	return split ? FLASH_TASKS * threads + 2 : 0;
}

static size_t slot_bytes(const struct attn_problem *p)
{
	return (size_t)(p->dim_v + 3) * FLASH_ROWS * sizeof(float) + 64;
}

static float *take(char **at, int64_t floats)
{
	float *taken = (float *)*at;
	*at += ((size_t)floats * sizeof(float) + 63) / 64 * 64;
	return taken;
}

static struct flash_sums take_sums(char **at, int64_t dim_v)
{
	struct flash_sums s;
	s.o = take(at, dim_v * FLASH_ROWS);
	s.m = take(at, FLASH_ROWS);
	s.l = take(at, 2 * FLASH_ROWS);
	return s;
}

struct flash_work *flash_work_of(const struct attn_plan *plan, const struct attn_tensors *t, int thread)
{
	const struct attn_problem *p = &plan->problem;
	char *at = plan->workspace + (size_t)thread * plan->each;
	struct flash_work *w = (struct flash_work *)at;
	at += (sizeof *w + 63) / 64 * 64;
	w->p = p, w->t = t, w->block_keys = block_keys(p);
	w->q = take(&at, p->dim_qk * FLASH_ROWS);
	w->s = take(&at, w->block_keys * FLASH_ROWS);
	w->stage = take(&at, p->dim_qk > FLASH_STAGE ? p->dim_qk : FLASH_STAGE);
	w->nothing = take(&at, p->dim_v);
	memset(w->nothing, 0, (size_t)p->dim_v * sizeof(float));
	w->sum = take_sums(&at, p->dim_v);
	w->chunk = w->sum;
	if (has_chunks(p))
		w->chunk = take_sums(&at, p->dim_v);
	return w;
}

/* All keys of the rows at hand, chunk by chunk. */
static void sum_all(const struct flash_kernel *kernel, struct flash_work *w)
{
	int64_t first = w->some.first < w->some.end ? w->some.first / FLASH_CHUNK * FLASH_CHUNK : 0;
	kernel->load(w);
	kernel->sum(w, first, first + FLASH_CHUNK, &w->sum);
	for (first += FLASH_CHUNK; first < w->some.end; first += FLASH_CHUNK) {
		kernel->sum(w, first, first + FLASH_CHUNK, &w->chunk);
		kernel->merge(w, &w->sum, &w->chunk);
	}
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
		sum_all(kernel, w);
		if (kernel->store(w))
			flash_careful_row(w);
	}
}

static void run_block(const struct flash_kernel *kernel, struct flash_work *w, const struct flash_task *at)
{
	flash_rows_set(w, &at->sequence, at->head_kv, at->block);
	sum_all(kernel, w);
	uint64_t bad = kernel->store(w);
	if (bad)
		flash_repair(kernel, w, at->block, bad);
}

/* Blocks of rows of all sequences and key heads; the rows with most keys first where all sequences are alike. */
static enum attn_status flash_run(struct attn_plan *plan, const struct attn_tensors *t)
{
	const struct attn_problem *p = &plan->problem;
	int64_t sequences = flash_sequences(p, t), most = 0, keys = 0, tasks;
	for (int64_t n = 0; n < sequences; n++) {
		struct flash_sequence s = flash_sequence_at(p, t, n);
		int64_t blocks = flash_blocks(p, &s);
		most = blocks > most ? blocks : most;
		keys = s.len_kv > keys ? s.len_kv : keys;
	}
	tasks = most * sequences * p->heads_kv;
	if (plan->slots) {
		flash_run_split(plan, t, tasks, keys);
		return ATTN_OK;
	}
#ifdef _OPENMP
#pragma omp parallel for num_threads(plan->threads) schedule(dynamic)
#endif
	for (int64_t task = 0; task < tasks; task++) {
		struct flash_task at = flash_task_at(p, t, task);
		if (at.block < flash_blocks(p, &at.sequence))
			run_block(plan->kernel, flash_work_of(plan, t, flash_thread()), &at);
	}
	return ATTN_OK;
}

static struct attn_numerics flash_numerics(const struct attn_problem *p)
{
#ifdef HAVE_AVX512_BF16
	if (kernel_for(isa_to_use(), p->dtype) == &flash_avx512_bf16)
		return (struct attn_numerics){0x1p-24, 0x1p-8, 0x1p-24};
#endif
	(void)p;
	return (struct attn_numerics){0x1p-24, 0x1p-24, 0x1p-24};
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

static enum attn_status flash_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	struct attn_plan *made = host->alloc(host, sizeof *made, 64);
	if (!made)
		return snprintf(why, size, "no memory for the plan"), ATTN_NO_MEMORY;
	*made = (struct attn_plan){*p, host, kernel_for(isa_to_use(), p->dtype), host->threads, 0, workspace_bytes(p), slot_bytes(p), NULL};
#ifndef _OPENMP
	made->threads = 1;
#endif
	made->slots = slots_of(p, made->threads);
	made->workspace = host->alloc(host, made->each * (size_t)made->threads + made->slot * (size_t)made->slots, 64);
	if (!made->workspace) {
		snprintf(why, size, "no memory for a workspace of %zu bytes for each of %d threads and %d partial results of %zu", made->each, made->threads,
		         made->slots, made->slot);
		host->free(host, made);
		return ATTN_NO_MEMORY;
	}
	*plan = made;
	return ATTN_OK;
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
	return workspace_bytes(p) * (size_t)threads + slot_bytes(p) * (size_t)slots_of(p, threads);
}

static const int64_t flash_tiles[] = {6, 16, 32, 64, 96, 192, 1152, 0};

extern const struct attn_impl attn_flash;
const struct attn_impl attn_flash = {
	.abi = ATTN_ABI,
	.struct_size = sizeof(struct attn_impl),
	.name = "flash",
	.version = "1",
	.summary = "streaming softmax, queries in the vector lanes, memory constant in the sequence length",
	.licence = "Apache-2.0",
	.policy = {ATTN_EMPTY_ZERO, .nan_propagates = 1, .batch_invariant = 1, .thread_invariant = 1},
	.tiles = flash_tiles,
	.numerics = flash_numerics,
	.query = flash_query,
	.plan = flash_plan,
	.run = flash_run,
	.destroy = flash_destroy,
	.describe = flash_describe,
	.analytic_bytes = flash_analytic_bytes,
};

ATTN_PLUGIN(&attn_flash);
