/* Between the program and its MPI module, which is loaded under mpirun only: the program itself does not link to MPI.
 *
 * The process that mpirun starts as rank 0 forks before MPI is initialised. Its child is the harness, which never calls MPI and so may
 * fork as it likes; the process itself becomes the engine, MPI's rank 0. The harness's children reach it through memory that all of
 * them share. Why so: docs/cluster.md.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MPI_DOOR_H
#define MPI_DOOR_H

#include <attnbench/attn.h>
#include <sys/types.h>

/* What must be the same on all ranks. Texts are compared and shown, numbers are sums over contents. */
struct mpi_identity {
	char program[128], local[96];
	uint64_t abi, binary, table; /* ATTN_ABI; the program's file; names, versions and files of all implementations */
};

/* What the program gives. */
struct mpi_host {
	const struct attn_impl *(*find)(const char *name);
	const char *local; /* name of the local kernel */
	struct mpi_identity identity;
	double seconds; /* longest time one run may take */
};

struct mpi_channel;

/* What the module gives: the symbol attn_mpi_door. */
struct mpi_door {
	size_t size;
	/* Memory for engine and harness; NULL where there is none. Before the fork. */
	struct mpi_channel *(*open)(void);
	/* In the harness: waits until the ranks have met; 0, or -1 when they are not to. */
	int (*join)(struct mpi_channel *channel, const struct mpi_host *host);
	/* The rows of the table, ended by NULL. In the harness, after join. */
	const struct attn_impl *const *(*rows)(void);
	/* A rank's life; the exit status of its process. channel, harness: rank 0's, else NULL and 0. */
	int (*serve)(struct mpi_channel *channel, pid_t harness, const struct mpi_host *host);
};

#endif
