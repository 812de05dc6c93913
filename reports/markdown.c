/* The report as Markdown, fit for a pull request: verdicts, ranking, conformance, times, and where they came from.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/formats.h"
#include "reports/matrix.h"
#include "reports/output.h"
#include "reports/processes.h"
#include "reports/scaling.h"
#include "reports/verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 64 };

/* Runs a writer of rich sentences and puts what it wrote as Markdown. */
static void put_sentence(FILE *out, const struct report *r, const struct panel *p)
{
	struct text t;
	if (text_begin(&t))
		return;
	verdict_of_panel(r, p, t.out);
	char *rich = text_end(&t);
	if (rich)
		put_rich_markdown(out, rich);
	free(rich);
}

static void put_workload(const struct report *r, size_t set, const char *workload, void *context)
{
	FILE *out = context;
	struct text t;
	if (text_begin(&t))
		return;
	verdict_of_workload(r, set, workload, t.out);
	char *rich = text_end(&t);
	fputs("- ", out);
	if (r->set_count > 1) {
		put_markdown(out, r->sets[set].label);
		fputs(", ", out);
	}
	put_markdown(out, *workload ? workload : "all");
	fputs(": ", out);
	if (rich)
		put_rich_markdown(out, rich);
	putc('\n', out);
	free(rich);
}

static void put_warnings(FILE *out, const struct result_set *set)
{
	size_t i;
	json_t *warning;
	json_array_foreach(json_object_get(set->context, "warnings"), i, warning) if (json_is_string(warning))
	{
		fputs("> **Warning**, ", out);
		put_markdown(out, set->label);
		fputs(": ", out);
		put_markdown(out, json_string_value(warning));
		fputs("\n>\n", out);
	}
}

static void put_ranking(FILE *out, const struct report *r, size_t set, int threads)
{
	struct ranking k;
	if (ranking_make(r, set, threads, &k))
		return;
	fputs("\n### ", out);
	put_markdown(out, r->sets[set].label);
	fprintf(out, ", %d thread%s: time over the fastest one's, geometric mean over the %zu of %zu cases that all ranked have\n\n", threads,
	        threads == 1 ? "" : "s", k.common, k.cases);
	fputs("| rank | implementation | time / fastest | fastest in | right | failed | refused | skipped |\n|--:|---|--:|--:|--:|--:|--:|--:|\n", out);
	for (size_t i = 0; i < k.count; i++) {
		const struct ranked *row = &k.rows[i];
		if (isnan(row->slowdown))
			fputs("| – | ", out);
		else
			fprintf(out, "| %zu | ", i + 1);
		put_markdown(out, row->impl);
		if (isnan(row->slowdown))
			fputs(" | not ranked", out);
		else
			fprintf(out, " | %.2f", row->slowdown);
		fprintf(out, " | %zu | %zu | %zu | %zu | %zu |\n", row->fastest, row->count[POINT_OK],
		        row->count[POINT_FAILED] + row->count[POINT_CRASHED] + row->count[POINT_TIMEOUT], row->count[POINT_REFUSED], row->count[POINT_SKIPPED]);
	}
	free(k.rows);
}

static void put_cell(FILE *out, const struct point *p, const struct point *best)
{
	char number[NUMBER_SIZE];
	if (!p) {
		fputs(" |", out);
		return;
	}
	if (p->status == POINT_OK) {
		const char *mark = p == best ? "**" : p->limit ? "_" : "";
		fprintf(out, " %s%s%s |", mark, show_time(p->value[MEDIAN_NS], number), mark);
		return;
	}
	fprintf(out, p->status == POINT_FAILED && !isnan(p->value[MEDIAN_NS]) ? " ~~%s~~ ✗ failed |" : " %s%s |",
	        p->status == POINT_FAILED && !isnan(p->value[MEDIAN_NS]) ? show_time(p->value[MEDIAN_NS], number)
	        : p->status == POINT_REFUSED || p->status == POINT_SKIPPED ? "– "
	                                                                   : "✗ ",
	        point_status_names[p->status]);
}

static void put_times(FILE *out, const struct report *r, const struct panel *p)
{
	fputs(p->kind == PANEL_SELF ? "| S |" : "| keys |", out);
	for (size_t i = 0; i < r->impl_count; i++)
		if (panel_has(r, p, r->impls[i])) {
			putc(' ', out);
			put_markdown(out, r->impls[i]);
			fputs(" |", out);
		}
	fputs("\n|--:|", out);
	for (size_t i = 0; i < r->impl_count; i++)
		if (panel_has(r, p, r->impls[i]))
			fputs("--:|", out);
	putc('\n', out);
	for (size_t n = 0; n < p->length_count; n++) {
		struct case_verdict v = case_verdict(r, p, p->lengths[n]);
		fprintf(out, "| %" PRId64 " |", p->lengths[n]);
		for (size_t i = 0; i < r->impl_count; i++)
			if (panel_has(r, p, r->impls[i]))
				put_cell(out, panel_point(r, p, r->impls[i], p->lengths[n]), v.first);
		putc('\n', out);
	}
}

/* Same implementation, status and reason. */
static int alike(const struct point *a, const struct point *b)
{
	return a && b && a->status == b->status && !strcmp(a->reason, b->reason);
}

/* The lengths at which impl ends like first, from its length on; nothing where an earlier one ended like it. */
static void put_reason(FILE *out, const struct report *r, const struct panel *p, const struct point *first)
{
	const char *join = "";
	for (size_t n = 0; n < p->length_count; n++)
		if (p->lengths[n] < first->length && alike(panel_point(r, p, first->impl, p->lengths[n]), first))
			return;
	fputs("- ", out);
	put_markdown(out, first->impl);
	fputs(" at ", out);
	for (size_t n = 0; n < p->length_count; n++)
		if (alike(panel_point(r, p, first->impl, p->lengths[n]), first)) {
			fprintf(out, "%s%" PRId64, join, p->lengths[n]);
			join = ", ";
		}
	fprintf(out, ": %s: ", point_status_names[first->status]);
	put_markdown(out, first->reason);
	putc('\n', out);
}

static void put_reasons(FILE *out, const struct report *r, const struct panel *p)
{
	for (size_t i = 0; i < r->impl_count; i++)
		for (size_t n = 0; n < p->length_count; n++) {
			const struct point *q = panel_point(r, p, r->impls[i], p->lengths[n]);
			if (q && q->status != POINT_OK)
				put_reason(out, r, p, q);
		}
}

static void put_panel(FILE *out, const struct report *r, const struct panel *p)
{
	struct text t;
	if (text_begin(&t))
		return;
	panel_title(p, t.out);
	char *title = text_end(&t);
	fputs("\n### ", out);
	if (r->set_count > 1) {
		put_markdown(out, r->sets[p->set].label);
		fputs(": ", out);
	}
	put_markdown(out, p->workload);
	fputs(*p->workload ? ", " : "", out);
	put_markdown(out, title ? title : "");
	free(title);
	fputs("\n\n", out);
	put_sentence(out, r, p);
	fputs("\n\n", out);
	put_times(out, r, p);
	fputs("\n", out);
	put_reasons(out, r, p);
}

static void put_matrix(FILE *out, const struct report *r)
{
	struct matrix m;
	if (matrix_make(r, &m)) {
		matrix_free(&m);
		return;
	}
	fputs("\n## Conformance\n\n| implementation |", out);
	for (size_t s = 0; s < m.suite_count; s++) {
		putc(' ', out);
		put_markdown(out, m.names[s]);
		fputs(" |", out);
	}
	fputs("\n|---|", out);
	for (size_t s = 0; s < m.suite_count; s++)
		fputs("---|", out);
	for (size_t i = 0; i < m.impl_count; i++) {
		fputs("\n| ", out);
		put_markdown(out, m.impls[i]);
		fputs(" |", out);
		for (size_t s = 0; s < m.suite_count; s++) {
			const struct matrix_cell *c = &m.cells[i * m.suite_count + s];
			putc(' ', out);
			matrix_cell_text(c, out);
			if (c->why && *c->why) {
				fputs(": ", out);
				put_markdown(out, c->why);
			}
			fputs(" |", out);
		}
	}
	putc('\n', out);
	matrix_free(&m);
}

static void put_provenance(FILE *out, const struct result_set *set)
{
	const json_t *machine = json_object_get(set->context, "machine"), *program = json_object_get(set->context, "attnbench");
	const char *const said[][2] = {{"- ", set->label},
	                               {": ", text_of(machine, "cpu", "unknown CPU")},
	                               {", ", text_of(machine, "isa", "unknown ISA")},
	                               {", ", text_of(machine, "os", "unknown system")},
	                               {"; attnbench ", text_of(program, "version", "?")},
	                               {" commit ", text_of(program, "commit", "?")},
	                               {", ", text_of(program, "compiler", "?")},
	                               {"; ", text_of(set->context, "date", "no date")},
	                               {"; command: ", text_of(set->context, "command", "not recorded")}};
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		fputs(said[i][0], out);
		put_markdown(out, said[i][1]);
	}
	putc('\n', out);
}

char *format_markdown(const struct report *r)
{
	struct text t;
	int threads[MAX_THREADS];
	if (text_begin(&t))
		return NULL;
	fputs("# Attention: comparison\n\n", t.out);
	for (size_t s = 0; s < r->set_count; s++)
		put_warnings(t.out, &r->sets[s]);
	for (size_t s = 0; s < r->set_count; s++)
		workloads_each(r, s, put_workload, t.out);
	if (!r->set_count && r->check_count)
		fputs("No result set was given: conformance alone.\n", t.out);
	for (size_t s = 0; s < r->set_count; s++)
		for (size_t n = set_threads(&r->sets[s], threads, MAX_THREADS), i = 0; i < n; i++)
			put_ranking(t.out, r, s, threads[i]);
	if (r->set_count || r->check_count)
		put_matrix(t.out, r);
	if (r->panel_count)
		fputs("\n## Times\n\nMedian of one call. **Bold** is the fastest, _italic_ a limit that no kernel can beat, ~~struck out~~ a wrong answer, which has no "
		      "speed.\n",
		      t.out);
	for (size_t i = 0; i < r->panel_count; i++)
		put_panel(t.out, r, &r->panels[i]);
	markdown_processes(t.out, r);
	markdown_scaling(t.out, r);
	if (r->set_count)
		fputs("\n## Where the numbers come from\n\n", t.out);
	for (size_t s = 0; s < r->set_count; s++)
		put_provenance(t.out, &r->sets[s]);
	return text_end(&t);
}
