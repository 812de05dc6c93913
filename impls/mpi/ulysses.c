/* ulysses: an all-to-all turns shares of the sequence into shares of the heads, each rank computes its heads over the whole
 * sequence, and another brings the rows back. Jacobs et al., DeepSpeed-Ulysses, arXiv 2309.14509, §3.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/job.h"

#include <stdio.h>
#include <stdlib.h>

struct ulysses {
	char *q, *k, *v, *out, *logsumexp; /* of this rank's heads, all rows */
};

static void ulysses_shares(const struct attn_problem *p, int ranks, int rank, struct mpi_shares *s)
{
	s->rows = s->out = mpi_share_even(p->len_q, ranks, rank);
	s->keys = mpi_share_even(mpi_keys(p), ranks, rank);
}

static const char *ulysses_refuses(const struct attn_problem *p, int ranks, char *text, size_t size)
{
	if (p->heads_q % ranks == 0 && p->heads_kv % ranks == 0)
		return NULL;
	return snprintf(text, size, "%lld query heads and %lld key heads on %d ranks: both must be multiples of the ranks", (long long)p->heads_q, (long long)p->heads_kv, ranks), text;
}

static struct mpi_operands operands(const struct mpi_job *job)
{
	const struct ulysses *w = job->work;
	int64_t heads = job->p.heads_q / job->ranks;
	return (struct mpi_operands){job->p.dtype, job->p.len_q, mpi_keys(&job->p), job->p.len_q, heads, job->p.heads_kv / job->ranks,
	                             w->q, w->k, w->v, w->out, w->logsumexp, job->sinks ? job->sinks + job->rank * heads : NULL, NULL, NULL};
}

struct computing {
	struct mpi_job *job;
	char *why;
	size_t size;
	enum attn_status status;
};

/* The block's results go straight to its rows of out: mpi_local places them by batch entry and row. */
static struct mpi_operands placed(const struct mpi_job *job, const struct mpi_block *block)
{
	struct mpi_operands o = operands(job);
	if (block->rows == o.out_all) { /* taken for the block's own memory */
		size_t rows = (size_t)(block->b * o.heads_q * o.out_all);
		o.out = (char *)o.out + rows * (size_t)job->p.dim_v * mpi_bytes(job->p.dtype);
		if (o.logsumexp)
			o.logsumexp = (char *)o.logsumexp + rows * mpi_bytes(mpi_wide(&job->p));
	}
	return o;
}

static int plan_block(void *context, const struct mpi_block *block)
{
	struct computing *c = context;
	struct mpi_operands o = placed(c->job, block);
	c->status = mpi_local_plan(c->job, &o, block, c->why, c->size);
	return c->status != ATTN_OK;
}

static int run_block(void *context, const struct mpi_block *block)
{
	struct computing *c = context;
	struct mpi_operands o = placed(c->job, block);
	c->status = mpi_local_run(c->job, &o, block);
	return c->status != ATTN_OK;
}

static int each_block(struct mpi_job *job, mpi_block_work *work, struct computing *c)
{
	struct mpi_share rows = mpi_share_all(job->p.len_q), keys = mpi_share_all(mpi_keys(&job->p));
	return mpi_blocks(job, &rows, &keys, work, c);
}

static enum attn_status ulysses_plan(struct mpi_job *job, char *why, size_t size)
{
	const struct attn_problem *p = &job->p;
	struct ulysses *w = mpi_take(job, sizeof *w, "ulysses", why, size);
	size_t rows = (size_t)(p->batch * p->heads_q / job->ranks * p->len_q), kv = (size_t)(p->batch * p->heads_kv / job->ranks * mpi_keys(p)), e = mpi_bytes(p->dtype);
	if (!w)
		return ATTN_NO_MEMORY;
	*w = (struct ulysses){.q = mpi_take(job, rows * (size_t)p->dim_qk * e, "its heads of q", why, size)};
	job->work = w;
	w->k = w->q ? mpi_take(job, kv * (size_t)p->dim_qk * e, "its heads of k", why, size) : NULL;
	w->v = w->k ? mpi_take(job, kv * (size_t)p->dim_v * e, "its heads of v", why, size) : NULL;
	w->out = w->v ? mpi_take(job, rows * (size_t)p->dim_v * e, "its heads of out", why, size) : NULL;
	if (!w->out)
		return ATTN_NO_MEMORY;
	if (job->logsumexp && !(w->logsumexp = mpi_take(job, rows * mpi_bytes(mpi_wide(p)), "its heads' logsumexps", why, size)))
		return ATTN_NO_MEMORY;
	struct computing c = {job, why, size, ATTN_OK};
	if (each_block(job, plan_block, &c))
		return c.status;
	return mpi_local_take(job, why, size);
}

/* One array that is [batch][heads][share of rows] on one side and [batch][share of heads][rows] on the other. */
struct turned {
	char *by_rows, *by_heads;
	int64_t heads, length;
	size_t column_bytes;
	int tag;
};

/* The part of an array with `heads` heads of `length` rows that one pair of ranks exchanges, batch entries one after another. */
static MPI_Datatype turned_type(int64_t batch, int64_t heads_all, int64_t length_all, const int64_t size[2], size_t column_bytes)
{
	MPI_Datatype heads = mpi_part_type(size[0], length_all, column_bytes, (struct mpi_part){0, size[1]}), all;
	MPI_Type_create_hvector((int)batch, 1, (MPI_Aint)((size_t)(heads_all * length_all) * column_bytes), heads, &all);
	MPI_Type_commit(&all);
	MPI_Type_free(&heads);
	return all;
}

static MPI_Request start(struct mpi_job *job, char *memory, MPI_Datatype type, const int peer_tag[2], int is_send)
{
	MPI_Request request;
	if (is_send)
		MPI_Isend(memory, 1, type, peer_tag[0], peer_tag[1], job->comm, &request);
	else
		MPI_Irecv(memory, 1, type, peer_tag[0], peer_tag[1], job->comm, &request);
	MPI_Type_free(&type);
	return request;
}

/* This rank's side of one array: with every rank the rows of both and the heads of both cross. */
static MPI_Request start_rows(struct mpi_job *job, const struct turned *t, int peer, int is_send)
{
	struct mpi_share mine = mpi_share_even(t->length, job->ranks, job->rank);
	int64_t size[] = {t->heads / job->ranks, mpi_share_length(&mine)};
	return start(job, t->by_rows + (size_t)(peer * size[0] * size[1]) * t->column_bytes,
	             turned_type(job->p.batch, t->heads, size[1], size, t->column_bytes), (const int[]){peer, t->tag}, is_send);
}

static MPI_Request start_heads(struct mpi_job *job, const struct turned *t, int peer, int is_send)
{
	struct mpi_share theirs = mpi_share_even(t->length, job->ranks, peer);
	int64_t size[] = {t->heads / job->ranks, mpi_share_length(&theirs)};
	return start(job, t->by_heads + (size_t)theirs.part[0].first * t->column_bytes,
	             turned_type(job->p.batch, size[0], t->length, size, t->column_bytes), (const int[]){peer, t->tag}, is_send);
}

/* Receives first: mpi_wait counts those. Its own part is no traffic. */
static void turn(struct mpi_job *job, const struct turned *arrays, int count, int to_heads)
{
	int receives = 0, others = count * (job->ranks - 1);
	MPI_Request *request = malloc((size_t)(2 * count * job->ranks) * sizeof *request);
	double from = mpi_now();
	if (!request)
		MPI_Abort(job->comm, 3);
	for (int step = 1; step <= job->ranks; step++)
		for (int i = 0; i < count; i++)
			request[receives++] = (to_heads ? start_heads : start_rows)(job, &arrays[i], (job->rank + step) % job->ranks, 0);
	for (int n = 0, step = 1; step <= job->ranks; step++)
		for (int i = 0; i < count; i++)
			request[receives + n++] = (to_heads ? start_rows : start_heads)(job, &arrays[i], (job->rank + job->ranks - step) % job->ranks, 1);
	job->traffic.received_bytes += mpi_wait(request, 2 * receives, others);
	job->traffic.wait += mpi_now() - from;
	free(request);
}

/* Rows that see no key were in no block. */
static void clear(struct mpi_job *job)
{
	const struct attn_problem *p = &job->p;
	const struct ulysses *w = job->work;
	int64_t heads = p->heads_q / job->ranks, rows = p->batch * heads * p->len_q;
	memset(w->out, 0, (size_t)(rows * p->dim_v) * mpi_bytes(p->dtype));
	for (int64_t i = 0; w->logsumexp && i < rows; i++) {
		double x = job->sinks ? (double)job->sinks[job->rank * heads + i / p->len_q % heads] : (double)-INFINITY;
		if (p->dtype == ATTN_F64)
			((double *)w->logsumexp)[i] = x;
		else
			((float *)w->logsumexp)[i] = (float)x;
	}
}

static enum attn_status ulysses_run(struct mpi_job *job)
{
	const struct attn_problem *p = &job->p;
	const struct ulysses *w = job->work;
	size_t e = mpi_bytes(p->dtype), d = (size_t)p->dim_qk * e, dv = (size_t)p->dim_v * e;
	const struct turned in[] = {{job->q, w->q, p->heads_q, p->len_q, d, 30}, {job->k, w->k, p->heads_kv, mpi_keys(p), d, 31}, {job->v, w->v, p->heads_kv, mpi_keys(p), dv, 32}};
	const struct turned back[] = {{job->out, w->out, p->heads_q, p->len_q, dv, 33}, {job->logsumexp, w->logsumexp, p->heads_q, p->len_q, mpi_bytes(mpi_wide(p)), 34}};
	struct computing c = {job, NULL, 0, ATTN_OK};
	turn(job, in, 3, 1);
	if (!job->is_simulated)
		clear(job);
	each_block(job, run_block, &c);
	turn(job, back, job->logsumexp ? 2 : 1, 0);
	return c.status;
}

/* All of q, k, v and out but what stays: (n-1)/n of a rank's share. */
static double ulysses_wire(const struct attn_problem *p, int ranks)
{
	double most = 0, e = (double)mpi_bytes(p->dtype), wide = p->wants & ATTN_WANTS_LOGSUMEXP ? (double)mpi_bytes(mpi_wide(p)) : 0, n = (double)ranks;
	for (int rank = 0; rank < ranks; rank++) {
		struct mpi_shares s;
		ulysses_shares(p, ranks, rank, &s);
		double rows = (double)mpi_share_length(&s.rows), keys = (double)mpi_share_length(&s.keys);
		double bytes = (double)(p->batch * p->heads_q) / n * (((double)p->len_q - rows) * (double)p->dim_qk * e + (n - 1) * rows * ((double)p->dim_v * e + wide)) +
		               (double)(p->batch * p->heads_kv) / n * ((double)mpi_keys(p) - keys) * (double)(p->dim_qk + p->dim_v) * e;
		most = bytes > most ? bytes : most;
	}
	return most;
}

const struct mpi_method mpi_ulysses = {"ulysses", "an all-to-all of the ranks of mpirun from rows to heads and back", 0, ulysses_refuses, ulysses_shares, ulysses_plan, ulysses_run, ulysses_wire};
