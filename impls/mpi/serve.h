/* The ranks' side: start, loop, end; and what ends a rank in an orderly way when its work does not.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MPI_SERVE_H
#define MPI_SERVE_H

#include "impls/mpi/channel.h"
#include "impls/mpi/job.h"

int mpi_serve(struct mpi_channel *channel, pid_t harness, const struct mpi_host *host);

/* meet.c: all ranks compare who they are with rank 0; 0, or 3 after rank 0's message. */
int mpi_meet(const struct mpi_host *host);

/* account.c: the memory of this process since `begin`, read once after the first run. */
struct mpi_gauge {
	size_t peak, files, shared; /* at the beginning; peak 0: not every kernel tells */
	size_t taken, transport;    /* of its own, SIZE_MAX: unknown; in common with other ranks */
	int is_read;
};
void mpi_gauge_begin(struct mpi_gauge *g, struct mpi_channel *channel);
void mpi_gauge_read(struct mpi_gauge *g, size_t arena); /* arena: bytes of it that this process has met since */
/* What this rank has taken for the job and moved in the last run of it, the request at hand. */
struct attn_process mpi_account(const struct mpi_job *job, const struct mpi_request *r, const struct mpi_gauge *g);

/* watch.c. From now on signals of a crash, and the time limit between begin and end, are one line on stderr and the end of this
 * rank with status 3; mpirun then ends the others. `what` says what is computed. */
void mpi_watch_start(struct mpi_channel *channel, pid_t harness);
void mpi_watch_begin(const char *what, double seconds);
void mpi_watch_end(void);

#endif
