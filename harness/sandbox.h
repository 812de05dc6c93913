/* Runs a function in a forked child with limits: a crash, a hang or a lack of memory is an outcome, never the end of the
 * run. The parent must not have run a parallel region (libgomp does not survive fork): it never computes, children do.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_SANDBOX_H
#define HARNESS_SANDBOX_H

#include <stddef.h>
#include <sys/types.h>

struct sandbox_limits {
	double seconds;     /* wall clock; 0: none */
	size_t memory_more; /* bytes of address space beyond what the parent has; 0: none */
};

enum sandbox_end { SANDBOX_OK, SANDBOX_EXITED, SANDBOX_SIGNALLED, SANDBOX_TIMEOUT, SANDBOX_NO_FORK };

struct sandbox_outcome {
	enum sandbox_end end;
	int code; /* exit status, or the signal's number */
};

/* work(context) runs in the child; its int is the child's exit status (0 is SANDBOX_OK). What the child writes to memory of
 * sandbox_share is seen by the parent. */
struct sandbox_outcome sandbox_run(int (*work)(void *context), void *context, const struct sandbox_limits *limits);

/* For a child, first of all: it is killed when `parent`, which forked it, ends, and ends now if that has ended already. */
void sandbox_die_with(pid_t parent);

/* "killed by signal 11 (Segmentation fault)", "took more than 10 s": one line. */
void sandbox_describe(const struct sandbox_outcome *outcome, char *text, size_t size);

/* Zeroed memory that parent and children share; NULL where there is none. */
void *sandbox_share(size_t bytes);
void sandbox_unshare(void *memory, size_t bytes);

#endif
