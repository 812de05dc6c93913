/* The loop of a sweep: passes over the cases; for each case of a pass workers, whose first call tells their memory too, rounds in random order, judgement.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_pass.h"
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
	return (struct worker_job){x->point ? x->point->impl : &sweep_canary, &r->c->problem, (struct attn_tensors *)&r->tensors, &r->rotation, x->point ? r->c->threads : 1, o->rows, o->seed, o->counters};
}

static int skip_if_slow(struct round_of *r, struct contender *x, double call_s)
{
	struct worker_reply skipped = {.status = SWEEP_SKIPPED, .ratio = NAN};
	size_t least = r->s->options.least_repetitions;
	x->point->wanted = sweep_affordable(r->s, call_s);
	if (x->point->wanted)
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

/* After the first call in a first pass: is it affordable, and how many calls fill a repetition? */
static void look_at_first_call(struct round_of *r, struct contender *x)
{
	struct sweep_point *p = x->point;
	const double least = r->s->options.min_seconds;
	if (!sweep_affordable(r->s, x->call_s) && x->call_s < r->s->options.max_seconds && call_again(r, x))
		return;
	/* One call fills a repetition: is that so, or did other work make it long? All passes go by the answer. */
	for (int tries = 0; tries < 3 && x->call_s >= least && x->call_s < 8 * least; tries++)
		if (call_again(r, x))
			return;
	p->call_s = x->call_s;
	if (x->call_s >= least) {
		x->iterations = 1;
		x->is_calibrated = 1;
	}
	skip_if_slow(r, x, x->call_s);
}

/* What passes before this one found. */
static void take_up(const struct round_of *r, struct contender *x)
{
	x->iterations = x->point ? x->point->iterations : r->s->canary_iterations;
	x->is_calibrated = x->iterations > 0;
}

static void keep_memory(struct sweep_point *p, const struct worker_reply *reply)
{
	enum { EXPLAINED = 1 << 20, EXPLAINED_EACH_THREAD = 64 << 10 };
	const struct worker_memory *memory = &reply->memory;
	p->has_peak = memory->known;
	p->peak_extra_bytes = memory->peak_bytes;
	p->unannounced_bytes = memory->unannounced_bytes;
	p->announces_too_little = memory->unannounced_most > EXPLAINED + (size_t)p->of->threads * EXPLAINED_EACH_THREAD;
	p->processes = reply->processes;
}

static void prepare(struct round_of *r, struct contender *x)
{
	struct worker_job job = job_of(r, x);
	struct worker_reply reply = {.status = SWEEP_FAILED, .ratio = NAN};
	struct worker_request request = {WORKER_PREPARE, 0, 0, 0};
	size_t i = (size_t)(x - r->contenders), c = (size_t)(r->c - r->s->cases);
	int is_first = x->point && !x->point->passes;
	double estimate = is_first ? sweep_estimate_call(r->s, c, i) : x->point ? x->point->call_s : 0;

	if (is_first && estimate > 0 && skip_if_slow(r, x, estimate))
		return;
	take_up(r, x);
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
	if (is_first) {
		keep_memory(x->point, &reply);
		look_at_first_call(r, x);
	} else if (x->point) {
		x->call_s = fmin(x->call_s, x->point->call_s);
	}
	if (x->point && x->worker.pid)
		x->wanted = pass_share(r->s, x->point);
}

/* As many as the point with most, in whose every round it runs. */
static void prepare_canary(struct round_of *r)
{
	struct contender *canary = &r->contenders[r->n - 1];
	for (size_t k = 0; k + 1 < r->n; k++)
		canary->wanted = canary->wanted > r->contenders[k].wanted ? canary->wanted : r->contenders[k].wanted;
	if (canary->wanted)
		prepare(r, canary);
}

/* Judgement of the last repetition. */
static void finish(struct round_of *r, struct contender *x)
{
	struct worker_request request = {WORKER_FINISH, 0, 0, 0};
	struct worker_reply reply;

	if (!x->worker.pid || x->n < x->wanted || !x->n)
		return;
	worker_ask(&x->worker, &request, round_patience(r, x->call_s), &reply);
	if (reply.status != SWEEP_OK) {
		contender_drop(x, &reply);
		return;
	}
	worker_stop(&x->worker);
	if (contender_keep(x)) {
		point_settle(x->point, SWEEP_FAILED, "no memory for its samples");
		return;
	}
	if (!(reply.ratio <= x->point->error_ratio))
		x->point->error_ratio = reply.ratio;
	x->point->workspace_bytes = reply.workspace_bytes;
	snprintf(x->point->kernel, sizeof x->point->kernel, "%s", reply.kernel);
	point_settle(x->point, SWEEP_OK, "");
}

static void run_contenders(struct round_of *r, size_t pass, size_t *order)
{
	round_shuffle(order, r->n - 1, r->random);
	for (size_t k = 0; k + 1 < r->n && !worker_interrupted; k++) {
		struct contender *x = &r->contenders[order[k]];
		if (!pass_wants_point(r->s, x->point, pass))
			continue;
		sweep_progress(r->s, r->c, x->point->impl->name);
		prepare(r, x);
	}
	prepare_canary(r);
	round_measure(r, order);
	for (size_t k = 0; k < r->n; k++) {
		struct contender *x = &r->contenders[k];
		if (!x->point)
			round_keep_canary(r, x);
		else if (!worker_interrupted)
			finish(r, x);
	}
}

static void fail_case(struct round_of *r, size_t pass, const char *reason)
{
	for (size_t i = 0; i + 1 < r->n; i++) {
		struct sweep_point *p = sweep_point_at(r->s, (size_t)(r->c - r->s->cases), i);
		if (pass_wants_point(r->s, p, pass))
			point_settle(p, SWEEP_FAILED, reason);
	}
}

static void run_case(struct sweep *s, struct sweep_case *c, size_t pass, uint64_t *random)
{
	struct machine_load from = machine_load();
	struct round_of r = {.s = s, .c = c, .n = s->n_impls + 1, .random = random};
	size_t *order = calloc(r.n, sizeof *order);
	char why[160] = "no memory for the inputs";

	r.contenders = calloc(r.n, sizeof *r.contenders);
	if (!order || !r.contenders || sweep_inputs(&r.tensors, &c->problem, s->options.seed, why, sizeof why) != ATTN_OK) {
		fail_case(&r, pass, why);
	} else if (rotation_make(&r.rotation, &r.tensors, c->cold) != ATTN_OK) {
		fail_case(&r, pass, "no memory for the copies of the inputs that --cache cold rotates over");
		attn_tensors_free(&r.tensors);
	} else {
		c->flops = sweep_flops(&c->problem, sweep_pairs(&c->problem, &r.tensors));
		for (size_t i = 0; i < s->n_impls; i++)
			r.contenders[i].point = sweep_point_at(s, (size_t)(c - s->cases), i);
		run_contenders(&r, pass, order);
		rotation_free(&r.rotation);
		attn_tensors_free(&r.tensors);
	}
	for (size_t i = 0; r.contenders && i < r.n; i++) {
		worker_stop(&r.contenders[i].worker);
		free(r.contenders[i].samples);
		free(r.contenders[i].cpu);
		free(r.contenders[i].waited);
		free(r.contenders[i].pace);
	}
	struct machine_load to = machine_load(); /* all workers are gone: their work is counted */
	double others = machine_others_percent(&from, &to) + machine_steal_percent(&from, &to), passes = (double)c->passes++;
	c->others_percent = (c->others_percent * passes + others) / (passes + 1);
	free(r.contenders);
	free(order);
}

static double seconds_since(const struct timespec *from)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - from->tv_sec) + 1e-9 * (double)(now.tv_nsec - from->tv_nsec);
}

/* One pass; how many cases it measured. */
static size_t run_pass(struct sweep *s, size_t pass, const struct timespec *from, uint64_t *random, void (*save)(const struct sweep *))
{
	size_t *order = calloc(s->n_cases + 1, sizeof *order), n = 0;
	if (order)
		pass_order(s, pass, random, order);
	s->calm_ns = pass_calm_ns(s);
	for (size_t k = 0; order && k < s->n_cases && !worker_interrupted; k++) {
		pass_hurry(&s->options, pass, seconds_since(from));
		if (!pass_wants_case(s, order[k], pass))
			continue;
		n++;
		run_case(s, &s->cases[order[k]], pass, random);
		if (!worker_interrupted && save)
			save(s);
	}
	free(order);
	return n;
}

void sweep_run(struct sweep *s, void (*save)(const struct sweep *))
{
	uint64_t random = s->options.seed;
	struct timespec from;
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (size_t pass = 0; pass < SWEEP_MOST_PASSES && !worker_interrupted; pass++)
		if (!run_pass(s, pass, &from, &random, save) && pass + 1 >= s->options.passes)
			break;
	sweep_progress_end();
}
