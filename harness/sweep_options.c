/* Parsing of sweep's options, and their defaults.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_options.h"
#include "harness/command.h"
#include "harness/machine.h"
#include "harness/registry.h"

#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_IMPL = 256, KEY_PLUGIN, KEY_WORKLOAD, KEY_DTYPE, KEY_CAUSAL, KEY_QUICK, KEY_SEED, KEY_MAX_SECONDS, KEY_BUDGET, KEY_MIN_SECONDS, KEY_REPETITIONS, KEY_PASSES, KEY_DISTURBED, KEY_CI, KEY_TIMEOUT, KEY_RESUME, KEY_CACHE, KEY_COUNTERS,
	KEY_SHARD, KEY_DRY_RUN, KEY_OUT, KEY_JSON, KEY_RANGES };

static const struct argp_option argp_options[] = {
	{"impl", KEY_IMPL, "LIST", 0, "implementations, names or globs [all]", 1},
	{"plugin", KEY_PLUGIN, "FILE.so", 0, "load a plugin; may be repeated", 1},
	{"workload", KEY_WORKLOAD, "LIST", 0, "named workloads (attnbench list workloads), files of them, or \"length\": the plain sweep over shapes [length]", 1},
	{NULL, 0, NULL, 0, "Shapes of the plain sweep. RANGE is a list like 128,512 or a range FIRST:LAST:xN or FIRST:LAST:+N:", 2},
	{"b", KEY_RANGES + 0, "RANGE", 0, "batch [1]", 2},
	{"hq", KEY_RANGES + 1, "RANGE", 0, "query heads [8]", 2},
	{"hkv", KEY_RANGES + 2, "RANGE", 0, "key and value heads [hq]", 2},
	{"sq", KEY_RANGES + 3, "RANGE", 0, "query rows [128:4096:x2]", 2},
	{"skv", KEY_RANGES + 4, "RANGE", 0, "key and value rows [sq]", 2},
	{"d", KEY_RANGES + 5, "RANGE", 0, "columns of queries and keys [64]", 2},
	{"dv", KEY_RANGES + 6, "RANGE", 0, "columns of values [d]", 2},
	{"dtype", KEY_DTYPE, "LIST", 0, "f32, f64, bf16, f16 [f32]; with --workload instead of the workload's own", 2},
	{"causal", KEY_CAUSAL, "LIST", 0, "none, top-left, bottom-right [none,top-left]", 2},
	{NULL, 0, NULL, 0, "Measuring:", 3},
	{"threads", KEY_RANGES + 7, "RANGE", 0, "threads of an implementation [all processors]", 3},
	{"quick", KEY_QUICK, NULL, 0, "under a minute: shorter lengths, fewer repetitions", 3},
	{"repetitions", KEY_REPETITIONS, "N", 0, "samples of each point [15; quick 7]", 3},
	{"passes", KEY_PASSES, "N", 0, "go over all points so many times, each time in another order, for a share of the samples, three or more [5; quick 2]", 3},
	{"disturbed", KEY_DISTURBED, "N", 0, "up to N times as many where other work, or a slow processor, disturbs them, as far as --max-seconds lets [2; quick 1]", 3},
	{"ci", KEY_CI, "PERCENT", 0, "go on until half of the median's 95 % interval is below this share of it, as far as --max-seconds lets", 3},
	{"min-seconds", KEY_MIN_SECONDS, "S", 0, "one repetition calls again until this is over [0.05; quick 0.015]", 3},
	{"max-seconds", KEY_MAX_SECONDS, "S", 0, "skip points that would take longer [30; quick 4]", 3},
	{"budget", KEY_BUDGET, "S", 0, "keep to so many seconds in all: a sweep that is late makes fewer passes [540; quick 50; with other options that say what to sweep, or how often: none]", 3},
	{"timeout", KEY_TIMEOUT, "S", 0, "an implementation that does not answer for so long hangs [10 + 2 max-seconds]", 3},
	{"cache", KEY_CACHE, "cold|warm", 0, "where each call finds its inputs: in memory, or in the caches as far as they fit [warm; decoding, which is sq up to 16 and more keys: cold]", 3},
	{"counters", KEY_COUNTERS, "LIST", 0, "hardware events to count, by libpfm's names; without this option as far as the system permits [cycles,instructions,cache-misses]", 3},
	{"seed", KEY_SEED, "N", 0, "of inputs, order and sampled rows [1]", 3},
	{NULL, 0, NULL, 0, "Running long:", 4},
	{"dry-run", KEY_DRY_RUN, NULL, 0, "say which points there are, and measure nothing", 4},
	{"shard", KEY_SHARD, "I/N", 0, "this is part I of N; attnbench merge joins them", 4},
	{"resume", KEY_RESUME, NULL, 0, "go on where the run that wrote --out was interrupted", 4},
	{"out", KEY_OUT, "R.json", 0, "the result set to write", 4},
	{"json", KEY_JSON, NULL, 0, "the table as JSON on stdout: summary, warnings, growth, and each point without its samples; with --dry-run the cases", 4},
	{0}};

static struct range *range_at(struct sweep_options *o, int i)
{
	struct range *const ranges[] = {&o->batch, &o->heads_q, &o->heads_kv, &o->len_q, &o->len_kv, &o->dim_qk, &o->dim_v, &o->threads};
	return ranges[i];
}

enum { RANGE_THREADS = 7, RANGES = 8 };

/* "" or what was expected of a comma-separated list of names. */
static int parse_dtypes(const char *list, struct sweep_options *o)
{
	char *copy = strdup(list), *rest = copy;
	int good = copy != NULL;
	o->n_dtypes = 0;
	for (char *one; good && (one = strsep(&rest, ","));) {
		int dtype = attn_dtype_parse(one);
		good = (dtype == ATTN_F32 || dtype == ATTN_F64 || dtype == ATTN_BF16 || dtype == ATTN_F16) && o->n_dtypes < sizeof o->dtypes / sizeof *o->dtypes;
		if (good)
			o->dtypes[o->n_dtypes++] = dtype;
	}
	free(copy);
	return good;
}

static int parse_causal(const char *list, struct sweep_options *o)
{
	static const char *const names[SWEEP_CAUSAL_KINDS] = {"none", "top-left", "bottom-right"};
	char *copy = strdup(list), *rest = copy;
	int good = copy != NULL;
	o->n_causal = 0;
	for (char *one; good && (one = strsep(&rest, ","));) {
		good = 0;
		for (int i = 0; i < SWEEP_CAUSAL_KINDS && o->n_causal < SWEEP_CAUSAL_KINDS; i++)
			if (!strcmp(one, names[i]))
				o->causal[o->n_causal++] = i, good = 1;
	}
	free(copy);
	return good;
}

static double parse_number(const struct argp_state *state, const char *option, const char *text, double least, double most)
{
	char *end;
	double x = strtod(text, &end);
	if (end == text || *end || !(x >= least && x <= most))
		argp_error(state, "--%s \"%s\": expected a number from %g to %g", option, text, least, most);
	return x;
}

/* "2" or "2%", as a fraction */
static double parse_percent(const struct argp_state *state, const char *option, const char *text)
{
	char number[32];
	size_t n = strlen(text);
	snprintf(number, sizeof number, "%.*s", n && text[n - 1] == '%' ? (int)n - 1 : (int)n, text);
	return parse_number(state, option, number, 0.01, 100) / 100;
}

static unsigned long long parse_seed(const struct argp_state *state, const char *text)
{
	char *end;
	errno = 0;
	unsigned long long x = strtoull(text, &end, 10);
	if (end == text || *end || errno || *text == '-' || x >> 53)
		argp_error(state, "--seed \"%s\": expected a whole number from 0 to 2^53 - 1", text);
	return x;
}

static void parse_shard(const struct argp_state *state, struct sweep_options *o, const char *text)
{
	int length = 0;
	if (sscanf(text, "%ld/%ld%n", &o->shard, &o->shards, &length) != 2 || text[length] || o->shard < 1 || o->shard > o->shards)
		argp_error(state, "--shard \"%s\": expected I/N with I from 1 to N", text);
}

struct parsing {
	struct sweep_options *o;
	const char *plugins[64];
	size_t n_plugins;
};

static void parse_range(const struct argp_state *state, struct sweep_options *o, int i, const char *text)
{
	static const char *const names[RANGES] = {"b", "hq", "hkv", "sq", "skv", "d", "dv", "threads"};
	char why[256];
	range_free(range_at(o, i));
	if (range_parse(text, 1, range_at(o, i), why, sizeof why))
		argp_error(state, "--%s %s", names[i], why);
	if (i != RANGE_THREADS)
		o->shape_given = 1;
	else if (o->threads.values[o->threads.n - 1] > 4096)
		argp_error(state, "--threads \"%s\": expected at most 4096", text);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct parsing *p = state->input;
	struct sweep_options *o = p->o;
	switch (key) {
	case KEY_IMPL: o->impls = argument; break;
	case KEY_WORKLOAD: o->workloads = argument; break;
	case KEY_OUT: o->out = argument; break;
	case KEY_QUICK: o->quick = 1; break;
	case KEY_JSON: o->json = 1; break;
	case KEY_SEED: o->seed = parse_seed(state, argument); break;
	case KEY_COUNTERS: o->counters = argument; break;
	case KEY_CACHE:
		o->cache = !strcmp(argument, "cold") ? SWEEP_CACHE_COLD : SWEEP_CACHE_WARM;
		if (strcmp(argument, "cold") && strcmp(argument, "warm"))
			argp_error(state, "--cache \"%s\": expected cold or warm", argument);
		break;
	case KEY_RESUME: o->resume = 1; break;
	case KEY_DRY_RUN: o->dry_run = 1; break;
	case KEY_SHARD: parse_shard(state, o, argument); break;
	case KEY_TIMEOUT: o->timeout = parse_number(state, "timeout", argument, 0.001, 1e6); break;
	case KEY_CI: o->ci = parse_percent(state, "ci", argument); break;
	case KEY_MAX_SECONDS: o->max_seconds = parse_number(state, "max-seconds", argument, 0.001, 1e6); break;
	case KEY_BUDGET: o->budget = parse_number(state, "budget", argument, 1, 1e9); break;
	case KEY_MIN_SECONDS: o->min_seconds = parse_number(state, "min-seconds", argument, 1e-6, 3600); break;
	case KEY_REPETITIONS: o->repetitions = (size_t)parse_number(state, "repetitions", argument, 1, 10000); break;
	case KEY_PASSES: o->passes = (size_t)parse_number(state, "passes", argument, 1, SWEEP_MOST_PASSES / 2); break;
	case KEY_DISTURBED: o->disturbed_more = (size_t)parse_number(state, "disturbed", argument, 1, 10); break;
	case KEY_PLUGIN:
		if (p->n_plugins == sizeof p->plugins / sizeof *p->plugins)
			argp_error(state, "--plugin: more than %zu", p->n_plugins);
		p->plugins[p->n_plugins++] = argument;
		break;
	case KEY_DTYPE:
		if (!parse_dtypes(argument, o))
			argp_error(state, "--dtype \"%s\": expected a list of f32, f64, bf16, f16", argument);
		o->dtype_given = 1;
		break;
	case KEY_CAUSAL:
		if (!parse_causal(argument, o))
			argp_error(state, "--causal \"%s\": expected a list of none, top-left, bottom-right", argument);
		o->shape_given = 1;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument \"%s\": options only", argument);
		break;
	case ARGP_KEY_END:
		if (!o->out && !o->dry_run)
			argp_error(state, "--out is missing: expected the path of the result set to write");
		break;
	default:
		if (key < KEY_RANGES || key >= KEY_RANGES + RANGES)
			return ARGP_ERR_UNKNOWN;
		parse_range(state, o, key - KEY_RANGES, argument);
	}
	return 0;
}

/* A list that follows from another one has the single value -1. */
static int fill_range(struct range *r, const char *fallback)
{
	char why[64];
	if (r->n)
		return 0;
	return fallback ? range_parse(fallback, 1, r, why, sizeof why) : range_of(-1, r);
}

/* Nothing was said of what to sweep, or how well. */
static int is_usual(const struct sweep_options *o)
{
	return !o->workloads && !o->shape_given && !o->dtype_given && o->threads.n <= 1 && !o->repetitions && !o->passes && !o->disturbed_more &&
	       !(o->ci > 0 || o->min_seconds > 0 || o->max_seconds > 0);
}

static int fill_defaults(struct sweep_options *o)
{
	if (o->budget <= 0)
		o->budget = o->quick ? 50 : is_usual(o) ? 540 : 0;
	int failed = fill_range(&o->batch, "1") | fill_range(&o->heads_q, "8") | fill_range(&o->heads_kv, NULL) | fill_range(&o->len_kv, NULL) |
	             fill_range(&o->dim_qk, "64") | fill_range(&o->dim_v, NULL) | fill_range(&o->len_q, o->quick ? "128:1024:x2" : "128:4096:x2");
	if (!o->threads.n)
		failed |= range_of(machine_cpus(), &o->threads);
	if (!o->n_dtypes)
		o->dtypes[o->n_dtypes++] = ATTN_F32;
	if (!o->n_causal)
		o->n_causal = 2, o->causal[1] = 1;
	if (!o->repetitions)
		o->repetitions = o->quick ? 7 : 15;
	if (!o->passes)
		o->passes = o->quick ? 2 : 5;
	if (o->min_seconds <= 0)
		o->min_seconds = o->quick ? 0.015 : 0.05;
	if (o->max_seconds <= 0)
		o->max_seconds = o->quick ? 4 : 30;
	o->least_repetitions = o->repetitions < 3 ? o->repetitions : 3;
	if (!o->disturbed_more)
		o->disturbed_more = o->quick ? 1 : 2;
	o->most_repetitions = o->ci > 0 && o->repetitions < 1000 ? 1000 : o->repetitions * o->disturbed_more;
	o->rows = o->quick ? 16 : 48;
	return failed;
}

static char *joined(int argc, char **argv)
{
	size_t size = 1;
	for (int i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	char *line = calloc(1, size);
	for (int i = 0; line && i < argc; i++)
		strcat(strcat(line, i ? " " : ""), argv[i]);
	return line;
}

int sweep_options_parse(int argc, char **argv, struct sweep_options *o)
{
	static const struct argp argp = {argp_options, parse, "", "Times implementations over many problems, and measures their memory.", NULL, NULL, NULL};
	struct parsing p = {.o = o};
	char why[4608];

	memset(o, 0, sizeof *o);
	o->seed = 1;
	o->command = joined(argc, argv); /* before argp reorders it */
	argp_parse(&argp, argc, argv, 0, NULL, &p);
	if (!o->command || fill_defaults(o))
		return command_fail(EXIT_ENVIRONMENT, "sweep: no memory for the options");
	if (o->counters && counters_check(o->counters, why, sizeof why))
		return command_fail(EXIT_USAGE, "sweep: --counters: %s", why);
	if (!o->counters)
		o->counters = counters_usual;
	for (size_t i = 0; i < p.n_plugins; i++)
		if (registry_load(p.plugins[i], why, sizeof why) != ATTN_OK)
			return command_fail(EXIT_ENVIRONMENT, "sweep: %s", why);
	return EXIT_OK;
}

void sweep_options_free(struct sweep_options *o)
{
	for (int i = 0; i < RANGES; i++)
		range_free(range_at(o, i));
	free((void *)(uintptr_t)o->command);
}
