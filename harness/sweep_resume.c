/* Takes finished points over from an earlier result set of the same sweep.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/sweep_set.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *text_of(const json_t *e, const char *member)
{
	const char *text = json_string_value(json_object_get(e, member));
	return text ? text : "";
}

static double number_of(const json_t *e, const char *member)
{
	return json_number_value(json_object_get(e, member));
}

static enum sweep_status status_of(const char *name)
{
	for (enum sweep_status status = SWEEP_OK; status <= SWEEP_SKIPPED; status++)
		if (!strcmp(name, sweep_status_name(status)))
			return status;
	return SWEEP_PENDING;
}

/* Numbers of an array into memory of the caller's. */
static double *numbers_of(const json_t *array, size_t *n)
{
	double *numbers = malloc((json_array_size(array) + 1) * sizeof *numbers);
	*n = numbers ? json_array_size(array) : 0;
	for (size_t i = 0; i < *n; i++)
		numbers[i] = json_is_number(json_array_get(array, i)) ? json_number_value(json_array_get(array, i)) : NAN;
	return numbers;
}

static void take_counters(struct sweep_point *p, json_t *counters)
{
	const char *name;
	json_t *value;
	json_object_foreach(counters, name, value) {
		if (p->n_counters == COUNTERS_MOST)
			return;
		snprintf(p->counter_names[p->n_counters], sizeof p->counter_names[0], "%s", name);
		p->counters[p->n_counters++] = json_number_value(value);
	}
}

/* Passes of an earlier run; a set without them was measured in one. 0, or -1: they do not add up. */
static int take_passes(struct sweep_point *p, const json_t *e)
{
	const json_t *passes = json_object_get(e, "passes"), *one;
	size_t i, n = 0, paces;
	p->passes = 0;
	json_array_foreach(passes, i, one)
		if (p->passes < SWEEP_MOST_PASSES)
			n += p->in_pass[p->passes++] = (size_t)json_integer_value(one);
	if (!passes)
		n = p->in_pass[p->passes++] = p->n;
	p->pace_ns = numbers_of(json_object_get(e, "pace_ns"), &paces);
	return n == p->n && paces == p->n ? 0 : -1;
}

static void take_over(const struct sweep *s, struct sweep_point *p, struct sweep_case *c, const json_t *e)
{
	const json_t *peak = json_object_get(e, "peak_extra_bytes"), *ratio = json_object_get(e, "error_ratio");
	enum sweep_status status = status_of(text_of(e, "status"));
	size_t waited;
	if (status == SWEEP_OK) {
		p->samples_ns = numbers_of(json_object_get(e, "samples_ns"), &p->n);
		p->waited = numbers_of(json_object_get(e, "waited"), &waited);
		if (!p->n || waited != p->n || take_passes(p, e)) {
			p->n = p->passes = 0;
			return;
		}
		c->flops = number_of(e, "flops");
		c->others_percent = number_of(e, "others_percent");
		c->canary_ns = number_of(e, "canary_ns");
		p->call_s = p->samples_ns[0] * 1e-9;
		p->wanted = sweep_affordable(s, p->call_s);
		p->wanted = p->wanted ? p->wanted : p->n;
		c->passes = p->passes > c->passes ? p->passes : c->passes;
	}
	p->status = status;
	snprintf(p->reason, sizeof p->reason, "%s", text_of(e, "reason"));
	snprintf(p->kernel, sizeof p->kernel, "%s", text_of(e, "kernel"));
	p->cpu_ns = number_of(e, "cpu_time");
	p->iterations = (unsigned long long)number_of(e, "iterations");
	p->calls = (double)p->iterations * (double)p->n;
	p->workspace_bytes = (size_t)number_of(e, "workspace_bytes");
	p->unannounced_bytes = (size_t)number_of(e, "unannounced_bytes");
	p->has_peak = json_is_integer(peak);
	p->announces_too_little = json_is_true(json_object_get(e, "announces_too_little"));
	set_take_processes(&p->processes, json_object_get(e, "processes"));
	p->peak_extra_bytes = (size_t)json_number_value(peak);
	take_counters(p, json_object_get(e, "counters"));
	p->error_ratio = json_is_number(ratio) ? json_number_value(ratio) : NAN;
}

static int is_of(const struct sweep_point *p, const json_t *e)
{
	return !strcmp(text_of(e, "impl"), p->impl->name) && !strcmp(text_of(e, "problem"), p->of->key) && !strcmp(text_of(e, "workload"), p->of->workload) &&
	       (int)number_of(e, "impl_threads") == p->of->threads &&
	       !strcmp(text_of(e, "cache"), p->of->cold ? "cold" : "warm");
}

static int take_entry(struct sweep *s, const json_t *e)
{
	for (size_t c = 0; c < s->n_cases; c++)
		for (size_t i = 0; i < s->n_impls; i++) {
			struct sweep_point *p = sweep_point_at(s, c, i);
			if (p->status == SWEEP_PENDING && is_of(p, e)) {
				take_over(s, p, &s->cases[c], e);
				return p->status != SWEEP_PENDING;
			}
		}
	return 0;
}

/* One machine, one build, one seed: NULL, or what differs. */
static const char *difference(const struct sweep *s, const json_t *context, const char **was, const char **is)
{
	static const char *const members[][2] = {{"machine", "cpu"}, {"machine", "isa_cap"}, {"attnbench", "commit"}, {"attnbench", "compiler"}, {"attnbench", "cflags"}};
	static char seed[2][24];
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		*was = text_of(json_object_get(context, members[i][0]), members[i][1]);
		*is = fact_find(&s->facts, members[i][0], members[i][1]);
		if (strcmp(*was, *is))
			return members[i][1];
	}
	snprintf(seed[0], sizeof seed[0], "%.0f", number_of(context, "seed"));
	snprintf(seed[1], sizeof seed[1], "%llu", s->options.seed);
	*was = seed[0];
	*is = seed[1];
	return strcmp(*was, *is) ? "seed" : NULL;
}

static void take_canary(struct sweep *s, const json_t *context)
{
	const json_t *canary = json_object_get(context, "canary");
	size_t waited, paces;
	s->canary_ns = numbers_of(json_object_get(canary, "samples_ns"), &s->n_canary);
	s->canary_waited = numbers_of(json_object_get(canary, "waited"), &waited);
	s->canary_pace_ns = numbers_of(json_object_get(canary, "pace_ns"), &paces);
	if (waited != s->n_canary || paces != s->n_canary)
		s->n_canary = 0;
}

int set_resume(struct sweep *s)
{
	char path[4096], why[4608];
	const char *was, *is, *differs;
	int taken = 0;
	size_t i;
	json_t *e;

	snprintf(path, sizeof path, "%s.partial", s->options.out);
	if (access(path, F_OK))
		snprintf(path, sizeof path, "%s", s->options.out);
	if (access(path, F_OK))
		return 0; /* nothing was done yet */
	json_t *set = set_read(path, why, sizeof why);
	if (!set)
		return -command_fail(EXIT_ENVIRONMENT, "sweep: --resume: %s", why);
	differs = difference(s, json_object_get(set, "context"), &was, &is);
	if (differs) {
		command_fail(EXIT_ENVIRONMENT, "sweep: --resume: %s: its %s is \"%s\", here it is \"%s\": a set is of one machine and one build", path, differs, was, is);
		json_decref(set);
		return -EXIT_ENVIRONMENT;
	}
	json_array_foreach(json_object_get(set, "benchmarks"), i, e)
		taken += take_entry(s, e);
	take_canary(s, json_object_get(set, "context"));
	json_decref(set);
	fprintf(stderr, "attnbench: sweep: %d of %zu points are taken over from %s\n", taken, s->n_cases * s->n_impls, path);
	return taken;
}
