/* Pairs the points of two sets and judges each difference. A pair counts as different when the rank test finds it at a false
 * discovery rate of 5 % over the whole sweep and the whole interval of its ratio lies beyond the floor: the threshold, or
 * what the canary, the same work in both runs, differs by, or what other programs may have done to this pair, whichever is most. Samples that other work
 * disturbed, or that processors of different pace measured, say nothing about the code: they are left out, and where too few stay there is no verdict.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/compare.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *verdict_name(enum verdict v)
{
	static const char *const names[VERDICTS] = {"no difference shown", "faster", "slower", "cannot tell", "broken", "appeared", "vanished"};
	return names[v];
}

int verdict_is_regression(enum verdict v)
{
	return v == VERDICT_SLOWER || v == VERDICT_BROKEN;
}

void compare_free(struct comparison *c)
{
	free(c->pairs);
	memset(c, 0, sizeof *c);
}

#ifdef HAVE_JANSSON
static const double false_discovery_rate = 0.05;

static const char *text_of(const json_t *e, const char *member)
{
	const char *text = json_string_value(json_object_get(e, member));
	return text ? text : "";
}

static void name_of(const json_t *e, char name[COMPARE_NAME_SIZE])
{
	snprintf(name, COMPARE_NAME_SIZE, "%s/%s/threads:%lld", text_of(e, "impl"), text_of(e, "problem"), (long long)json_integer_value(json_object_get(e, "impl_threads")));
}

static int is_ok(const json_t *e)
{
	return !strcmp(text_of(e, "status"), "ok");
}

static json_t *find(const json_t *set, const char *name)
{
	char other[COMPARE_NAME_SIZE];
	size_t i;
	json_t *e;
	json_array_foreach(json_object_get(set, "benchmarks"), i, e) {
		name_of(e, other);
		if (!strcmp(name, other))
			return e;
	}
	return NULL;
}

/* Samples of an entry, or of the canary, in order. */
struct samples {
	double *ns, *pace;         /* pace: NaN where it is not known */
	size_t *in_pass, n, passes;
};

static void samples_free(struct samples *s)
{
	free(s->ns);
	free(s->pace);
	free(s->in_pass);
}

static double number_at(const json_t *array, size_t i)
{
	const json_t *number = json_array_get(array, i);
	return json_is_number(number) ? json_number_value(number) : NAN;
}

/* The pass that sample i is of. Without passes all are of one. */
static size_t pass_of(const json_t *passes, size_t i)
{
	size_t pass = 0;
	for (size_t end = 0; pass + 1 < json_array_size(passes); pass++)
		if (i < (end += (size_t)json_integer_value(json_array_get(passes, pass))))
			break;
	return pass;
}

enum taken { CALM, LEAST_DISTURBED, EVERY_ONE };

/* The time of sample i, NaN where it is not taken. What one thread waited is known exactly, and is not the code's; of more threads each may have waited
 * for the others. */
static double time_at(const json_t *e, enum taken taken, size_t i)
{
	double ns = number_at(json_object_get(e, "samples_ns"), i), waited = number_at(json_object_get(e, "waited"), i);
	if (taken == LEAST_DISTURBED && waited < 1 && json_is_true(json_object_get(e, "waits_are_exact")))
		return ns * (1 - waited);
	return taken != EVERY_ONE && waited > STATS_DISTURBED ? NAN : ns;
}

/* low to high: only those at a pace between these; high NaN: at any. -1: there is none. samples_free frees either way. Where no passes are recorded, and
 * that is asked for, each sample is one. */
static int samples_of(const json_t *e, enum taken taken, double low, double high, struct samples *s)
{
	const json_t *paces = json_object_get(e, "pace_ns"), *passes = json_object_get(e, "passes");
	size_t n = json_array_size(json_object_get(e, "samples_ns")), room = n + json_array_size(passes) + 1;
	int each_is_one = taken == LEAST_DISTURBED && !passes;
	*s = (struct samples){malloc(room * sizeof *s->ns), malloc(room * sizeof *s->pace), calloc(room, sizeof *s->in_pass), 0,
		each_is_one ? n : json_array_size(passes) > 1 ? json_array_size(passes) : 1};
	if (!s->ns || !s->pace || !s->in_pass)
		return -1;
	for (size_t i = 0; i < n; i++) {
		double pace = number_at(paces, i), ns = time_at(e, taken, i);
		if (isnan(ns) || pace < low || pace > high)
			continue;
		s->pace[s->n] = pace;
		s->ns[s->n++] = ns;
		s->in_pass[each_is_one ? i : pass_of(passes, i)]++;
	}
	return s->n ? 0 : -1;
}

/* The ratio of the passes' medians, where both have enough passes for its interval. At 99 %: no correction for many points is behind it. */
static int widen_by_passes(const struct samples *x, const struct samples *y, struct stats_ratio *ratio)
{
	enum { FEWEST_PASSES = 3 };
	double *medians = malloc((x->passes + y->passes) * sizeof *medians);
	int nx = medians ? stats_pass_medians(x->ns, x->in_pass, x->passes, medians) : -1;
	int ny = nx >= 0 ? stats_pass_medians(y->ns, y->in_pass, y->passes, medians + nx) : -1;
	struct stats_ratio wide;
	int failed = ny < 0;
	if (!failed && nx >= FEWEST_PASSES && ny >= FEWEST_PASSES) {
		failed = stats_ratio_of(medians, (size_t)nx, medians + nx, (size_t)ny, STATS_99, &wide);
		ratio->low = fmin(ratio->low, wide.low);
		ratio->high = fmax(ratio->high, wide.high);
	}
	free(medians);
	return failed;
}

static int test(const struct samples *x, const struct samples *y, struct sample_test *t)
{
	if (stats_ratio_of(x->ns, x->n, y->ns, y->n, STATS_95, &t->ratio) || widen_by_passes(x, y, &t->ratio))
		return -1;
	t->p = stats_mann_whitney(x->ns, x->n, y->ns, y->n);
	return t->p < 0 ? -1 : 0;
}

/* Passes are independent of each other, samples of one are not: ranks, too, are those of the passes' least. */
static int test_low(const struct samples *x, const struct samples *y, struct sample_test *t)
{
	struct stats_low a, b;
	double *least = t->fewest >= COMPARE_FEWEST ? malloc((x->passes + y->passes) * sizeof *least) : NULL;
	if (!least)
		return -1;
	size_t nx = stats_pass_minima(x->ns, x->in_pass, x->passes, least), ny = stats_pass_minima(y->ns, y->in_pass, y->passes, least + nx);
	t->p = stats_mann_whitney(least, nx, least + nx, ny);
	stats_low_of(least, nx, &a);
	stats_low_of(least + nx, ny, &b);
	stats_low_ratio(&a, &b, &t->ratio);
	free(least);
	return t->p < 0 ? -1 : 0;
}

/* Those taken, at a pace that both have where paces are known. -1: there is none. */
static int compare_some(const json_t *base, const json_t *fresh, enum taken taken, struct sample_test *t)
{
	struct samples x, y = {NULL, NULL, NULL, 0, 0};
	double low = NAN, high = NAN;
	int failed = samples_of(base, taken, low, high, &x) || samples_of(fresh, taken, low, high, &y);
	if (!failed && taken != EVERY_ONE && !isnan(x.pace[0]) && !isnan(y.pace[0])) {
		failed = !stats_common_pace(x.pace, x.n, y.pace, y.n, taken == LEAST_DISTURBED ? COMPARE_FEWEST : SIZE_MAX, &low, &high);
		samples_free(&x);
		samples_free(&y);
		y = (struct samples){NULL, NULL, NULL, 0, 0};
		failed = samples_of(base, taken, low, high, &x) || samples_of(fresh, taken, low, high, &y) || failed;
	}
	t->fewest = x.n < y.n ? x.n : y.n;
	failed = failed || (taken == LEAST_DISTURBED ? test_low : test)(&x, &y, t);
	samples_free(&x);
	samples_free(&y);
	return failed ? -1 : 0;
}

int compare_low(const json_t *base, const json_t *fresh, struct sample_test *t)
{
	t->disturbed = 0;
	if (!json_array_size(json_object_get(base, "pace_ns")) || !json_array_size(json_object_get(fresh, "pace_ns")))
		return -1;
	return compare_some(base, fresh, LEAST_DISTURBED, t);
}

int compare_samples(const json_t *base, const json_t *fresh, struct sample_test *t)
{
	t->disturbed = 0;
	if (!compare_some(base, fresh, CALM, t) && t->fewest >= COMPARE_FEWEST)
		return 0;
	if (compare_some(base, fresh, EVERY_ONE, t))
		return -1;
	t->disturbed = t->fewest >= COMPARE_FEWEST; /* else there were too few to begin with */
	return 0;
}

static struct pair *append(struct comparison *c, const char *name)
{
	struct pair *grown = realloc(c->pairs, (c->n + 1) * sizeof *grown);
	if (!grown)
		return NULL;
	c->pairs = grown;
	struct pair *pair = memset(&grown[c->n++], 0, sizeof *grown);
	snprintf(pair->name, sizeof pair->name, "%s", name);
	pair->p = pair->low_p = 1;
	return pair;
}

/* What the machine itself may have changed between two entries beyond what its samples' own paces say: half the share of the processors that other
 * programs took where there are no paces, a quarter where there are. A sample that did not wait for them still shares caches and memory with them.
 * Sharing everything with as many programs as there are processors was seen to cost two fifths; on one processor, of which others took a fourth, samples
 * at one pace differed by 3 %. Without paces the canary's time meanwhile counts too. */
static double floor_of(const json_t *a, const json_t *b)
{
	double before = json_number_value(json_object_get(a, "canary_ns")), after = json_number_value(json_object_get(b, "canary_ns"));
	double others = fmax(json_number_value(json_object_get(a, "others_percent")), json_number_value(json_object_get(b, "others_percent"))) / 100;
	if (json_array_size(json_object_get(a, "pace_ns")) && json_array_size(json_object_get(b, "pace_ns")))
		return others / 4;
	return fmax(before > 0 && after > 0 ? fmax(before / after, after / before) - 1 : 0, others / 2);
}

static void add_both(struct pair *pair, const json_t *a, const json_t *b)
{
	if (!is_ok(a) || !is_ok(b)) {
		/* none had a time: nothing to compare; a time that is gone is worse than a slow one */
		pair->verdict = is_ok(a) ? VERDICT_BROKEN : is_ok(b) ? VERDICT_APPEARED : VERDICT_SAME;
		snprintf(pair->reason, sizeof pair->reason, "was %.20s, is %.20s: %.180s", text_of(a, "status"), text_of(b, "status"), text_of(is_ok(a) ? b : a, "reason"));
		return;
	}
	pair->verdict = VERDICT_UNKNOWN;
	if (strcmp(text_of(a, "cache"), text_of(b, "cache"))) {
		snprintf(pair->reason, sizeof pair->reason, "not comparable: inputs were %.20s, are %.20s", text_of(a, "cache"), text_of(b, "cache"));
		return;
	}
	struct sample_test t;
	if (compare_samples(a, b, &t)) {
		snprintf(pair->reason, sizeof pair->reason, "an entry has no samples");
		return;
	}
	pair->ratio = t.ratio;
	pair->p = t.p;
	pair->disturbed = t.disturbed;
	if (!compare_low(a, b, &t)) {
		pair->low_ratio = t.ratio;
		pair->low_p = t.p;
	}
	pair->floor = floor_of(a, b);
	pair->base_ns = json_number_value(json_object_get(a, "median_ns"));
	pair->new_ns = json_number_value(json_object_get(b, "median_ns"));
	pair->timed = 1;
}

static int add_pairs(struct comparison *c, const json_t *base, const json_t *fresh)
{
	char name[COMPARE_NAME_SIZE];
	size_t i;
	json_t *e;
	json_array_foreach(json_object_get(base, "benchmarks"), i, e) {
		name_of(e, name);
		json_t *other = find(fresh, name);
		struct pair *pair = append(c, name);
		if (!pair)
			return -1;
		if (other)
			add_both(pair, e, other);
		else
			pair->verdict = VERDICT_VANISHED;
	}
	json_array_foreach(json_object_get(fresh, "benchmarks"), i, e) {
		name_of(e, name);
		if (find(base, name))
			continue;
		struct pair *pair = append(c, name);
		if (!pair)
			return -1;
		pair->verdict = VERDICT_APPEARED;
	}
	return 0;
}

/* All p-values of timed pairs, adjusted together: each pair is asked twice. */
static int adjust(struct comparison *c)
{
	double *p = malloc((2 * c->n + 1) * sizeof *p);
	size_t n = 0;
	if (!p)
		return -1;
	for (size_t i = 0; i < c->n; i++)
		if (c->pairs[i].timed)
			p[n++] = c->pairs[i].p, p[n++] = c->pairs[i].low_p;
	int failed = stats_adjust(p, n);
	n = 0;
	for (size_t i = 0; !failed && i < c->n; i++)
		if (c->pairs[i].timed)
			c->pairs[i].p = p[n++], c->pairs[i].low_p = p[n++];
	free(p);
	return failed;
}

static enum verdict verdict_of(const struct stats_ratio *r, double p, double floor)
{
	int found = p < false_discovery_rate;
	if (found && r->low > 1 + floor)
		return VERDICT_SLOWER;
	if (found && r->high < 1 / (1 + floor))
		return VERDICT_FASTER;
	return r->low >= 1 / (1 + 2 * floor) && r->high <= 1 + 2 * floor ? VERDICT_SAME : VERDICT_UNKNOWN;
}

static int is_difference(enum verdict v)
{
	return v == VERDICT_SLOWER || v == VERDICT_FASTER;
}

/* Where all samples at one pace show no difference the least disturbed ones may: they see less of a slow-down that comes and goes, and more of one
 * that is always there. */
static void decide(struct pair *pair, const struct comparison *c)
{
	const struct stats_ratio *r = &pair->ratio, *low = &pair->low_ratio;
	if (!pair->timed)
		return;
	pair->floor = fmax(c->floor, pair->floor);
	enum verdict by_low = low->ratio > 0 ? verdict_of(low, pair->low_p, c->low_floor) : VERDICT_UNKNOWN;
	pair->verdict = pair->disturbed ? VERDICT_UNKNOWN : verdict_of(r, pair->p, pair->floor);
	pair->by_low = !is_difference(pair->verdict) && by_low != VERDICT_UNKNOWN && (is_difference(by_low) || pair->verdict == VERDICT_UNKNOWN);
	if (pair->by_low)
		pair->verdict = by_low;
	else if (pair->verdict == VERDICT_UNKNOWN && pair->disturbed)
		snprintf(pair->reason, sizeof pair->reason, "fewer than %d samples of a set were left alone by other work, on processors equally fast", COMPARE_FEWEST);
	else if (pair->verdict == VERDICT_UNKNOWN)
		snprintf(pair->reason, sizeof pair->reason, "the interval %.3f to %.3f is too wide, or too near to the floor", r->low, r->high);
}

/* How far the same work differs between the runs, at the far end of its interval, in all samples and in the least disturbed ones: INFINITY where those
 * are too few. */
static void canary_floors(struct comparison *c, const json_t *a, const json_t *b, double threshold)
{
	struct sample_test t;
	c->floor = c->low_floor = threshold;
	if (!compare_samples(json_object_get(a, "canary"), json_object_get(b, "canary"), &t)) {
		c->canary = t.ratio.ratio;
		c->floor = fmax(threshold, fmax(t.ratio.high - 1, 1 / t.ratio.low - 1));
	}
	if (compare_low(json_object_get(a, "canary"), json_object_get(b, "canary"), &t))
		c->low_floor = (double)INFINITY;
	else
		c->low_floor = fmax(threshold, fmax(t.ratio.high - 1, 1 / t.ratio.low - 1));
}

static void __attribute__((format(printf, 2, 3))) differ(struct comparison *c, const char *format, ...)
{
	__builtin_va_list arguments;
	if (c->n_differences == sizeof c->differences / sizeof *c->differences)
		return;
	__builtin_va_start(arguments, format);
	vsnprintf(c->differences[c->n_differences++], COMPARE_REASON_SIZE, format, arguments);
	__builtin_va_end(arguments);
}

static void find_differences(struct comparison *c, const json_t *a, const json_t *b)
{
	static const char *const members[][2] = {{"machine", "cpu"}, {"machine", "isa"}, {"machine", "isa_cap"}, {"machine", "governor"}, {"machine", "affinity"},
		{"attnbench", "compiler"}, {"attnbench", "cflags"}, {"attnbench", "sanitizers"}, {"environment", "OMP_PROC_BIND"}};
	const char *name;
	json_t *version;
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		const char *x = text_of(json_object_get(a, members[i][0]), members[i][1]), *y = text_of(json_object_get(b, members[i][0]), members[i][1]);
		if (strcmp(x, y))
			differ(c, "%s: %.90s; %.90s", members[i][1], x, y);
	}
	json_object_foreach(json_object_get(a, "libraries"), name, version) {
		const char *y = text_of(json_object_get(b, "libraries"), name);
		if (strcmp(json_string_value(version) ? json_string_value(version) : "", y))
			differ(c, "%.30s: %.90s; %.90s", name, json_string_value(version), y);
	}
}

int compare_sets(const json_t *base, const json_t *fresh, double threshold, struct comparison *c)
{
	const json_t *a = json_object_get(base, "context"), *b = json_object_get(fresh, "context");
	memset(c, 0, sizeof *c);
	canary_floors(c, a, b, threshold);
	find_differences(c, a, b);
	if (add_pairs(c, base, fresh) || adjust(c))
		return -1;
	for (size_t i = 0; i < c->n; i++)
		decide(&c->pairs[i], c);
	return 0;
}
#endif
