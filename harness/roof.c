/* Measures roofs: every thread starts at a barrier, the best of many short trials counts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/roof.h"
#include "harness/machine.h"
#include "harness/sandbox.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* What all threads of a trial do: `turns` of the kernel, or passes over a buffer of `bytes` each. */
struct load {
	const struct roof_kernel *kernel; /* NULL: reads */
	size_t bytes;
	uint64_t turns;
	int threads;
	double seconds, best;             /* turns/s of each thread, in the best trial */
	pthread_barrier_t barrier;
	double *ended;
};

struct hand {
	struct load *load;
	int number;
};

static void work(const struct load *l, const void *memory)
{
	if (l->kernel)
		l->kernel->run(l->turns);
	else
		for (uint64_t n = 0; n < l->turns; n++)
			roof_read(memory, l->bytes);
}

/* Turns that take a millisecond or more, found by thread 0 alone; all threads use them. */
static void calibrate(struct load *l, const void *memory)
{
	for (l->turns = 1;; l->turns *= 2) {
		double from = now();
		work(l, memory);
		if (now() - from > 1e-3 || l->turns > (uint64_t)1 << 40)
			return;
	}
}

/* A trial lasts from the common start to the end of the last thread. Thread 0 keeps the books. */
static void trials(struct load *l, int number, const void *memory)
{
	double stop = now() + l->seconds;
	for (int more = 1; more;) {
		pthread_barrier_wait(&l->barrier);
		double from = now(), last = 0;
		work(l, memory);
		l->ended[number] = now();
		pthread_barrier_wait(&l->barrier);
		for (int i = 0; i < l->threads; i++)
			last = fmax(last, l->ended[i]);
		if (number == 0 && (double)l->turns / (last - from) > l->best)
			l->best = (double)l->turns / (last - from);
		if (number == 0 && last > stop)
			l->seconds = 0; /* read by all after the next barrier */
		pthread_barrier_wait(&l->barrier);
		more = l->seconds > 0;
	}
}

static void *hand_work(void *context)
{
	const struct hand *h = context;
	struct load *l = h->load;
	void *memory = NULL;
	if (!l->kernel && !posix_memalign(&memory, 4096, l->bytes))
		memset(memory, 1, l->bytes); /* touched by the thread that reads it */
	if (l->kernel || memory) {
		if (h->number == 0)
			calibrate(l, memory);
		pthread_barrier_wait(&l->barrier);
		trials(l, h->number, memory);
	}
	free(memory);
	return NULL;
}

/* Turns per second of one thread while all run; 0 where threads or memory are missing. */
static double rate_of(struct load *l)
{
	pthread_t *threads = calloc((size_t)l->threads, sizeof *threads);
	struct hand *hands = calloc((size_t)l->threads, sizeof *hands);
	int started = 0;
	l->ended = calloc((size_t)l->threads, sizeof *l->ended);
	pthread_barrier_init(&l->barrier, NULL, (unsigned)l->threads);
	while (threads && hands && l->ended && started < l->threads) {
		hands[started] = (struct hand){l, started};
		if (pthread_create(&threads[started], NULL, hand_work, &hands[started]))
			_Exit(EXIT_FAILURE); /* the others would wait for ever: the parent hears of it */
		started++;
	}
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&l->barrier);
	free(l->ended);
	free(hands);
	free(threads);
	return l->best;
}

static void note(struct roofs *r, const char *name, const char *isa, int threads, double value)
{
	if (r->n >= ROOF_MOST || value <= 0)
		return;
	struct roof *x = &r->roofs[r->n++];
	snprintf(x->name, sizeof x->name, "%s", name);
	snprintf(x->isa, sizeof x->isa, "%s", isa);
	x->threads = threads;
	x->value = value;
}

/* Is there a better instruction set for the same name? */
static int is_best(const struct roof_kernel *k)
{
	for (const struct roof_kernel *other = k + 1; other->name; other++)
		if (!strcmp(other->name, k->name) && roof_kernel_runs(other))
			return 0;
	return 1;
}

static void measure_flops(const struct roof_request *q, struct roofs *r)
{
	for (const struct roof_kernel *k = roof_kernels; k->name; k++)
		for (size_t i = 0; roof_kernel_runs(k) && (q->every || is_best(k)) && i < q->n; i++) {
			struct load l = {.kernel = k, .threads = q->threads[i], .seconds = q->seconds};
			note(r, k->name, k->isa, l.threads, rate_of(&l) * k->per_turn * l.threads);
		}
}

/* Bytes of each thread's buffer that lie in a level: half of it, and for memory eight times the last cache, of which a pass after another
 * finds next to nothing left. */
static size_t buffer_bytes(const char *level, int threads)
{
	size_t last = machine_last_cache_bytes(), bytes;
	if (!strcmp(level, "l1"))
		bytes = machine_cache_bytes(1) / 2;
	else if (!strcmp(level, "l2"))
		bytes = machine_cache_bytes(2) / 2;
	else if (!strcmp(level, "l3"))
		bytes = machine_cache_bytes(3) / 2 / (size_t)threads;
	else
		bytes = 8 * (last > (size_t)16 << 20 ? last : (size_t)16 << 20) / (size_t)threads;
	return bytes / 512 * 512;
}

static void measure_bandwidth(const struct roof_request *q, struct roofs *r)
{
	static const char *const levels[] = {"l1", "l2", "l3", "dram"};
	for (int k = q->every ? 0 : 1; k < 4; k++)
		for (size_t i = 0; i < q->n; i++) {
			size_t bytes = buffer_bytes(levels[k], q->threads[i]);
			struct load l = {.bytes = bytes, .threads = q->threads[i], .seconds = q->seconds};
			if (bytes)
				note(r, levels[k], "", l.threads, rate_of(&l) * (double)bytes * l.threads);
		}
}

struct job {
	struct roof_request request;
	struct roofs roofs;
};

static int measure_all(void *context)
{
	struct job *job = context;
	measure_flops(&job->request, &job->roofs);
	measure_bandwidth(&job->request, &job->roofs);
	return 0;
}

int roofs_measure(const struct roof_request *request, struct roofs *r, char *why, size_t size)
{
	struct sandbox_limits limits = {120 + 60 * request->seconds * (double)request->n, 0};
	struct job *job = sandbox_share(sizeof *job);
	r->n = 0;
	if (!job)
		return snprintf(why, size, "no shared memory"), -1;
	job->request = *request;
	struct sandbox_outcome outcome = sandbox_run(measure_all, job, &limits);
	*r = job->roofs;
	sandbox_unshare(job, sizeof *job);
	if (outcome.end == SANDBOX_OK)
		return 0;
	sandbox_describe(&outcome, why, size);
	return -1;
}

void roofs_keep_best(struct roofs *r, const struct roofs *again)
{
	if (!r->n)
		*r = *again;
	for (size_t i = 0; i < again->n; i++)
		for (size_t k = 0; k < r->n; k++) {
			const struct roof *x = &again->roofs[i];
			struct roof *y = &r->roofs[k];
			if (!strcmp(x->name, y->name) && !strcmp(x->isa, y->isa) && x->threads == y->threads && x->value > y->value)
				y->value = x->value;
		}
}

/* The best of that name: instruction sets come in rising order. */
static double best_of(const struct roofs *r, const char *name, int threads)
{
	double best = 0;
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->roofs[i].name, name) && r->roofs[i].threads == threads)
			best = r->roofs[i].value > best ? r->roofs[i].value : best;
	return best;
}

double roof_peak(const struct roofs *r, const char *dtype, int threads)
{
	double peak = best_of(r, dtype, threads);
	return peak > 0 || !strcmp(dtype, "f64") ? peak : best_of(r, "f32", threads); /* narrow types are widened to f32 */
}

double roof_bandwidth(const struct roofs *r, const char *level, int threads)
{
	return best_of(r, level, threads);
}

const char *roof_level(double bytes, int threads)
{
	if (bytes <= (double)machine_cache_bytes(2) * threads)
		return "l2";
	return bytes <= (double)machine_cache_bytes(3) ? "l3" : "dram";
}
