/* Shared memory, futexes, a robust lock.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/channel.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Half the machine's memory, of which only what is written is ever taken. */
static size_t arena_bytes(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	return (size_t)sysconf(_SC_PHYS_PAGES) / 2 * page;
}

/* NULL: there is none. */
static void *shared(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

struct mpi_channel *mpi_channel_open(void)
{
	pthread_mutexattr_t attributes;
	struct mpi_channel *c = shared(sizeof *c);
	if (!c)
		return NULL;
	c->arena_bytes = arena_bytes();
	c->arena = shared(c->arena_bytes);
	c->process = shared(MPI_MOST_RANKS * sizeof *c->process);
	if (!c->arena || !c->process)
		return NULL;
	c->engine = getpid();
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&c->lock, &attributes);
	return c;
}

void mpi_channel_sleep(_Atomic uint32_t *word, uint32_t old, int milliseconds)
{
	struct timespec limit = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
	syscall(SYS_futex, word, FUTEX_WAIT, old, &limit, NULL, 0);
}

void mpi_channel_set(_Atomic uint32_t *word, uint32_t value)
{
	atomic_store(word, value);
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* A process that was killed stays in the table until whoever started it has asked how it ended: mpirun may wait for the harness with that. */
static int is_dead(pid_t pid)
{
	char path[32], state = 'Z';
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "r");
	if (!f)
		return kill(pid, 0) && errno == ESRCH;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(f);
	return state == 'Z' || state == 'X';
}

/* A request that a killed child left under way is waited for: the engine writes to the arena until it is done. */
static int wait_for_answer(struct mpi_channel *c)
{
	for (int waits = 0;; waits++) {
		uint32_t answered = atomic_load(&c->answered);
		if (waits ? is_dead(c->engine) : kill(c->engine, 0) && errno == ESRCH) /* killed without a word */
			mpi_channel_set(&c->state, MPI_OVER);
		if (atomic_load(&c->state) != MPI_READY)
			return -1;
		if (answered == atomic_load(&c->asked))
			return 0;
		mpi_channel_sleep(&c->answered, answered, 100);
	}
}

int mpi_channel_enter(struct mpi_channel *c)
{
	int status = pthread_mutex_lock(&c->lock);
	if (status == EOWNERDEAD)
		pthread_mutex_consistent(&c->lock);
	else if (status)
		return -1;
	if (wait_for_answer(c) == 0)
		return 0;
	pthread_mutex_unlock(&c->lock);
	return -1;
}

void mpi_channel_leave(struct mpi_channel *c)
{
	pthread_mutex_unlock(&c->lock);
}

void mpi_channel_ask(struct mpi_channel *c)
{
	mpi_channel_set(&c->asked, atomic_load(&c->asked) + 1);
	if (wait_for_answer(c) == 0)
		return;
	c->reply.status = ATTN_FAILED;
	snprintf(c->reply.why, sizeof c->reply.why, "the ranks of mpirun are gone: one has ended, and said why on stderr");
}

void mpi_channel_trim(struct mpi_channel *c)
{
	madvise(c->arena, c->arena_bytes, MADV_REMOVE);
}

void mpi_channel_unmap(struct mpi_channel *c)
{
	madvise(c->arena, c->arena_bytes, MADV_DONTNEED);
}
