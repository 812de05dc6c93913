/* Pairs the points of two sets and judges each difference. A pair counts as different when the rank test finds it at a false
 * discovery rate of 5 % over the whole sweep and the whole interval of its ratio lies beyond the floor: the threshold, or
 * what the canary, the same work in both runs, differs by, or what other programs may have done to this pair, whichever is most. Samples that other work
 * disturbed, or that processors of different pace measured, say nothing about the code: they are left out, and where too few stay there is no verdict.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/compare.h"

#include <math.h>
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

/* low to high: only those that waited for no processor, at a pace between these; high NaN: at any. all: every one. -1: there is none. samples_free
 * frees either way. */
static int samples_of(const json_t *e, int all, double low, double high, struct samples *s)
{
	const json_t *ns = json_object_get(e, "samples_ns"), *waited = json_object_get(e, "waited"), *paces = json_object_get(e, "pace_ns"),
	             *passes = json_object_get(e, "passes");
	size_t n = json_array_size(ns);
	*s = (struct samples){malloc((n + 1) * sizeof *s->ns), malloc((n + 1) * sizeof *s->pace), calloc(json_array_size(passes) + 1, sizeof *s->in_pass), 0,
		json_array_size(passes) > 1 ? json_array_size(passes) : 1};
	if (!s->ns || !s->pace || !s->in_pass)
		return -1;
	for (size_t i = 0; i < n; i++) {
		double pace = number_at(paces, i);
		if (!all && (number_at(waited, i) > STATS_DISTURBED || pace < low || pace > high))
			continue;
		s->pace[s->n] = pace;
		s->ns[s->n++] = number_at(ns, i);
		s->in_pass[pass_of(passes, i)]++;
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
	t->fewest = x->n < y->n ? x->n : y->n;
	if (stats_ratio_of(x->ns, x->n, y->ns, y->n, STATS_95, &t->ratio) || widen_by_passes(x, y, &t->ratio))
		return -1;
	t->p = stats_mann_whitney(x->ns, x->n, y->ns, y->n);
	return t->p < 0 ? -1 : 0;
}

/* Every sample, or those at a pace that both have and that waited for no processor. -1: there is none. */
static int compare_some(const json_t *base, const json_t *fresh, int all, struct sample_test *t)
{
	struct samples x, y = {NULL, NULL, NULL, 0, 0};
	double low = NAN, high = NAN;
	int failed = samples_of(base, all, low, high, &x) || samples_of(fresh, all, low, high, &y);
	if (!failed && !all && !isnan(x.pace[0]) && !isnan(y.pace[0])) {
		failed = !stats_common_pace(x.pace, x.n, y.pace, y.n, &low, &high);
		samples_free(&x);
		samples_free(&y);
		y = (struct samples){NULL, NULL, NULL, 0, 0};
		failed = samples_of(base, 0, low, high, &x) || samples_of(fresh, 0, low, high, &y) || failed;
	}
	failed = failed || test(&x, &y, t);
	samples_free(&x);
	samples_free(&y);
	return failed ? -1 : 0;
}

int compare_samples(const json_t *base, const json_t *fresh, struct sample_test *t)
{
	t->disturbed = 0;
	if (!compare_some(base, fresh, 0, t) && t->fewest >= COMPARE_FEWEST)
		return 0;
	if (compare_some(base, fresh, 1, t))
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
	pair->p = 1;
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

/* p-values of all timed pairs, adjusted together. */
static int adjust(struct comparison *c)
{
	double *p = malloc((c->n + 1) * sizeof *p);
	size_t n = 0;
	if (!p)
		return -1;
	for (size_t i = 0; i < c->n; i++)
		if (c->pairs[i].timed)
			p[n++] = c->pairs[i].p;
	int failed = stats_adjust(p, n);
	n = 0;
	for (size_t i = 0; !failed && i < c->n; i++)
		if (c->pairs[i].timed)
			c->pairs[i].p = p[n++];
	free(p);
	return failed;
}

static void decide(struct pair *pair, double floor_of_all)
{
	const struct stats_ratio *r = &pair->ratio;
	double floor = pair->floor = fmax(floor_of_all, pair->floor);
	int found = pair->p < false_discovery_rate;
	if (!pair->timed)
		return;
	if (pair->disturbed)
		snprintf(pair->reason, sizeof pair->reason, "fewer than %d samples of a set were left alone by other work, on processors equally fast", COMPARE_FEWEST);
	else if (found && r->low > 1 + floor)
		pair->verdict = VERDICT_SLOWER;
	else if (found && r->high < 1 / (1 + floor))
		pair->verdict = VERDICT_FASTER;
	else if (r->low >= 1 / (1 + 2 * floor) && r->high <= 1 + 2 * floor)
		pair->verdict = VERDICT_SAME;
	else
		snprintf(pair->reason, sizeof pair->reason, "the interval %.3f to %.3f is too wide, or too near to the floor", r->low, r->high);
}

/* How far the same work differs between the runs, at the far end of its interval. */
static double canary_floor(const json_t *a, const json_t *b, double *ratio)
{
	struct sample_test t;
	*ratio = 0;
	if (compare_samples(json_object_get(a, "canary"), json_object_get(b, "canary"), &t))
		return 0;
	*ratio = t.ratio.ratio;
	return fmax(t.ratio.high - 1, 1 / t.ratio.low - 1);
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
	c->floor = fmax(threshold, canary_floor(a, b, &c->canary));
	find_differences(c, a, b);
	if (add_pairs(c, base, fresh) || adjust(c))
		return -1;
	for (size_t i = 0; i < c->n; i++)
		decide(&c->pairs[i], c->floor);
	return 0;
}
#endif
