/* attnbench report: result sets and checks become HTML, Markdown and CSV.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/command_json.h"
#include "reports/charts.h"
#include "reports/formats.h"
#include "reports/output.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

enum { WANT_HTML = 1, WANT_MD = 2, WANT_CSV = 4 };

struct options {
	const char *out, *baseline;
	unsigned formats;
	const char **files;
	size_t count;
	int json;
	int status; /* of a wrong command line */
};

static const struct format_name {
	const char *name;
	unsigned bit;
} format_names[] = {{"html", WANT_HTML}, {"md", WANT_MD}, {"csv", WANT_CSV}, {NULL, 0}};

static int parse_formats(const char *list, unsigned *formats)
{
	*formats = 0;
	while (*list) {
		size_t n = strcspn(list, ",");
		const struct format_name *f = format_names;
		while (f->name && (strlen(f->name) != n || strncmp(f->name, list, n)))
			f++;
		if (!f->name)
			return command_fail(EXIT_USAGE, "--format: \"%.*s\" is no format: expected html, md or csv, joined by commas", (int)n, list);
		*formats |= f->bit;
		list += n + (list[n] == ',');
	}
	return *formats ? 0 : command_fail(EXIT_USAGE, "--format: nothing given: expected html, md or csv, joined by commas");
}

enum { KEY_JSON = 0x2000 };
static const struct argp_option options[] = {
	{"out", 'o', "DIR", 0, "the folder to write to; made if missing", 0},
	{"format", 'f', "LIST", 0, "html, md, csv, joined by commas [all]", 0},
	{"baseline", 'b', "IMPL", 0, "what speed-ups are measured against [the one with most right answers]", 0},
	{"json", KEY_JSON, NULL, 0, "say as JSON what was written, and the verdict: folder, files, figures, why_no_charts, baseline, verdicts, rankings", 0},
	{0}};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case 'o':
		o->out = argument;
		return 0;
	case 'b':
		o->baseline = argument;
		return 0;
	case 'f':
		o->status = parse_formats(argument, &o->formats);
		return o->status ? EINVAL : 0;
	case KEY_JSON:
		o->json = 1;
		return 0;
	case ARGP_KEY_ARG:
		o->files[o->count++] = argument;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	options, parse_option, "R.json...",
	"Writes the comparison report of result sets (attnbench sweep) and checks (attnbench check --format json): one page of HTML that "
	"needs no network, Markdown for a pull request, CSV with every number.\v"
	"Charts need the Python module vl-convert-python: make charts installs it into the build tree; ATTNBENCH_PYTHON names another Python that has it.",
	NULL, NULL, NULL};

static int no_memory(void)
{
	return command_fail(EXIT_ENVIRONMENT, "no memory for the report");
}

/* The implementation with the most right answers; among equals naive, else the first by name. */
static const char *choose_baseline(const struct report *r)
{
	const char *best = NULL;
	size_t most = 0;
	for (size_t i = 0; i < r->impl_count; i++) {
		size_t right = 0;
		for (size_t s = 0; s < r->set_count; s++)
			for (size_t n = 0; n < r->sets[s].count; n++)
				right += r->sets[s].points[n].status == POINT_OK && !strcmp(r->sets[s].points[n].impl, r->impls[i]);
		if (!impl_is_limit(r->impls[i]) && (right > most || (right && right == most && !strcmp(r->impls[i], "naive")))) {
			most = right;
			best = r->impls[i];
		}
	}
	return best;
}

static int check_baseline(struct report *r, const char *wanted)
{
	r->baseline = wanted ? wanted : choose_baseline(r);
	if (!wanted)
		return 0;
	for (size_t i = 0; i < r->impl_count; i++)
		if (!strcmp(r->impls[i], wanted))
			return 0;
	return command_fail(EXIT_USAGE, "--baseline: \"%s\" is in none of the result sets: expected one of their implementations, such as \"%s\"", wanted,
	                    r->impl_count ? r->impls[0] : "none");
}

/* The page and its figures. *why_no_charts is the caller's to free. */
static int add_page(const struct report *r, struct output *out, char **why_no_charts)
{
	struct figures figures = {0};
	int bad = charts_make(r, &figures) || figures_render(&figures) || output_add(out, "report.html", format_html(r, &figures));
	for (size_t i = 0; i < figures.count && !bad; i++) {
		char name[200];
		snprintf(name, sizeof name, "figures/%s.svg", figures.items[i].name);
		bad = figures.items[i].svg && output_add(out, name, strdup(figures.items[i].svg));
	}
	if (!bad && figures.count && !figures.renderer) {
		*why_no_charts = figures.why_not;
		figures.why_not = NULL;
	}
	figures_free(&figures);
	return bad ? no_memory() : 0;
}

/* The files at the top of the folder; figures lie below it. */
static int is_main(const struct output_file *f)
{
	return !strchr(f->name, '/');
}

static int print_json(const struct report *r, const struct output *out, const char *why_no_charts)
{
	json_t *files = json_array(), *all = verdict_json(r);
	size_t figures = 0;
	for (size_t i = 0; i < out->count; i++) {
		char *path = NULL;
		figures += !is_main(&out->files[i]);
		if (is_main(&out->files[i]) && asprintf(&path, "%s/%s", out->folder, out->files[i].name) > 0)
			json_array_append_new(files, command_json_text(path));
		free(path);
	}
	json_t *result = json_pack("{so sI ss? ss? so}", "files", files, "figures", (json_int_t)figures, "why_no_charts", why_no_charts, "baseline", r->baseline, "folder",
	                           command_json_text(out->folder));
	int failed = !all || !result || json_object_update(result, all);
	json_decref(all);
	return failed ? no_memory() : command_print_json(result);
}

static int write_report(const struct report *r, const struct options *o)
{
	struct output out = {.folder = o->out, .option = "out"};
	char *why_no_charts = NULL;
	int status = o->formats & WANT_HTML ? add_page(r, &out, &why_no_charts) : 0;
	if (!status && ((o->formats & WANT_MD && output_add(&out, "report.md", format_markdown(r))) ||
	                (o->formats & WANT_CSV && r->set_count && output_add(&out, "report.csv", format_csv(r))) ||
	                (o->formats & WANT_CSV && r->check_count && output_add(&out, "conformance.csv", format_checks_csv(r)))))
		status = no_memory();
	if (!status)
		status = output_write(&out);
	for (size_t i = 0; i < out.count && !status && !o->json; i++)
		if (is_main(&out.files[i]))
			printf("%s/%s\n", o->out, out.files[i].name);
	if (!status && why_no_charts)
		fprintf(stderr, "attnbench: no charts: %s; make charts installs what they need\n", why_no_charts);
	if (!status && o->json)
		status = print_json(r, &out, why_no_charts);
	else if (!status)
		print_verdict(r, stdout);
	output_free(&out);
	free(why_no_charts);
	return status;
}

static int report_files(const struct options *o)
{
	struct report r = {0};
	int status = 0;
	for (size_t i = 0; i < o->count && !status; i++)
		status = report_load(&r, o->files[i]);
	if (!status && report_arrange(&r))
		status = no_memory();
	if (!status)
		status = check_baseline(&r, o->baseline);
	if (!status)
		status = write_report(&r, o);
	report_free(&r);
	return status;
}

int command_report(int argc, char **argv)
{
	struct options o = {.formats = WANT_HTML | WANT_MD | WANT_CSV, .files = calloc((size_t)argc, sizeof *o.files)};
	if (!o.files)
		return no_memory();
	if (argp_parse(&parser, argc, argv, 0, NULL, &o))
		o.status = o.status ? o.status : EXIT_USAGE;
	else if (!o.count)
		o.status = command_fail(EXIT_USAGE, "report: no result set: expected one or more files of attnbench sweep or attnbench check --format json");
	else if (!o.out || !*o.out)
		o.status = command_fail(EXIT_USAGE, "report: --out DIR is missing: expected the folder to write the report to");
	int status = o.status ? o.status : report_files(&o);
	free(o.files);
	return status;
}
