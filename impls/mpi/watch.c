/* Ends of a rank that nobody asked for.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/serve.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* All that a handler needs is written before: it may call write and _exit only. */
static char where[256];
static size_t where_length;
static struct mpi_channel *channel_to_end;

static void say(const char *text, size_t length)
{
	if (write(STDERR_FILENO, text, length) < 0)
		_exit(3);
}

static void end_channel(void)
{
	if (channel_to_end)
		mpi_channel_set(&channel_to_end->state, MPI_OVER);
}

static void on_crash(int signal_number)
{
	static const struct {
		int number;
		const char *text;
	} ends[] = {{SIGSEGV, "was killed by signal 11 (Segmentation fault)\n"}, {SIGBUS, "was killed by signal 7 (Bus error)\n"}, {SIGFPE, "was killed by signal 8 (Floating point exception)\n"},
	            {SIGILL, "was killed by signal 4 (Illegal instruction)\n"}, {SIGABRT, "was aborted (signal 6), as by an exception that nothing caught\n"},
	            {SIGALRM, "did not end within its time limit (ATTNBENCH_MPI_TIMEOUT)\n"}};
	say(where, where_length);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (ends[i].number == signal_number)
			say(ends[i].text, strlen(ends[i].text));
	end_channel();
	_exit(3);
}

/* mpirun asks so when another rank is gone, or it got Ctrl-C, and kills soon after. Until then the harness's cases fail at once; then it
 * gets SIGINT, by which a sweep keeps what is done. */
static void on_end(int signal_number)
{
	(void)signal_number;
	end_channel();
}

void mpi_watch_start(struct mpi_channel *channel, pid_t harness)
{
	static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM};
	struct sigaction action = {.sa_handler = on_crash};
	channel_to_end = channel;
	for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
		sigaction(crashes[i], &action, NULL);
	action.sa_handler = on_end;
	if (harness > 0) {
		sigaction(SIGTERM, &action, NULL);
		sigaction(SIGINT, &action, NULL);
	}
	mpi_watch_begin("", 0);
}

void mpi_watch_begin(const char *what, double seconds)
{
	int rank = 0, ranks = 1;
	MPI_Comm_rank(MPI_COMM_WORLD, &rank);
	MPI_Comm_size(MPI_COMM_WORLD, &ranks);
	where_length = (size_t)snprintf(where, sizeof where, "attnbench: rank %d of %d%s%.160s ", rank, ranks, *what ? ", in " : "", what);
	alarm(seconds > 0 ? (unsigned)(seconds + 1) : 0);
}

void mpi_watch_end(void)
{
	alarm(0);
}
