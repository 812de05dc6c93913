/* Children that run cases, and what becomes of the case that one dies of.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/runner.h"
#include "harness/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CASE_MEMORY = 1 << 30 }; /* bytes of address space a child may take for itself, and 1 GiB for each thread's stack */

const char *attempt_status_name(enum attempt_status status)
{
	static const char *const names[] = {"crashed", "crashed", "passed", "failed", "skipped", "crashed", "timeout"};
	return names[status];
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The kernel ends a child whose case takes too long: by SIGALRM, which nobody may catch or block. */
static void set_deadline(double seconds)
{
	struct itimerval timer = {{0, 0}, {(time_t)seconds, (suseconds_t)((seconds - (double)(time_t)seconds) * 1e6)}};
	sigset_t alarm_only;
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	signal(SIGALRM, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

struct stretch {
	struct runner_group *group;
	size_t first;
};

static int run_cases(void *context)
{
	const struct stretch *s = context;
	for (size_t i = s->first; i < s->group->list.count; i++) {
		struct attempt *attempt = &s->group->attempts[i];
		struct trial trial = {s->group->impl, &s->group->list.cases[i], s->group->threads, attempt, HOST_NANS};
		attempt->status = ATTEMPT_RUNNING;
		set_deadline(s->group->seconds);
		double start = now();
		trial.c->test(&trial);
		attempt->seconds = now() - start;
		set_deadline(0);
		if (!trial_is_over(&trial))
			attempt->status = ATTEMPT_PASSED;
		if (attempt->status == ATTEMPT_FAILED && s->group->stops_at_failure)
			break;
	}
	return 0;
}

/* Cases that are left out after a failure. */
static size_t leave(struct runner_group *group, size_t first)
{
	for (size_t i = first; i < group->list.count; i++) {
		group->attempts[i].status = ATTEMPT_SKIPPED;
		snprintf(group->attempts[i].reason, sizeof group->attempts[i].reason, "left out after the failure before it");
	}
	return group->list.count;
}

/* Notes how the child ended on the case it was at; where to go on. */
static size_t bury(struct runner_group *group, size_t first, const struct sandbox_outcome *outcome)
{
	size_t at = first;
	while (at < group->list.count && group->attempts[at].status > ATTEMPT_RUNNING)
		at++;
	if (at == group->list.count || (group->stops_at_failure && at > first && group->attempts[at - 1].status == ATTEMPT_FAILED))
		return leave(group, at);
	struct attempt *attempt = &group->attempts[at];
	int alarmed = outcome->end == SANDBOX_SIGNALLED && outcome->code == SIGALRM;
	attempt->status = alarmed || outcome->end == SANDBOX_TIMEOUT ? ATTEMPT_TIMEOUT : ATTEMPT_CRASHED;
	if (attempt->status == ATTEMPT_TIMEOUT)
		snprintf(attempt->reason, sizeof attempt->reason, "took more than its limit of %g s", group->seconds);
	else if (outcome->end == SANDBOX_OK)
		snprintf(attempt->reason, sizeof attempt->reason, "called exit with status 0");
	else
		sandbox_describe(outcome, attempt->reason, sizeof attempt->reason);
	return group->stops_at_failure ? leave(group, at + 1) : at + 1;
}

/* The suite threads gives an implementation up to twice the cores. */
static size_t most_threads(const struct runner_group *group)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	return (size_t)(2 * cores > group->threads ? 2 * cores : group->threads);
}

static void run_group(struct runner_group *group)
{
	for (size_t first = 0; first < group->list.count;) {
		struct stretch stretch = {group, first};
		struct sandbox_limits limits = {(group->seconds + 1) * (double)(group->list.count - first), (size_t)CASE_MEMORY * (4 + most_threads(group))};
		struct sandbox_outcome outcome = sandbox_run(run_cases, &stretch, &limits);
		first = bury(group, first, &outcome);
	}
}

/* Whether the case alone, in a child of its own, fails. */
static int fails_alone(struct check_case *c, void *context, char *reason, size_t size)
{
	struct runner_group alone = *(const struct runner_group *)context;
	alone.list = (struct case_list){c, 1, 1, ""};
	alone.attempts = sandbox_share(sizeof *alone.attempts);
	if (!alone.attempts)
		return 0;
	run_group(&alone);
	int fails = alone.attempts->status != ATTEMPT_PASSED && alone.attempts->status != ATTEMPT_SKIPPED;
	snprintf(reason, size, "%s", alone.attempts->reason);
	sandbox_unshare(alone.attempts, sizeof *alone.attempts);
	return fails;
}

/* The first failure of drawn problems is made smaller. */
static void shrink_group(struct runner_group *group)
{
	size_t i = 0;
	while (i < group->list.count && (group->attempts[i].status == ATTEMPT_PASSED || group->attempts[i].status == ATTEMPT_SKIPPED))
		i++;
	if (i == group->list.count)
		return;
	group->shrunk->of = i;
	shrink(&group->list.cases[i], fails_alone, group, group->shrunk);
}

/* What the processes share: who takes which group, and which are done. */
struct board {
	atomic_size_t next;
	atomic_int done[];
};

/* Whether the group's implementation is to be left at its first failure, and has had it in a group before. */
static int is_left(const struct runner_group *groups, size_t at, struct board *board)
{
	for (size_t i = 0; groups[at].stops_at_failure && i < at; i++)
		for (size_t c = 0; groups[i].impl == groups[at].impl && atomic_load(&board->done[i]) && c < groups[i].list.count; c++)
			if (groups[i].attempts[c].status != ATTEMPT_PASSED && groups[i].attempts[c].status != ATTEMPT_SKIPPED)
				return 1;
	return 0;
}

static void work(struct runner_group *groups, size_t count, struct board *board)
{
	for (size_t i; (i = atomic_fetch_add(&board->next, 1)) < count;) {
		if (is_left(groups, i, board))
			leave(&groups[i], 0);
		else
			run_group(&groups[i]);
		if (groups[i].suite->shrinks && !groups[i].stops_at_failure && !groups[i].options->one)
			shrink_group(&groups[i]);
		atomic_store(&board->done[i], 1);
	}
}

static int start(struct runner_group *groups, size_t count, struct board *board, int jobs)
{
	int started = 0;
	pid_t parent = getpid();
	fflush(NULL);
	for (int j = 0; j < jobs; j++) {
		pid_t pid = fork();
		if (pid == 0) {
			sandbox_die_with(parent); /* nobody reads what it finds then */
			work(groups, count, board);
			_exit(0);
		}
		started += pid > 0;
	}
	return started;
}

static int share(struct runner_group *groups, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		groups[i].attempts = sandbox_share(groups[i].list.count * sizeof *groups[i].attempts);
		groups[i].shrunk = sandbox_share(sizeof *groups[i].shrunk);
		if (!groups[i].attempts || !groups[i].shrunk)
			return 0;
	}
	return 1;
}

int runner_run(struct runner_group *groups, size_t count, int jobs, void (*done)(const struct runner_group *, void *), void *context)
{
	struct timespec pause = {0, 2000000};
	size_t bytes = sizeof(struct board) + count * sizeof(atomic_int), told = 0;
	struct board *board = sandbox_share(bytes);
	int running = board && share(groups, count) ? start(groups, count, board, jobs) : 0;

	if (!running)
		return 0;
	while (told < count && running > 0) {
		while (told < count && atomic_load(&board->done[told]))
			done(&groups[told++], context);
		while (running > 0 && waitpid(-1, NULL, WNOHANG) > 0)
			running--;
		nanosleep(&pause, NULL);
	}
	while (told < count && atomic_load(&board->done[told]))
		done(&groups[told++], context);
	while (running > 0 && (waitpid(-1, NULL, 0) > 0 || errno == EINTR))
		running--;
	sandbox_unshare(board, bytes);
	return told == count;
}
