/* ulysses: an all-to-all turns shares of the sequence into shares of the heads, each rank computes its heads over the whole
 * sequence, and another brings the rows back. Jacobs et al., DeepSpeed-Ulysses, arXiv 2309.14509, §3.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/extras.h"

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

void mpi_ulysses_problem(const struct attn_problem *whole, int ranks, struct attn_problem *p)
{
	*p = *whole;
	p->struct_size = sizeof *p;
	p->heads_q /= ranks, p->heads_kv /= ranks;
	p->wants &= ~(uint32_t)ATTN_WANTS_PRESENT;
}

/* The problem of one rank's heads, whole: past keys are joined to the others, and still counted apart. */
static void take_heads(const struct mpi_job *job, struct attn_problem *p, struct attn_tensors *t)
{
	const struct ulysses *w = job->work;
	const struct attn_problem *all = &job->p;
	int64_t hq = all->heads_q / job->ranks, hkv = all->heads_kv / job->ranks, keys = mpi_keys(all), past = keys - all->len_kv;
	const int64_t q[] = {all->batch, hq, all->len_q, all->dim_qk}, out[] = {all->batch, hq, all->len_q, all->dim_v}, sums[] = {all->batch, hq, all->len_q, 1};
	const int64_t k[] = {all->batch, hkv, all->len_kv, all->dim_k}, v[] = {all->batch, hkv, all->len_kv, all->dim_v};
	const int64_t past_k[] = {all->batch, hkv, past, all->dim_k}, past_v[] = {all->batch, hkv, past, all->dim_v};
	*t = (struct attn_tensors){.struct_size = sizeof *t};
	t->q = mpi_rows_of(w->q, all->dtype, q, all->len_q, 0, 0);
	t->k = mpi_rows_of(w->k, all->dtype, k, keys, 0, past);
	t->v = mpi_rows_of(w->v, all->dtype, v, keys, 0, past);
	if (all->has & ATTN_HAS_PAST) {
		t->past_k = mpi_rows_of(w->k, all->dtype, past_k, keys, 0, 0);
		t->past_v = mpi_rows_of(w->v, all->dtype, past_v, keys, 0, 0);
	}
	t->out = mpi_rows_of(w->out, all->dtype, out, all->len_q, 0, 0);
	if (w->logsumexp)
		t->logsumexp = mpi_rows_of(w->logsumexp, mpi_wide(all), sums, all->len_q, 0, 0);
	mpi_extras_view(t, &job->extras, ~0u, (const int64_t[]){0, job->rank * hq, 0, 0}, (const int64_t[]){all->batch, hq, all->len_q, keys});
	mpi_ulysses_problem(all, job->ranks, p);
	mpi_local_strides(p, t);
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
	w->k = w->q ? mpi_take(job, kv * (size_t)p->dim_k * e, "its heads of k", why, size) : NULL;
	w->v = w->k ? mpi_take(job, kv * (size_t)p->dim_v * e, "its heads of v", why, size) : NULL;
	w->out = w->v ? mpi_take(job, rows * (size_t)p->dim_v * e, "its heads of out", why, size) : NULL;
	if (!w->out)
		return ATTN_NO_MEMORY;
	if (job->logsumexp && !(w->logsumexp = mpi_take(job, rows * mpi_bytes(mpi_wide(p)), "its heads' logsumexps", why, size)))
		return ATTN_NO_MEMORY;
	struct attn_problem heads;
	struct attn_tensors t;
	take_heads(job, &heads, &t);
	enum attn_status status = mpi_local_plan(job, &heads, why, size);
	return status == ATTN_OK ? mpi_local_take(job, why, size) : status;
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

/* This rank's side of one array: with every rank the rows of both and the heads of both cross. */
static MPI_Request start_rows(struct mpi_job *job, const struct turned *t, int peer, int is_send)
{
	struct mpi_share mine = mpi_share_even(t->length, job->ranks, job->rank);
	int64_t size[] = {t->heads / job->ranks, mpi_share_length(&mine)};
	return mpi_start(job, t->by_rows + (size_t)(peer * size[0] * size[1]) * t->column_bytes,
	                 turned_type(job->p.batch, t->heads, size[1], size, t->column_bytes), &(struct mpi_message){peer, t->tag, is_send});
}

static MPI_Request start_heads(struct mpi_job *job, const struct turned *t, int peer, int is_send)
{
	struct mpi_share theirs = mpi_share_even(t->length, job->ranks, peer);
	int64_t size[] = {t->heads / job->ranks, mpi_share_length(&theirs)};
	return mpi_start(job, t->by_heads + (size_t)theirs.part[0].first * t->column_bytes,
	                 turned_type(job->p.batch, size[0], t->length, size, t->column_bytes), &(struct mpi_message){peer, t->tag, is_send});
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

static enum attn_status ulysses_run(struct mpi_job *job)
{
	const struct attn_problem *p = &job->p;
	const struct ulysses *w = job->work;
	size_t e = mpi_bytes(p->dtype), d = (size_t)p->dim_qk * e, dk = (size_t)p->dim_k * e, dv = (size_t)p->dim_v * e;
	const struct turned in[] = {{job->q, w->q, p->heads_q, p->len_q, d, 30}, {job->k, w->k, p->heads_kv, mpi_keys(p), dk, 31}, {job->v, w->v, p->heads_kv, mpi_keys(p), dv, 32}};
	const struct turned back[] = {{job->out, w->out, p->heads_q, p->len_q, dv, 33}, {job->logsumexp, w->logsumexp, p->heads_q, p->len_q, mpi_bytes(mpi_wide(p)), 34}};
	struct attn_problem heads;
	struct attn_tensors t;
	turn(job, in, 3, 1);
	take_heads(job, &heads, &t);
	enum attn_status status = mpi_local_run(job, &heads, &t);
	turn(job, back, job->logsumexp ? 2 : 1, 0);
	return status;
}

/* All of q, k, v and out but what stays: (n-1)/n of a rank's share. */
static double ulysses_wire(const struct attn_problem *p, int ranks, int rank)
{
	double e = (double)mpi_bytes(p->dtype), wide = p->wants & ATTN_WANTS_LOGSUMEXP ? (double)mpi_bytes(mpi_wide(p)) : 0, n = (double)ranks;
	struct mpi_shares s;
	ulysses_shares(p, ranks, rank, &s);
	double rows = (double)mpi_share_length(&s.rows), keys = (double)mpi_share_length(&s.keys);
	return (double)(p->batch * p->heads_q) / n * (((double)p->len_q - rows) * (double)p->dim_qk * e + (n - 1) * rows * ((double)p->dim_v * e + wide)) +
	       (double)(p->batch * p->heads_kv) / n * ((double)mpi_keys(p) - keys) * (double)(p->dim_k + p->dim_v) * e;
}

const struct mpi_method mpi_ulysses = {"ulysses", "an all-to-all of the ranks of mpirun from rows to heads and back", 0, ulysses_refuses, ulysses_shares, ulysses_plan, ulysses_run, ulysses_wire};
