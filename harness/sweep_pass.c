/* Passes over the cases of a sweep.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_pass.h"
#include "harness/sweep_round.h"
#include "harness/stats_compare.h"

#include <math.h>
#include <stdlib.h>

size_t sweep_passes_of(const struct sweep *s, size_t repetitions)
{
	size_t most = repetitions / SWEEP_FEWEST_IN_PASS;
	return most < 1 ? 1 : most < s->options.passes ? most : s->options.passes;
}

int sweep_is_done(const struct sweep *s, const struct sweep_point *p)
{
	return p->status != SWEEP_PENDING && (p->status != SWEEP_OK || p->passes >= sweep_passes_of(s, p->wanted));
}

size_t sweep_undone(const struct sweep *s)
{
	size_t n = 0;
	for (size_t k = 0; k < s->n_cases * s->n_impls; k++)
		n += !sweep_is_done(s, &s->points[k]);
	return n;
}

int pass_is_calm(const struct sweep *s, double waited, double pace_ns)
{
	return !(waited > STATS_DISTURBED) && !(s->calm_ns > 0 && pace_ns > s->calm_ns);
}

double pass_calm_ns(const struct sweep *s)
{
	size_t n = 0, room = s->n_canary;
	for (size_t k = 0; k < s->n_cases * s->n_impls; k++)
		room += s->points[k].n;
	double *all = malloc((room + 1) * sizeof *all), lowest = 0;
	for (size_t i = 0; all && i < s->n_canary; i++)
		if (s->canary_pace_ns[i] > 0)
			all[n++] = s->canary_pace_ns[i];
	for (size_t k = 0; all && k < s->n_cases * s->n_impls; k++)
		for (size_t i = 0; i < s->points[k].n; i++)
			if (s->points[k].pace_ns[i] > 0)
				all[n++] = s->points[k].pace_ns[i];
	if (n) {
		stats_sort(all, n);
		lowest = stats_quantile(all, n, 0.02) * (1 + STATS_SAME_PACE);
	}
	free(all);
	return lowest;
}

static size_t calm_samples(const struct sweep *s, const struct sweep_point *p)
{
	size_t n = 0;
	for (size_t i = 0; i < p->n; i++)
		n += pass_is_calm(s, p->waited[i], p->pace_ns[i]);
	return n;
}

/* Is the time of the least disturbed samples known already? As compare takes them: sweep_pace.h, stats_low_of. */
static int is_steady(const struct sweep *s, const struct sweep_point *p)
{
	double *own = malloc((p->n + 1) * sizeof *own), least[SWEEP_MOST_PASSES];
	size_t in_pass[SWEEP_MOST_PASSES] = {0}, n = 0, at = 0;
	struct stats_low low = {0, 0, 0};
	for (size_t pass = 0; own && pass < p->passes; pass++)
		for (size_t end = at + p->in_pass[pass]; at < end; at++) {
			double share = p->of->threads == 1 && p->waited[at] < 1 ? p->waited[at] : 0;
			if (!pass_is_calm(s, p->waited[at] - share, p->pace_ns[at]))
				continue;
			own[n++] = p->samples_ns[at] * (1 - share);
			in_pass[pass]++;
		}
	n = own ? stats_pass_minima(own, in_pass, p->passes, least) : 0;
	if (n)
		stats_low_of(least, n, &low);
	free(own);
	return n && low.high <= low.value * (1 + STATS_STEADY) && low.low * (1 + STATS_STEADY) >= low.value;
}

static int is_wide(const struct sweep *s, const struct sweep_point *p)
{
	struct stats_summary t;
	return !stats_summarise_passes(p->samples_ns, p->in_pass, p->passes, &t) &&
	       (t.ci_level < 0.95 || (t.ci_high - t.ci_low) / 2 > s->options.ci * t.median);
}

/* Beyond the planned passes: a pass's share, as far as number and time let. With --ci a quarter more each time, so that a far goal is not too many
 * passes away. */
static size_t further_share(const struct sweep *s, const struct sweep_point *p, size_t usual)
{
	const struct sweep_options *o = &s->options;
	size_t calm = calm_samples(s, p), most = 0, share = usual;
	if (o->disturbed_more > 1 && calm < p->wanted && !is_steady(s, p))
		most = p->wanted * o->disturbed_more;
	if (o->ci > 0 && is_wide(s, p)) {
		most = o->most_repetitions;
		share = share > p->n / 4 ? share : p->n / 4;
	}
	if (p->n >= most)
		return 0;
	share = share < most - p->n ? share : most - p->n;
	return sweep_estimate_point(s, p->samples_ns[0] * 1e-9, p->n + share) <= o->max_seconds ? share : 0;
}

size_t pass_share(const struct sweep *s, const struct sweep_point *p)
{
	size_t planned = sweep_passes_of(s, p->wanted), k = p->passes;
	if (k < planned)
		return p->wanted * (k + 1) / planned - p->wanted * k / planned;
	return p->status == SWEEP_OK && k < SWEEP_MOST_PASSES ? further_share(s, p, (p->wanted + planned - 1) / planned) : 0;
}

int pass_wants_point(const struct sweep *s, const struct sweep_point *p, size_t pass)
{
	return p->status == SWEEP_PENDING || (p->status == SWEEP_OK && p->passes <= pass && pass_share(s, p) > 0);
}

int pass_wants_case(const struct sweep *s, size_t c, size_t pass)
{
	for (size_t i = 0; i < s->n_impls; i++)
		if (pass_wants_point(s, sweep_point_at(s, c, i), pass))
			return 1;
	return 0;
}

void pass_hurry(struct sweep_options *o, size_t pass, double seconds)
{
	const double late = 0.5 * o->budget, too_late = 0.8 * o->budget, still_affordable = o->budget / 40;
	if (o->budget <= 0 || seconds < late)
		return;
	if (pass == 0) {
		o->repetitions = o->least_repetitions;
		o->max_seconds = fmin(o->max_seconds, still_affordable);
	} else if (seconds > too_late) {
		o->is_late |= pass < o->passes;
		o->passes = pass < o->passes ? pass : o->passes;
		o->disturbed_more = 1;
		o->ci = 0;
	}
}

void pass_order(const struct sweep *s, size_t pass, uint64_t *random, size_t *order)
{
	if (pass > 0) {
		round_shuffle(order, s->n_cases, random);
		return;
	}
	for (size_t i = 0, k; i < s->n_cases; i++) {
		for (k = i; k > 0 && s->cases[order[k - 1]].flops > s->cases[i].flops; k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
}

const char *pass_stopped(const struct sweep *s, const struct sweep_point *p)
{
	const struct sweep_options *o = &s->options;
	if (o->ci > 0)
		return !is_wide(s, p) ? "interval" : p->n >= o->most_repetitions ? "repetitions" : "time";
	return p->wanted < o->repetitions || p->n < p->wanted ? "time" : "repetitions"; /* fewer are wanted where no more fit into the time */
}
