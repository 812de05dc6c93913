/* Who is fastest in a case, and where two implementations cross.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/verdict.h"

#include <math.h>
#include <string.h>

int point_ranks(const struct point *p)
{
	return p && p->status == POINT_OK && !p->limit;
}

int points_tie(const struct result_set *set, const struct point *a, const struct point *b)
{
	double noise = number_of(json_object_get(set->context, "canary"), "noise");
	const struct point *fast = a->value[MEDIAN_NS] <= b->value[MEDIAN_NS] ? a : b, *slow = fast == a ? b : a;
	if (fast->value[CI_HIGH_NS] >= slow->value[CI_LOW_NS])
		return 1;
	return slow->value[MEDIAN_NS] <= fast->value[MEDIAN_NS] * (1 + (noise > 0 ? noise : 0));
}

struct case_verdict case_verdict(const struct report *r, const struct panel *p, int64_t length)
{
	struct case_verdict v = {length, NULL, NULL, 0};
	for (size_t i = 0; i < r->impl_count; i++) {
		const struct point *q = panel_point(r, p, r->impls[i], length);
		if (!point_ranks(q))
			continue;
		if (!v.first || q->value[MEDIAN_NS] < v.first->value[MEDIAN_NS]) {
			v.second = v.first;
			v.first = q;
		} else if (!v.second || q->value[MEDIAN_NS] < v.second->value[MEDIAN_NS]) {
			v.second = q;
		}
	}
	v.tie = v.second && points_tie(&r->sets[p->set], v.first, v.second);
	return v;
}

/* ln(time of a / time of b), with a's time at one metric and b's at another. */
static double log_ratio(const struct point *a, enum metric of_a, const struct point *b, enum metric of_b)
{
	return log(a->value[of_a] / b->value[of_b]);
}

/* r runs from r0 at `from` to r1 at `to`, straight over log length; where is it 0? Held inside [from, to]. */
static double zero_between(double r0, double r1, double from, double to)
{
	double t = r0 == r1 ? 0.5 : r0 / (r0 - r1);
	t = t < 0 ? 0 : t > 1 ? 1 : t;
	return isfinite(t) ? exp2(log2(from) + t * (log2(to) - log2(from))) : (double)NAN;
}

struct crossing crossing_find(const struct report *r, const struct panel *p, const char *before, const char *after, int64_t from, int64_t to)
{
	const struct point *a0 = panel_point(r, p, before, from), *b0 = panel_point(r, p, after, from);
	const struct point *a1 = panel_point(r, p, before, to), *b1 = panel_point(r, p, after, to);
	struct crossing c = {NAN, NAN, NAN};
	if (!point_ranks(a0) || !point_ranks(b0) || !point_ranks(a1) || !point_ranks(b1))
		return c;
	c.at = zero_between(log_ratio(a0, MEDIAN_NS, b0, MEDIAN_NS), log_ratio(a1, MEDIAN_NS, b1, MEDIAN_NS), (double)from, (double)to);
	/* a as slow as its interval allows crosses first, as fast as it allows crosses last */
	c.low = zero_between(log_ratio(a0, CI_HIGH_NS, b0, CI_LOW_NS), log_ratio(a1, CI_HIGH_NS, b1, CI_LOW_NS), (double)from, (double)to);
	c.high = zero_between(log_ratio(a0, CI_LOW_NS, b0, CI_HIGH_NS), log_ratio(a1, CI_LOW_NS, b1, CI_HIGH_NS), (double)from, (double)to);
	return c;
}

size_t set_threads(const struct result_set *set, int *threads, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < set->count; i++) {
		size_t at = 0;
		while (at < n && threads[at] < set->points[i].threads)
			at++;
		if (n == max || (at < n && threads[at] == set->points[i].threads))
			continue;
		memmove(threads + at + 1, threads + at, (n - at) * sizeof *threads);
		threads[at] = set->points[i].threads;
		n++;
	}
	return n;
}
