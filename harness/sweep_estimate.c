/* How long the rest of a sweep will take, from what was measured of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep.h"

/* Of each point besides its repetitions: first call, calibration, the run whose memory is measured. */
enum { CALLS_BESIDES = 3 };
static const double seconds_besides = 0.03; /* forks, plans, judgement */

static double work_of(const struct sweep *s, size_t c)
{
	return s->cases[c].flops > 1 ? s->cases[c].flops : 1;
}

static double best_rate(const struct sweep *s, size_t i, int threads)
{
	double best = -1;
	for (size_t c = 0; c < s->n_cases; c++) {
		const struct sweep_point *p = sweep_point_at(s, c, i);
		if (p->call_s <= 0 || s->cases[c].threads < threads)
			continue;
		double rate = (p->n ? p->samples_ns[0] * 1e-9 : p->call_s) / work_of(s, c);
		if (best < 0 || rate < best)
			best = rate;
	}
	return best;
}

double sweep_estimate_call(const struct sweep *s, size_t c, size_t i)
{
	double rate = best_rate(s, i, s->cases[c].threads);
	return rate < 0 ? -1 : rate * work_of(s, c);
}

double sweep_estimate_point(const struct sweep *s, double call, size_t repetitions)
{
	double least = s->options.min_seconds;
	return (double)repetitions * (call > least ? call : least) + CALLS_BESIDES * call + seconds_besides;
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
			if (sweep_point_at(s, c, i)->status != SWEEP_PENDING)
				continue;
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
