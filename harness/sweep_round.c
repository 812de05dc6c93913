/* Rounds of repetitions.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_pass.h"
#include "harness/sweep_progress.h"
#include "harness/sweep_round.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* splitmix64 (Steele, Lea & Flood 2014). */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void round_shuffle(size_t *order, size_t n, uint64_t *random)
{
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)(next_random(random) % i), kept = order[i - 1];
		order[i - 1] = order[j];
		order[j] = kept;
	}
}

void point_settle(struct sweep_point *p, enum sweep_status status, const char *reason)
{
	if (!p)
		return;
	p->status = status;
	snprintf(p->reason, sizeof p->reason, "%s", reason);
	if (status != SWEEP_OK)
		p->n = 0;
}

/* The end of a contender that has no time to show. */
void contender_drop(struct contender *x, const struct worker_reply *reply)
{
	worker_stop(&x->worker);
	x->wanted = 0;
	if (reply->status == SWEEP_PENDING)
		return; /* interrupted: what earlier passes measured stays */
	point_settle(x->point, reply->status, reply->reason);
	if (x->point && reply->ratio == reply->ratio)
		x->point->error_ratio = reply->ratio;
}

/* Enough for a slow machine and a first call that loads much; a hang is longer. */
double round_patience(const struct round_of *r, double call_s)
{
	double still = r->s->options.timeout > 0 ? r->s->options.timeout : 10 + 2 * r->s->options.max_seconds;
	return still + 20 * (call_s > 0 ? call_s : 0);
}

/* Room for what this pass wants. */
static int make_room(struct contender *x)
{
	x->samples = malloc(x->wanted * sizeof *x->samples);
	x->cpu = malloc(x->wanted * sizeof *x->cpu);
	x->waited = malloc(x->wanted * sizeof *x->waited);
	x->pace = malloc(x->wanted * sizeof *x->pace);
	return x->samples && x->cpu && x->waited && x->pace ? 0 : -1;
}

static void keep_counters(struct contender *x, const struct worker_reply *reply)
{
	struct sweep_point *p = x->point;
	if (!p)
		return;
	p->n_counters = reply->n_counters;
	memcpy(p->counter_names, reply->counter_names, sizeof p->counter_names);
	for (int i = 0; i < p->n_counters; i++)
		x->counters[i] += reply->counters[i];
	x->calls += (double)reply->iterations;
}

/* One repetition. The first two of a fast call find how many iterations fill it, and are not kept: other work makes one find too few.
 * A call that is short against the filling of caches is made once before. */
static void measure(struct round_of *r, struct contender *x)
{
	const double short_call = 0.01;
	struct worker_request request = {WORKER_MEASURE, r->s->options.min_seconds, x->is_calibrated ? x->iterations : 0, !r->c->cold && x->call_s < short_call};
	struct worker_reply reply;
	worker_ask(&x->worker, &request, round_patience(r, x->call_s), &reply);
	if (reply.status != SWEEP_OK) {
		contender_drop(x, &reply);
		return;
	}
	if (!x->is_calibrated) {
		x->is_calibrated = x->iterations > 0;
		x->iterations = reply.iterations > x->iterations ? reply.iterations : x->iterations;
		return;
	}
	if (!x->samples && make_room(x)) {
		snprintf(reply.reason, sizeof reply.reason, "no memory for its samples");
		reply.status = SWEEP_FAILED;
		contender_drop(x, &reply);
		return;
	}
	keep_counters(x, &reply);
	x->waited[x->n] = reply.waited;
	x->pace[x->n] = reply.pace_ns;
	x->samples[x->n] = reply.ns;
	x->cpu[x->n++] = reply.cpu_ns;
}

void round_measure(struct round_of *r, size_t *order)
{
	for (int again = 1; again && !worker_interrupted;) {
		again = 0;
		round_shuffle(order, r->n, r->random);
		for (size_t k = 0; k < r->n && !worker_interrupted; k++) {
			struct contender *x = &r->contenders[order[k]];
			if (!x->point && again == 0 && k == r->n - 1)
				continue; /* the canary alone is no reason for a round */
			if (!x->worker.pid || x->n >= x->wanted)
				continue;
			again |= x->point != NULL;
			sweep_progress(r->s, r->c, x->point ? x->point->impl->name : "canary");
			measure(r, x);
		}
	}
}

/* The median of the canary while a pass measured this case: what the machine was like meanwhile. */
static double calm_median(const struct sweep *s, const struct contender *x)
{
	struct stats_summary summary;
	double *calm = malloc((x->n + 1) * sizeof *calm);
	size_t n = 0;
	for (size_t i = 0; calm && i < x->n; i++)
		if (pass_is_calm(s, x->waited[i], x->pace[i]))
			calm[n++] = x->samples[i];
	double median = n && !stats_summarise(calm, n, &summary) ? summary.median : 0;
	free(calm);
	return median;
}

/* 0, or -1: no memory, and *all is as it was. */
static int append(double **all, size_t n, const double *more, size_t m)
{
	double *grown = realloc(*all, (n + m + 1) * sizeof *grown);
	if (!grown)
		return -1;
	*all = grown;
	if (m)
		memcpy(grown + n, more, m * sizeof *grown);
	return 0;
}

void round_keep_canary(const struct round_of *r, const struct contender *x)
{
	struct sweep *s = r->s;
	double median = calm_median(s, x), passes = (double)r->c->passes;
	if (median > 0)
		r->c->canary_ns = r->c->canary_ns > 0 ? (r->c->canary_ns * passes + median) / (passes + 1) : median;
	s->canary_iterations = x->iterations;
	if (append(&s->canary_ns, s->n_canary, x->samples, x->n) || append(&s->canary_waited, s->n_canary, x->waited, x->n) ||
	    append(&s->canary_pace_ns, s->n_canary, x->pace, x->n))
		return;
	s->n_canary += x->n;
}

int contender_keep(struct contender *x)
{
	struct sweep_point *p = x->point;
	struct stats_summary cpu;
	double passes = (double)p->passes, calls = p->calls + x->calls;
	if (append(&p->samples_ns, p->n, x->samples, x->n) || append(&p->waited, p->n, x->waited, x->n) || append(&p->pace_ns, p->n, x->pace, x->n))
		return -1;
	if (!stats_summarise(x->cpu, x->n, &cpu))
		p->cpu_ns = (p->cpu_ns * passes + cpu.median) / (passes + 1);
	for (int i = 0; calls > 0 && i < p->n_counters; i++)
		p->counters[i] = (p->counters[i] * p->calls + x->counters[i]) / calls;
	p->calls = calls;
	p->iterations = x->iterations;
	p->in_pass[p->passes++] = x->n;
	p->n += x->n;
	return 0;
}
