/* The parent's side of a worker: starts, asks with a time limit, buries.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sandbox.h"
#include "harness/sweep_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

volatile sig_atomic_t worker_interrupted;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Where memory runs out the kernel is to take a worker, never the parent. */
static void offer_to_oom_killer(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, "1000", 4) != 4)
		(void)0; /* not permitted: nothing is lost but the preference */
	close(fd);
}

static void child(int fd, const struct worker_job *job, pid_t parent)
{
	struct rlimit no_core = {0, 0};
	sandbox_die_with(parent);
	signal(SIGINT, SIG_IGN); /* the parent decides what Ctrl-C ends */
	signal(SIGTERM, SIG_DFL);
	setrlimit(RLIMIT_CORE, &no_core);
	offer_to_oom_killer();
	worker_serve(fd, job);
	_exit(EXIT_SUCCESS);
}

int worker_start(struct worker *w, const struct worker_job *job)
{
	int ends[2];
	pid_t parent = getpid();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return errno;
	fflush(NULL);
	pid_t pid = fork();
	if (pid < 0) {
		int error = errno;
		close(ends[0]), close(ends[1]);
		return error;
	}
	if (pid == 0) {
		close(ends[0]);
		child(ends[1], job, parent);
	}
	close(ends[1]);
	*w = (struct worker){pid, ends[0]};
	return 0;
}

static int wait_for(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

void worker_stop(struct worker *w)
{
	if (w->pid <= 0)
		return;
	kill(w->pid, SIGKILL);
	close(w->fd);
	wait_for(w->pid);
	w->pid = 0;
}

static void bury(struct worker *w, struct worker_reply *reply)
{
	close(w->fd);
	int status = wait_for(w->pid);
	struct sandbox_outcome outcome = {WIFSIGNALED(status) ? SANDBOX_SIGNALLED : SANDBOX_EXITED,
	                                  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)};
	w->pid = 0;
	reply->status = SWEEP_CRASHED;
	sandbox_describe(&outcome, reply->reason, sizeof reply->reason);
	if (outcome.end == SANDBOX_SIGNALLED && outcome.code == SIGKILL)
		snprintf(reply->reason, sizeof reply->reason, "killed by signal 9: the system ran out of memory, or someone ended it");
}

/* 1: there is something to read, or the worker is gone; 0: the time is over; -1: the sweep is to end. */
static int wait_readable(int fd, double deadline)
{
	struct pollfd p = {fd, POLLIN, 0};
	for (;;) {
		double left = deadline - now();
		if (worker_interrupted)
			return -1;
		if (left <= 0)
			return 0;
		int n = poll(&p, 1, left > 3600 ? 3600000 : (int)(left * 1e3) + 1);
		if (n > 0 || (n < 0 && errno != EINTR))
			return 1;
	}
}

void worker_ask(struct worker *w, const struct worker_request *request, double seconds, struct worker_reply *reply)
{
	*reply = (struct worker_reply){.status = SWEEP_CRASHED, .ratio = NAN};
	kill(w->pid, SIGCONT);
	if (send(w->fd, request, sizeof *request, MSG_NOSIGNAL) != sizeof *request) {
		bury(w, reply);
		return;
	}
	int ready = wait_readable(w->fd, now() + seconds);
	if (ready <= 0) {
		worker_stop(w);
		reply->status = ready ? SWEEP_PENDING : SWEEP_TIMEOUT;
		snprintf(reply->reason, sizeof reply->reason, ready ? "interrupted" : "did not answer within %.3g s", seconds);
		return;
	}
	if (recv(w->fd, reply, sizeof *reply, 0) != sizeof *reply) {
		*reply = (struct worker_reply){.status = SWEEP_CRASHED, .ratio = NAN};
		bury(w, reply);
		return;
	}
	kill(w->pid, SIGSTOP);
}
