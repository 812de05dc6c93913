/* attnbench list: what there is, as a table, as names alone, or as JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/list.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_JANSSON
#include <jansson.h>
#endif

static const struct list_thing things[] = {
	{"impls", "implementations: where each comes from, or why it is off", {"name", "origin", "summary", "version", "licence", "url", "limit"}, 3, list_impls},
	{"suites", "sets of cases that attnbench check runs", {"name", "summary"}, 2, list_suites},
	{"features", "what a problem can ask for, and which implementations take it", {"name", "impls", "problem"}, 2, list_features},
	{NULL, NULL, {NULL}, 0, NULL}};

struct list_options {
	const struct list_thing *thing;
	int names, json;
};

static const struct argp_option option_table[] = {
	{"names", 'n', NULL, 0, "names alone, one a line", 0},
	{"json", 'j', NULL, 0, "as a JSON array of objects", 0},
	{NULL, 0, NULL, 0, NULL, 0}};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct list_options *o = state->input;
	const struct list_thing *thing = things;
	switch (key) {
	case 'n':
		o->names = 1;
		return 0;
	case 'j':
		o->json = 1;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "\"%s\" is one word too many: expected one thing to list", argument);
		while (thing->name && strcmp(thing->name, argument))
			thing++;
		if (!thing->name)
			argp_error(state, "there is no list of \"%s\": expected one of those that --help names", argument);
		o->thing = thing;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* A list grows; a lack of memory leaves the row out. */
void list_add(struct list_rows *rows, const char *const *fields, size_t n)
{
	struct list_row *grown = realloc(rows->rows, (rows->count + 1) * sizeof *grown);
	if (!grown)
		return;
	rows->rows = grown;
	struct list_row *row = &grown[rows->count++];
	memset(row, 0, sizeof *row);
	for (size_t i = 0; i < n; i++)
		row->fields[i] = fields[i] ? strdup(fields[i]) : NULL;
}

static void rows_free(struct list_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		for (size_t c = 0; c < LIST_COLUMNS; c++)
			free(rows->rows[i].fields[c]);
	free(rows->rows);
}

static const char *field(const struct list_row *row, size_t c)
{
	return row->fields[c] ? row->fields[c] : "";
}

/* Columns as wide as their widest field; the last one as it is. */
static void print_table(const struct list_thing *thing, const struct list_rows *rows)
{
	int width[LIST_COLUMNS] = {0};
	for (size_t i = 0; i < rows->count; i++)
		for (size_t c = 0; c + 1 < thing->shown; c++)
			if ((int)strlen(field(&rows->rows[i], c)) > width[c] && rows->rows[i].fields[c + 1])
				width[c] = (int)strlen(field(&rows->rows[i], c));
	for (size_t i = 0; i < rows->count; i++) {
		size_t last = thing->shown - 1;
		while (last && !rows->rows[i].fields[last])
			last--;
		for (size_t c = 0; c < last; c++)
			printf("%-*s  ", width[c], field(&rows->rows[i], c));
		puts(field(&rows->rows[i], last));
	}
}

static void print_names(const struct list_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		puts(field(&rows->rows[i], 0));
}

static int print_json(const struct list_thing *thing, const struct list_rows *rows)
{
#ifdef HAVE_JANSSON
	json_t *array = json_array();
	for (size_t i = 0; i < rows->count; i++) {
		json_t *o = json_object();
		for (size_t c = 0; c < LIST_COLUMNS && thing->columns[c]; c++)
			json_object_set_new(o, thing->columns[c], rows->rows[i].fields[c] ? json_string(rows->rows[i].fields[c]) : json_null());
		json_array_append_new(array, o);
	}
	int bad = json_dumpf(array, stdout, JSON_INDENT(2));
	json_decref(array);
	puts("");
	return bad ? command_fail(EXIT_ENVIRONMENT, "list: the JSON could not be written") : EXIT_OK;
#else
	(void)thing;
	(void)rows;
	return command_fail(EXIT_ENVIRONMENT, "list --json: this build has no jansson: " WHY_JANSSON);
#endif
}

/* Text of --help: [impls|suites|...] and a line for each. */
static void describe(char *words, size_t words_size, char *text, size_t text_size)
{
	snprintf(words, words_size, "[");
	snprintf(text, text_size, "Lists what there is.\v");
	for (const struct list_thing *t = things; t->name; t++) {
		size_t n = strlen(words), m = strlen(text);
		snprintf(words + n, words_size - n, "%s%s", t->name, t[1].name ? "|" : "]");
		snprintf(text + m, text_size - m, "%s: %s%s\n", t->name, t->summary, t == things ? " (the default)" : "");
	}
}

int command_list(int argc, char **argv)
{
	char words[128], text[1024];
	struct list_options o = {things, 0, 0};
	struct list_rows rows = {NULL, 0};
	int status = EXIT_OK;

	describe(words, sizeof words, text, sizeof text);
	const struct argp parser = {option_table, parse_option, words, text, NULL, NULL, NULL};
	argp_parse(&parser, argc, argv, 0, NULL, &o);
	o.thing->fill(&rows);
	if (o.json)
		status = print_json(o.thing, &rows);
	else if (o.names)
		print_names(&rows);
	else
		print_table(o.thing, &rows);
	rows_free(&rows);
	return status;
}
