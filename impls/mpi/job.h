/* Attention over the ranks of an MPI communicator: what the three methods (ring, ulysses, split-kv) share.
 * A rank owns a share of the query rows and a share of the keys; a method moves what is missing and calls a local kernel, any
 * implementation that gives a row's maximum and sum. Nothing here knows of the harness: scale.c and the simulation use it as it is.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MPI_JOB_H
#define MPI_JOB_H

#include <attnbench/view.h>
#include <mpi.h>

enum { MPI_WHY = 512 };

/* Rows or keys [first, end) of the whole sequence. */
struct mpi_part {
	int64_t first, end;
};

/* What a rank owns: one part, or, where work is balanced by zigzag, two. They lie one after the other in its memory. */
struct mpi_share {
	int parts;
	struct mpi_part part[2];
};

struct mpi_shares {
	struct mpi_share rows, keys, out; /* of q, of k and v, of out and logsumexp */
};

/* One call of the local kernel: rows against keys as they lie in memory, of `batch` entries from b on. A row i of the block sees the
 * keys [i - left, i + right] of it; < 0: no limit. Blocks are cut so that left, right >= 0: any geometry is a problem
 * with the causal mask or a window, top-left aligned. */
struct mpi_block {
	int64_t b, batch, row, rows, key, keys, left, right;
	int64_t row_at, key_at; /* in the whole sequence */
	int64_t apart;          /* position of the first row less the first key */
	int side;               /* with ALiBi: all keys before all rows (< 0) or after them (> 0); 0: apart is 0 */
};

/* What went over the wire in the last run, as MPI counted it on arrival and as it was handed to MPI, and where the time went (seconds). */
struct mpi_traffic {
	double received_bytes, sent_bytes, wait, compute, total;
};

struct mpi_local {
	const struct attn_impl *impl;
	int threads;
	char *memory; /* the local plan's, taken once */
	size_t bytes, most;
};

struct mpi_job;

struct mpi_method {
	const char *name, *summary;
	int has_partial; /* it merges results over parts of the keys: the local kernel gives them in f32 or f64, each with its maximum and sum */
	/* A reason for a refusal, or NULL. */
	const char *(*refuses)(const struct attn_problem *p, int ranks, char *text, size_t size);
	void (*shares)(const struct attn_problem *p, int ranks, int rank, struct mpi_shares *s);
	/* Takes the method's memory by mpi_take, and plans every local call once to know its needs. */
	enum attn_status (*plan)(struct mpi_job *job, char *why, size_t size);
	/* Every rank goes through all its messages whatever fails on it, so that none waits for ever. */
	enum attn_status (*run)(struct mpi_job *job);
	/* Bytes that a rank receives in one run. */
	double (*wire_bytes)(const struct attn_problem *p, int ranks, int rank);
};
extern const struct mpi_method mpi_ring, mpi_ulysses, mpi_split_kv;
void mpi_ulysses_problem(const struct attn_problem *whole, int ranks, struct attn_problem *p); /* of one rank's heads */
extern const struct mpi_method *const mpi_methods[]; /* ended by NULL */

enum { MPI_CHUNKS = 32, MPI_BLOCK_ROWS = 16384 /* of one local call: its result needs no more memory than that */ };
struct mpi_job {
	MPI_Comm comm;
	int rank, ranks;
	const struct mpi_method *method;
	struct attn_problem p; /* the whole; q, k, v, out contiguous, past keys joined to the others (past_len says how many) */
	struct mpi_local local;
	int is_simulated; /* messages and local calls only: what lies in memory means nothing */
	void (*pass_merging)(double rows); /* the simulation's, in place of merging rows of one head */
	struct attn_tensors extras; /* the inputs besides q, k and v, whole (extras.h) */
	const int64_t *kv_len;      /* [batch] valid keys, with ATTN_HAS_KV_LEN */
	const float *sinks;         /* [heads_q], with ATTN_HAS_SINKS */
	void *slopes;               /* block.c: ALiBi as a bias along the keys of a block */
	struct mpi_shares own;
	/* This rank's share, [batch][heads][share][columns], of the problem's dtype; logsumexp f32 or f64. Memory of mpi_take. */
	char *q, *k, *v, *out, *logsumexp;
	void *work; /* the method's */
	struct mpi_traffic traffic;
	double wire_bytes;          /* that this rank receives in a run, by the method's formula: the server's, 0 elsewhere */
	void *(*take)(size_t bytes); /* malloc, or the simulation's */
	void (*give)(void *memory);
	void *chunk[MPI_CHUNKS]; /* what mpi_take gave */
	int chunks;
	size_t bytes; /* of them all, and what MPI takes for the method */
};

/* shares.c */
int64_t mpi_keys(const struct attn_problem *p);                /* past ones counted */
struct mpi_share mpi_share_even(int64_t length, int ranks, int rank);
struct mpi_share mpi_share_zigzag(int64_t length, int ranks, int rank);
struct mpi_share mpi_share_all(int64_t length);
int64_t mpi_share_length(const struct mpi_share *s);
/* Calls a function for every block of the rows and keys given; it answers 0 to go on. Returns its last answer. */
typedef int mpi_block_work(void *context, const struct mpi_block *block);
int mpi_blocks(const struct mpi_job *job, const struct mpi_share *rows, const struct mpi_share *keys, mpi_block_work *work, void *context);

/* job.c: memory that lives as long as the job; NULL, and why, where there is none. */
void *mpi_take(struct mpi_job *job, size_t bytes, const char *what, char *why, size_t size);
enum attn_status mpi_job_plan(struct mpi_job *job, char *why, size_t size); /* from comm, method, p, local, kv_len, sinks, take, give */
enum attn_status mpi_job_run(struct mpi_job *job);
void mpi_job_free(struct mpi_job *job);
const struct mpi_method *mpi_method_find(const char *name);
/* What the method does not do, or the local kernel does not; NULL: nothing. */
const char *mpi_refusal(const struct attn_problem *p, const struct mpi_method *method, const struct attn_impl *local, int ranks, char *text, size_t size);
size_t mpi_bytes(enum attn_dtype dtype);
enum attn_dtype mpi_wide(const struct attn_problem *p); /* f64 for f64, else f32: of logsumexp and of partial results */
enum attn_dtype mpi_local_dtype(const struct attn_problem *p, const struct mpi_method *method); /* of what the local kernel gets and gives */
double mpi_now(void);
double mpi_busiest_bytes(const struct mpi_method *method, const struct attn_problem *p, int ranks); /* the most that one of the ranks receives */

/* local.c: the local kernel. */
struct attn_tensor mpi_rows_of(const void *data, enum attn_dtype dtype, const int64_t dim[4], int64_t all, int64_t b, int64_t row); /* rows of [batch][heads][all][columns] */
void mpi_local_strides(struct attn_problem *p, const struct attn_tensors *t);
enum attn_status mpi_local_plan(struct mpi_job *job, const struct attn_problem *p, char *why, size_t size); /* notes its needs */
enum attn_status mpi_local_take(struct mpi_job *job, char *why, size_t size); /* after all of those */
enum attn_status mpi_local_run(struct mpi_job *job, const struct attn_problem *p, const struct attn_tensors *t);

/* block.c: one block of a method that merges. q, k and v lie in [batch][heads][rows_all or keys_all][columns]; out, max and sum are the block's own. */
struct mpi_operands {
	enum attn_dtype dtype;
	int64_t rows_all, keys_all, heads_q, heads_kv;
	const void *q, *k, *v;
	void *out;
	double *max, *sum;
};
enum { MPI_BLOCK_HAS = ATTN_HAS_MASK | ATTN_HAS_BIAS | ATTN_HAS_ALIBI }; /* what a block's problem keeps of the whole one's inputs */
void mpi_block_problem(const struct mpi_job *job, const struct mpi_operands *o, const struct mpi_block *block, struct attn_problem *p);
enum attn_status mpi_block_plan(struct mpi_job *job, const struct mpi_operands *o, const struct mpi_block *block, char *why, size_t size);
enum attn_status mpi_block_take(struct mpi_job *job, int64_t keys, char *why, size_t size); /* after all of those, keys: the most of one */
enum attn_status mpi_block_run(struct mpi_job *job, const struct mpi_operands *o, const struct mpi_block *block);

void mpi_to_f32(enum attn_dtype dtype, const void *from, float *to, int64_t count);
void mpi_from_wide(enum attn_dtype dtype, const void *from, void *to, int64_t count);

/* exchange.c: parts of arrays [outer][length][columns] of `element` bytes, as MPI types of the whole array. */
MPI_Datatype mpi_part_type(int64_t outer, int64_t length, size_t column_bytes, struct mpi_part part);
/* From rank 0, which has the whole, to each rank its share; and back. They return when this rank's part is done, and add to the job's traffic. */
void mpi_scatter(struct mpi_job *job, const void *q, const void *k, const void *v);
void mpi_gather(struct mpi_job *job, void *out, void *logsumexp);
double mpi_handed_bytes(const struct mpi_job *job); /* that this rank receives in both */
/* Begins to receive or send one of `type`, and frees that. */
struct mpi_message {
	int peer, tag, is_send;
};
MPI_Request mpi_start(struct mpi_job *job, const void *memory, MPI_Datatype type, const struct mpi_message *m);
#ifdef ATTN_SIMULATED
void mpi_pass_copying(double bytes); /* simulate.c: the time in which a core copies what arrived, where no network card does */
#endif
/* Waits for a collective in the same manner: not every MPI lets go of the core where ranks are more than cores. */
void mpi_finish(MPI_Request request);
/* Waits for all, tells how many bytes arrived in the first `receives` of them. */
double mpi_wait(MPI_Request *requests, int count, int receives);

#endif
