/* split-kv: every rank has all query rows and a share of the keys; the partial results are merged by one reduction.
 *
 * For decoding, where rows are few and keys many (Dao et al., Flash-Decoding, 2023; Shyam et al., Tree Attention, arXiv 2408.04093,
 * §4, has the same reduction over (m, l, O)). The operator is declared non-commutative, so MPI combines in the order of ranks,
 * however late one is: for one number of ranks the bits are the same.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/job.h"
#include "impls/mpi/merge.h"

/* One row as it travels; o follows, [dim_v] of f32 or f64. */
struct wire_row {
	double m, l;
	int32_t dim_v, is_f64;
};

struct split_kv {
	char *wire, *merged;   /* [batch · heads_q · len_q] of wire_bytes each */
	char *q, *k, *v;       /* wide */
	char *part;            /* the local kernel's result */
	double *part_max, *part_sum;
	size_t row_bytes;
};

static void split_shares(const struct attn_problem *p, int ranks, int rank, struct mpi_shares *s)
{
	s->rows = mpi_share_all(p->len_q);
	s->keys = mpi_share_even(mpi_keys(p), ranks, rank);
	s->out = rank == 0 ? mpi_share_all(p->len_q) : (struct mpi_share){1, {{0, 0}, {0, 0}}};
}

static const char *split_refuses(const struct attn_problem *p, int ranks, char *text, size_t size)
{
	(void)p, (void)ranks, (void)text, (void)size;
	return NULL;
}

static size_t wire_bytes(const struct attn_problem *p)
{
	return sizeof(struct wire_row) + ((size_t)p->dim_v * mpi_bytes(mpi_wide(p)) + 7) / 8 * 8;
}

static int64_t all_rows(const struct attn_problem *p) { return p->batch * p->heads_q * p->len_q; }

static struct mpi_operands operands(const struct mpi_job *job)
{
	const struct split_kv *w = job->work;
	return (struct mpi_operands){mpi_wide(&job->p), job->p.len_q, mpi_share_length(&job->own.keys), job->p.heads_q, job->p.heads_kv,
	                             w->q, w->k, w->v, w->part, w->part_max, w->part_sum};
}

struct splitting {
	struct mpi_job *job;
	char *why;
	size_t size;
	enum attn_status status;
};

static int plan_block(void *context, const struct mpi_block *block)
{
	struct splitting *s = context;
	struct mpi_operands o = operands(s->job);
	s->status = mpi_block_plan(s->job, &o, block, s->why, s->size);
	return s->status != ATTN_OK;
}

static enum attn_status take_wide(struct mpi_job *job, struct split_kv *w, char *why, size_t size)
{
	const struct attn_problem *p = &job->p;
	size_t kv = (size_t)(p->batch * p->heads_kv * mpi_share_length(&job->own.keys));
	w->q = job->q, w->k = job->k, w->v = job->v;
	if (mpi_bytes(p->dtype) != 2)
		return ATTN_OK;
	w->q = mpi_take(job, (size_t)(all_rows(p) * p->dim_qk) * sizeof(float), "the rows of q in f32", why, size);
	w->k = w->q ? mpi_take(job, kv * (size_t)p->dim_k * sizeof(float), "keys in f32", why, size) : NULL;
	w->v = w->k ? mpi_take(job, kv * (size_t)p->dim_v * sizeof(float), "values in f32", why, size) : NULL;
	return w->v ? ATTN_OK : ATTN_NO_MEMORY;
}

/* Messages that a rank receives in a reduction whose operator does not commute: MPI's choice, which the measured number tells. Open MPI
 * has each rank send to rank 0, MPICH a tree of log2 ranks. */
static int messages(int ranks, int rank)
{
#ifdef MPICH_VERSION
	int n = 0;
	for (int step = 1; !(rank & step) && rank + step < ranks; step *= 2)
		n++;
	return n;
#else
	return rank ? 0 : ranks - 1;
#endif
}

static enum attn_status split_plan(struct mpi_job *job, char *why, size_t size)
{
	const struct attn_problem *p = &job->p;
	struct split_kv *w = mpi_take(job, sizeof *w, "split-kv", why, size);
	size_t rows = (size_t)all_rows(p), wide = mpi_bytes(mpi_wide(p));
	if (!w)
		return ATTN_NO_MEMORY;
	*w = (struct split_kv){.row_bytes = wire_bytes(p)};
	job->work = w;
	w->wire = mpi_take(job, rows * w->row_bytes, "partial results", why, size);
	w->merged = w->wire ? mpi_take(job, job->rank ? 0 : rows * w->row_bytes, "merged results", why, size) : NULL;
	w->part = w->merged ? mpi_take(job, rows * (size_t)p->dim_v * wide, "a partial result", why, size) : NULL;
	w->part_max = w->part ? mpi_take(job, rows * sizeof(double), "its maxima", why, size) : NULL;
	w->part_sum = w->part_max ? mpi_take(job, rows * sizeof(double), "its sums", why, size) : NULL;
	if (!w->part_sum || take_wide(job, w, why, size) != ATTN_OK)
		return ATTN_NO_MEMORY;
	job->bytes += messages(job->ranks, job->rank) ? rows * w->row_bytes : 0; /* MPI's own, for rows that arrive */
	struct splitting s = {job, why, size, ATTN_OK};
	if (mpi_blocks(job, &job->own.rows, &job->own.keys, plan_block, &s))
		return s.status;
	return mpi_block_take(job, mpi_share_length(&job->own.keys), why, size);
}

static struct wire_row *row_at(char *rows, const struct split_kv *w, int64_t i)
{
	return (struct wire_row *)(rows + (size_t)i * w->row_bytes);
}

static struct mpi_sums sums_of(struct wire_row *row)
{
	return (struct mpi_sums){row->is_f64 ? ATTN_F64 : ATTN_F32, row->dim_v, &row->m, &row->l, row + 1};
}

static void clear(struct mpi_job *job)
{
	const struct split_kv *w = job->work;
	for (int64_t i = 0; i < all_rows(&job->p); i++) {
		struct wire_row *row = row_at(w->wire, w, i);
		*row = (struct wire_row){0, 0, (int32_t)job->p.dim_v, job->p.dtype == ATTN_F64};
		struct mpi_sums s = sums_of(row);
		mpi_sums_clear(&s, 1);
	}
}

static int run_block(void *context, const struct mpi_block *block)
{
	struct splitting *s = context;
	struct mpi_job *job = s->job;
	const struct split_kv *w = job->work;
	struct mpi_operands o = operands(job);
	size_t bytes = (size_t)job->p.dim_v * mpi_bytes(mpi_wide(&job->p));
	s->status = mpi_block_run(job, &o, block);
	if (job->is_simulated)
		job->pass_merging((double)(block->batch * job->p.heads_q * block->rows));
	for (int64_t n = 0; s->status == ATTN_OK && !job->is_simulated && n < block->batch * job->p.heads_q * block->rows; n++) {
		int64_t i = (block->b * job->p.heads_q + n / block->rows) * job->p.len_q + block->row + n % block->rows;
		struct mpi_sums sums = sums_of(row_at(w->wire, w, i));
		mpi_sums_add(&sums, 0, w->part_max[n], w->part_sum[n], w->part + (size_t)n * bytes);
	}
	return s->status != ATTN_OK;
}

/* Rows that arrived here and were merged in the run at hand: an operator has no context, and a process reduces once at a time. */
static double merged_rows;

/* An MPI operator: inout = in ∘ inout, in being of the lower ranks. */
static void merge_rows(void *in, void *inout, int *count, MPI_Datatype *type)
{
	int bytes;
	MPI_Type_size(*type, &bytes);
	merged_rows += *count;
	for (int i = 0; i < *count; i++) {
		struct wire_row *from = (struct wire_row *)((char *)in + (size_t)i * (size_t)bytes), *to = (struct wire_row *)((char *)inout + (size_t)i * (size_t)bytes);
		struct mpi_sums sums = sums_of(to);
		mpi_sums_add(&sums, 0, from->m, from->l, from + 1);
	}
}

static void simulated_rows(void *in, void *inout, int *count, MPI_Datatype *type)
{
	(void)in, (void)inout, (void)type;
	merged_rows += *count;
}

static void reduce(struct mpi_job *job)
{
	const struct split_kv *w = job->work;
	MPI_Datatype row;
	MPI_Op op;
	double from = mpi_now();
	merged_rows = 0;
	MPI_Type_contiguous((int)w->row_bytes, MPI_BYTE, &row);
	MPI_Type_commit(&row);
	MPI_Op_create(job->is_simulated ? simulated_rows : merge_rows, 0, &op);
	MPI_Reduce(w->wire, w->merged, (int)all_rows(&job->p), row, op, 0, job->comm);
	MPI_Op_free(&op);
	MPI_Type_free(&row);
	job->traffic.wait += mpi_now() - from;
	job->traffic.received_bytes += merged_rows * (double)w->row_bytes;
	job->traffic.sent_bytes += job->rank ? (double)all_rows(&job->p) * (double)w->row_bytes : 0; /* each but the last in the order hands its rows on once */
}

static void store(struct mpi_job *job)
{
	const struct attn_problem *p = &job->p;
	const struct split_kv *w = job->work;
	for (int64_t i = 0; i < all_rows(p); i++) {
		struct mpi_sums sums = sums_of(row_at(w->merged, w, i));
		if (job->sinks)
			mpi_sums_add_sink(&sums, 0, job->sinks[i / p->len_q % p->heads_q]);
		mpi_sums_finish(&sums, 1);
		mpi_from_wide(p->dtype, sums.o, job->out + (size_t)(i * p->dim_v) * mpi_bytes(p->dtype), p->dim_v);
		if (job->logsumexp && p->dtype == ATTN_F64)
			((double *)job->logsumexp)[i] = *sums.m;
		else if (job->logsumexp)
			((float *)job->logsumexp)[i] = (float)*sums.m;
	}
}

static enum attn_status split_run(struct mpi_job *job)
{
	const struct attn_problem *p = &job->p;
	struct split_kv *w = job->work;
	struct splitting s = {job, NULL, 0, ATTN_OK};
	int64_t kv = p->batch * p->heads_kv * mpi_share_length(&job->own.keys);
	if (!job->is_simulated)
		clear(job);
	if (mpi_bytes(p->dtype) == 2 && !job->is_simulated) {
		mpi_to_f32(p->dtype, job->q, (float *)w->q, all_rows(p) * p->dim_qk);
		mpi_to_f32(p->dtype, job->k, (float *)w->k, kv * p->dim_k);
		mpi_to_f32(p->dtype, job->v, (float *)w->v, kv * p->dim_v);
	}
	mpi_blocks(job, &job->own.rows, &job->own.keys, run_block, &s);
	reduce(job);
	if (job->rank == 0 && s.status == ATTN_OK && !job->is_simulated)
		store(job);
	return s.status;
}

static double split_wire(const struct attn_problem *p, int ranks, int rank)
{
	return messages(ranks, rank) * (double)all_rows(p) * (double)wire_bytes(p);
}

const struct mpi_method mpi_split_kv = {"split-kv", "keys shared out over the ranks of mpirun, merged by one reduction: for decoding", 1, split_refuses, split_shares, split_plan, split_run, split_wire};
