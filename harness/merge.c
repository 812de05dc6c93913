/* attnbench merge: shards of a sweep become one set, in the order of the whole sweep.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/command_json.h"
#include "harness/sweep_set.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef HAVE_JANSSON
int command_merge(int argc, char **argv)
{
	(void)argc, (void)argv;
	return command_fail(EXIT_ENVIRONMENT, "merge: this build has no jansson: " WHY_JANSSON);
}
#else

enum { MERGE_MOST = 1024 };

struct merge {
	const char *out, *paths[MERGE_MOST];
	json_t *sets[MERGE_MOST];
	size_t n;
	int json;
};

enum { KEY_JSON = 0x2000 };
static const struct argp_option options[] = {
	{"out", 'o', "R.json", 0, "the set to write", 0},
	{"json", KEY_JSON, NULL, 0, "say as JSON what was written: out, sets, cases, entries, pending", 0},
	{0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct merge *m = state->input;
	if (key == 'o')
		m->out = argument;
	else if (key == KEY_JSON)
		m->json = 1;
	else if (key == ARGP_KEY_ARG && m->n == MERGE_MOST)
		argp_error(state, "more than %d sets", MERGE_MOST);
	else if (key == ARGP_KEY_ARG)
		m->paths[m->n++] = argument;
	else if (key == ARGP_KEY_END && !m->n)
		argp_error(state, "expected the result sets to merge");
	else if (key == ARGP_KEY_END && !m->out)
		argp_error(state, "--out is missing: expected the path of the set to write");
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static json_t *context_of(const struct merge *m, size_t i)
{
	return json_object_get(m->sets[i], "context");
}

/* What must be equal in all sets: NULL, or the member's path. */
static const char *difference(const json_t *a, const json_t *b)
{
	static const char *const members[][2] = {{"schema", NULL}, {"seed", NULL}, {"cases", NULL}, {"machine", "cpu"}, {"machine", "isa_cap"},
		{"attnbench", "commit"}, {"attnbench", "compiler"}, {"attnbench", "cflags"}};
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		const json_t *x = json_object_get(a, members[i][0]), *y = json_object_get(b, members[i][0]);
		if (members[i][1])
			x = json_object_get(x, members[i][1]), y = json_object_get(y, members[i][1]);
		if (!x || !json_equal(x, y))
			return members[i][1] ? members[i][1] : members[i][0];
	}
	return NULL;
}

struct numbered {
	json_t *entry;
	size_t set;
};

static long long place(const struct numbered *x, const char *member)
{
	return json_integer_value(json_object_get(x->entry, member));
}

static int by_place(const void *a, const void *b)
{
	static const char *const members[] = {"family_index", "per_family_instance_index"};
	for (int i = 0; i < 2; i++) {
		long long x = place(a, members[i]), y = place(b, members[i]);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

/* All entries in the order of the whole sweep. NULL after a message: two sets hold the same point. */
static json_t *merged_entries(const struct merge *m)
{
	size_t n = 0, k = 0, i;
	json_t *all = json_array(), *e;
	for (size_t s = 0; s < m->n; s++)
		n += json_array_size(json_object_get(m->sets[s], "benchmarks"));
	struct numbered *entries = calloc(n + 1, sizeof *entries);
	for (size_t s = 0; entries && s < m->n; s++)
		json_array_foreach(json_object_get(m->sets[s], "benchmarks"), i, e)
			entries[k++] = (struct numbered){e, s};
	if (entries)
		qsort(entries, k, sizeof *entries, by_place);
	for (i = 0; i < k; i++) {
		if (i && !by_place(&entries[i - 1], &entries[i])) {
			command_fail(EXIT_ENVIRONMENT, "merge: %s and %s both hold %s: expected shards of one sweep", m->paths[entries[i - 1].set], m->paths[entries[i].set],
			             json_string_value(json_object_get(entries[i].entry, "name")));
			json_decref(all);
			all = NULL;
			break;
		}
		json_array_append(all, entries[i].entry);
	}
	free(entries);
	return all;
}

/* The first set's, with the canaries' samples and the warnings of all, what follows from all entries, and each set's own beside it. */
static json_t *merged_context(const struct merge *m, const json_t *entries)
{
	json_t *context = json_deep_copy(context_of(m, 0)), *shards = json_array();
	json_t *samples = json_incref(json_object_get(json_object_get(context, "canary"), "samples_ns")), *warnings = json_object_get(context, "warnings");
	json_t *waited = json_incref(json_object_get(json_object_get(context, "canary"), "waited"));
	json_t *paces = json_incref(json_object_get(json_object_get(context, "canary"), "pace_ns"));
	long long pending = 0;
	for (size_t i = 0; i < m->n; i++) {
		json_array_append(shards, context_of(m, i));
		pending += json_integer_value(json_object_get(context_of(m, i), "pending"));
		if (i == 0)
			continue;
		json_array_extend(samples, json_object_get(json_object_get(context_of(m, i), "canary"), "samples_ns"));
		json_array_extend(waited, json_object_get(json_object_get(context_of(m, i), "canary"), "waited"));
		json_array_extend(paces, json_object_get(json_object_get(context_of(m, i), "canary"), "pace_ns"));
		json_array_extend(warnings, json_object_get(context_of(m, i), "warnings"));
	}
	json_object_set_new(context, "canary", set_canary(samples, waited, paces));
	json_object_del(context, "shard");
	json_object_set_new(context, "pending", json_integer(pending));
	json_object_set_new(context, "growth", set_growth(entries));
	json_object_set_new(context, "shards", shards);
	return context;
}

static int read_all(struct merge *m)
{
	char why[4608];
	for (size_t i = 0; i < m->n; i++) {
		m->sets[i] = set_read(m->paths[i], why, sizeof why);
		if (!m->sets[i])
			return command_fail(EXIT_ENVIRONMENT, "merge: %s", why);
		const char *differs = difference(context_of(m, 0), context_of(m, i));
		if (differs)
			return command_fail(EXIT_ENVIRONMENT, "merge: %s and %s differ in %s: expected shards of one sweep on one kind of machine", m->paths[0], m->paths[i], differs);
	}
	return EXIT_OK;
}

/* "entries" are points; "pending": those of the shards' own that have not been measured. */
static int print_json(const struct merge *m, const json_t *set)
{
	const json_t *context = json_object_get(set, "context");
	json_t *sets = json_array();
	for (size_t i = 0; i < m->n; i++)
		json_array_append_new(sets, command_json_text(m->paths[i]));
	return command_print_json(json_pack("{so so sO sI sO}", "out", command_json_text(m->out), "sets", sets, "cases", json_object_get(context, "cases"), "entries",
		(json_int_t)json_array_size(json_object_get(set, "benchmarks")), "pending", json_object_get(context, "pending")));
}

int command_merge(int argc, char **argv)
{
	static const struct argp argp = {options, parse, "SET.json...", "Joins the shards of a sweep.", NULL, NULL, NULL};
	static struct merge m;
	argp_parse(&argp, argc, argv, 0, NULL, &m);
	int status = read_all(&m);
	json_t *entries = status == EXIT_OK ? merged_entries(&m) : NULL;
	if (status == EXIT_OK && !entries)
		status = EXIT_ENVIRONMENT;
	if (status == EXIT_OK) {
		json_t *set = json_pack("{so so}", "context", merged_context(&m, entries), "benchmarks", entries);
		int error = set_write(m.out, set);
		if (error)
			status = command_fail(EXIT_ENVIRONMENT, "merge: --out %s: %s", m.out, strerror(error));
		else if (m.json)
			status = print_json(&m, set);
		json_decref(set);
	}
	for (size_t i = 0; i < m.n; i++)
		json_decref(m.sets[i]);
	return status;
}
#endif
