/* How long the rest of a sweep will take, from what was measured of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep.h"
#include "harness/sweep_cache.h"

#include <string.h>

/* Of each point besides its repetitions: first call, calibration, the run whose memory is measured; each further pass begins with a call. */
enum { CALLS_BESIDES = 3 };
static const double seconds_besides = 0.03; /* forks, plans, judgement; in each pass */

static double work_of(const struct sweep *s, size_t c)
{
	return s->cases[c].flops > 1 ? s->cases[c].flops : 1;
}

/* Do FLOPs tell the time of one from the other? Within a workload, and where both have rows enough to compute, or both not. */
static int are_alike(const struct sweep_case *a, const struct sweep_case *b)
{
	return !strcmp(a->workload, b->workload) && a->problem.dtype == b->problem.dtype && sweep_is_decode(&a->problem) == sweep_is_decode(&b->problem);
}

/* Seconds of a call: the least of the samples, since other work may have disturbed any of them; the call before there are some. */
static double seconds_of(const struct sweep_point *p)
{
	double least = p->n ? p->samples_ns[0] * 1e-9 : p->call_s;
	for (size_t k = 1; k < p->n; k++)
		least = p->samples_ns[k] * 1e-9 < least ? p->samples_ns[k] * 1e-9 : least;
	return least;
}

/* Seconds of a case by one that was measured: by FLOPs where they are alike; else by FLOPs or bytes, whichever says less: what
 * is wrongly thought fast shows it in its first call, what is wrongly thought slow would never be measured. */
static double scaled(const struct sweep *s, size_t c, size_t known, size_t i)
{
	const struct sweep_point *p = sweep_point_at(s, known, i);
	double seconds = seconds_of(p);
	double by_flops = work_of(s, c) / work_of(s, known), by_bytes = s->cases[c].bytes / (s->cases[known].bytes > 1 ? s->cases[known].bytes : 1);
	if (p->impl->limit || !are_alike(&s->cases[c], &s->cases[known]))
		return seconds * (by_flops < by_bytes ? by_flops : by_bytes);
	return seconds * by_flops;
}

double sweep_estimate_call(const struct sweep *s, size_t c, size_t i)
{
	double best[2] = {-1, -1}; /* by cases unlike this one, by those like it */
	for (size_t known = 0; known < s->n_cases; known++) {
		if (sweep_point_at(s, known, i)->call_s <= 0 || s->cases[known].threads < s->cases[c].threads)
			continue;
		double seconds = scaled(s, c, known, i);
		int alike = are_alike(&s->cases[c], &s->cases[known]);
		if (best[alike] < 0 || seconds < best[alike])
			best[alike] = seconds;
	}
	return best[1] >= 0 ? best[1] : best[0];
}

double sweep_estimate_point(const struct sweep *s, double call, size_t repetitions)
{
	double least = s->options.min_seconds;
	double passes = (double)sweep_passes_of(s, repetitions);
	return (double)repetitions * (call > least ? call : least) + (CALLS_BESIDES + passes - 1) * call + passes * seconds_besides;
}

size_t sweep_affordable(const struct sweep *s, double call)
{
	const struct sweep_options *o = &s->options;
	for (size_t n = o->repetitions; n >= o->least_repetitions && n > 0; n--)
		if (sweep_estimate_point(s, call, n) <= o->max_seconds)
			return n;
	return 0;
}

double sweep_estimate_rest(const struct sweep *s)
{
	double rest = 0, known = 0, work = 0, unknown = 0;
	for (size_t c = 0; c < s->n_cases; c++)
		for (size_t i = 0; i < s->n_impls; i++) {
			const struct sweep_point *p = sweep_point_at(s, c, i);
			if (sweep_is_done(s, p))
				continue;
			if (p->status == SWEEP_OK) {
				rest += sweep_estimate_point(s, p->call_s, p->wanted) * (1 - (double)p->n / (double)p->wanted);
				continue;
			}
			double call = sweep_estimate_call(s, c, i);
			if (call < 0) {
				unknown += work_of(s, c);
				continue;
			}
			size_t n = sweep_affordable(s, call);
			double seconds = n ? sweep_estimate_point(s, call, n) : 0;
			rest += seconds;
			known += seconds;
			work += work_of(s, c);
		}
	if (unknown > 0 && work <= 0)
		return -1;
	return rest + (work > 0 ? unknown * known / work : 0);
}

double sweep_estimate_blind(const struct sweep *s)
{
	double seconds = 0;
	for (size_t c = 0; c < s->n_cases; c++) {
		double call = work_of(s, c) / (SWEEP_USUAL_FLOPS * s->cases[c].threads);
		size_t n = sweep_affordable(s, call);
		seconds += (double)s->n_impls * (n ? sweep_estimate_point(s, call, n) : call);
	}
	return seconds;
}

double sweep_estimate_least(const struct sweep *s)
{
	return (double)(s->n_cases * s->n_impls) * sweep_estimate_point(s, 0, s->options.repetitions);
}

double sweep_estimate_most(const struct sweep *s)
{
	return (double)(s->n_cases * s->n_impls) * s->options.max_seconds;
}
