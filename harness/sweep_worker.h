/* A worker: a forked child that holds one implementation's plan for one case, and answers requests over a socket.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_SWEEP_WORKER_H
#define HARNESS_SWEEP_WORKER_H

#include "harness/sweep.h"
#include "harness/sweep_cache.h"

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

/* What a worker inherits. The tensors' inputs are shared with the parent by copy on write; a plan can't spoil another's. */
struct worker_job {
	const struct attn_impl *impl;
	const struct attn_problem *problem;
	struct attn_tensors *tensors;
	const struct sweep_rotation *rotation; /* what timed calls are given: the tensors, or copies of them */
	int threads;
	int64_t rows; /* query rows to judge */
	uint64_t seed;
	const char *counters;
};

enum worker_op {
	WORKER_PREPARE, /* query, plan, one call, judged: answers the call's time */
	WORKER_MEASURE, /* one repetition */
	WORKER_FINISH   /* judges what the last call left; the kernel's name and bytes */
};

struct worker_request {
	enum worker_op op;
	double min_seconds;  /* of a repetition, where iterations is 0 */
	uint64_t iterations;
	int warm_up;         /* one call before, not timed: what ran meanwhile took the caches */
};

/* Of plan and one run, beyond inputs and outputs, in all processes that take part. */
struct worker_memory {
	size_t peak_bytes;        /* resident */
	size_t unannounced_bytes; /* at least so much of it is neither the plan's nor of files (code) */
	size_t unannounced_most;  /* in one process */
	int known;                /* 0: the system does not tell */
};

struct worker_reply {
	enum sweep_status status;
	double ns, cpu_ns;   /* per call */
	double waited;       /* share of the repetition that its threads, together, waited for a processor; NaN: unknown */
	double pace_ns;      /* sweep_pace.h */
	uint64_t iterations;
	double ratio;        /* worst error / bound so far; NaN: not judged */
	size_t workspace_bytes;
	struct worker_memory memory; /* of WORKER_PREPARE */
	struct sweep_processes processes;
	int n_counters;
	double counters[COUNTERS_MOST]; /* in all iterations */
	char counter_names[COUNTERS_MOST][COUNTER_NAME_SIZE];
	char kernel[SWEEP_KERNEL_SIZE], reason[SWEEP_REASON_SIZE];
};

struct worker {
	pid_t pid; /* 0: none */
	int fd;
};

/* Set by a signal handler: requests under way are given up. */
extern volatile sig_atomic_t worker_interrupted;

/* Parent's side. worker_start: 0, or errno. worker_ask fills the reply whatever happens: a worker that dies or does not
 * answer within `seconds` (killed then) is a status with its reason. Between requests a worker is stopped, so that no
 * thread of it spins while another is measured. */
int worker_start(struct worker *w, const struct worker_job *job);
void worker_ask(struct worker *w, const struct worker_request *request, double seconds, struct worker_reply *reply);
void worker_stop(struct worker *w);

/* Child's side: answers until the socket closes. */
void worker_serve(int fd, const struct worker_job *job);

/* Inputs of a case; the worst error over its bound of what is in the outputs. */
enum attn_status sweep_inputs(struct attn_tensors *t, const struct attn_problem *p, uint64_t seed, char *why, size_t size);
double sweep_judge(const struct worker_job *job);

/* The fixed piece of work whose spread is the machine's noise. */
extern const struct attn_impl sweep_canary;

#endif
