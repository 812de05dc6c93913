/* The loop of a sweep: for each case workers, rounds in random order, judgement, memory.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_progress.h"
#include "harness/sweep_round.h"
#include "harness/sweep_work.h"
#include "harness/tensor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct worker_job job_of(const struct round_of *r, const struct contender *x)
{
	const struct sweep_options *o = &r->s->options;
	return (struct worker_job){x->point ? x->point->impl : &sweep_canary, &r->c->problem, (struct attn_tensors *)&r->tensors, &r->rotation, r->c->threads, o->rows, o->seed, o->counters};
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
	contender_drop(x, &skipped);
	return 1;
}

/* A first call also loads and warms up: before a point is given up as too slow, a second one is timed. 0, or -1: it is over. */
static int call_again(struct round_of *r, struct contender *x)
{
	struct worker_request request = {WORKER_MEASURE, 0, 1, 0};
	struct worker_reply reply;
	worker_ask(&x->worker, &request, round_patience(r, x->call_s), &reply);
	if (reply.status != SWEEP_OK) {
		contender_drop(x, &reply);
		return -1;
	}
	x->call_s = fmin(x->call_s, reply.ns * 1e-9);
	return 0;
}

static void prepare(struct round_of *r, struct contender *x)
{
	struct worker_job job = job_of(r, x);
	struct worker_reply reply = {.status = SWEEP_FAILED, .ratio = NAN};
	struct worker_request request = {WORKER_PREPARE, 0, 0, 0};
	size_t i = (size_t)(x - r->contenders), c = (size_t)(r->c - r->s->cases);
	double estimate = x->point ? sweep_estimate_call(r->s, c, i) : 0;

	if (estimate > 0 && skip_if_slow(r, x, estimate))
		return;
	int error = worker_start(&x->worker, &job);
	if (error) {
		snprintf(reply.reason, sizeof reply.reason, "no worker: %s", strerror(error));
		contender_drop(x, &reply);
		return;
	}
	worker_ask(&x->worker, &request, round_patience(r, estimate), &reply);
	if (reply.status != SWEEP_OK) {
		contender_drop(x, &reply);
		return;
	}
	x->call_s = reply.ns * 1e-9;
	if (x->point && !sweep_affordable(r->s, x->call_s) && x->call_s < r->s->options.max_seconds && call_again(r, x))
		return;
	if (x->point)
		x->point->call_s = x->call_s;
	if (x->call_s >= r->s->options.min_seconds) {
		x->iterations = 1;
		x->is_calibrated = 1;
	}
	skip_if_slow(r, x, x->call_s);
}

/* Judgement of the last repetition, then memory. An interrupted point with three samples or more is complete enough. */
static void finish(struct round_of *r, struct contender *x)
{
	struct worker_request request = {WORKER_FINISH, 0, 0, 0};
	struct worker_reply reply;
	struct worker_job job = job_of(r, x);
	struct worker_memory memory = {0, 0};
	char why[SWEEP_REASON_SIZE];

	if (!x->worker.pid || x->n < r->s->options.least_repetitions)
		return;
	worker_ask(&x->worker, &request, round_patience(r, x->call_s), &reply);
	if (reply.status != SWEEP_OK) {
		contender_drop(x, &reply);
		return;
	}
	worker_stop(&x->worker);
	contender_keep(x);
	x->point->error_ratio = reply.ratio;
	x->point->workspace_bytes = reply.workspace_bytes;
	snprintf(x->point->kernel, sizeof x->point->kernel, "%s", reply.kernel);
	x->point->has_peak = !worker_memory(&job, round_patience(r, x->call_s), &memory, why, sizeof why);
	x->point->peak_extra_bytes = memory.peak_bytes;
	x->point->unannounced_bytes = memory.unannounced_bytes;
	point_settle(x->point, SWEEP_OK, "");
}

static void run_contenders(struct round_of *r, size_t *order)
{
	round_shuffle(order, r->n, r->random);
	for (size_t k = 0; k < r->n && !worker_interrupted; k++) {
		struct contender *x = &r->contenders[order[k]];
		if (x->point && x->point->status != SWEEP_PENDING)
			continue;
		sweep_progress(r->s, r->c, x->point ? x->point->impl->name : "canary");
		prepare(r, x);
	}
	round_measure(r, order);
	for (size_t k = 0; k < r->n; k++) {
		struct contender *x = &r->contenders[k];
		if (!x->point)
			round_keep_canary(r, x);
		else if (!worker_interrupted)
			finish(r, x);
	}
}

static void fail_case(struct round_of *r, const char *reason)
{
	for (size_t i = 0; i + 1 < r->n; i++) {
		struct sweep_point *p = sweep_point_at(r->s, (size_t)(r->c - r->s->cases), i);
		if (p->status == SWEEP_PENDING)
			point_settle(p, SWEEP_FAILED, reason);
	}
}

static void run_case(struct sweep *s, struct sweep_case *c, uint64_t *random)
{
	struct machine_load from = machine_load();
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
		free(r.contenders[i].waited);
	}
	struct machine_load to = machine_load(); /* all workers are gone: their work is counted */
	c->others_percent = machine_others_percent(&from, &to) + machine_steal_percent(&from, &to);
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
	sweep_progress_end();
}
