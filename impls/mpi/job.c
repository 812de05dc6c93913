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
	job->k = job->q ? mpi_take(job, kv * keys * (size_t)p->dim_qk * e, "its keys", why, size) : NULL;
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
	job->traffic = (struct mpi_traffic){0, 0, 0, 0};
	double from = mpi_now();
	enum attn_status status = job->method->run(job);
	job->traffic.total = mpi_now() - from;
	return status;
}

void mpi_job_free(struct mpi_job *job)
{
	while (job->chunks > 0)
		job->give(job->chunk[--job->chunks]);
	job->bytes = 0;
}

/* Kinds of input and output that would have to be cut along keys as well; nothing but work is in the way of each. */
static const char *unknown_part(const struct attn_problem *p)
{
	static const struct {
		uint32_t bit;
		const char *what;
	} inputs[] = {{ATTN_HAS_MASK, "a mask as input"}, {ATTN_HAS_BIAS, "a bias"}, {ATTN_HAS_ALIBI, "ALiBi"}, {ATTN_HAS_CU_SEQLENS, "packed sequences"},
	              {ATTN_HAS_BLOCK_TABLE, "paged keys"}, {ATTN_HAS_BLOCK_MASK, "a block mask"}, {ATTN_HAS_PROJECTIONS, "a layer's projections"}};
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
		if (p->has & inputs[i].bit)
			return inputs[i].what;
	if (p->score > ATTN_COSINE)
		return "a score with learned or given parts";
	if (p->wants & ~(uint32_t)ATTN_WANTS_LOGSUMEXP)
		return "weights, scores or present keys as an output: no rank holds them all";
	return NULL;
}

/* Blocks of every kind that the geometry can be cut into. */
static const char *local_refuses(const struct attn_problem *p, const struct mpi_method *method, const struct attn_impl *local, char *text, size_t size)
{
	int is_limited = p->causal || p->window_left >= 0 || p->window_right >= 0;
	if (method->has_partial && !(local->kinds & ATTN_KIND_SUMS))
		return snprintf(text, size, "the local kernel %s does not give the maximum and the sum of a row's softmax, by which parts are merged", local->name), text;
	for (int kind = 0; kind < (is_limited ? 3 : 1); kind++) {
		struct attn_problem block = *p;
		char why[MPI_WHY / 2] = "";
		block.dtype = mpi_local_dtype(p, method);
		block.has = method->has_partial ? 0 : p->has & ATTN_HAS_SINKS;
		block.wants = method->has_partial ? ATTN_WANTS_SUMS : p->wants;
		block.past_len = 0;
		block.align = ATTN_TOP_LEFT;
		block.causal = kind == 1;
		block.window_left = kind == 2 ? 1 : -1;
		block.window_right = kind == 2 ? 1 : -1;
		block.len_kv = mpi_keys(p);
		if (local->query(&block, why, sizeof why) != ATTN_OK)
			return snprintf(text, size, "the local kernel %s refuses %s: %s", local->name, kind == 0 ? (method->has_partial ? "a block with its maxima and sums" : "its heads") : kind == 1 ? "a causal block" : "a block with a window", why), text;
	}
	return NULL;
}

const char *mpi_refusal(const struct attn_problem *p, const struct mpi_method *method, const struct attn_impl *local, int ranks, char *text, size_t size)
{
	const char *what = unknown_part(p);
	if (what)
		return what;
	what = local_refuses(p, method, local, text, size);
	return what ? what : method->refuses(p, ranks, text, size);
}
