/* fork, limits, wait.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sandbox.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static size_t address_space(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (!f)
		return 0;
	if (fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	fclose(f);
	return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void limit_memory(size_t more)
{
#ifndef ATTN_SANITIZERS /* a sanitizer reserves terabytes of address space */
	size_t now = address_space();
	struct rlimit limit = {now + more, now + more};
	if (more && now)
		setrlimit(RLIMIT_AS, &limit);
#else
	(void)more;
	(void)address_space;
#endif
}

void sandbox_die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
}

static void child(int (*work)(void *), void *context, const struct sandbox_limits *limits, pid_t parent)
{
	struct rlimit no_core = {0, 0};
	sandbox_die_with(parent);
	setrlimit(RLIMIT_CORE, &no_core);
	limit_memory(limits ? limits->memory_more : 0);
	int status = work(context);
	fflush(NULL);
	_exit(status);
}

/* Milliseconds from now until the deadline; -1: there is none. */
static int remaining(double deadline)
{
	struct timespec now;
	if (deadline <= 0)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &now);
	double left = deadline - (double)now.tv_sec - 1e-9 * (double)now.tv_nsec;
	return left > 0 ? (int)(left * 1e3) + 1 : 0;
}

/* Waits for the child to end; 0 when the deadline came first. The pipe's read end turns readable when the child, which
 * alone holds the write end, is gone. */
static int wait_for_end(int pipe_end, double deadline)
{
	struct pollfd p = {pipe_end, POLLIN, 0};
	for (;;) {
		int n = poll(&p, 1, remaining(deadline));
		if (n > 0)
			return 1;
		if (n == 0 && remaining(deadline) == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return 1;
	}
}

static struct sandbox_outcome reap(pid_t pid, int timed_out)
{
	int status;
	if (timed_out)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (timed_out)
		return (struct sandbox_outcome){SANDBOX_TIMEOUT, 0};
	if (WIFSIGNALED(status))
		return (struct sandbox_outcome){SANDBOX_SIGNALLED, WTERMSIG(status)};
	return (struct sandbox_outcome){WEXITSTATUS(status) ? SANDBOX_EXITED : SANDBOX_OK, WEXITSTATUS(status)};
}

struct sandbox_outcome sandbox_run(int (*work)(void *), void *context, const struct sandbox_limits *limits)
{
	int ends[2];
	struct timespec now;
	pid_t parent = getpid();

	if (pipe(ends))
		return (struct sandbox_outcome){SANDBOX_NO_FORK, errno};
	fflush(NULL);
	pid_t pid = fork();
	if (pid < 0) {
		struct sandbox_outcome none = {SANDBOX_NO_FORK, errno};
		close(ends[0]), close(ends[1]);
		return none;
	}
	if (pid == 0) {
		close(ends[0]);
		child(work, context, limits, parent);
	}
	close(ends[1]);
	clock_gettime(CLOCK_MONOTONIC, &now);
	double seconds = limits ? limits->seconds : 0;
	double deadline = seconds > 0 ? (double)now.tv_sec + 1e-9 * (double)now.tv_nsec + seconds : 0;
	int ended = wait_for_end(ends[0], deadline);
	close(ends[0]);
	return reap(pid, !ended);
}

void sandbox_describe(const struct sandbox_outcome *o, char *text, size_t size)
{
	switch (o->end) {
	case SANDBOX_OK:
		snprintf(text, size, "ended normally");
		break;
	case SANDBOX_EXITED:
		snprintf(text, size, "called exit with status %d", o->code);
		break;
	case SANDBOX_SIGNALLED:
		snprintf(text, size, "killed by signal %d (%s)", o->code, strsignal(o->code));
		break;
	case SANDBOX_TIMEOUT:
		snprintf(text, size, "did not end within its time limit");
		break;
	case SANDBOX_NO_FORK:
		snprintf(text, size, "could not be started: %s", strerror(o->code));
	}
}

void *sandbox_share(size_t bytes)
{
	void *memory = mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

void sandbox_unshare(void *memory, size_t bytes)
{
	if (memory)
		munmap(memory, bytes ? bytes : 1);
}
