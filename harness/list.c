/* attnbench list: what there is.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/list.h"
#include "conformance/examples.h"
#include "conformance/suite.h"
#include "harness/command.h"
#include "harness/command_json.h"
#include "harness/registry.h"
#include "harness/wrap.h"

#include <argp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { GAP = 2 };

int list_wider(int width, const char *name)
{
	int n = (int)strlen(name);
	return n > 24 ? 24 : n > width ? n : width;
}

void list_row_joined(const char *name, int width, const char *text, const char *joints)
{
	printf("%-*s", width, name);
	if ((int)strlen(name) > width)
		printf("\n%*s", width, "");
	printf("%*s", GAP, "");
	wrap_put(stdout, text, &(struct wrap){WRAP_COLUMNS, width + GAP, width + GAP, "", joints});
}

void list_row(const char *name, int width, const char *text)
{
	list_row_joined(name, width, text, "");
}

#ifdef HAVE_JANSSON
json_t *list_object(const char *name, const char *text, ...)
{
	va_list rest;
	json_t *o = json_object();
	va_start(rest, text);
	while (name) {
		json_object_set_new(o, name, text ? json_string(text) : json_null());
		name = va_arg(rest, const char *);
		text = name ? va_arg(rest, const char *) : NULL;
	}
	va_end(rest);
	return o;
}
#endif

int list_suites(enum list_format format)
{
	int width = 0;
	for (const struct suite *s = suites; s->name; s++)
		width = list_wider(width, s->name);
#ifdef HAVE_JANSSON
	json_t *array = json_array();
	for (const struct suite *s = suites; format == LIST_JSON && s->name; s++)
		json_array_append_new(array, list_object("name", s->name, "summary", s->summary, NULL));
	if (format == LIST_JSON)
		return command_print_json(array);
	json_decref(array);
#endif
	for (const struct suite *s = suites; s->name; s++)
		if (format == LIST_NAMES)
			puts(s->name);
		else
			list_row(s->name, width, s->summary);
	return EXIT_OK;
}

static int list_examples(enum list_format format)
{
	int width = 0;
	for (size_t i = 0; example_name(i); i++)
		width = list_wider(width, example_name(i));
#ifdef HAVE_JANSSON
	json_t *array = json_array();
	for (size_t i = 0; format == LIST_JSON && example_name(i); i++)
		json_array_append_new(array, list_object("name", example_name(i), "problem", example_key(i), "summary", example_summary(i), NULL));
	if (format == LIST_JSON)
		return command_print_json(array);
	json_decref(array);
#endif
	for (size_t i = 0; example_name(i); i++)
		if (format == LIST_NAMES)
			puts(example_name(i));
		else
			list_row(example_name(i), width, example_summary(i));
	return EXIT_OK;
}

static const struct kind {
	const char *name;
	int (*list)(enum list_format format);
} kinds[] = {{"impls", list_impls}, {"suites", list_suites}, {"workloads", list_workloads}, {"features", list_features}, {"examples", list_examples}};

struct asked {
	const struct kind *kind;
	enum list_format format;
	int plugin_failed;
	char plugin_why[4608];
};

enum { KEY_JSON = 0x2000, KEY_NAMES, KEY_PLUGIN };
static const struct argp_option options[] = {
	{"json", KEY_JSON, NULL, 0, "all that is known of each, as JSON", 0},
	{"names", KEY_NAMES, NULL, 0, "the names alone, one a line; implementations that are off are left out", 0},
	{"plugin", KEY_PLUGIN, "FILE.so", 0, "load the implementations of a plugin first; may be repeated", 0},
	{0}};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct asked *a = state->input;
	switch (key) {
	case KEY_JSON:
		a->format = LIST_JSON;
		return 0;
	case KEY_NAMES:
		a->format = LIST_NAMES;
		return 0;
	case KEY_PLUGIN:
		if (!a->plugin_failed && registry_load(text, a->plugin_why, sizeof a->plugin_why) != ATTN_OK)
			a->plugin_failed = 1;
		return 0;
	case ARGP_KEY_ARG:
		for (size_t i = 0; state->arg_num == 0 && i < sizeof kinds / sizeof *kinds; i++)
			if (!strcmp(text, kinds[i].name))
				return a->kind = &kinds[i], 0;
		argp_error(state, "unexpected argument \"%s\": expected one of impls, suites, workloads, features, examples", text);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int command_list(int argc, char **argv)
{
	static const struct argp argp = {options, parse, "[impls|suites|workloads|features|examples]",
	                                 "List implementations (with those that are off, and why), suites of cases, workloads, which implementation has which feature, or worked examples. "
	                                 "Without an argument: implementations.",
	                                 NULL, NULL, NULL};
	struct asked a = {.kind = &kinds[0]};
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (a.plugin_failed)
		return command_fail(EXIT_ENVIRONMENT, "%s", a.plugin_why);
	int status = command_check_json(a.format == LIST_JSON);
	return status ? status : a.kind->list(a.format);
}
