/* attnbench compare: regressions between two result sets.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/compare.h"
#include "harness/compare_within.h"
#include "harness/sweep_set.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef HAVE_JANSSON
int command_compare(int argc, char **argv)
{
	(void)argc, (void)argv;
	return command_fail(EXIT_ENVIRONMENT, "compare: this build has no jansson: " WHY_JANSSON);
}
#else

enum { GOALS = 16 };

struct compare_options {
	const char *paths[2], *within;
	int n, format; /* 't', 'm', 'j' */
	double threshold;
	struct within_goal goals[GOALS];
	size_t n_goals;
};

static const struct argp_option options[] = {
	{"threshold", 't', "PERCENT", 0, "the least difference that counts [5]; more where the canary shows more noise", 0},
	{"within", 'w', "NAME", 0, "one set alone: that implementation against the others in it, and how near it is to the roofs", 0},
	{"goal", 'g', "[WORKLOADS=]X", 0, "with --within: the best other is to take X times as long, in workloads that match the glob; may be repeated, of those that match one the last counts. A miss ends with 1", 0},
	{"format", 'f', "text|md|json", 0, "how to print it [text]", 0},
	{"json", 'j', NULL, 0, "the same as --format json", 0},
	{0}};

/* "GLOB=X", or "X" for all. */
static void parse_goal(struct argp_state *state, struct compare_options *o, char *argument)
{
	char *equals = strrchr(argument, '='), *end;
	const char *number = equals ? equals + 1 : argument;
	double ratio = strtod(number, &end);
	if (end == number || *end || !(ratio > 0 && ratio <= 1e6))
		argp_error(state, "--goal \"%s\": expected WORKLOADS=X or X, with X a number above 0 and up to 1000000", argument);
	if (o->n_goals == GOALS)
		argp_error(state, "--goal: more than %d", GOALS);
	if (equals)
		*equals = 0;
	o->goals[o->n_goals++] = (struct within_goal){equals ? argument : "*", ratio};
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct compare_options *o = state->input;
	char *end;
	switch (key) {
	case 't':
		o->threshold = strtod(argument, &end) / 100;
		if (end == argument || *end || !(o->threshold >= 0 && o->threshold <= 10))
			argp_error(state, "--threshold \"%s\": expected a number from 0 to 1000", argument);
		return 0;
	case 'f':
		if (strcmp(argument, "text") && strcmp(argument, "md") && strcmp(argument, "json"))
			argp_error(state, "--format \"%s\": expected text, md or json", argument);
		o->format = *argument;
		return 0;
	case 'j':
		o->format = 'j';
		return 0;
	case 'w':
		o->within = argument;
		return 0;
	case 'g':
		parse_goal(state, o, argument);
		return 0;
	case ARGP_KEY_ARG:
		if (o->n == 2)
			argp_error(state, "unexpected argument \"%s\": expected two result sets", argument);
		o->paths[o->n++] = argument;
		return 0;
	case ARGP_KEY_END:
		if (o->within && o->n != 1)
			argp_error(state, "--within: expected one result set");
		if (o->n_goals && !o->within)
			argp_error(state, "--goal: expected --within, which names the implementation");
		if (!o->within && o->n != 2)
			argp_error(state, "expected two result sets, BASE.json and NEW.json");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int print(const struct comparison *c, int format)
{
	if (format == 'j')
		return compare_print_json(c) ? command_fail(EXIT_ENVIRONMENT, "compare: the JSON could not be written") : EXIT_OK;
	if (format == 'm')
		compare_print_markdown(c);
	else
		compare_print_text(c);
	return EXIT_OK;
}

static int print_within(const struct compare_options *o)
{
	char why[4608];
	struct within w = {NULL, 0};
	json_t *set = set_read(o->paths[0], why, sizeof why);
	int status = EXIT_OK;
	if (!set)
		return command_fail(EXIT_ENVIRONMENT, "compare: %s", why);
	if (within_set(set, o->within, &w, why, sizeof why))
		status = command_fail(EXIT_USAGE, "compare: --within: %s: %s", o->paths[0], why);
	within_aim(&w, o->goals, o->n_goals);
	if (status == EXIT_OK && within_print(set, o->within, &w, o->format))
		status = command_fail(EXIT_ENVIRONMENT, "compare: the JSON could not be written");
	if (status == EXIT_OK && within_missed(&w))
		status = EXIT_CHECK_FAILED;
	within_free(&w);
	json_decref(set);
	return status;
}

int command_compare(int argc, char **argv)
{
	static const struct argp argp = {options, parse, "BASE.json NEW.json\n--within=NAME SET.json", "Says what became slower, faster or broken between two result sets. Ends with 1 on a regression, or where a goal is missed.", NULL, NULL, NULL};
	struct compare_options o = {.format = 't', .threshold = 0.05};
	struct comparison c = {0};
	char why[4608];
	json_t *sets[2] = {NULL, NULL};
	int status = EXIT_OK;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.within)
		return print_within(&o);
	for (int i = 0; i < 2 && status == EXIT_OK; i++)
		if (!(sets[i] = set_read(o.paths[i], why, sizeof why)))
			status = command_fail(EXIT_ENVIRONMENT, "compare: %s", why);
	if (status == EXIT_OK && compare_sets(sets[0], sets[1], o.threshold, &c))
		status = command_fail(EXIT_ENVIRONMENT, "compare: no memory");
	if (status == EXIT_OK)
		status = print(&c, o.format);
	for (size_t i = 0; status == EXIT_OK && i < c.n; i++)
		if (verdict_is_regression(c.pairs[i].verdict))
			status = EXIT_CHECK_FAILED;
	compare_free(&c);
	json_decref(sets[0]);
	json_decref(sets[1]);
	return status;
}
#endif
