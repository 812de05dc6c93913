/* attnbench list impls, and list features.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/command_json.h"
#include "harness/features.h"
#include "harness/list.h"
#include "harness/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void impl_row(const struct registry_entry *e, int width)
{
	char text[8192];
	const struct attn_impl *i = e->impl;
	if (!i)
		snprintf(text, sizeof text, "off       %s", e->origin);
	else if (!strcmp(e->origin, "peer"))
		snprintf(text, sizeof text, "peer      %s: %s", i->version, i->summary ? i->summary : "");
	else if (!strcmp(e->origin, "built in"))
		snprintf(text, sizeof text, "built in  %s", i->summary ? i->summary : "");
	else
		snprintf(text, sizeof text, "plugin    %s (%s)", i->summary ? i->summary : "", e->origin);
	list_row(e->name, width, text);
}

#ifdef HAVE_JANSSON
static const char *state_of(const struct registry_entry *e)
{
	return !e->impl ? "off" : !strcmp(e->origin, "peer") ? "peer" : strcmp(e->origin, "built in") ? "plugin" : "built in";
}

static json_t *impl_object(const struct registry_entry *e)
{
	static const char *const empty_rows[] = {"zero", "nan", "mean"};
	const struct attn_impl *i = e->impl;
	json_t *o = list_object("name", e->name, "state", state_of(e), i ? "origin" : "reason", e->origin, NULL);
	if (!i)
		return o;
	json_t *about = list_object("version", i->version, "summary", i->summary, "licence", i->licence, "url", i->url, "limit", i->limit, NULL);
	json_object_update(o, about);
	json_decref(about);
	json_object_set_new(o, "policy", json_pack("{s:s, s:b, s:b, s:b}", "empty_row", empty_rows[i->policy.empty_row % 3], "nan_propagates", i->policy.nan_propagates,
	                                           "batch_invariant", i->policy.batch_invariant, "thread_invariant", i->policy.thread_invariant));
	return o;
}

static int impls_json(void)
{
	json_t *array = json_array();
	for (size_t i = 0; i < registry_count(); i++)
		json_array_append_new(array, impl_object(registry_at(i)));
	return command_print_json(array);
}
#else
static int impls_json(void) { return EXIT_ENVIRONMENT; }
#endif

int list_impls(enum list_format format)
{
	int width = 0;
	if (format == LIST_JSON)
		return impls_json();
	for (size_t i = 0; i < registry_count(); i++)
		width = list_wider(width, registry_at(i)->name);
	for (size_t i = 0; i < registry_count(); i++)
		if (format == LIST_TEXT)
			impl_row(registry_at(i), width);
		else if (registry_at(i)->impl)
			puts(registry_at(i)->name);
	return EXIT_OK;
}

/* Implementations that compute attention, with their answers. */
struct column {
	const struct attn_impl *impl;
	struct feature_answer *answers;
};

static void columns_free(struct column *columns, size_t n)
{
	for (size_t i = 0; columns && i < n; i++)
		free(columns[i].answers);
	free(columns);
}

static struct column *columns_make(size_t *n)
{
	struct column *columns = calloc(registry_count() + 1, sizeof *columns);
	*n = 0;
	for (size_t i = 0; columns && i < registry_count(); i++) {
		const struct attn_impl *impl = registry_at(i)->impl;
		if (!impl || impl->limit)
			continue;
		struct column *c = &columns[(*n)++];
		c->impl = impl;
		c->answers = calloc(features_count(), sizeof *c->answers);
		if (!c->answers || features_ask(impl, c->answers) != ATTN_OK) {
			columns_free(columns, *n);
			return NULL;
		}
	}
	return columns;
}

/* As many columns as fit beside the names of the features; returns how many. */
static size_t features_table(const struct column *columns, size_t n)
{
	enum { NAME = 20, LINE = 80 };
	size_t fit = 0;
	for (size_t width = NAME; fit < n; fit++) {
		width += strlen(columns[fit].impl->name) + 2;
		if (width > LINE && fit > 0)
			break;
	}
	printf("%-*s", NAME, "");
	for (size_t i = 0; i < fit; i++)
		printf("  %s", columns[i].impl->name);
	putchar('\n');
	for (size_t f = 0; features[f].name; f++) {
		printf("%-*s", NAME, features[f].name);
		for (size_t i = 0; i < fit; i++) {
			int last = i + 1 == fit;
			printf("  %-*s", last ? 0 : (int)strlen(columns[i].impl->name), columns[i].answers[f].status == ATTN_OK ? "yes" : "-");
		}
		putchar('\n');
	}
	return fit;
}

#ifdef HAVE_JANSSON
static json_t *answers_object(const struct column *columns, size_t n, size_t f)
{
	json_t *o = json_object();
	for (size_t i = 0; i < n; i++) {
		const struct feature_answer *a = &columns[i].answers[f];
		json_t *answer = json_pack("{s:b}", "supported", a->status == ATTN_OK);
		if (a->status != ATTN_OK)
			json_object_set_new(answer, "reason", json_string(a->why));
		json_object_set_new(o, columns[i].impl->name, answer);
	}
	return o;
}

static int features_json(const struct column *columns, size_t n)
{
	json_t *array = json_array();
	for (size_t f = 0; features[f].name; f++) {
		json_t *o = list_object("name", features[f].name, "summary", features[f].summary, "problem", features[f].key, NULL);
		json_object_set_new(o, "impls", answers_object(columns, n, f));
		json_array_append_new(array, o);
	}
	return command_print_json(array);
}
#else
static int features_json(const struct column *columns, size_t n) { return (void)columns, (void)n, EXIT_ENVIRONMENT; }
#endif

int list_features(enum list_format format)
{
	size_t n;
	if (format == LIST_NAMES) {
		for (const struct feature *f = features; f->name; f++)
			puts(f->name);
		return EXIT_OK;
	}
	struct column *columns = columns_make(&n);
	if (!columns)
		return command_fail(EXIT_ENVIRONMENT, "no memory");
	int status = format == LIST_JSON ? features_json(columns, n) : EXIT_OK;
	for (size_t done = 0; format == LIST_TEXT && done < n;) {
		done += features_table(columns + done, n - done);
		puts(done < n ? "" : "\nyes: it has the feature; -: it refuses, and --json gives its reason.");
	}
	columns_free(columns, n);
	return status;
}
