/* How time and memory grow with the length: over the points of the plain sweep that differ in nothing else, the slope of their logarithms.
 * Made from a set's entries, so that merged shards have it too.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_set.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_JANSSON
enum { GROWTH_LENGTHS = 64, GROWTH_FEWEST = 3 };

/* Points of one implementation, by length. */
struct growth {
	char problem[1024]; /* the key with n in place of the length */
	const json_t *first;
	struct point {
		double length, ns, bytes;
	} points[GROWTH_LENGTHS];
	size_t n;
};

static const char *text_of(const json_t *e, const char *member)
{
	const char *text = json_string_value(json_object_get(e, member));
	return text ? text : "";
}

static double number_of(const json_t *e, const char *member)
{
	return json_number_value(json_object_get(e, member));
}

/* "b:1/hq:8/sq:128/skv:128/d:64" → "b:1/hq:8/sq:n/skv:n/d:64"; sq stays where it is another length than skv. */
static void pattern_of(const json_t *e, char *text, size_t size)
{
	const json_t *shape = json_object_get(e, "shape");
	int both = number_of(shape, "sq") == number_of(shape, "skv");
	size_t n = 0;
	for (const char *at = text_of(e, "problem"); *at && n + 2 < size;) {
		int field = !strncmp(at, "/skv:", 5) ? 5 : both && !strncmp(at, "/sq:", 4) ? 4 : 0;
		if (!field) {
			text[n++] = *at++;
			continue;
		}
		n += (size_t)snprintf(text + n, size - n, "%.*sn", field, at);
		for (at += field; isdigit((unsigned char)*at);)
			at++;
	}
	text[n < size ? n : size - 1] = 0;
}

static int is_part_of(const struct growth *g, const json_t *e, const char *pattern)
{
	return !strcmp(g->problem, pattern) && !strcmp(text_of(g->first, "impl"), text_of(e, "impl")) && !strcmp(text_of(g->first, "cache"), text_of(e, "cache")) &&
	       number_of(g->first, "impl_threads") == number_of(e, "impl_threads");
}

static int by_length(const void *a, const void *b)
{
	const struct point *x = a, *y = b;
	return (x->length > y->length) - (x->length < y->length);
}

/* Memory that grew by less than a page did not grow. */
static double memory_of(const json_t *e)
{
	const json_t *unannounced = json_object_get(e, "unannounced_bytes");
	return json_is_integer(unannounced) ? fmax(4096, number_of(e, "workspace_bytes") + json_number_value(unannounced)) : NAN;
}

/* Adds the entry's point to the group it belongs to, or begins one. */
static int add_point(struct growth **all, size_t *n, const json_t *e)
{
	char pattern[sizeof (*all)->problem];
	struct growth *g = NULL;
	pattern_of(e, pattern, sizeof pattern);
	for (size_t i = 0; i < *n && !g; i++)
		g = is_part_of(&(*all)[i], e, pattern) ? &(*all)[i] : NULL;
	if (!g) {
		struct growth *grown = realloc(*all, (*n + 1) * sizeof *grown);
		if (!grown)
			return -1;
		*all = grown;
		g = memset(&grown[(*n)++], 0, sizeof *g);
		memcpy(g->problem, pattern, sizeof pattern);
		g->first = e;
	}
	if (g->n < GROWTH_LENGTHS)
		g->points[g->n++] = (struct point){number_of(json_object_get(e, "shape"), "skv"), number_of(e, "median_ns"), memory_of(e)};
	return 0;
}

static json_t *exponent_json(const struct growth *g, size_t from, int of_memory, json_t **error)
{
	double x[GROWTH_LENGTHS], y[GROWTH_LENGTHS], slope, uncertain;
	for (size_t i = from; i < g->n; i++) {
		x[i] = log(g->points[i].length);
		y[i] = log(of_memory ? g->points[i].bytes : g->points[i].ns);
	}
	stats_slope(x + from, y + from, g->n - from, &slope, &uncertain);
	*error = isfinite(slope) ? json_real(uncertain) : json_null();
	return isfinite(slope) ? json_real(slope) : json_null();
}

/* The longer half of the lengths: at short ones a call's fixed cost hides the growth. */
static json_t *growth_json(struct growth *g)
{
	json_t *lengths = json_array(), *errors[2];
	qsort(g->points, g->n, sizeof *g->points, by_length);
	size_t from = g->n - (g->n / 2 > GROWTH_FEWEST ? g->n / 2 : GROWTH_FEWEST);
	for (size_t i = from; i < g->n; i++)
		json_array_append_new(lengths, json_integer((json_int_t)g->points[i].length));
	json_t *time = exponent_json(g, from, 0, &errors[0]), *memory = exponent_json(g, from, 1, &errors[1]);
	return json_pack("{ss ss sI ss so so so so so}", "impl", text_of(g->first, "impl"), "problem", g->problem, "impl_threads",
		json_integer_value(json_object_get(g->first, "impl_threads")), "cache", text_of(g->first, "cache"), "lengths", lengths, "time_exponent", time, "time_error", errors[0],
		"memory_exponent", memory, "memory_error", errors[1]);
}

static int counts(const json_t *e)
{
	return !strcmp(text_of(e, "status"), "ok") && !strcmp(text_of(e, "workload"), "length") && !json_is_true(json_object_get(e, "limit"));
}

json_t *set_growth(const json_t *entries)
{
	json_t *all = json_array(), *e;
	struct growth *groups = NULL;
	size_t n = 0, i;
	json_array_foreach(entries, i, e)
		if (counts(e) && add_point(&groups, &n, e))
			break;
	for (i = 0; i < n; i++)
		if (groups[i].n >= GROWTH_FEWEST)
			json_array_append_new(all, growth_json(&groups[i]));
	free(groups);
	return all;
}

static void print_exponent(const json_t *g, const char *exponent, const char *error)
{
	if (json_is_number(json_object_get(g, exponent)))
		printf("  n^%.2f +-%.2f", number_of(g, exponent), number_of(g, error));
	else
		printf("  %13s", "-");
}

void set_print_growth(const json_t *growth)
{
	const json_t *g;
	const char *problem = "";
	long long threads = 0;
	size_t i;
	json_array_foreach(growth, i, g) {
		long long its_threads = json_integer_value(json_object_get(g, "impl_threads"));
		if (strcmp(problem, text_of(g, "problem")) || threads != its_threads)
			printf("\ngrowth: %s, %lld thread%s\n  %-16s  %13s  %13s  over n\n", text_of(g, "problem"), its_threads, its_threads == 1 ? "" : "s", "", "time", "memory");
		problem = text_of(g, "problem");
		threads = its_threads;
		printf("  %-16.16s", text_of(g, "impl"));
		print_exponent(g, "time_exponent", "time_error");
		print_exponent(g, "memory_exponent", "memory_error");
		const json_t *lengths = json_object_get(g, "lengths");
		size_t n = json_array_size(lengths);
		printf("  %lld to %lld\n", (long long)json_integer_value(json_array_get(lengths, 0)), (long long)json_integer_value(json_array_get(lengths, n - 1)));
	}
}
#endif
