/* Rows of one implementation within a set.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/compare_within.h"
#include "harness/compare.h"
#include "harness/problem.h"
#include "harness/wrap.h"

#ifdef HAVE_JANSSON
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *e, const char *member)
{
	const char *text = json_string_value(json_object_get(e, member));
	return text ? text : "";
}

static double number_of(const json_t *e, const char *member)
{
	const json_t *number = json_object_get(e, member);
	return json_is_number(number) ? json_number_value(number) : NAN;
}

static int is_ok(const json_t *e)
{
	return !strcmp(text_of(e, "status"), "ok");
}

static int is_same_case(const json_t *a, const json_t *b)
{
	static const char *const members[] = {"problem", "impl_threads", "cache", "workload"};
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (json_object_get(a, members[i]) != json_object_get(b, members[i]) && !json_equal(json_object_get(a, members[i]), json_object_get(b, members[i])))
			return 0;
	return 1;
}

/* The fastest of the others on the same case; NULL: none has a time. */
static const json_t *best_other(const json_t *entries, const json_t *ours)
{
	const json_t *best = NULL, *e;
	size_t i;
	json_array_foreach(entries, i, e)
		if (is_ok(e) && !json_is_true(json_object_get(e, "limit")) && strcmp(text_of(e, "impl"), text_of(ours, "impl")) && is_same_case(e, ours) &&
		    (!best || number_of(e, "median_ns") < number_of(best, "median_ns")))
			best = e;
	return best;
}

static void fill(struct within_row *row, const json_t *entries, const json_t *e)
{
	double faster = number_of(e, "median_ns") / number_of(e, "min_ns");
	struct sample_test t;
	*row = (struct within_row){.problem = text_of(e, "problem"), .workload = text_of(e, "workload"), .cache = text_of(e, "cache"), .roof = text_of(e, "roof"),
		.reason = text_of(e, "reason"), .threads = (long long)json_integer_value(json_object_get(e, "impl_threads"))};
	if (!is_ok(e))
		return;
	row->median_flops = number_of(e, "flops_per_second");
	row->best_flops = row->median_flops * faster;
	row->median_fraction = number_of(e, "fraction_of_roof");
	row->best_fraction = row->median_fraction * faster;
	const json_t *other = best_other(entries, e);
	if (!other || compare_samples(e, other, &t))
		return;
	row->other = text_of(other, "impl");
	row->ratio = t.ratio;
}

int within_set(const json_t *set, const char *impl, struct within *w, char *why, size_t size)
{
	const json_t *entries = json_object_get(set, "benchmarks"), *e;
	size_t i;
	*w = (struct within){calloc(json_array_size(entries) + 1, sizeof *w->rows), 0};
	if (!w->rows)
		return snprintf(why, size, "no memory for the rows"), -1;
	json_array_foreach(entries, i, e)
		if (!strcmp(text_of(e, "impl"), impl))
			fill(&w->rows[w->n++], entries, e);
	if (w->n)
		return 0;
	snprintf(why, size, "no entry is of the implementation \"%s\"", impl);
	return -1;
}

void within_free(struct within *w)
{
	free(w->rows);
	*w = (struct within){NULL, 0};
}

static const char *percent(char text[16], double fraction)
{
	snprintf(text, 16, "-");
	if (isfinite(fraction))
		snprintf(text, 16, "%.1f%%", 100 * fraction);
	return text;
}

/* Goes on below itself on a terminal. */
static void put_line(const char *begin, const char *text)
{
	printf("%s", begin);
	wrap_put(stdout, text, &(struct wrap){wrap_columns(stdout), (int)strlen(begin), 2, "", "/"});
}

/* What the figures depend on: a table that is pasted somewhere has to say it. */
static void print_head(const json_t *set, const char *bullet)
{
	const json_t *context = json_object_get(set, "context"), *machine = json_object_get(context, "machine"), *build = json_object_get(context, "attnbench");
	json_t *by_name, *value;
	const char *name, *threads;
	char line[512];
	snprintf(line, sizeof line, "%s, %s (cap: %s); %s, commit %s; %s", text_of(machine, "cpu"), text_of(machine, "isa"), text_of(machine, "isa_cap"),
	         text_of(build, "compiler"), text_of(build, "commit"), text_of(context, "utc"));
	put_line(bullet, line);
	json_object_foreach(json_object_get(json_object_get(context, "roofs"), "flops"), name, by_name)
		json_object_foreach(by_name, threads, value)
			printf("%speak %s, %s threads: %.1f GFLOP/s\n", bullet, name, threads, 1e-9 * json_number_value(value));
	json_object_foreach(json_object_get(json_object_get(context, "roofs"), "bandwidth"), name, by_name)
		json_object_foreach(by_name, threads, value)
			printf("%sread from %s, %s threads: %.1f GB/s\n", bullet, name, threads, 1e-9 * json_number_value(value));
	size_t i;
	json_array_foreach(json_object_get(context, "warnings"), i, value)
		snprintf(line, sizeof line, "warning: %s", json_string_value(value)), put_line(bullet, line);
}

static void print_row_text(const struct within_row *r)
{
	char best[16], median[16], title[ATTN_KEY_SIZE + 32];
	snprintf(title, sizeof title, "%s%s%s", r->problem, strcmp(r->cache, "cold") ? "" : ", cold", r->threads == 1 ? ", 1 thread" : "");
	put_line("", title);
	if (*r->reason) {
		put_line("  ", r->reason);
		return;
	}
	printf("  %8.1f %8.1f  %7s %7s %-8s", 1e-9 * r->best_flops, 1e-9 * r->median_flops, percent(best, r->best_fraction), percent(median, r->median_fraction), r->roof);
	int digits = r->ratio.high < 10 ? 2 : r->ratio.high < 100 ? 1 : 0;
	if (r->other)
		printf(" %-13.13s x%.*f [%.*f, %.*f]\n", r->other, digits, r->ratio.ratio, digits, r->ratio.low, digits, r->ratio.high);
	else
		puts(" -");
}

static void print_row_markdown(const struct within_row *r)
{
	char best[16], median[16];
	printf("| `%s` | %lld | %s | ", r->problem, r->threads, r->cache);
	if (*r->reason) {
		printf("%s | | | | | | |\n", r->reason);
		return;
	}
	printf("%.1f | %.1f | %s | %s | %s | ", 1e-9 * r->best_flops, 1e-9 * r->median_flops, percent(best, r->best_fraction), percent(median, r->median_fraction), r->roof);
	if (r->other)
		printf("%s | %.2f [%.2f–%.2f] |\n", r->other, r->ratio.ratio, r->ratio.low, r->ratio.high);
	else
		puts("none | |");
}

static json_t *row_json(const struct within_row *r)
{
	json_t *e = json_pack("{ss ss ss sI ss}", "problem", r->problem, "workload", r->workload, "cache", r->cache, "impl_threads", (json_int_t)r->threads, "reason", r->reason);
	if (r->goal > 0)
		json_object_set_new(e, "goal", json_real(r->goal));
	if (*r->reason)
		return e;
	json_object_update_new(e, json_pack("{sf sf ss}", "flops_per_second", r->median_flops, "best_flops_per_second", r->best_flops, "roof", r->roof));
	json_object_set_new(e, "fraction_of_roof", isfinite(r->median_fraction) ? json_real(r->median_fraction) : json_null());
	json_object_set_new(e, "best_fraction_of_roof", isfinite(r->best_fraction) ? json_real(r->best_fraction) : json_null());
	if (r->other)
		json_object_update_new(e, json_pack("{ss sf s[ff]}", "other", r->other, "ratio", r->ratio.ratio, "interval", r->ratio.low, r->ratio.high));
	return e;
}

static int print_json(const char *impl, const struct within *w)
{
	json_t *rows = json_array();
	for (size_t i = 0; i < w->n; i++)
		json_array_append_new(rows, row_json(&w->rows[i]));
	json_t *all = json_pack("{ss so}", "impl", impl, "rows", rows);
	int failed = json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(10));
	puts("");
	json_decref(all);
	return failed;
}

int within_print(const json_t *set, const char *impl, const struct within *w, int format)
{
	if (format == 'j')
		return print_json(impl, w);
	print_head(set, format == 'm' ? "- " : "");
	if (format == 'm')
		printf("\n| %s | threads | inputs | GFLOP/s best | median | of roof, best | median | roof | best other | its time / ours |\n"
		       "| --- | --: | --- | --: | --: | --: | --: | --- | --- | --- |\n", impl);
	else
		printf("\n%s\n  %8s %8s  %7s %7s %-8s %-13s %s\n", impl, "GFLOP/s", "", "of roof", "", "", "best other", "its time / ours");
	if (format == 't')
		printf("  %8s %8s  %7s %7s\n", "best", "median", "best", "median");
	for (size_t i = 0; i < w->n; i++)
		(format == 'm' ? print_row_markdown : print_row_text)(&w->rows[i]);
	within_print_goals(w, format);
	return 0;
}
#endif
