/* attnbench explain: attention step by step, for learners and for who debugs a kernel.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/explain.h"
#include "conformance/examples.h"
#include "harness/command.h"
#include "harness/npy.h"
#include "harness/problem.h"
#include "harness/registry.h"
#include "harness/run.h"
#include "harness/tensor.h"
#include "harness/wrap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_EXAMPLE = 0x2000, KEY_ROWS, KEY_KEYS, KEY_COLUMNS, KEY_HEAD, KEY_IMPL, KEY_AGAINST, KEY_PLUGIN, KEY_THREADS, KEY_TIMEOUT, KEY_HTML, KEY_SVG, KEY_JSON };
enum { SHOWN_MOST = 1024 };
static const char reference[] = "reference";

struct asked_range {
	int given;
	int64_t first, last;
};

struct request {
	struct problem_options problem;
	const char *example, *impl, *against, *html, *svg;
	struct asked_range rows, keys, columns;
	int64_t head[2];
	int head_given, json, plugin_failed;
	int64_t threads;
	double timeout;
	char plugin_why[4608];
};

static const struct argp_option options[] = {
	{"example", KEY_EXAMPLE, "NAME", 0, "a worked example in place of tensors (attnbench list examples); --scale, --causal, --window and --softcap may change it", 0},
	{NULL, 0, NULL, 0, "What is shown:", 3},
	{"rows", KEY_ROWS, "FIRST:LAST", 0, "query rows [the first 8]", 3},
	{"keys", KEY_KEYS, "FIRST:LAST", 0, "keys [the first 12]", 3},
	{"columns", KEY_COLUMNS, "FIRST:LAST", 0, "columns of the output [the first 12]", 3},
	{"head", KEY_HEAD, "BATCH,HEAD", 0, "one head [all where there are at most 4, else 0,0]", 3},
	{NULL, 0, NULL, 0, "Where implementations part ways:", 4},
	{"impl", KEY_IMPL, "NAME", 0, "the first (attnbench list)", 4},
	{"against", KEY_AGAINST, "NAME", 0, "the second, or reference [reference]", 4},
	{"plugin", KEY_PLUGIN, "FILE.so", 0, "load the implementations of a plugin first; may be repeated", 4},
	{"threads", KEY_THREADS, "N", 0, "threads they may use [the CPUs this process may run on]", 4},
	{"timeout", KEY_TIMEOUT, "SECONDS", 0, "longest time each may take; 0: any [600]", 4},
	{NULL, 0, NULL, 0, "Output:", 5},
	{"html", KEY_HTML, "FILE", 0, "write a page of it too, which needs no network", 5},
	{"svg", KEY_SVG, "FILE", 0, "write the heat map of the first head as a picture too (needs vl-convert: make charts)", 5},
	{"json", KEY_JSON, NULL, 0, "as JSON on stdout, in place of text", 5},
	{0}};

/* "3:9", or "3" for one alone. */
static int parse_range(const char *text, struct asked_range *r)
{
	char first[32];
	const char *colon = strchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : strlen(text);
	if (n >= sizeof first)
		return 0;
	memcpy(first, text, n);
	first[n] = 0;
	r->given = 1;
	return option_parse_int(first, 0, INT64_MAX, &r->first) && option_parse_int(colon ? colon + 1 : first, r->first, INT64_MAX, &r->last);
}

static int parse_head(const char *text, int64_t head[2])
{
	char first[32];
	const char *comma = strchr(text, ',');
	if (!comma || (size_t)(comma - text) >= sizeof first)
		return 0;
	memcpy(first, text, (size_t)(comma - text));
	first[comma - text] = 0;
	return option_parse_int(first, 0, INT64_MAX, &head[0]) && option_parse_int(comma + 1, 0, INT64_MAX, &head[1]);
}

/* "": taken; else what was expected. NULL: none of the options with a value that can be wrong. */
static const char *parse_value(int key, const char *text, struct request *r)
{
	static const char range[] = "FIRST:LAST, whole numbers of 0 or more, the first not above the last";
	switch (key) {
	case KEY_ROWS:
		return parse_range(text, &r->rows) ? "" : range;
	case KEY_KEYS:
		return parse_range(text, &r->keys) ? "" : range;
	case KEY_COLUMNS:
		return parse_range(text, &r->columns) ? "" : range;
	case KEY_HEAD:
		return r->head_given = 1, parse_head(text, r->head) ? "" : "BATCH,HEAD, two whole numbers of 0 or more";
	case KEY_THREADS:
		return option_parse_int(text, 1, 4096, &r->threads) ? "" : "a whole number from 1 to 4096";
	case KEY_TIMEOUT:
		return option_parse_float(text, &r->timeout) && r->timeout >= 0 ? "" : "a number of seconds of 0 or more";
	default:
		return NULL;
	}
}

static const char **name_of(int key, struct request *r)
{
	return key == KEY_EXAMPLE ? &r->example : key == KEY_IMPL ? &r->impl : key == KEY_AGAINST ? &r->against : key == KEY_HTML ? &r->html : key == KEY_SVG ? &r->svg : NULL;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct request *r = state->input;
	const char *expected = parse_value(key, text, r);
	if (expected) {
		const struct argp_option *o = options;
		while (o->key != key)
			o++;
		if (*expected)
			argp_error(state, "option --%s is \"%s\": expected %s", o->name, text, expected);
		return 0;
	}
	if (name_of(key, r))
		return *name_of(key, r) = text, 0;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &r->problem;
		return 0;
	case KEY_PLUGIN:
		if (!r->plugin_failed && registry_load(text, r->plugin_why, sizeof r->plugin_why) != ATTN_OK)
			r->plugin_failed = 1;
		return 0;
	case KEY_JSON:
		return r->json = 1, 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument \"%s\": expected options only", text);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char doc[] = "Show attention step by step: scores, scale, modifiers, masks, softmax row by row, the weights as a heat map, the output; from the reference, in long "
                          "double. Inputs are those of attnbench run, or a worked example.\v"
                          "With --impl the output of an implementation is compared with the reference, or with another implementation. Where they part ways: the first element, "
                          "its row's scores, the terms of its sum, the terms of its bound, and what the row is as if of.\n\n"
                          "Exit status: 0 they agree, or there was nothing to compare; 1 they part ways, or an implementation crashed, failed or took too long; 2 the command "
                          "line is wrong; 3 a file could not be read or written, tensors do not fit each other, there is no memory, or an implementation refused the problem.";

static int check_files(const struct request *r)
{
	const struct attn_problem *p = &r->problem.problem;
	for (int i = 0; i < INPUT_COUNT; i++)
		if (r->problem.file[i])
			return command_fail(EXIT_USAGE, "option --%s does not go with --example: expected one of them", problem_options_name(i));
	if (p->score != ATTN_SCALED_DOT)
		return command_fail(EXIT_USAGE, "option --score does not go with --example: an example has its own");
	if (p->causal && p->window_right > 0)
		return command_fail(EXIT_USAGE, "option --window has %lld keys after the row with --causal: expected 0 or -", (long long)p->window_right);
	return EXIT_OK;
}

static int check_options(const struct request *r)
{
	int status = EXIT_OK;
	if (r->plugin_failed)
		return command_fail(EXIT_ENVIRONMENT, "%s", r->plugin_why);
	if (r->against && !r->impl)
		return command_fail(EXIT_USAGE, "option --impl is missing: --against needs it");
	if (r->impl)
		status = run_check_impl(r->impl);
	if (!status && r->against && strcmp(r->against, reference))
		status = run_check_impl(r->against);
	if (!status && r->html && r->svg && !strcmp(r->html, r->svg))
		status = command_fail(EXIT_USAGE, "--html and --svg both name \"%s\": expected different files", r->html);
#ifndef HAVE_JANSSON
	if (!status && (r->json || r->html || r->svg))
		status = command_fail(EXIT_ENVIRONMENT, "option --%s: this build has no jansson: " WHY_JANSSON, r->json ? "json" : r->html ? "html" : "svg");
#endif
	if (status)
		return status;
	return r->example ? check_files(r) : problem_options_check(&r->problem);
}

static int unknown_example(const char *name)
{
	char names[1024] = "";
	size_t n = 0;
	for (size_t i = 0; example_name(i) && n < sizeof names; i++)
		n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", example_name(i));
	return command_fail(EXIT_USAGE, "unknown example \"%s\": expected one of %s", name, names);
}

/* What options say in place of the example's own. */
static void override(struct attn_problem *p, const struct problem_options *o)
{
	if (o->scale_given)
		p->scale = o->problem.scale;
	if (o->problem.causal)
		p->causal = 1;
	p->align = o->problem.align;
	p->window_left = o->problem.window_left, p->window_right = o->problem.window_right;
	p->softcap = o->problem.softcap;
}

static int load_example(const struct request *r, struct attn_problem *p, struct attn_tensors *t, struct explanation *e)
{
	char why[512];
	size_t i = 0;
	while (example_name(i) && strcmp(example_name(i), r->example))
		i++;
	if (!example_name(i))
		return unknown_example(r->example);
	if (attn_problem_parse(example_key(i), p, why, sizeof why) != ATTN_OK)
		return command_fail(EXIT_ENVIRONMENT, "example %s: %s", r->example, why);
	if (r->problem.scale_given && p->score != ATTN_SCALED_DOT && p->score != ATTN_COSINE)
		return command_fail(EXIT_USAGE, "option --scale does not go with example %s, whose score is %s: expected scaled-dot or cosine", r->example, attn_score_name(p->score));
	override(p, &r->problem);
	if (attn_problem_check(p, why, sizeof why) != ATTN_OK)
		return command_fail(EXIT_USAGE, "example %s: %s", r->example, why);
	if (example_inputs(i, p, t) != ATTN_OK)
		return command_fail(EXIT_ENVIRONMENT, "no memory");
	attn_tensor_free(&t->out);
	e->name = example_name(i), e->summary = example_summary(i);
	return EXIT_OK;
}

/* The excerpt: what was asked for, within what there is. */
static int choose_range(const char *option, const struct asked_range *asked, int64_t all, int64_t usual, struct explain_range *r)
{
	*r = (struct explain_range){0, all < usual ? all : usual, all};
	if (!asked->given)
		return EXIT_OK;
	if (asked->last >= all)
		return command_fail(EXIT_USAGE, "option --%s ends at %lld: expected at most %lld", option, (long long)asked->last, (long long)all - 1);
	if (asked->last - asked->first >= SHOWN_MOST)
		return command_fail(EXIT_USAGE, "option --%s names %lld of them: expected at most %d", option, (long long)(asked->last - asked->first + 1), SHOWN_MOST);
	r->first = asked->first, r->count = asked->last - asked->first + 1;
	return EXIT_OK;
}

static int choose(const struct request *r, struct explanation *e)
{
	const struct attn_problem *p = e->p;
	int status = choose_range("rows", &r->rows, p->len_q, 8, &e->rows);
	if (!status)
		status = choose_range("keys", &r->keys, attn_problem_keys(p), 12, &e->keys);
	if (!status)
		status = choose_range("columns", &r->columns, p->dim_v, 12, &e->columns);
	e->only_head = r->head_given ? r->head[0] * p->heads_q + r->head[1] : -1;
	if (!status && r->head_given && (r->head[0] >= p->batch || r->head[1] >= p->heads_q))
		status = command_fail(EXIT_USAGE, "option --head is %lld,%lld: expected at most %lld,%lld", (long long)r->head[0], (long long)r->head[1], (long long)p->batch - 1,
		                      (long long)p->heads_q - 1);
	return status;
}

static int print(const struct request *r, const struct explanation *e, const struct explain_side sides[2], const struct explain_divergence *d)
{
	int status = EXIT_OK;
	if (r->json) {
		status = explain_json(stdout, e, sides, d);
	} else {
		explain_text(stdout, e, wrap_colour(stdout));
		if (d)
			explain_text_divergence(stdout, sides, d);
	}
	if (!status && (fflush(stdout) || ferror(stdout)))
		status = command_fail(EXIT_ENVIRONMENT, "stdout can't be written: %s", strerror(errno));
	if (!status && r->html)
		status = explain_html(r->html, e, sides, d);
	if (!status && r->svg)
		status = explain_svg(r->svg, e);
	return status ? status : d && d->found ? EXIT_CHECK_FAILED : EXIT_OK;
}

/* Whether the files can be begun, before the work. */
static int probe(const struct request *r)
{
	char why[4608];
	const char *files[] = {r->html, r->svg};
	for (int i = 0; i < 2; i++)
		if (files[i] && attn_npy_probe(files[i], why, sizeof why) != ATTN_OK)
			return command_fail(EXIT_ENVIRONMENT, "%s", why);
	return EXIT_OK;
}

static int explain(const struct request *r)
{
	struct attn_problem p;
	struct attn_tensors t = {0};
	struct explanation e = {.p = &p, .t = &t};
	struct explain_divergence d;
	struct explain_side sides[2] = {{.name = r->impl}, {.name = r->against ? r->against : reference}};
	int rank, status = r->example ? load_example(r, &p, &t, &e) : problem_options_load(&r->problem, &p, &t, &rank);
	if (status)
		return status;
	status = p.has & ATTN_HAS_PROJECTIONS ? command_fail(EXIT_USAGE, "a multi-head layer can't be explained: expected queries, keys and values") : choose(r, &e);
	if (!status)
		status = probe(r);
	if (!status)
		status = explain_make(&e);
	if (!status && r->impl) {
		sides[0].impl = registry_find(r->impl);
		sides[1].impl = r->against && strcmp(r->against, reference) ? registry_find(r->against) : NULL;
		status = explain_compare(sides, &p, &t, r->threads ? (int)r->threads : run_default_threads(), r->timeout, &d);
	}
	if (!status)
		status = print(r, &e, sides, r->impl ? &d : NULL);
	explain_free(&e);
	attn_tensors_free(&t);
	return status;
}

int command_explain(int argc, char **argv)
{
	static const struct argp_child children[] = {{&problem_options_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {options, parse, NULL, doc, children, NULL, NULL};
	struct request r = {.timeout = 600};
	problem_options_init(&r.problem);
	argp_parse(&argp, argc, argv, 0, NULL, &r);
	int status = check_options(&r);
	return status ? status : explain(&r);
}
