/* The loop of a sweep: for each case workers, rounds in random order, judgement, memory.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_progress.h"
#include "harness/sweep_work.h"
#include "harness/sweep_worker.h"
#include "harness/tensor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One case while it is measured. Contender n_impls is the canary. */
struct contender {
	struct sweep_point *point; /* NULL: the canary */
	struct worker worker;
	uint64_t iterations;       /* of a repetition */
	double call_s;
	size_t wanted, n, room;
	double *samples, *cpu;
	double calls;              /* of all samples */
};

struct round_of {
	struct sweep *s;
	struct sweep_case *c;
	struct attn_tensors tensors;
	struct sweep_rotation rotation;
	struct contender *contenders;
	size_t n;
	uint64_t *random;
};

/* splitmix64 (Steele, Lea & Flood 2014). */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void shuffle(size_t *order, size_t n, uint64_t *random)
{
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)(next_random(random) % i), kept = order[i - 1];
		order[i - 1] = order[j];
		order[j] = kept;
	}
}

static struct worker_job job_of(const struct round_of *r, const struct contender *x)
{
	const struct sweep_options *o = &r->s->options;
	return (struct worker_job){x->point ? x->point->impl : &sweep_canary, &r->c->problem, (struct attn_tensors *)&r->tensors, &r->rotation, r->c->threads, o->rows, o->seed, o->counters};
}

static void settle(struct sweep_point *p, enum sweep_status status, const char *reason)
{
	if (!p)
		return;
	p->status = status;
	snprintf(p->reason, sizeof p->reason, "%s", reason);
	if (status != SWEEP_OK)
		p->n = 0;
}

/* The end of a contender that has no time to show. */
static void drop(struct contender *x, const struct worker_reply *reply)
{
	worker_stop(&x->worker);
	x->wanted = 0;
	settle(x->point, reply->status, reply->reason);
	if (x->point && reply->ratio == reply->ratio)
		x->point->error_ratio = reply->ratio;
}

static int skip_if_slow(struct round_of *r, struct contender *x, double call_s)
{
	struct worker_reply skipped = {.status = SWEEP_SKIPPED, .ratio = NAN};
	size_t least = r->s->options.least_repetitions;
	x->wanted = x->point ? sweep_affordable(r->s, call_s) : r->s->options.repetitions;
	if (x->wanted)
		return 0;
	snprintf(skipped.reason, sizeof skipped.reason, "a call takes about %.3g s, %zu repetitions %.3g s: more than --max-seconds %g", call_s, least,
	         sweep_estimate_point(r->s, call_s, least), r->s->options.max_seconds);
	drop(x, &skipped);
	return 1;
}

/* Enough for a slow machine and a first call that loads much; a hang is longer. */
static double patience(const struct round_of *r, double call_s)
{
	double still = r->s->options.timeout > 0 ? r->s->options.timeout : 10 + 2 * r->s->options.max_seconds;
	return still + 20 * (call_s > 0 ? call_s : 0);
}

/* A first call also loads and warms up: before a point is given up as too slow, a second one is timed. 0, or -1: it is over. */
static int call_again(struct round_of *r, struct contender *x)
{
	struct worker_request request = {WORKER_MEASURE, 0, 1};
	struct worker_reply reply;
	worker_ask(&x->worker, &request, patience(r, x->call_s), &reply);
	if (reply.status != SWEEP_OK) {
		drop(x, &reply);
		return -1;
	}
	x->call_s = fmin(x->call_s, reply.ns * 1e-9);
	return 0;
}

static void prepare(struct round_of *r, struct contender *x)
{
	struct worker_job job = job_of(r, x);
	struct worker_reply reply = {.status = SWEEP_FAILED, .ratio = NAN};
	struct worker_request request = {WORKER_PREPARE, 0, 0};
	size_t i = (size_t)(x - r->contenders), c = (size_t)(r->c - r->s->cases);
	double estimate = x->point ? sweep_estimate_call(r->s, c, i) : 0;

	if (estimate > 0 && skip_if_slow(r, x, estimate))
		return;
	int error = worker_start(&x->worker, &job);
	if (error) {
		snprintf(reply.reason, sizeof reply.reason, "no worker: %s", strerror(error));
		drop(x, &reply);
		return;
	}
	worker_ask(&x->worker, &request, patience(r, estimate), &reply);
	if (reply.status != SWEEP_OK) {
		drop(x, &reply);
		return;
	}
	x->call_s = reply.ns * 1e-9;
	if (x->point && !sweep_affordable(r->s, x->call_s) && x->call_s < r->s->options.max_seconds && call_again(r, x))
		return;
	if (x->point)
		x->point->call_s = x->call_s;
	if (x->call_s >= r->s->options.min_seconds)
		x->iterations = 1;
	skip_if_slow(r, x, x->call_s);
}

/* Room for all samples that may come. */
static int make_room(struct round_of *r, struct contender *x)
{
	x->room = r->s->options.most_repetitions;
	x->samples = malloc(x->room * sizeof *x->samples);
	x->cpu = malloc(x->room * sizeof *x->cpu);
	return x->samples && x->cpu ? 0 : -1;
}

/* Sums, until keep_samples divides them by the calls. */
static void keep_counters(struct contender *x, const struct worker_reply *reply)
{
	struct sweep_point *p = x->point;
	if (!p)
		return;
	p->n_counters = reply->n_counters;
	memcpy(p->counter_names, reply->counter_names, sizeof p->counter_names);
	for (int i = 0; i < p->n_counters; i++)
		p->counters[i] += reply->counters[i];
	x->calls += (double)reply->iterations;
}

/* One repetition. The first of a fast call finds how many iterations fill it, warms up, and is not kept. */
static void measure(struct round_of *r, struct contender *x)
{
	struct worker_request request = {WORKER_MEASURE, r->s->options.min_seconds, x->iterations};
	struct worker_reply reply;
	worker_ask(&x->worker, &request, patience(r, x->call_s), &reply);
	if (reply.status != SWEEP_OK) {
		drop(x, &reply);
		return;
	}
	if (!x->iterations) {
		x->iterations = reply.iterations;
		return;
	}
	if (!x->samples && make_room(r, x)) {
		snprintf(reply.reason, sizeof reply.reason, "no memory for its samples");
		reply.status = SWEEP_FAILED;
		drop(x, &reply);
		return;
	}
	keep_counters(x, &reply);
	x->samples[x->n] = reply.ns;
	x->cpu[x->n++] = reply.cpu_ns;
}

/* With --ci: is the interval of the median still too wide? Time and number limit it. */
static int wants_more(const struct round_of *r, const struct contender *x)
{
	const struct sweep_options *o = &r->s->options;
	struct stats_summary summary;
	if (!x->worker.pid || x->n < x->wanted)
		return x->worker.pid != 0;
	if (o->ci <= 0 || x->n >= x->room || stats_summarise(x->samples, x->n, &summary))
		return 0;
	if (x->point && sweep_estimate_point(r->s, summary.median * 1e-9, x->n + 1) > o->max_seconds)
		return 0;
	return summary.ci_level < 0.95 || (summary.ci_high - summary.ci_low) / 2 > o->ci * summary.median;
}

static void measure_rounds(struct round_of *r, size_t *order)
{
	for (int again = 1; again && !worker_interrupted;) {
		again = 0;
		shuffle(order, r->n, r->random);
		for (size_t k = 0; k < r->n && !worker_interrupted; k++) {
			struct contender *x = &r->contenders[order[k]];
			if (!x->point && again == 0 && k == r->n - 1)
				continue; /* the canary alone is no reason for a round */
			if (!wants_more(r, x))
				continue;
			again |= x->point != NULL;
			sweep_progress(r->s, r->c, x->point ? x->point->impl->name : "canary");
			measure(r, x);
		}
	}
}

static void keep_canary(struct sweep *s, const struct contender *x)
{
	double *grown = x->n ? realloc(s->canary_ns, (s->n_canary + x->n) * sizeof *grown) : NULL;
	if (!grown)
		return;
	s->canary_ns = grown;
	memcpy(s->canary_ns + s->n_canary, x->samples, x->n * sizeof *grown);
	s->n_canary += x->n;
}

static void keep_samples(struct contender *x)
{
	struct sweep_point *p = x->point;
	struct stats_summary cpu;
	p->samples_ns = x->samples;
	p->n = x->n;
	p->iterations = x->iterations;
	for (int i = 0; i < p->n_counters; i++)
		p->counters[i] /= x->calls;
	p->cpu_ns = stats_summarise(x->cpu, x->n, &cpu) ? 0 : cpu.median;
	x->samples = NULL;
}

/* Judgement of the last repetition, then memory. An interrupted point with three samples or more is complete enough. */
static void finish(struct round_of *r, struct contender *x)
{
	struct worker_request request = {WORKER_FINISH, 0, 0};
	struct worker_reply reply;
	struct worker_job job = job_of(r, x);
	struct worker_memory memory = {0, 0};
	char why[SWEEP_REASON_SIZE];

	if (!x->worker.pid || x->n < r->s->options.least_repetitions)
		return;
	worker_ask(&x->worker, &request, patience(r, x->call_s), &reply);
	if (reply.status != SWEEP_OK) {
		drop(x, &reply);
		return;
	}
	worker_stop(&x->worker);
	keep_samples(x);
	x->point->error_ratio = reply.ratio;
	x->point->workspace_bytes = reply.workspace_bytes;
	snprintf(x->point->kernel, sizeof x->point->kernel, "%s", reply.kernel);
	x->point->has_peak = !worker_memory(&job, patience(r, x->call_s), &memory, why, sizeof why);
	x->point->peak_extra_bytes = memory.peak_bytes;
	x->point->unannounced_bytes = memory.unannounced_bytes;
	settle(x->point, SWEEP_OK, "");
}

static void run_contenders(struct round_of *r, size_t *order)
{
	shuffle(order, r->n, r->random);
	for (size_t k = 0; k < r->n && !worker_interrupted; k++) {
		struct contender *x = &r->contenders[order[k]];
		if (x->point && x->point->status != SWEEP_PENDING)
			continue;
		sweep_progress(r->s, r->c, x->point ? x->point->impl->name : "canary");
		prepare(r, x);
	}
	measure_rounds(r, order);
	for (size_t k = 0; k < r->n; k++) {
		struct contender *x = &r->contenders[k];
		if (!x->point)
			keep_canary(r->s, x);
		else if (!worker_interrupted)
			finish(r, x);
	}
}

static void fail_case(struct round_of *r, const char *reason)
{
	for (size_t i = 0; i + 1 < r->n; i++) {
		struct sweep_point *p = sweep_point_at(r->s, (size_t)(r->c - r->s->cases), i);
		if (p->status == SWEEP_PENDING)
			settle(p, SWEEP_FAILED, reason);
	}
}

static void run_case(struct sweep *s, struct sweep_case *c, uint64_t *random)
{
	struct round_of r = {.s = s, .c = c, .n = s->n_impls + 1, .random = random};
	size_t *order = calloc(r.n, sizeof *order);
	char why[160] = "no memory for the inputs";

	r.contenders = calloc(r.n, sizeof *r.contenders);
	if (!order || !r.contenders || sweep_inputs(&r.tensors, &c->problem, s->options.seed, why, sizeof why) != ATTN_OK) {
		fail_case(&r, why);
	} else if (rotation_make(&r.rotation, &r.tensors, c->cold) != ATTN_OK) {
		fail_case(&r, "no memory for the copies of the inputs that --cache cold rotates over");
		attn_tensors_free(&r.tensors);
	} else {
		c->flops = sweep_flops(&c->problem, sweep_pairs(&c->problem, &r.tensors));
		for (size_t i = 0; i < s->n_impls; i++)
			r.contenders[i].point = sweep_point_at(s, (size_t)(c - s->cases), i);
		run_contenders(&r, order);
		rotation_free(&r.rotation);
		attn_tensors_free(&r.tensors);
	}
	for (size_t i = 0; r.contenders && i < r.n; i++) {
		worker_stop(&r.contenders[i].worker);
		free(r.contenders[i].samples);
		free(r.contenders[i].cpu);
	}
	free(r.contenders);
	free(order);
}

static int has_pending(const struct sweep *s, size_t c)
{
	for (size_t i = 0; i < s->n_impls; i++)
		if (sweep_point_at(s, c, i)->status == SWEEP_PENDING)
			return 1;
	return 0;
}

/* Cheapest first: what is slow shows on little work whether more is affordable. */
static size_t next_case(const struct sweep *s)
{
	size_t best = s->n_cases;
	for (size_t c = 0; c < s->n_cases; c++)
		if (has_pending(s, c) && (best == s->n_cases || s->cases[c].flops < s->cases[best].flops))
			best = c;
	return best;
}

/* --quick promises a minute on a busy machine too: what is late measures less. */
static void hurry_if_late(struct sweep_options *o, const struct timespec *from)
{
	const double late = 25, still_affordable = 1.2;
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!o->quick || (double)(now.tv_sec - from->tv_sec) < late)
		return;
	o->repetitions = o->least_repetitions;
	o->max_seconds = o->max_seconds < still_affordable ? o->max_seconds : still_affordable;
}

void sweep_run(struct sweep *s, void (*save)(const struct sweep *))
{
	uint64_t random = s->options.seed;
	struct timespec from;
	size_t c;
	clock_gettime(CLOCK_MONOTONIC, &from);
	while (!worker_interrupted && (c = next_case(s)) < s->n_cases) {
		hurry_if_late(&s->options, &from);
		run_case(s, &s->cases[c], &random);
		if (!worker_interrupted && save)
			save(s);
	}
	sweep_progress(s, NULL, NULL);
}
