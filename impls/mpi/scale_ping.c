/* attnbench-scale --ping: what a message costs between ranks 0 and 1 when both send at once, as the ranks of ring do. Messages go through
 * the methods' own mpi_start and mpi_wait. The simulation runs it too: its network is right where both print the same.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/mpi/scale.h"

#include <stdio.h>
#include <stdlib.h>

enum { LEAST = 8, LARGEST = 1 << 24, BATCHES = 4, IN_A_BATCH = 32, SIZES = 12, TAG = 60 };

struct pair {
	struct mpi_job job; /* its communicator alone */
	int rank;
	char *in, *out;
};

/* One exchange; with `busy` seconds of work on its way, in which the program does not call MPI. */
static void exchange(struct pair *p, size_t bytes, double busy)
{
	MPI_Request request[2];
	request[0] = mpi_start(&p->job, p->in, mpi_part_type(1, 1, bytes, (struct mpi_part){0, 1}), &(struct mpi_message){1 - p->rank, TAG, 0});
	request[1] = mpi_start(&p->job, p->out, mpi_part_type(1, 1, bytes, (struct mpi_part){0, 1}), &(struct mpi_message){1 - p->rank, TAG, 1});
	scale_busy(busy);
	mpi_wait(request, 2, 1);
}

/* Seconds of one, of some in a row: each waits for the other's, so that neither is ahead. The least of a few such rows after the first: what others do on
 * the machine only adds. */
static double least(struct pair *p, size_t bytes, double busy)
{
	double best = 1e9, mine, slower;
	for (int batch = -1; batch < BATCHES; batch++) {
		double from = mpi_now();
		for (int i = 0; i < IN_A_BATCH; i++)
			exchange(p, bytes, busy);
		mine = (mpi_now() - from) / IN_A_BATCH;
		MPI_Allreduce(&mine, &slower, 1, MPI_DOUBLE, MPI_MAX, p->job.comm);
		best = batch >= 0 && slower < best ? slower : best;
	}
	return best;
}

/* t = α + β·bytes by least squares of t/t_i - 1: a short message counts as much as a long one. */
static void fit(const double *bytes, const double *seconds, int n, double *alpha, double *beta)
{
	double aa = 0, ab = 0, bb = 0, a = 0, b = 0;
	for (int i = 0; i < n; i++) {
		double x = 1 / seconds[i], y = bytes[i] / seconds[i];
		aa += x * x, ab += x * y, bb += y * y, a += x, b += y;
	}
	*beta = (aa * b - ab * a) / (aa * bb - ab * ab);
	*alpha = (a - ab * *beta) / aa;
}

static void ping(struct pair *p)
{
	double bytes[SIZES], seconds[SIZES], alpha, beta;
	int n = 0;
	if (p->rank == 0)
		puts("# bytes seconds: ranks 0 and 1 send each other so many at once");
	for (size_t size = LEAST; size <= LARGEST; size *= size < 4096 ? 8 : 4, n++) {
		bytes[n] = (double)size, seconds[n] = least(p, size, 0);
		if (p->rank == 0)
			printf("%zu %.4g\n", size, seconds[n]);
	}
	/* While a rank computes for twice as long as the message takes: what of it is left to wait for. */
	double one = seconds[n - 2], both = least(p, (size_t)bytes[n - 2], 2 * one), alone = least(p, 0, 2 * one);
	fit(bytes, seconds, n, &alpha, &beta);
	if (p->rank == 0)
		printf("latency %.3g s, bandwidth %.4g bytes/s, hidden %.0f %%\n", alpha, 1 / beta, 100 * (1 - (both - alone) / one));
}

int scale_ping(const struct scale_options *o)
{
	struct pair p = {.job = {.comm = MPI_COMM_NULL}, .in = calloc(1, LARGEST), .out = calloc(1, LARGEST)};
	int ranks, status = 0;
	(void)o;
	MPI_Comm_rank(MPI_COMM_WORLD, &p.rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	if (ranks < 2)
		status = (fprintf(stderr, "attnbench-scale: --ping needs two ranks, found %d\n", ranks), 3);
	else if (!p.in || !p.out)
		status = (fprintf(stderr, "attnbench-scale: rank %d of %d: no memory for two messages of %d bytes\n", p.rank, ranks, (int)LARGEST), 3);
	if (ranks >= 2)
		MPI_Comm_split(MPI_COMM_WORLD, p.rank < 2 ? 0 : MPI_UNDEFINED, p.rank, &p.job.comm);
	if (!status && p.rank < 2)
		ping(&p);
	if (p.job.comm != MPI_COMM_NULL)
		MPI_Comm_free(&p.job.comm);
	free(p.in);
	free(p.out);
	return status;
}
