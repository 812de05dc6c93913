/* A job: one problem on one communicator, from its plan to its end.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/job.h"

#include <stdio.h>
#include <time.h>

const struct mpi_method *const mpi_methods[] = {&mpi_ring, &mpi_ulysses, &mpi_split_kv, NULL};

const struct mpi_method *mpi_method_find(const char *name)
{
	for (int i = 0; mpi_methods[i]; i++)
		if (!strcmp(mpi_methods[i]->name, name))
			return mpi_methods[i];
	return NULL;
}

size_t mpi_bytes(enum attn_dtype dtype)
{
	return dtype == ATTN_F64 || dtype == ATTN_I64 ? 8 : dtype == ATTN_F32 ? 4 : dtype == ATTN_BOOL ? 1 : 2;
}

enum attn_dtype mpi_wide(const struct attn_problem *p)
{
	return p->dtype == ATTN_F64 ? ATTN_F64 : ATTN_F32;
}

enum attn_dtype mpi_local_dtype(const struct attn_problem *p, const struct mpi_method *method)
{
	return method->has_partial ? mpi_wide(p) : p->dtype;
}

double mpi_now(void)
{
	return MPI_Wtime();
}

void *mpi_take(struct mpi_job *job, size_t bytes, const char *what, char *why, size_t size)
{
	void *memory = job->chunks < MPI_CHUNKS ? job->take(bytes ? bytes : 1) : NULL;
	if (!memory) {
		snprintf(why, size, "no memory for %s: %zu bytes beside %zu that it has", what, bytes, job->bytes);
		return NULL;
	}
	job->chunk[job->chunks++] = memory;
	job->bytes += bytes;
	return memory;
}

enum attn_status mpi_job_plan(struct mpi_job *job, char *why, size_t size)
{
	const struct attn_problem *p = &job->p;
	size_t e = mpi_bytes(p->dtype), q = (size_t)(p->batch * p->heads_q), kv = (size_t)(p->batch * p->heads_kv);
	MPI_Comm_rank(job->comm, &job->rank);
	MPI_Comm_size(job->comm, &job->ranks);
	job->method->shares(p, job->ranks, job->rank, &job->own);
	size_t rows = (size_t)mpi_share_length(&job->own.rows), keys = (size_t)mpi_share_length(&job->own.keys), out = (size_t)mpi_share_length(&job->own.out);
	job->q = mpi_take(job, q * rows * (size_t)p->dim_qk * e, "its rows of q", why, size);
	job->k = job->q ? mpi_take(job, kv * keys * (size_t)p->dim_k * e, "its keys", why, size) : NULL;
	job->v = job->k ? mpi_take(job, kv * keys * (size_t)p->dim_v * e, "its values", why, size) : NULL;
	job->out = job->v ? mpi_take(job, q * out * (size_t)p->dim_v * e, "its rows of out", why, size) : NULL;
	if (!job->out)
		return ATTN_NO_MEMORY;
	if (p->wants & ATTN_WANTS_LOGSUMEXP && !(job->logsumexp = mpi_take(job, q * out * mpi_bytes(mpi_wide(p)), "its logsumexps", why, size)))
		return ATTN_NO_MEMORY;
	return job->method->plan(job, why, size);
}

enum attn_status mpi_job_run(struct mpi_job *job)
{
	job->traffic = (struct mpi_traffic){0};
	double from = mpi_now();
	enum attn_status status = job->method->run(job);
	job->traffic.total = mpi_now() - from;
	return status;
}

double mpi_busiest_bytes(const struct mpi_method *method, const struct attn_problem *p, int ranks)
{
	double most = 0;
	for (int rank = 0; rank < ranks; rank++) {
		double bytes = method->wire_bytes(p, ranks, rank);
		most = bytes > most ? bytes : most;
	}
	return most;
}

void mpi_job_free(struct mpi_job *job)
{
	while (job->chunks > 0)
		job->give(job->chunk[--job->chunks]);
	job->bytes = 0;
}

/* What a method moves nothing of. A merge of parts needs a softmax, and blocks of keys that any rank may hold. */
static const char *unknown_part(const struct attn_problem *p, const struct mpi_method *method)
{
	const struct {
		int is_there, is_of_merging; /* only methods that merge refuse it */
		const char *what;
	} inputs[] = {{(p->has & ATTN_HAS_BLOCK_TABLE) != 0, 0, "paged keys: pages have no place in a share of the sequence"},
	              {(p->has & ATTN_HAS_PROJECTIONS) != 0, 0, "a layer's projections"},
	              {(p->wants & ~(uint32_t)(ATTN_WANTS_LOGSUMEXP | ATTN_WANTS_PRESENT)) != 0, 0, "weights, scores or sums as an output: no rank holds them all"},
	              {(p->has & ATTN_HAS_CU_SEQLENS) != 0, 1, "packed sequences: a share of the rows would begin and end within one"},
	              {(p->has & ATTN_HAS_BLOCK_MASK) != 0, 1, "a block mask: its blocks and those of the shares do not meet"},
	              {p->score == ATTN_GIVEN_WEIGHTS, 1, "weights as an input: without a softmax there is nothing to merge by"}};
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
		if (inputs[i].is_there && (method->has_partial || !inputs[i].is_of_merging))
			return inputs[i].what;
	return NULL;
}

struct asking {
	const struct attn_impl *local;
	char *text;
	size_t size;
};

static const char *ask(const struct asking *a, const struct attn_problem *p, const char *what)
{
	char why[MPI_WHY / 2] = "";
	if (a->local->query(p, why, sizeof why) == ATTN_OK)
		return NULL;
	return snprintf(a->text, a->size, "the local kernel %s refuses %s: %s", a->local->name, what, why), a->text;
}

/* Blocks of every kind that the geometry can be cut into. */
static const char *refuses_blocks(const struct attn_problem *p, const struct asking *a)
{
	static const char *const kinds[] = {"a block with its maxima and sums", "a causal block", "a block with a window", "a block with a bias for ALiBi"};
	int is_limited = p->causal || p->window_left >= 0 || p->window_right >= 0;
	const char *reason = NULL;
	if (!(a->local->kinds & ATTN_KIND_SUMS))
		return snprintf(a->text, a->size, "the local kernel %s does not give the maximum and the sum of a row's softmax, by which parts are merged", a->local->name), a->text;
	for (int kind = 0; kind < 4 && !reason; kind++) {
		struct attn_problem block = *p;
		if (kind == 3 ? !(p->has & ATTN_HAS_ALIBI) : kind && !is_limited)
			continue;
		block.dtype = mpi_wide(p);
		block.has &= MPI_BLOCK_HAS;
		block.wants = ATTN_WANTS_SUMS;
		block.past_len = 0;
		block.align = ATTN_TOP_LEFT;
		block.causal = kind == 1;
		block.window_left = block.window_right = kind == 2 ? 1 : -1;
		block.len_kv = mpi_keys(p);
		if (kind == 3)
			block.has = (block.has & ~(uint32_t)ATTN_HAS_ALIBI) | ATTN_HAS_BIAS, block.bias_dims = (p->has & ATTN_HAS_BIAS ? p->bias_dims : 0) | ATTN_DIM_HEAD | ATTN_DIM_KEY;
		reason = ask(a, &block, kinds[kind]);
	}
	return reason;
}

const char *mpi_refusal(const struct attn_problem *p, const struct mpi_method *method, const struct attn_impl *local, int ranks, char *text, size_t size)
{
	const struct asking a = {local, text, size};
	struct attn_problem heads;
	const char *what = unknown_part(p, method);
	if (!what)
		what = method->refuses(p, ranks, text, size);
	if (what)
		return what;
	if (method->has_partial)
		return refuses_blocks(p, &a);
	mpi_ulysses_problem(p, ranks, &heads);
	return ask(&a, &heads, "its heads");
}
