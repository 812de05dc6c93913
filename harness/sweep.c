/* attnbench sweep: the command, from its options to its exit status.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/command_json.h"
#include "harness/sweep.h"
#include "harness/sweep_bind.h"
#include "harness/sweep_json.h"
#include "harness/sweep_options.h"
#include "harness/sweep_set.h"
#include "harness/sweep_progress.h"
#include "harness/sweep_worker.h"
#include "harness/wrap.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if !defined(HAVE_BENCHMARK)
int command_sweep(int argc, char **argv)
{
	struct sweep_options o;
	int status = sweep_options_parse(argc, argv, &o);
	return status ? status : command_fail(EXIT_ENVIRONMENT, "sweep: this build has no Google Benchmark: " WHY_BENCHMARK);
}
#elif !defined(HAVE_JANSSON)
int command_sweep(int argc, char **argv)
{
	struct sweep_options o;
	int status = sweep_options_parse(argc, argv, &o);
	return status ? status : command_fail(EXIT_ENVIRONMENT, "sweep: this build has no jansson: " WHY_JANSSON);
}
#else

static void on_signal(int number)
{
	worker_interrupted = number;
}

/* The first signal ends the sweep in good order, a second one at once. */
static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGXFSZ, SIG_IGN); /* a file grown too large is an error of write then */
}

static void partial_path(const struct sweep *s, char *path, size_t size)
{
	snprintf(path, size, "%s.partial", s->options.out);
}

/* After each case: what survives a kill -9. That it fails is said once, as long as something can be done about it. */
static void save_partial(const struct sweep *s)
{
	static int said;
	char path[4096];
	json_t *set = set_of_sweep(s);
	partial_path(s, path, sizeof path);
	int error = set_write(path, set);
	if (error && !said++)
		sweep_progress_end(), command_fail(EXIT_ENVIRONMENT, "sweep: %s: %s: what is done so far lives in memory alone", path, strerror(error));
	json_decref(set);
}

/* Before the sweep and after it: the best of both counts. */
static void measure_roofs(struct sweep *s)
{
	const struct range *t = &s->options.threads;
	int *threads = calloc(t->n, sizeof *threads);
	struct roofs *now = calloc(1, sizeof *now);
	char why[256];
	struct roof_request request = {threads, t->n, s->options.quick ? 0.05 : 0.2, 0};
	if (!threads || !now) {
		free(threads);
		free(now);
		return;
	}
	for (size_t i = 0; i < t->n; i++)
		threads[i] = (int)t->values[i];
	sweep_progress_say("measuring the machine's roofs");
	int failed = roofs_measure(&request, now, why, sizeof why);
	sweep_progress_end();
	if (failed)
		fprintf(stderr, "attnbench: sweep: no roofs: %s\n", why);
	roofs_keep_best(&s->roofs, now);
	free(now);
	free(threads);
}

/* A bad condition is said in red on a terminal. */
static void print_warnings(const json_t *set)
{
	static const char begin[] = "attnbench: sweep: warning: ";
	const struct wrap wrap = {wrap_columns(stderr), (int)strlen(begin), 2, "", ""};
	int red = wrap_colour(stderr);
	json_t *warnings = json_object_get(json_object_get(set, "context"), "warnings"), *one;
	size_t i;
	fputs(red ? "\033[31m" : "", stderr);
	json_array_foreach(warnings, i, one) {
		fputs(begin, stderr);
		wrap_put(stderr, json_string_value(one), &wrap);
	}
	fputs(red ? "\033[0m" : "", stderr);
}

static void print_counts(const struct sweep *s)
{
	printf("\n%zu points:", s->n_cases * s->n_impls);
	for (enum sweep_status status = SWEEP_OK; status <= SWEEP_SKIPPED; status++)
		if (sweep_count(s, status))
			printf(" %zu %s", sweep_count(s, status), sweep_status_name(status));
	if (sweep_undone(s))
		printf(" %zu not reached, or in too few passes", sweep_undone(s));
	puts("");
	if (s->options.is_late)
		printf("passes were left out to keep to --budget %g: points have up to %zu\n", s->options.budget, s->options.passes);
}

static void print_text(const struct sweep *s, const json_t *set)
{
	sweep_print(s);
	set_print_growth(json_object_get(json_object_get(set, "context"), "growth"));
	print_counts(s);
}

/* The set on the disk, then the table. */
static int finish(struct sweep *s)
{
	char partial[4096];
	json_t *set = set_of_sweep(s);
	int error = set_write(s->options.out, set);

	int status = s->options.json ? command_print_json(sweep_json(s, set, !error)) : EXIT_OK;
	if (!s->options.json)
		print_text(s, set);
	print_warnings(set);
	json_decref(set);
	if (error)
		return command_fail(EXIT_ENVIRONMENT, "sweep: --out %s: %s", s->options.out, strerror(error));
	partial_path(s, partial, sizeof partial);
	unlink(partial);
	if (!s->options.json)
		printf("results: %s\n", s->options.out);
	if (worker_interrupted)
		return command_fail(EXIT_ENVIRONMENT, "sweep: interrupted: %s has the %zu points that were done; --resume measures the %zu others", s->options.out,
			s->n_cases * s->n_impls - sweep_undone(s), sweep_undone(s));
	if (sweep_count(s, SWEEP_FAILED) + sweep_count(s, SWEEP_CRASHED) + sweep_count(s, SWEEP_TIMEOUT))
		return EXIT_CHECK_FAILED;
	return status;
}

static int measure_all(struct sweep *s)
{
	time_t now = time(NULL);
	struct tm utc;
	int error = set_can_write(s->options.out);
	if (error)
		return command_fail(EXIT_ENVIRONMENT, "sweep: --out %s: %s: nothing was measured", s->options.out, strerror(error));
	strftime(s->utc, sizeof s->utc, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	s->before = machine_load();
	facts_collect(&s->facts);
	int resumed = s->options.resume ? set_resume(s) : 0;
	if (resumed < 0)
		return -resumed;
	catch_signals();
	measure_roofs(s);
	sweep_run(s, save_partial);
	if (!worker_interrupted)
		measure_roofs(s);
	return finish(s);
}

/* What would be measured, in the order of the command line. */
static void print_dry_run(const struct sweep *s)
{
	for (size_t c = 0; c < s->n_cases; c++)
		printf("%s  %s  %d thread%s  %.4g GFLOP\n", s->cases[c].workload, s->cases[c].key, s->cases[c].threads, s->cases[c].threads == 1 ? "" : "s",
		       s->cases[c].flops * 1e-9);
	printf("%zu cases (of %zu over all shards), %zu implementations, %zu points;\n", s->n_cases, s->all_cases, s->n_impls, s->n_cases * s->n_impls);
	if (s->options.budget > 0)
		printf("no more than about %g s (--budget): a sweep that is late makes fewer passes;\n", s->options.budget);
	printf("about %.2g s where calls reach %g GFLOP/s a thread, at least %.2g s, at most %.2g s (--max-seconds %g each)\n", sweep_estimate_blind(s),
	       SWEEP_USUAL_FLOPS * 1e-9, sweep_estimate_least(s), sweep_estimate_most(s), s->options.max_seconds);
}

int command_sweep(int argc, char **argv)
{
	static struct sweep s;
	bind_threads(argc, argv);
	int status = sweep_options_parse(argc, argv, &s.options);
	if (status == EXIT_OK)
		status = sweep_plan(&s);
	if (status == EXIT_OK && s.options.dry_run && s.options.json)
		status = command_print_json(sweep_json_plan(&s));
	else if (status == EXIT_OK && s.options.dry_run)
		print_dry_run(&s);
	if (status == EXIT_OK && !s.options.dry_run)
		status = measure_all(&s);
	sweep_free(&s);
	sweep_options_free(&s.options);
	return status;
}
#endif
