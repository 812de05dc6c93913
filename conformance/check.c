/* attnbench check: conformance.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/check_json.h"
#include "conformance/runner.h"
#include "conformance/shrink.h"
#include "conformance/tap.h"
#include "harness/command.h"
#include "harness/problem.h"
#include "harness/registry.h"

#include <argp.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct check_options {
	const char *impls, *suites, *filter;
	char *plugged; /* names of the implementations that --plugin brought */
	int jobs, threads, json, first;
	double seconds;
	struct suite_options suite;
};

enum { OPTION_ONNX = 256, OPTION_SEED, OPTION_COUNT, OPTION_FORMAT, OPTION_THREADS, OPTION_TIMEOUT, OPTION_FIRST, OPTION_REPEATS, OPTION_DEEP, OPTION_CASE, OPTION_JSON };

static const struct argp_option option_table[] = {
	{"impl", 'i', "A,B", 0, "implementations, names or globs [all]", 0},
	{"plugin", 'p', "FILE.so", 0, "load a plugin, and check its implementations only unless --impl says else", 0},
	{"suite", 's', "S,...", 0, "suites [all; attnbench list suites]", 0},
	{"onnx", OPTION_ONNX, "DIR", 0, "ONNX backend tests of Attention, one folder or a folder of such; without --suite these only", 0},
	{"filter", 'f', "GLOB", 0, "cases whose name or problem key matches", 0},
	{"case", OPTION_CASE, "KEY/inputs:R/seed:N", 0, "this one case of the suite random, as a shrunk failure is printed", 0},
	{"seed", OPTION_SEED, "N", 0, "of the random suite [1]", 0},
	{"count", OPTION_COUNT, "N", 0, "cases of the random suite [150, with --deep 2000]", 0},
	{"repeats", OPTION_REPEATS, "N", 0, "runs of a plan in the threads suite [12, with --deep 100]; from 100 on every number of threads is tried", 0},
	{"deep", OPTION_DEEP, NULL, 0, "longer lengths, all block borders, more repeats and draws: minutes for each implementation", 0},
	{"jobs", 'j', "N", 0, "groups at a time [cores]", 0},
	{"threads", OPTION_THREADS, "N", 0, "threads given to an implementation [2]", 0},
	{"timeout", OPTION_TIMEOUT, "S", 0, "seconds a case may take [60]", 0},
	{"first", OPTION_FIRST, NULL, 0, "leave an implementation at its first failure", 0},
	{"format", OPTION_FORMAT, "tap|json", 0, "form of the results [tap]", 0},
	{"json", OPTION_JSON, NULL, 0, "the same as --format json", 0},
	{NULL, 0, NULL, 0, NULL, 0}};

static long long number(struct argp_state *state, const char *option, const char *text, long long least)
{
	char *end;
	long long x = strtoll(text, &end, 10);
	if (*end || end == text || x < least)
		argp_error(state, "--%s is \"%s\": expected a whole number of %lld or more", option, text, least);
	return x;
}

static void load_plugin(struct argp_state *state, const char *path, struct check_options *o)
{
	char why[4608];
	size_t before = registry_count();
	if (registry_load(path, why, sizeof why) != ATTN_OK)
		exit(command_fail(EXIT_ENVIRONMENT, "%s", why));
	for (size_t i = before; i < registry_count(); i++) {
		size_t n = o->plugged ? strlen(o->plugged) : 0, more = strlen(registry_at(i)->name) + 2;
		char *longer = realloc(o->plugged, n + more);
		if (!longer)
			exit(command_fail(EXIT_ENVIRONMENT, "no memory for the names of a plugin's implementations"));
		o->plugged = longer;
		snprintf(o->plugged + n, more, "%s%s", n ? "," : "", registry_at(i)->name);
	}
	(void)state;
}

static void check_case_name(struct argp_state *state, const char *name)
{
	struct case_list list = {.why = ""};
	if (!shrink_case_add(&list, name))
		argp_error(state, "--case: %s", list.why);
	case_list_free(&list);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct check_options *o = state->input;
	switch (key) {
	case 'i':
		o->impls = argument;
		break;
	case 'p':
		load_plugin(state, argument, o);
		break;
	case 's':
		o->suites = argument;
		break;
	case 'f':
		o->filter = argument;
		break;
	case 'j':
		o->jobs = (int)number(state, "jobs", argument, 1);
		break;
	case OPTION_ONNX:
		o->suite.onnx = argument;
		break;
	case OPTION_SEED:
		o->suite.seed = (uint64_t)number(state, "seed", argument, 0);
		break;
	case OPTION_COUNT:
		o->suite.count = number(state, "count", argument, 1);
		break;
	case OPTION_REPEATS:
		o->suite.repeats = number(state, "repeats", argument, 1);
		break;
	case OPTION_THREADS:
		o->threads = (int)number(state, "threads", argument, 1);
		break;
	case OPTION_TIMEOUT:
		o->seconds = (double)number(state, "timeout", argument, 1);
		break;
	case OPTION_CASE:
		check_case_name(state, argument);
		o->suite.one = argument;
		break;
	case OPTION_DEEP:
		o->suite.deep = 1;
		break;
	case OPTION_FIRST:
		o->first = 1;
		break;
	case OPTION_FORMAT:
		if (strcmp(argument, "tap") && strcmp(argument, "json"))
			argp_error(state, "--format is \"%s\": expected tap or json", argument);
		o->json = !strcmp(argument, "json");
		break;
	case OPTION_JSON:
		o->json = 1;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument \"%s\"", argument);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* Whether a comma-separated list names the suite. */
static int is_listed(const char *list, const char *name)
{
	size_t n = strlen(name);
	for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (!strncmp(at, name, n) && (at[n] == ',' || !at[n]))
			return 1;
	return 0;
}

static int suites_are_known(const char *list)
{
	char *copy = strdup(list), *rest = copy, *one;
	int known = 1;
	while (known && (one = strsep(&rest, ","))) {
		known = 0;
		for (const struct suite *s = suites; s->name; s++)
			known |= !strcmp(s->name, one);
		if (!known)
			command_fail(EXIT_USAGE, "suite \"%s\": there is none of that name (attnbench list suites)", one);
	}
	free(copy);
	return known;
}

/* A case's name, its problem's key (the name's beginning), or a glob of either. */
static int matches(const char *filter, const struct check_case *c)
{
	char key[ATTN_KEY_SIZE];
	attn_problem_print(&c->problem, key);
	return !filter || !strcmp(filter, c->name) || !fnmatch(filter, c->name, 0) || !fnmatch(filter, key, 0);
}

static void keep_matching(struct case_list *list, const char *filter)
{
	size_t kept = 0;
	for (size_t i = 0; i < list->count; i++)
		if (matches(filter, &list->cases[i]))
			list->cases[kept++] = list->cases[i];
		else
			free(list->cases[i].name);
	list->count = kept;
}

struct check_run {
	struct check_options options;
	const struct attn_impl **impls;
	struct runner_group *groups;
	size_t count, told, cases;
	int failed;
	struct check_json *json;
};

/* One group for each implementation and suite that has cases. */
static int make_groups(struct check_run *run)
{
	size_t impls = 0, all = 0;
	while (run->impls[impls])
		impls++;
	while (suites[all].name)
		all++;
	run->groups = calloc(impls * all + 1, sizeof *run->groups);
	for (size_t i = 0; run->groups && i < impls; i++)
		for (size_t s = 0; s < all; s++) {
			struct runner_group g = {run->impls[i], &suites[s], {0}, NULL, NULL, &run->options.suite, run->options.threads, run->options.first, run->options.seconds};
			if (run->options.suites && !is_listed(run->options.suites, suites[s].name))
				continue;
			run->options.suite.impl = run->impls[i];
			suites[s].list(&g.list, &run->options.suite);
			if (g.list.why[0]) {
				int status = command_fail(EXIT_ENVIRONMENT, "suite %s: %s", suites[s].name, g.list.why);
				case_list_free(&g.list);
				return status;
			}
			keep_matching(&g.list, run->options.filter);
			run->cases += g.list.count;
			if (g.list.count)
				run->groups[run->count++] = g;
			else
				case_list_free(&g.list);
		}
	if (!run->groups)
		return command_fail(EXIT_ENVIRONMENT, "no memory for the list of cases");
	if (!run->cases)
		return command_fail(EXIT_USAGE, "no case matches%s%s", run->options.filter ? " --filter " : "", run->options.filter ? run->options.filter : "");
	return EXIT_OK;
}

static void tell(const struct runner_group *group, void *context)
{
	struct check_run *run = context;
	run->told++;
	for (size_t i = 0; i < group->list.count; i++)
		run->failed |= group->attempts[i].status != ATTEMPT_PASSED && group->attempts[i].status != ATTEMPT_SKIPPED;
	if (run->json)
		check_json_group(run->json, group);
	else
		tap_group(group, run->told);
}

static int run_groups(struct check_run *run)
{
	char why[256];
	if (run->options.json && !(run->json = check_json_begin(why, sizeof why)))
		return command_fail(EXIT_ENVIRONMENT, "--format json: %s", why);
	if (!run->options.json)
		tap_begin(run->count);
	if (!runner_run(run->groups, run->count, run->options.jobs, tell, run)) {
		if (!run->options.json)
			puts("Bail out! the children that run the cases could not be started, or were killed");
		return command_fail(EXIT_ENVIRONMENT, "the children that run the cases could not be started, or were killed");
	}
	if (run->json)
		check_json_end(run->json, stdout);
	return run->failed ? EXIT_CHECK_FAILED : EXIT_OK;
}

int command_check(int argc, char **argv)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	struct check_run run = {.options = {.jobs = cores > 0 ? (int)cores : 1, .threads = 2, .seconds = 60, .suite = {.seed = 1}}};
	const struct argp parser = {option_table, parse_option, NULL, "Checks implementations against the suites: TAP on stdout, exit status 1 when a case failed.", NULL, NULL, NULL};
	char why[512];

	argp_parse(&parser, argc, argv, 0, NULL, &run.options);
	if (run.options.suite.onnx && !run.options.suites)
		run.options.suites = "onnx";
	if (run.options.suite.one)
		run.options.suites = "random";
	if (run.options.suites && !suites_are_known(run.options.suites))
		return EXIT_USAGE;
	if (!run.options.impls)
		run.options.impls = run.options.plugged;
	if (registry_select(run.options.impls, &run.impls, why, sizeof why) != ATTN_OK)
		return command_fail(EXIT_USAGE, "%s", why);
	int status = make_groups(&run);
	if (status == EXIT_OK)
		status = run_groups(&run);
	for (size_t i = 0; i < run.count; i++)
		case_list_free(&run.groups[i].list);
	free(run.groups);
	free(run.impls);
	free(run.options.plugged);
	return status;
}
