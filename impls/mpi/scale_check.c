/* Rows of the output, drawn by the seed, against the judge of the suite. A row needs the keys that it sees and no others: they are
 * made or read again, at rank 0, after all is measured and the job's memory is given back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/judge.h"
#include "conformance/random.h"
#include "harness/problem.h"
#include "harness/tensor.h"
#include "impls/mpi/scale.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct scale_sample {
	int count;
	int64_t (*at)[3]; /* batch entry, head, row */
	char *rows;       /* of out */
	struct attn_numerics numerics;
};

/* The rank that has the row, and where in its share. */
static int owner_of(const struct mpi_job *job, int64_t row, int64_t *where)
{
	for (int rank = 0; rank < job->ranks; rank++) {
		struct mpi_shares s;
		int64_t at = 0;
		job->method->shares(&job->p, job->ranks, rank, &s);
		for (int i = 0; i < s.out.parts; i++) {
			if (row >= s.out.part[i].first && row < s.out.part[i].end) {
				*where = at + row - s.out.part[i].first;
				return rank;
			}
			at += s.out.part[i].end - s.out.part[i].first;
		}
	}
	return -1;
}

/* A row close after the beginning of a share, even or zigzag: there keys of another rank count. */
static int64_t near_border(const struct attn_problem *p, int ranks, struct random *r)
{
	int64_t piece = random_below(r, 2 * (int64_t)ranks), row = p->len_q * piece / (2 * ranks) + random_below(r, 4);
	return random_below(r, p->batch * p->heads_q) * p->len_q + (row < p->len_q ? row : p->len_q - 1);
}

static void draw(const struct scale_options *o, const struct attn_problem *p, int ranks, struct scale_sample *s)
{
	struct random r = random_start(o->seed, 77);
	int64_t all = p->batch * p->heads_q * p->len_q;
	s->count = o->rows < all ? o->rows : (int)all;
	for (int n = 0; n < s->count; n++) {
		int64_t one = s->count == all ? n : n == 0 ? 0 : n == 1 ? all - 1 : n % 2 ? random_below(&r, all) : near_border(p, ranks, &r);
		s->at[n][0] = one / p->len_q / p->heads_q, s->at[n][1] = one / p->len_q % p->heads_q, s->at[n][2] = one % p->len_q;
	}
}

struct scale_sample *scale_collect(const struct scale_options *o, const struct mpi_job *job)
{
	const struct attn_problem *p = &job->p;
	size_t bytes = (size_t)p->dim_v * mpi_bytes(p->dtype);
	struct scale_sample *s = calloc(1, sizeof *s);
	if (!s || !(s->at = calloc((size_t)o->rows + 1, sizeof *s->at)) || !(s->rows = malloc((size_t)(o->rows + 1) * bytes)))
		MPI_Abort(job->comm, 3);
	struct attn_problem block = *p;
	block.dtype = mpi_local_dtype(p, job->method);
	s->numerics = job->local.impl->numerics(&block);
	draw(o, p, job->ranks, s);
	for (int n = 0; n < s->count; n++) {
		int64_t where = 0;
		int owner = owner_of(job, s->at[n][2], &where);
		char *from = job->out + (size_t)((s->at[n][0] * p->heads_q + s->at[n][1]) * mpi_share_length(&job->own.out) + where) * bytes, *to = s->rows + (size_t)n * bytes;
		if (job->rank == owner && owner == 0)
			memcpy(to, from, bytes);
		else if (job->rank == owner)
			MPI_Send(from, (int)bytes, MPI_BYTE, 0, 50, job->comm);
		else if (job->rank == 0)
			MPI_Recv(to, (int)bytes, MPI_BYTE, owner, 50, job->comm, MPI_STATUS_IGNORE);
	}
	return s;
}

static void copy_row(const struct scale_options *o, const struct attn_problem *p, int input, const int64_t at[3], struct attn_tensor *t, int64_t i, double *row)
{
	scale_row(o, p, input, at, row);
	for (int64_t c = 0; c < t->dim[3]; c++)
		attn_tensor_set(t, 0, 0, i, c, row[c]);
}

/* One row as a problem of its own: all its keys and nothing hidden. */
static double judge_one(const struct scale_options *o, const struct attn_problem *p, const struct scale_sample *s, int n)
{
	const int64_t *at = s->at[n], group = p->heads_q / p->heads_kv;
	struct attn_span span = attn_span_of(p, p->len_q, p->len_kv, at[2]);
	struct attn_problem one;
	struct attn_tensors t;
	struct judge_result result;
	double *row = malloc((size_t)(p->dim_qk + p->dim_v) * sizeof *row);
	attn_problem_init(&one);
	one.len_q = 1, one.len_kv = span.end - span.first, one.dim_qk = p->dim_qk, one.dim_v = p->dim_v, one.dtype = p->dtype, one.scale = p->scale;
	attn_problem_resolve(&one);
	if (!row || attn_tensors_alloc(&t, &one, 0, 0) != ATTN_OK)
		MPI_Abort(MPI_COMM_WORLD, 3);
	copy_row(o, p, SCALE_Q, at, &t.q, 0, row);
	for (int64_t j = 0; j < one.len_kv; j++) {
		const int64_t key[] = {at[0], at[1] / group, span.first + j};
		copy_row(o, p, SCALE_K, key, &t.k, j, row);
		copy_row(o, p, SCALE_V, key, &t.v, j, row);
	}
	memcpy(t.out.data, s->rows + (size_t)n * (size_t)p->dim_v * mpi_bytes(p->dtype), (size_t)p->dim_v * mpi_bytes(p->dtype));
	double ratio = judge(&one, &t, &s->numerics, -1, 1, &result) == ATTN_OK && result.elements ? result.ratio : (double)NAN;
	attn_tensors_free(&t);
	free(row);
	return ratio;
}

double scale_judge(const struct scale_options *o, const struct attn_problem *p, struct scale_sample *s)
{
	double worst = s->count ? 0 : (double)NAN;
	int rank;
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	for (int n = 0; rank == 0 && n < s->count; n++) {
		double ratio = judge_one(o, p, s, n);
		worst = isnan(worst) || ratio <= worst ? worst : ratio;
	}
	free(s->at);
	free(s->rows);
	free(s);
	return worst;
}
