/* Messages between the rank that has the whole and those that have the shares. Each is one MPI type: nothing is packed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/job.h"

#include <sched.h>
#include <stdlib.h>

MPI_Datatype mpi_part_type(int64_t outer, int64_t length, size_t column_bytes, struct mpi_part part)
{
	MPI_Datatype row, rows;
	MPI_Type_contiguous((int)column_bytes, MPI_BYTE, &row);
	MPI_Type_vector((int)outer, (int)(part.end - part.first), (int)length, row, &rows);
	MPI_Type_commit(&rows);
	MPI_Type_free(&row);
	return rows;
}

#ifdef ATTN_SIMULATED
static double size_of(MPI_Datatype type)
{
	int bytes;
	MPI_Type_size(type, &bytes);
	return bytes;
}
#else
/* More than 2³¹ bytes need MPI_Count. */
static double size_of(MPI_Datatype type)
{
	MPI_Count bytes;
	MPI_Type_size_x(type, &bytes);
	return (double)bytes;
}
#endif

MPI_Request mpi_start(struct mpi_job *job, const void *memory, MPI_Datatype type, const struct mpi_message *m)
{
	MPI_Request request;
	MPI_Datatype sent = type;
	int count = 1;
	job->traffic.sent_bytes += m->is_send && m->peer != job->rank ? size_of(type) : 0;
#ifdef ATTN_SIMULATED /* it would pack what no one looks at */
	MPI_Type_size(type, &count);
	sent = MPI_BYTE;
#endif
	if (m->is_send)
		MPI_Isend(memory, count, sent, m->peer, m->tag, job->comm, &request);
	else
		MPI_Irecv((void *)(uintptr_t)memory, count, sent, m->peer, m->tag, job->comm, &request);
	MPI_Type_free(&type);
	return request;
}

#ifdef ATTN_SIMULATED
/* Simulated time passes with each poll: it waits as MPI does. */
static void wait_all(MPI_Request *requests, int count, MPI_Status *status)
{
	MPI_Waitall(count, requests, status);
}

static double bytes_of(MPI_Status *status)
{
	int n = 0;
	MPI_Get_count(status, MPI_BYTE, &n);
	mpi_pass_copying((double)n);
	return n;
}
#else
/* Polls, and lets others run between: ranks may be more than cores, and a thread of a kernel is worth more than one that spins. */
static void wait_all(MPI_Request *requests, int count, MPI_Status *status)
{
	for (int done = 0; MPI_Testall(count, requests, &done, status), !done;)
		sched_yield();
}

/* Counted by MPI_Count: a message may have more than 2³¹ of them. */
static double bytes_of(MPI_Status *status)
{
	MPI_Count n = 0;
	MPI_Get_elements_x(status, MPI_BYTE, &n);
	return (double)n;
}
#endif

void mpi_finish(MPI_Request request)
{
	MPI_Status status;
	wait_all(&request, 1, &status);
}

double mpi_wait(MPI_Request *requests, int count, int receives)
{
	MPI_Status *status = calloc((size_t)count + 1, sizeof *status);
	double bytes = 0;
	if (!status)
		MPI_Abort(MPI_COMM_WORLD, 3);
	wait_all(requests, count, status);
	for (int i = 0; i < receives; i++) {
		bytes += bytes_of(&status[i]);
	}
	free(status);
	return bytes;
}

/* One array of the exchange: the whole of it at rank 0, a share of it at each. */
struct array {
	char *whole, *mine;
	int64_t outer, length;
	size_t column_bytes;
	const struct mpi_share *own;
	int tag;
};

struct exchange {
	MPI_Request *request;
	int count;
};

/* This rank's side: its parts, from or to rank 0. */
static void post_mine(struct exchange *x, struct mpi_job *job, const struct array *a, int is_send)
{
	int64_t all = mpi_share_length(a->own), at = 0;
	for (int i = 0; i < a->own->parts; i++) {
		int64_t n = a->own->part[i].end - a->own->part[i].first;
		x->request[x->count++] = mpi_start(job, a->mine + (size_t)at * a->column_bytes, mpi_part_type(a->outer, all, a->column_bytes, (struct mpi_part){0, n}),
		                                   &(struct mpi_message){0, a->tag + i, is_send});
		at += n;
	}
}

/* Rank 0's side: that rank's parts of the whole. */
static void post_whole(struct exchange *x, struct mpi_job *job, const struct array *a, int other, int is_send)
{
	struct mpi_shares s;
	job->method->shares(&job->p, job->ranks, other, &s);
	const struct mpi_share *theirs = a->tag >= 8 ? &s.out : a->tag >= 4 ? &s.keys : &s.rows;
	for (int i = 0; i < theirs->parts; i++)
		x->request[x->count++] = mpi_start(job, a->whole + (size_t)theirs->part[i].first * a->column_bytes, mpi_part_type(a->outer, a->length, a->column_bytes, theirs->part[i]),
		                                   &(struct mpi_message){other, a->tag + i, is_send});
}

static struct array array_of(const struct mpi_job *job, char kind, const void *whole)
{
	const struct attn_problem *p = &job->p;
	int64_t keys = mpi_keys(p), q = p->batch * p->heads_q, kv = p->batch * p->heads_kv;
	size_t e = mpi_bytes(p->dtype), d = (size_t)p->dim_qk * e, dk = (size_t)p->dim_k * e, dv = (size_t)p->dim_v * e, wide = mpi_bytes(mpi_wide(p));
	char *w = (char *)(uintptr_t)whole;
	switch (kind) {
	case 'q':
		return (struct array){w, job->q, q, p->len_q, d, &job->own.rows, 2};
	case 'k':
		return (struct array){w, job->k, kv, keys, dk, &job->own.keys, 4};
	case 'v':
		return (struct array){w, job->v, kv, keys, dv, &job->own.keys, 6};
	case 'o':
		return (struct array){w, job->out, q, p->len_q, dv, &job->own.out, 8};
	default:
		return (struct array){w, job->logsumexp, q, p->len_q, wide, &job->own.out, 10};
	}
}

/* What crosses comes first: mpi_wait counts it where it arrives. Then rank 0's own part. */
static void exchange(struct mpi_job *job, const struct array *arrays, int count, int is_scatter)
{
	struct exchange x = {calloc((size_t)(2 * count * (job->ranks + 1)), sizeof *x.request), 0};
	if (!x.request)
		MPI_Abort(job->comm, 3);
	for (int i = 0; job->rank && i < count; i++)
		post_mine(&x, job, &arrays[i], !is_scatter);
	for (int rank = 1; job->rank == 0 && rank < job->ranks; rank++)
		for (int i = 0; i < count; i++)
			post_whole(&x, job, &arrays[i], rank, is_scatter);
	int receives = (job->rank == 0) != is_scatter ? x.count : 0;
	for (int i = 0; job->rank == 0 && i < count; i++) {
		post_mine(&x, job, &arrays[i], !is_scatter);
		post_whole(&x, job, &arrays[i], 0, is_scatter);
	}
	job->traffic.received_bytes += mpi_wait(x.request, x.count, receives);
	free(x.request);
}

void mpi_scatter(struct mpi_job *job, const void *q, const void *k, const void *v)
{
	const struct array arrays[] = {array_of(job, 'q', q), array_of(job, 'k', k), array_of(job, 'v', v)};
	exchange(job, arrays, 3, 1);
}

void mpi_gather(struct mpi_job *job, void *out, void *logsumexp)
{
	const struct array arrays[] = {array_of(job, 'o', out), array_of(job, 'l', logsumexp)};
	exchange(job, arrays, job->logsumexp ? 2 : 1, 0);
}

double mpi_handed_bytes(const struct mpi_job *job)
{
	const struct attn_problem *p = &job->p;
	int64_t rows = mpi_share_length(&job->own.rows), keys = mpi_share_length(&job->own.keys), others = p->len_q - mpi_share_length(&job->own.out);
	double e = (double)mpi_bytes(p->dtype), q = (double)(p->batch * p->heads_q), kv = (double)(p->batch * p->heads_kv);
	if (job->rank)
		return e * (q * (double)(rows * p->dim_qk) + kv * (double)(keys * (p->dim_k + p->dim_v)));
	return q * (double)others * (e * (double)p->dim_v + (job->logsumexp ? (double)mpi_bytes(mpi_wide(p)) : 0));
}
