/* ring: keys and values travel from rank to rank while each computes on those it has.
 *
 * In round t rank r holds the keys of rank r - t; it sends them on to r + 1 and receives those of r - t - 1 while the local kernel
 * runs, and merges the kernel's result into (m, l, O) of its rows: the order of merging is that of the rounds. Liu, Zaharia & Abbeel,
 * Ring Attention, arXiv 2310.01889, §3; zigzag shares: Brandon et al., Striped Attention, arXiv 2311.09431, balances the same way.
 * Keys that no row of another rank sees stay where they are, and the others stop after the last rank that needs them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/job.h"
#include "impls/mpi/merge.h"

struct ring {
	struct mpi_sums sums;
	char *q, *part;                 /* rows in the wide dtype; the local kernel's result */
	double *part_max, *part_sum;
	char *k_wide, *v_wide;          /* of a block in 16 bits */
	char *kv[2][2];                 /* [buffer][k or v]: what arrives */
	struct travel *travel;          /* of each rank's keys */
};

/* How far a rank's keys go, and which: those from `first` to `end` of its share, as far as a row elsewhere sees them. */
struct travel {
	int last; /* hops to the last rank that needs any */
	int64_t first, end;
};

/* With a window the last rows of one rank need the first keys of the next only, and shares that lie in order keep the way short. */
static int is_zigzag(const struct attn_problem *p)
{
	return p->causal && (p->window_left < 0 || p->window_left >= mpi_keys(p));
}

static struct mpi_share share(const struct attn_problem *p, int64_t length, int ranks, int rank)
{
	return is_zigzag(p) ? mpi_share_zigzag(length, ranks, rank) : mpi_share_even(length, ranks, rank);
}

static void ring_shares(const struct attn_problem *p, int ranks, int rank, struct mpi_shares *s)
{
	s->rows = s->out = share(p, p->len_q, ranks, rank);
	s->keys = share(p, mpi_keys(p), ranks, rank);
}

static const char *ring_refuses(const struct attn_problem *p, int ranks, char *text, size_t size)
{
	(void)p, (void)ranks, (void)text, (void)size;
	return NULL;
}

static int note_keys(void *context, const struct mpi_block *block)
{
	struct travel *t = context;
	t->first = block->key < t->first ? block->key : t->first;
	t->end = block->key + block->keys > t->end ? block->key + block->keys : t->end;
	return 0;
}

static int yes(void *context, const struct mpi_block *block)
{
	(void)context, (void)block;
	return 1;
}

static int visit(const struct mpi_job *job, int rank, int owner, mpi_block_work *work, void *context)
{
	struct mpi_share rows = share(&job->p, job->p.len_q, job->ranks, rank), keys = share(&job->p, mpi_keys(&job->p), job->ranks, owner);
	return mpi_blocks(job, &rows, &keys, work, context);
}

/* Zigzag shares have two parts, which travel as they are. */
static struct travel travel_of(const struct mpi_job *job, int owner)
{
	struct mpi_share keys = share(&job->p, mpi_keys(&job->p), job->ranks, owner);
	struct travel t = {job->ranks - 1, INT64_MAX, 0};
	while (t.last > 0 && !visit(job, (owner + t.last) % job->ranks, owner, yes, NULL))
		t.last--;
	for (int hop = 1; hop <= t.last && keys.parts == 1; hop++)
		visit(job, (owner + hop) % job->ranks, owner, note_keys, &t);
	if (keys.parts > 1 || t.first > t.end)
		t.first = 0, t.end = keys.parts > 1 ? mpi_share_length(&keys) : 0;
	return t;
}

/* The share that a rank has of an owner's keys in that round. */
static struct mpi_share keys_at(const struct mpi_job *job, const struct travel *t, int owner, int round)
{
	struct mpi_share keys = share(&job->p, mpi_keys(&job->p), job->ranks, owner);
	if (round > 0 && keys.parts == 1)
		keys.part[0] = (struct mpi_part){keys.part[0].first + t->first, keys.part[0].first + t->end};
	return keys;
}

static int owner_at(const struct mpi_job *job, int rank, int round)
{
	return (rank - round % job->ranks + 2 * job->ranks) % job->ranks;
}

/* Whether that rank holds a block in that round. */
static int holds(const struct mpi_job *job, int rank, int round)
{
	const struct ring *w = job->work;
	return round < job->ranks && w->travel[owner_at(job, rank, round)].last >= round;
}

struct planning {
	struct mpi_job *job;
	char *why;
	size_t size;
	enum attn_status status;
	int64_t keys_all;
};

static struct mpi_operands operands(const struct mpi_job *job, int64_t keys_all, const void *k, const void *v)
{
	const struct ring *w = job->work;
	return (struct mpi_operands){mpi_wide(&job->p), mpi_share_length(&job->own.rows), keys_all, job->p.heads_q, job->p.heads_kv,
	                             w->q, k, v, w->part, w->part_max, w->part_sum};
}

static int plan_block(void *context, const struct mpi_block *block)
{
	struct planning *s = context;
	const struct ring *w = s->job->work;
	struct mpi_operands o = operands(s->job, s->keys_all, w->q, w->q); /* only strides count here */
	s->status = mpi_block_plan(s->job, &o, block, s->why, s->size);
	return s->status != ATTN_OK;
}

/* The most keys that this rank holds from round `first` on. */
static int64_t most_keys(const struct mpi_job *job, int first)
{
	const struct ring *w = job->work;
	int64_t most = 0;
	for (int round = first; round < job->ranks; round++) {
		int owner = owner_at(job, job->rank, round);
		struct mpi_share s = keys_at(job, &w->travel[owner], owner, round);
		int64_t n = holds(job, job->rank, round) ? mpi_share_length(&s) : 0;
		most = n > most ? n : most;
	}
	return most;
}

/* Bytes of so many keys [0] or values [1]. */
static size_t block_bytes(const struct mpi_job *job, int64_t keys, int which)
{
	return (size_t)(job->p.batch * job->p.heads_kv * keys * (which ? job->p.dim_v : job->p.dim_k)) * mpi_bytes(job->p.dtype);
}

static enum attn_status take_wide(struct mpi_job *job, struct ring *w, int64_t keys, char *why, size_t size)
{
	const struct attn_problem *p = &job->p;
	size_t rows = (size_t)(p->batch * p->heads_q * mpi_share_length(&job->own.rows)), kv = (size_t)(p->batch * p->heads_kv * keys);
	w->q = job->q;
	if (mpi_bytes(p->dtype) != 2)
		return ATTN_OK;
	w->q = mpi_take(job, rows * (size_t)p->dim_qk * sizeof(float), "its rows of q in f32", why, size);
	w->k_wide = w->q ? mpi_take(job, kv * (size_t)p->dim_k * sizeof(float), "keys in f32", why, size) : NULL;
	w->v_wide = w->k_wide ? mpi_take(job, kv * (size_t)p->dim_v * sizeof(float), "values in f32", why, size) : NULL;
	return w->v_wide ? ATTN_OK : ATTN_NO_MEMORY;
}

static enum attn_status take_sums(struct mpi_job *job, struct ring *w, char *why, size_t size)
{
	const struct attn_problem *p = &job->p;
	size_t rows = (size_t)(p->batch * p->heads_q * mpi_share_length(&job->own.rows)), wide = mpi_bytes(mpi_wide(p)), dv = (size_t)p->dim_v;
	size_t some = (size_t)(p->batch * p->heads_q * (mpi_share_length(&job->own.rows) < MPI_BLOCK_ROWS ? mpi_share_length(&job->own.rows) : MPI_BLOCK_ROWS));
	w->sums = (struct mpi_sums){.dtype = mpi_wide(p), .dim_v = p->dim_v};
	w->sums.m = mpi_take(job, rows * sizeof(double), "maxima", why, size);
	w->sums.l = w->sums.m ? mpi_take(job, rows * sizeof(double), "sums of weights", why, size) : NULL;
	w->sums.o = p->dtype == mpi_wide(p) ? job->out : w->sums.l ? mpi_take(job, rows * dv * wide, "sums of values", why, size) : NULL;
	w->part = w->sums.l && w->sums.o ? mpi_take(job, some * dv * wide, "a partial result", why, size) : NULL;
	w->part_max = w->part ? mpi_take(job, some * sizeof(double), "its maxima", why, size) : NULL;
	w->part_sum = w->part_max ? mpi_take(job, some * sizeof(double), "its sums", why, size) : NULL;
	return w->part_sum ? ATTN_OK : ATTN_NO_MEMORY;
}

static enum attn_status take_buffers(struct mpi_job *job, struct ring *w, char *why, size_t size)
{
	for (int n = 0; n < 2; n++)
		for (int which = 0; which < 2; which++)
			if (!(w->kv[n][which] = mpi_take(job, block_bytes(job, most_keys(job, n + 1), which), which ? "values that arrive" : "keys that arrive", why, size)))
				return ATTN_NO_MEMORY;
	return ATTN_OK;
}

static enum attn_status ring_plan(struct mpi_job *job, char *why, size_t size)
{
	struct ring *w = mpi_take(job, sizeof *w, "the ring", why, size);
	if (!w)
		return ATTN_NO_MEMORY;
	*w = (struct ring){.travel = mpi_take(job, (size_t)job->ranks * sizeof *w->travel, "the ring's hops", why, size)};
	job->work = w;
	if (!w->travel)
		return ATTN_NO_MEMORY;
	for (int owner = 0; owner < job->ranks; owner++)
		w->travel[owner] = travel_of(job, owner);
	if (take_wide(job, w, most_keys(job, 0), why, size) != ATTN_OK || take_sums(job, w, why, size) != ATTN_OK || take_buffers(job, w, why, size) != ATTN_OK)
		return ATTN_NO_MEMORY;
	for (int round = 0; round < job->ranks; round++) {
		int owner = owner_at(job, job->rank, round);
		struct mpi_share theirs = keys_at(job, &w->travel[owner], owner, round);
		struct planning s = {job, why, size, ATTN_OK, mpi_share_length(&theirs)};
		if (mpi_blocks(job, &job->own.rows, &theirs, plan_block, &s))
			return s.status;
	}
	return mpi_block_take(job, most_keys(job, 0), why, size);
}

struct round {
	struct mpi_job *job;
	const char *k, *v;
	int64_t keys_all;
	enum attn_status status;
	MPI_Request *request;
	int requests;
};

/* Into the rows of the block, of every batch entry and head. */
static void merge_block(struct mpi_job *job, const struct mpi_block *block)
{
	struct ring *w = job->work;
	int64_t all = mpi_share_length(&job->own.rows), heads = job->p.heads_q;
	size_t row = (size_t)job->p.dim_v * mpi_bytes(mpi_wide(&job->p));
	if (job->is_simulated)
		job->pass_merging((double)(block->batch * heads * block->rows));
	for (int64_t n = 0; n < block->batch * heads && !job->is_simulated; n++)
		for (int64_t i = 0; i < block->rows; i++)
			mpi_sums_add(&w->sums, (block->b * heads + n) * all + block->row + i, w->part_max[n * block->rows + i], w->part_sum[n * block->rows + i],
			             w->part + (size_t)(n * block->rows + i) * row);
}

static int run_block(void *context, const struct mpi_block *block)
{
	struct round *r = context;
	struct mpi_operands o = operands(r->job, r->keys_all, r->k, r->v);
	int done;
	r->status = mpi_block_run(r->job, &o, block);
	if (r->status == ATTN_OK)
		merge_block(r->job, block);
	if (r->requests && !r->job->is_simulated)
		MPI_Request_get_status(r->request[0], &done, MPI_STATUS_IGNORE); /* lets MPI move on between blocks, and ends nothing */
	return r->status != ATTN_OK;
}

static void compute(struct round *r, int owner, int round)
{
	struct mpi_job *job = r->job;
	struct ring *w = job->work;
	struct mpi_share theirs = keys_at(job, &w->travel[owner], owner, round);
	int64_t kv = job->p.batch * job->p.heads_kv;
	r->keys_all = mpi_share_length(&theirs);
	if (mpi_bytes(job->p.dtype) == 2 && !job->is_simulated && visit(job, job->rank, owner, yes, NULL)) {
		mpi_to_f32(job->p.dtype, r->k, (float *)w->k_wide, kv * r->keys_all * job->p.dim_k);
		mpi_to_f32(job->p.dtype, r->v, (float *)w->v_wide, kv * r->keys_all * job->p.dim_v);
		r->k = w->k_wide, r->v = w->v_wide;
	}
	mpi_blocks(job, &job->own.rows, &theirs, run_block, r);
}

/* Keys or values as one message: those that travel, out of the `have` that lie there. */
static MPI_Datatype wire_type(const struct mpi_job *job, int owner, int which, struct mpi_share have)
{
	const struct ring *w = job->work;
	struct mpi_share s = keys_at(job, &w->travel[owner], owner, 1);
	size_t column = (size_t)(which ? job->p.dim_v : job->p.dim_k) * mpi_bytes(job->p.dtype);
	return mpi_part_type(job->p.batch * job->p.heads_kv, mpi_share_length(&have), column, (struct mpi_part){0, mpi_share_length(&s)});
}

/* Where the first of them lies: of its own keys a rank has all. */
static const char *wire_start(const struct mpi_job *job, const char *memory, int owner, int which)
{
	const struct ring *w = job->work;
	int64_t columns = which ? job->p.dim_v : job->p.dim_k;
	return owner == job->rank && job->own.keys.parts == 1 ? memory + (size_t)(w->travel[owner].first * columns) * mpi_bytes(job->p.dtype) : memory;
}

/* Receives first: mpi_wait counts those. */
static void post(struct round *r, int round, char *const into[2], const char *const from[2])
{
	struct mpi_job *job = r->job;
	const struct ring *w = job->work;
	int next = (job->rank + 1) % job->ranks, before = (job->rank + job->ranks - 1) % job->ranks;
	for (int which = 0; which < 2 && holds(job, job->rank, round + 1); which++) {
		int owner = owner_at(job, job->rank, round + 1);
		MPI_Datatype type = wire_type(job, owner, which, keys_at(job, &w->travel[owner], owner, round + 1));
		r->request[r->requests++] = mpi_start(job, into[which], type, &(struct mpi_message){before, 20 + which, 0});
	}
	for (int which = 0; which < 2 && holds(job, next, round + 1); which++) {
		int owner = owner_at(job, job->rank, round);
		MPI_Datatype type = wire_type(job, owner, which, keys_at(job, &w->travel[owner], owner, round));
		r->request[r->requests++] = mpi_start(job, wire_start(job, from[which], owner, which), type, &(struct mpi_message){next, 20 + which, 1});
	}
}

static void store(struct mpi_job *job)
{
	const struct attn_problem *p = &job->p;
	struct ring *w = job->work;
	int64_t n = mpi_share_length(&job->own.rows), rows = p->batch * p->heads_q * n;
	for (int64_t i = 0; job->sinks && i < rows; i++)
		mpi_sums_add_sink(&w->sums, i, job->sinks[i / n % p->heads_q]);
	mpi_sums_finish(&w->sums, rows);
	if (w->sums.o != job->out)
		mpi_from_wide(p->dtype, w->sums.o, job->out, rows * p->dim_v);
	for (int64_t i = 0; job->logsumexp && i < rows; i++)
		if (p->dtype == ATTN_F64)
			((double *)job->logsumexp)[i] = w->sums.m[i];
		else
			((float *)job->logsumexp)[i] = (float)w->sums.m[i];
}

static enum attn_status ring_run(struct mpi_job *job)
{
	const struct attn_problem *p = &job->p;
	struct ring *w = job->work;
	int64_t rows = p->batch * p->heads_q * mpi_share_length(&job->own.rows);
	char *have[2] = {job->k, job->v};
	enum attn_status status = ATTN_OK;
	if (!job->is_simulated)
		mpi_sums_clear(&w->sums, rows);
	if (mpi_bytes(p->dtype) == 2 && !job->is_simulated)
		mpi_to_f32(p->dtype, job->q, (float *)w->q, rows * p->dim_qk);
	for (int round = 0; round < job->ranks; round++) {
		MPI_Request request[4];
		char *const *into = w->kv[round % 2];
		struct round r = {job, have[0], have[1], 0, ATTN_OK, request, 0};
		int receives = holds(job, job->rank, round + 1) ? 2 : 0;
		post(&r, round, into, (const char *const *)have);
		if (status == ATTN_OK && holds(job, job->rank, round))
			compute(&r, owner_at(job, job->rank, round), round);
		status = status == ATTN_OK ? r.status : status;
		double from = mpi_now();
		job->traffic.received_bytes += mpi_wait(request, r.requests, receives);
		job->traffic.wait += mpi_now() - from;
		have[0] = into[0], have[1] = into[1];
	}
	if (status == ATTN_OK && !job->is_simulated)
		store(job);
	return status;
}

/* Without limits each rank receives the keys of all others; with them, those that travel as far as it. */
static double ring_wire(const struct attn_problem *p, int ranks, int rank)
{
	struct mpi_job job = {.p = *p, .ranks = ranks};
	double bytes = 0, row = (double)(p->batch * p->heads_kv * (p->dim_k + p->dim_v)) * (double)mpi_bytes(p->dtype);
	for (int t = 1; t < ranks; t++) {
		int owner = owner_at(&job, rank, t);
		struct travel travel = travel_of(&job, owner);
		struct mpi_share s = keys_at(&job, &travel, owner, t);
		bytes += travel.last >= t ? row * (double)mpi_share_length(&s) : 0;
	}
	return bytes;
}

const struct mpi_method mpi_ring = {"ring", "keys travel round the ranks of mpirun, partial results merged in order", 1, ring_refuses, ring_shares, ring_plan, ring_run, ring_wire};
