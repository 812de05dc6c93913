/* attnbench run: a user's own tensors through one implementation.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/run.h"
#include "harness/command.h"
#include "harness/npy.h"
#include "harness/problem.h"
#include "harness/registry.h"
#include "harness/tensor.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_IMPL = 0x2000, KEY_PLUGIN, KEY_THREADS, KEY_TIMEOUT, KEY_OUT, KEY_WEIGHTS, KEY_LSE, KEY_JSON };
enum { OUT, WEIGHTS, LSE, OUTPUTS };

struct run {
	struct problem_options problem;
	const char *impl, *file[OUTPUTS];
	int64_t threads;
	double timeout;
	int json, plugin_failed;
	char plugin_why[4608];
};

static const struct argp_option options[] = {
	{NULL, 0, NULL, 0, "The implementation:", 3},
	{"impl", KEY_IMPL, "NAME", 0, "which one (attnbench list)", 3},
	{"plugin", KEY_PLUGIN, "FILE.so", 0, "load the implementations of a plugin first; may be repeated", 3},
	{"threads", KEY_THREADS, "N", 0, "threads it may use [the CPUs this process may run on]", 3},
	{"timeout", KEY_TIMEOUT, "SECONDS", 0, "longest time it may take; 0: any [600]", 3},
	{NULL, 0, NULL, 0, "Outputs:", 4},
	{"out", KEY_OUT, "O.npy", 0, "the output [as text on stdout]", 4},
	{"weights", KEY_WEIGHTS, "P.npy", 0, "the weights, (batch, heads, rows, keys)", 4},
	{"lse", KEY_LSE, "L.npy", 0, "the logsumexp of the scores, (batch, heads, rows)", 4},
	{"json", KEY_JSON, NULL, 0, "report as JSON on stdout, in place of the output as text", 4},
	{0}};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct run *r = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &r->problem;
		return 0;
	case KEY_IMPL:
		r->impl = text;
		return 0;
	case KEY_PLUGIN:
		if (!r->plugin_failed && registry_load(text, r->plugin_why, sizeof r->plugin_why) != ATTN_OK)
			r->plugin_failed = 1;
		return 0;
	case KEY_THREADS:
		if (!option_parse_int(text, 1, 4096, &r->threads))
			argp_error(state, "option --threads is \"%s\": expected a whole number from 1 to 4096", text);
		return 0;
	case KEY_TIMEOUT:
		if (!option_parse_float(text, &r->timeout) || r->timeout < 0)
			argp_error(state, "option --timeout is \"%s\": expected a number of seconds of 0 or more", text);
		return 0;
	case KEY_OUT:
	case KEY_WEIGHTS:
	case KEY_LSE:
		r->file[key - KEY_OUT] = text;
		return 0;
	case KEY_JSON:
		r->json = 1;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument \"%s\": expected options only", text);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char doc[] = "Run Q, K and V from .npy files through one implementation, in a process of its own, and judge the output by the criterion of the suite.\v"
                          "Tensors of other dtypes than the one needed are converted; q, k and v are never. The report goes to stderr, the output to stdout or --out. Files "
                          "appear whole or not at all; they are written also when the output is wrong.\n\n"
                          "Exit status: 0 the output is right; 1 it is wrong (error ratio over 1), or the implementation crashed, failed or took too long; 2 the command line is "
                          "wrong; 3 a file could not be read or written, tensors do not fit each other, there is no memory, or the implementation refused the problem.";

int run_default_threads(void)
{
	cpu_set_t set;
	return sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
}

static int unknown_implementation(const char *name)
{
	char names[2048] = "";
	size_t n = 0;
	for (size_t i = 0; i < registry_count(); i++) {
		const struct registry_entry *e = registry_at(i);
		if (!e->impl && !strcmp(e->name, name))
			return command_fail(EXIT_ENVIRONMENT, "implementation \"%s\" is off: %s", name, e->origin);
		if (e->impl && n < sizeof names)
			n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", e->name);
	}
	return command_fail(EXIT_USAGE, "unknown implementation \"%s\": expected one of %s", name, names);
}

int run_check_impl(const char *name)
{
	const struct attn_impl *impl = registry_find(name);
	if (!impl)
		return unknown_implementation(name);
	if (impl->limit)
		return command_fail(EXIT_USAGE, "implementation \"%s\" is a limit for timing: expected one that computes attention", name);
	return EXIT_OK;
}

static int check_options(const struct run *r)
{
	if (r->plugin_failed)
		return command_fail(EXIT_ENVIRONMENT, "%s", r->plugin_why);
	if (!r->impl)
		return command_fail(EXIT_USAGE, "option --impl is missing: expected the name of an implementation (attnbench list)");
	int status = run_check_impl(r->impl);
	if (status)
		return status;
	status = command_check_json(r->json);
	if (status)
		return status;
	for (int i = 0; i < OUTPUTS; i++)
		for (int k = 0; k < i; k++)
			if (r->file[i] && r->file[k] && !strcmp(r->file[i], r->file[k]))
				return command_fail(EXIT_USAGE, "two outputs have the name \"%s\": expected different files", r->file[i]);
	return problem_options_check(&r->problem);
}

int run_outcome(const struct attn_impl *impl, const struct attempt *a)
{
	switch (a->status) {
	case ATTN_OK:
		return EXIT_OK;
	case ATTN_REFUSED:
		return command_fail(EXIT_ENVIRONMENT, "%s refused: %s", impl->name, a->why);
	case ATTN_NO_MEMORY:
		return command_fail(EXIT_ENVIRONMENT, "%s failed: %s", impl->name, *a->why ? a->why : "no memory");
	default:
		return command_fail(EXIT_CHECK_FAILED, "%s %s: %s", impl->name, a->timed_out ? "took too long" : a->crashed ? "crashed" : "failed", *a->why ? a->why : "no reason given");
	}
}

/* The logsumexp without its last dimension of 1. */
static struct attn_tensor without_columns(const struct attn_tensor *t)
{
	struct attn_tensor rows = {t->data, t->dtype, {1, t->dim[0], t->dim[1], t->dim[2]}, {0, t->stride[0], t->stride[1], t->stride[2]}};
	return rows;
}

/* The output of a layer, whose heads are joined, without that dimension. */
static struct attn_tensor without_heads(const struct attn_tensor *t)
{
	struct attn_tensor rows = {t->data, t->dtype, {1, t->dim[0], t->dim[2], t->dim[3]}, {0, t->stride[0], t->stride[2], t->stride[3]}};
	return rows;
}

static int probe_outputs(const struct run *r)
{
	char why[4608];
	for (int i = 0; i < OUTPUTS; i++)
		if (r->file[i] && attn_npy_probe(r->file[i], why, sizeof why) != ATTN_OK)
			return command_fail(EXIT_ENVIRONMENT, "%s", why);
	return EXIT_OK;
}

/* Every file complete beside its place first, then all put in place. */
static int write_outputs(const struct run *r, const struct attn_tensors *t, int rank)
{
	int joined = problem_options_layer(&r->problem) && rank < 4, heads = joined ? rank + 1 : rank; /* x has no dimension of heads, weights have */
	struct attn_tensor lse = without_columns(&t->logsumexp), out = joined ? without_heads(&t->out) : t->out;
	const struct attn_tensor *tensor[OUTPUTS] = {&out, &t->weights, &lse};
	int ranks[OUTPUTS] = {rank, heads, heads - 1};
	struct attn_npy_staged staged[OUTPUTS] = {{NULL, NULL}};
	char why[4608];
	int failed = 0;
	for (int i = 0; !failed && i < OUTPUTS; i++)
		failed = r->file[i] && attn_npy_stage(r->file[i], tensor[i], ranks[i], &staged[i], why, sizeof why) != ATTN_OK;
	for (int i = 0; !failed && i < OUTPUTS; i++)
		failed = r->file[i] && attn_npy_commit(&staged[i], why, sizeof why) != ATTN_OK;
	for (int i = 0; i < OUTPUTS; i++)
		attn_npy_discard(&staged[i]);
	return failed ? command_fail(EXIT_ENVIRONMENT, "%s", why) : EXIT_OK;
}

static int report(const struct run *r, const struct run_subject *s, const struct attn_tensors *t, int rank)
{
	int status = write_outputs(r, t, rank);
	if (status)
		return status;
	run_report_text(stderr, s);
	if (r->json)
		run_report_json(stdout, s);
	else if (!r->file[OUT])
		run_print_tensor(stdout, "out", &t->out);
	if (fflush(stdout) || ferror(stdout))
		return command_fail(EXIT_ENVIRONMENT, "stdout can't be written: %s", strerror(errno));
	if (!s->verdict->judged && attn_tensor_count(&t->out) > 0)
		return command_fail(EXIT_ENVIRONMENT, "the output could not be judged: %s", s->verdict->why);
	return s->verdict->judged && !s->verdict->right ? EXIT_CHECK_FAILED : EXIT_OK;
}

static int run(const struct run *r)
{
	struct attn_problem p;
	struct attn_tensors t;
	struct attempt attempt;
	struct run_verdict verdict;
	int rank;
	const struct attn_impl *impl = registry_find(r->impl);
	int status = problem_options_load(&r->problem, &p, &t, &rank);
	if (status)
		return status;
	status = probe_outputs(r);
	p.wants = (r->file[WEIGHTS] ? ATTN_WANTS_WEIGHTS : 0) | (r->file[LSE] ? ATTN_WANTS_LOGSUMEXP : 0);
	if (!status && attempt_alloc_outputs(&t, &p) != ATTN_OK)
		status = command_fail(EXIT_ENVIRONMENT, "no memory for the outputs");
	struct run_subject s = {impl, &p, r->threads ? (int)r->threads : run_default_threads(), &attempt, &verdict};
	if (!status) {
		attempt_make(impl, &p, &t, s.threads, r->timeout, &attempt);
		status = run_outcome(impl, &attempt);
	}
	if (!status) {
		run_judge(impl, &p, &t, &attempt.numerics, &verdict);
		status = report(r, &s, &t, rank);
	}
	attempt_free_outputs(&t);
	attn_tensors_free(&t);
	return status;
}

int command_run(int argc, char **argv)
{
	static const struct argp_child children[] = {{&problem_options_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {options, parse, NULL, doc, children, NULL, NULL};
	struct run r = {.timeout = 600};
	problem_options_init(&r.problem);
	argp_parse(&argp, argc, argv, 0, NULL, &r);
	int status = check_options(&r);
	return status ? status : run(&r);
}
