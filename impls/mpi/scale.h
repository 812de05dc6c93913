/* attnbench-scale: one problem over the ranks of MPI, each making or reading its own share of the inputs, so that no rank ever
 * holds the whole of k and v. Compiled a second time against SimGrid it runs the same methods on a simulated cluster.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MPI_SCALE_H
#define MPI_SCALE_H

#include "impls/mpi/job.h"

enum { SCALE_Q, SCALE_K, SCALE_V, SCALE_INPUTS };

struct scale_options {
	const char *methods, *lengths, *local, *out, *block_times;
	const char *file[SCALE_INPUTS]; /* .npy; NULL: made from the seed */
	struct attn_problem p;          /* but for len_q, and len_kv where it follows from it */
	int threads, repetitions, rows; /* query rows that are checked */
	int is_ping, is_calibration;
	double copy_bandwidth; /* simulation: bytes a second of the core that receives; 0: a network card's */
	uint64_t seed;
};

struct scale_result {
	const struct mpi_method *method;
	struct attn_problem p;
	int ranks, rows;
	double *seconds;   /* [repetitions] */
	double *processor; /* [repetitions] seconds of processors, of all ranks together; 0: not known */
	double median, flops;
	/* Of the busiest rank: received, that by the formula, held by the job; the most time spent waiting and computing in one run. */
	double received, analytic, held, wait, compute;
	double *peak; /* [ranks] resident bytes, before anything is checked */
	double ratio; /* worst error over its bound; NaN: not checked */
};

/* scale_options.c, before MPI begins: 0, or an exit status after its message (of rank 0). */
int scale_parse(struct scale_options *o, int argc, char **argv);

/* scale_inputs.c */
enum attn_status scale_open(const struct scale_options *o, struct attn_problem *p, char *why, size_t size); /* shapes from files */
void scale_fill(const struct scale_options *o, struct mpi_job *job);
/* Row i of head h of batch entry b as f64. */
void scale_row(const struct scale_options *o, const struct attn_problem *p, int input, const int64_t at[3], double *row);
enum attn_status scale_failed(char *why, size_t size); /* of reading, on any rank so far */

/* scale_check.c: the worst ratio of o->rows rows drawn by the seed; all ranks. */
struct scale_sample;
struct scale_sample *scale_collect(const struct scale_options *o, const struct mpi_job *job); /* at rank 0, else NULL */
double scale_judge(const struct scale_options *o, const struct attn_problem *p, struct scale_sample *sample); /* frees it */

/* scale_ping.c: latency and bandwidth between ranks 0 and 1, on stdout. */
int scale_ping(const struct scale_options *o);

/* scale_print.c: at rank 0. */
void scale_print(const struct scale_options *o, const struct scale_result *r);
int scale_write(const struct scale_options *o, const struct scale_result *results, int count);

/* scale_local.c: the local kernel of that name, or the simulated one; and what the simulation is fed with. */
const struct attn_impl *scale_local(const struct scale_options *o, char *why, size_t size);
int scale_calibrate(const struct scale_options *o); /* seconds of blocks of all sizes, on stdout */
void scale_busy(double seconds);                    /* computes so long, and calls no MPI */
double scale_median(const double *x, int n);
double scale_pairs(const struct attn_problem *p);
double scale_processor(void); /* seconds of this process so far; 0: not known */
#ifdef ATTN_SIMULATED
void scale_simulate(const struct scale_options *o); /* what messages cost */
void scale_pass_merging(double rows);
#endif
void *scale_take(size_t bytes);
void scale_give(void *memory);

#endif
