/* The local kernels of attnbench-scale, and what a simulation of it is fed with: seconds of blocks and of merging.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/mpi/merge.h"
#include "impls/mpi/scale.h"
#include "impls/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LEAST = 64, SIZES = 10 /* up to 32768 */, SHORT = 1024, RUNS = 2, MOST_RUNS = 50 /* of what is short */, PASSES = 3 };

const struct attn_impl *scale_local(const struct scale_options *o, char *why, size_t size)
{
	for (size_t i = 0; impls_built_in[i]; i++)
		if (!strcmp(impls_built_in[i]->name, o->local) && !impls_built_in[i]->limit)
			return impls_built_in[i];
	snprintf(why, size, "--local is \"%s\": expected the name of an implementation that is built in (attnbench list)", o->local);
	return NULL;
}

void *scale_take(size_t bytes)
{
	return malloc(bytes);
}

void scale_give(void *memory)
{
	free(memory);
}

double scale_processor(void)
{
	struct timespec t;
	return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) ? 0 : (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One thread's time is that of its processor: what others do on the machine is not in it. Several threads also wait for each other. */
static double now(const struct scale_options *o)
{
	return o->threads > 1 ? mpi_now() : scale_processor();
}

void scale_busy(double seconds)
{
	for (double from = mpi_now(); mpi_now() - from < seconds;)
		;
}

/* What others do on the machine only adds. */
static double least(const double *x, int n)
{
	double best = x[0];
	for (int i = 1; i < n; i++)
		best = x[i] < best ? x[i] : best;
	return best;
}

/* Seconds for merging one row of one head into one that has been merged before. */
static double seconds_per_row(const struct scale_options *o, char *why, size_t size)
{
	enum { ROWS = 4096 };
	struct mpi_job memory = {.take = malloc, .give = free};
	struct mpi_sums s = {.dtype = ATTN_F32, .dim_v = o->p.dim_v};
	double seconds[MOST_RUNS];
	s.m = mpi_take(&memory, ROWS * sizeof(double), "maxima", why, size);
	s.l = s.m ? mpi_take(&memory, ROWS * sizeof(double), "sums", why, size) : NULL;
	s.o = s.l ? mpi_take(&memory, ROWS * (size_t)o->p.dim_v * sizeof(float), "sums of values", why, size) : NULL;
	const float *part = s.o ? mpi_take(&memory, ROWS * (size_t)o->p.dim_v * sizeof(float), "a partial result", why, size) : NULL;
	for (int i = -2; part && i < MOST_RUNS; i++) {
		double from = now(o);
		if (i == -2)
			memset((float *)(uintptr_t)part, 0, ROWS * (size_t)o->p.dim_v * sizeof(float)), mpi_sums_clear(&s, ROWS);
		for (int64_t row = 0; row < ROWS; row++)
			mpi_sums_add(&s, row, 0.1 * i, 1, part + row * o->p.dim_v);
		seconds[i < 0 ? 0 : i] = now(o) - from;
	}
	mpi_job_free(&memory);
	return part ? least(seconds, MOST_RUNS) / ROWS : -1;
}

/* Seconds for one pair of row and key of one head, in blocks of n × n: a job of one rank, less merging; the least of a few
 * runs after the first. */
static double seconds_per_pair(const struct scale_options *o, int64_t n, int is_causal, double merging)
{
	char why[MPI_WHY];
	struct mpi_job job = {.comm = MPI_COMM_SELF, .method = &mpi_ring, .p = o->p, .take = malloc, .give = free, .local = {.impl = scale_local(o, why, sizeof why), .threads = o->threads}};
	double seconds[MOST_RUNS];
	int runs = n <= SHORT ? MOST_RUNS : RUNS;
	job.p.len_q = job.p.len_kv = n;
	job.p.causal = is_causal;
	if (!job.local.impl || mpi_job_plan(&job, why, sizeof why) != ATTN_OK) {
		fprintf(stderr, "attnbench-scale: %s\n", why);
		MPI_Abort(MPI_COMM_WORLD, 3);
	}
	scale_fill(o, &job);
	for (int i = -1; i < runs; i++) {
		double from = now(o);
		mpi_job_run(&job);
		seconds[i < 0 ? 0 : i] = now(o) - from;
	}
	mpi_job_free(&job);
	return (least(seconds, runs) - merging * (double)(n * o->p.batch * o->p.heads_q)) / scale_pairs(&job.p);
}

/* Several passes over all sizes: a slow phase of the machine is over in one of them. */
static void time_blocks(const struct scale_options *o, double merging, double seconds[SIZES][2])
{
	for (int pass = 0; pass < PASSES; pass++)
		for (int i = 0; i < SIZES; i++)
			for (int is_causal = 0; is_causal < 2; is_causal++) {
				double found = seconds_per_pair(o, (int64_t)LEAST << i, is_causal, merging);
				seconds[i][is_causal] = pass == 0 || found < seconds[i][is_causal] ? found : seconds[i][is_causal];
			}
}

int scale_calibrate(const struct scale_options *o)
{
	int rank;
	char why[MPI_WHY];
	double seconds[SIZES][2];
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	if (rank)
		return 0;
	double merging = seconds_per_row(o, why, sizeof why);
	if (merging < 0)
		return fprintf(stderr, "attnbench-scale: %s\n", why), 3;
	time_blocks(o, merging, seconds);
	printf("# seconds of %s for one pair of row and key, in blocks of n rows and n keys, and for merging a row; hq:%lld, d:%lld, %d threads\n# n full causal\nmerge %.9g\n", o->local,
	       (long long)o->p.heads_q, (long long)o->p.dim_qk, o->threads, merging);
	for (int i = 0; i < SIZES; i++)
		printf("%d %.9g %.9g\n", LEAST << i, seconds[i][0], seconds[i][1]);
	return 0;
}
