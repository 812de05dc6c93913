/* The local kernels of attnbench-scale, and what a simulation of it is fed with: seconds of blocks, latency, bandwidth.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/mpi/scale.h"
#include "impls/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LEAST = 64, LARGEST = 32768, RUNS = 5 };

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

/* One thread's time is that of its processor: what others do on the machine is not in it. Several threads also wait for each other. */
static double now(const struct scale_options *o)
{
	struct timespec t;
	if (o->threads > 1 || clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t))
		return mpi_now();
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds for one pair of row and key of one head, in blocks of n × n, merging included: a job of one rank; the median of a few runs after the first. */
static double seconds_per_pair(const struct scale_options *o, int64_t n, int is_causal)
{
	char why[MPI_WHY];
	struct mpi_job job = {.comm = MPI_COMM_SELF, .method = &mpi_ring, .p = o->p, .take = malloc, .give = free, .local = {.impl = scale_local(o, why, sizeof why), .threads = o->threads}};
	double seconds[RUNS];
	job.p.len_q = job.p.len_kv = n;
	job.p.causal = is_causal;
	if (!job.local.impl || mpi_job_plan(&job, why, sizeof why) != ATTN_OK) {
		fprintf(stderr, "attnbench-scale: %s\n", why);
		MPI_Abort(MPI_COMM_WORLD, 3);
	}
	scale_fill(o, &job);
	for (int i = -1; i < RUNS; i++) {
		double from = now(o);
		mpi_job_run(&job);
		seconds[i < 0 ? 0 : i] = now(o) - from;
	}
	mpi_job_free(&job);
	return scale_median(seconds, RUNS) / scale_pairs(&job.p);
}

int scale_calibrate(const struct scale_options *o)
{
	int rank;
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	if (rank == 0)
		printf("# seconds of %s for one pair of row and key, in blocks of n rows and n keys; hq:%lld, d:%lld, %d threads\n# n full causal\n", o->local, (long long)o->p.heads_q, (long long)o->p.dim_qk, o->threads);
	for (int64_t n = LEAST; rank == 0 && n <= LARGEST; n *= 2) {
		printf("%lld %.9g %.9g\n", (long long)n, seconds_per_pair(o, n, 0), seconds_per_pair(o, n, 1));
		fflush(stdout);
	}
	return 0;
}

/* Half a round trip between ranks 0 and 1; the best of many. */
static double one_way(char *memory, int bytes, int rank)
{
	double best = 1e9;
	for (int i = 0; i < 30; i++) {
		double from = MPI_Wtime();
		if (rank == 0) {
			MPI_Send(memory, bytes, MPI_BYTE, 1, 60, MPI_COMM_WORLD);
			MPI_Recv(memory, bytes, MPI_BYTE, 1, 60, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
		} else if (rank == 1) {
			MPI_Recv(memory, bytes, MPI_BYTE, 0, 60, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
			MPI_Send(memory, bytes, MPI_BYTE, 0, 60, MPI_COMM_WORLD);
		}
		double seconds = (MPI_Wtime() - from) / 2;
		best = i > 2 && seconds < best ? seconds : best;
	}
	return best;
}

int scale_ping(const struct scale_options *o)
{
	enum { LARGE = 1 << 24 };
	int rank, ranks;
	char *memory = calloc(1, LARGE);
	(void)o;
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	if (ranks < 2 || !memory) {
		free(memory);
		return fprintf(stderr, "attnbench-scale: --ping needs two ranks, found %d\n", ranks), 3;
	}
	double latency = one_way(memory, 1, rank), seconds = one_way(memory, LARGE, rank);
	if (rank == 0)
		printf("latency %.3g s, bandwidth %.4g bytes/s\n", latency, (double)LARGE / (seconds - latency));
	free(memory);
	return 0;
}
