/* The memory through which the harness's children ask the engine. One request at a time, under a lock that survives a child's death.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef MPI_CHANNEL_H
#define MPI_CHANNEL_H

#include "impls/mpi/door.h"
#include "impls/mpi/extras.h"

#include <pthread.h>
#include <stdatomic.h>

enum mpi_state { MPI_STARTING, MPI_READY, MPI_OVER };
enum mpi_op { MPI_OP_PLAN, MPI_OP_RUN, MPI_OP_QUIT };

struct mpi_request {
	enum mpi_op op;
	int method, threads; /* index in mpi_methods; of the local kernel on each rank */
	struct attn_problem p;
	/* Where the tensors lie in the arena, contiguous, past keys joined to the others; logsumexp where it is wanted. */
	size_t q, k, v, out, logsumexp;
	struct mpi_extra extra[MPI_EXTRAS]; /* of a run */
	size_t arena_bytes;                 /* of them all */
};

struct mpi_reply {
	enum attn_status status;
	size_t bytes; /* that the busiest rank holds for this problem, its share of the tensors included */
	char why[640];
};

enum { MPI_MOST_RANKS = 1 << 20 };

struct mpi_channel {
	_Atomic uint32_t state, asked, answered;
	int ranks;
	pid_t engine;
	pthread_mutex_t lock;
	struct mpi_request request;
	struct mpi_reply reply;
	struct attn_process *process; /* [ranks], with the reply: what each has taken and moved */
	size_t arena_bytes;
	char *arena;
};

struct mpi_channel *mpi_channel_open(void);
/* Sleeps until *word is no longer `old`, at most that many milliseconds, or until a signal. */
void mpi_channel_sleep(_Atomic uint32_t *word, uint32_t old, int milliseconds);
void mpi_channel_set(_Atomic uint32_t *word, uint32_t value);
/* Lock and unlock; -1: the ranks are gone. */
int mpi_channel_enter(struct mpi_channel *c);
void mpi_channel_leave(struct mpi_channel *c);
/* Between them: asks what lies in c->request; c->reply is filled, also where the ranks are gone. */
void mpi_channel_ask(struct mpi_channel *c);
/* Gives the arena's pages back to the system. */
void mpi_channel_trim(struct mpi_channel *c);
/* Takes them out of this process's memory; what they hold stays. */
void mpi_channel_unmap(struct mpi_channel *c);

#endif
