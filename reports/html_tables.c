/* The tables of a panel: times side by side, then every number of every point.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/html.h"
#include "reports/output.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A point's anchor: set and place in it. */
static void put_anchor(struct page *g, const struct panel *p, const struct point *q)
{
	fprintf(g->out, "p%zu-%zu", p->set + 1, (size_t)(q - g->r->sets[p->set].points) + 1);
}

/* What a cell is sorted by: five digits are enough. */
static const char *show_key(double x, char text[NUMBER_SIZE])
{
	if (isnan(x))
		return "";
	snprintf(text, NUMBER_SIZE, "%.5g", x);
	return text;
}

/* A point in each unit; the page shows the chosen one. */
static void put_units(FILE *out, const struct point *q)
{
	char number[NUMBER_SIZE], key[NUMBER_SIZE];
	fprintf(out, "<span class=\"unit-time\">%s</span>", show_time(q->value[MEDIAN_NS], number));
	fprintf(out, "<span class=\"unit-rate\" data-value=\"%s\">%s</span>", show_key(q->value[FLOPS_PER_SECOND], key), show_number(q->value[FLOPS_PER_SECOND] / 1e9, number));
	fprintf(out, "<span class=\"unit-roof\" data-value=\"%s\">%s</span>", show_key(q->value[ROOF_FRACTION], key), show_percent(q->value[ROOF_FRACTION], number));
}

static void put_time_cell(struct page *g, const struct panel *p, const struct point *q, const struct case_verdict *v)
{
	char number[NUMBER_SIZE], exact[NUMBER_SIZE];
	if (!q) {
		fputs("<td data-value=\"\"></td>", g->out);
		return;
	}
	fprintf(g->out, "<td class=\"%s%s\" data-value=\"%s\">", point_status_names[q->status], q == v->first ? " best" : "",
	        q->status == POINT_OK ? show_key(q->value[MEDIAN_NS], exact) : "");
	if (html_has_details(g)) {
		fputs("<a href=\"#", g->out);
		put_anchor(g, p, q);
		fputs("\">", g->out);
	}
	if (q->status == POINT_OK) {
		if (html_has_details(g))
			put_units(g->out, q);
		else
			fputs(show_time(q->value[MEDIAN_NS], number), g->out);
		if (q == v->first)
			fputs(v->tie ? "<small>fastest, a tie</small>" : "<small>fastest</small>", g->out);
		else if (v->first && !q->limit)
			fprintf(g->out, "<small>%.2f ×</small>", q->value[MEDIAN_NS] / v->first->value[MEDIAN_NS]);
	} else {
		if (!isnan(q->value[MEDIAN_NS]))
			fprintf(g->out, "<s>%s</s> ", show_time(q->value[MEDIAN_NS], number));
		fprintf(g->out, "%s %s", q->status == POINT_REFUSED || q->status == POINT_SKIPPED ? "–" : "✗", point_status_names[q->status]);
	}
	fputs(html_has_details(g) ? "</a></td>" : "</td>", g->out);
}

static const char *length_name(const struct panel *p)
{
	return p->kind == PANEL_SELF ? "S" : "keys";
}

void html_panel_table(struct page *g, const struct panel *p)
{
	FILE *out = g->out;
	int details = html_has_details(g);
	fprintf(out,
	        "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Times\">\n<table class=\"sort\">\n<caption><span>Median time of one call%s, and how many times "
	        "the fastest right answer takes.%s</span></caption>\n<thead><tr><th scope=\"col\">%s</th>",
	        details ? "<span class=\"unit-rate\"> as GFLOP/s</span><span class=\"unit-roof\"> as part of the measured roof</span>" : "",
	        details ? " Each cell leads to its numbers." : "", length_name(p));
	for (size_t i = 0; i < g->r->impl_count; i++)
		if (panel_has(g->r, p, g->r->impls[i]))
			put_element(out, "th", impl_is_limit(g->r->impls[i]) ? "scope=\"col\" class=\"limit\"" : "scope=\"col\"", g->r->impls[i]);
	fputs("</tr></thead>\n<tbody>\n", out);
	for (size_t n = 0; n < p->length_count; n++) {
		struct case_verdict v = case_verdict(g->r, p, p->lengths[n]);
		fprintf(out, "<tr><th scope=\"row\" data-value=\"%" PRId64 "\">%" PRId64 "</th>", p->lengths[n], p->lengths[n]);
		for (size_t i = 0; i < g->r->impl_count; i++)
			if (panel_has(g->r, p, g->r->impls[i]))
				put_time_cell(g, p, panel_point(g->r, p, g->r->impls[i], p->lengths[n]), &v);
		fputs("</tr>\n", out);
	}
	fputs("</tbody>\n</table>\n</div>\n", out);
}

/* The columns of numbers: how each metric is shown. */
static char *show_gflops(double x, char text[NUMBER_SIZE])
{
	return show_number(x / 1e9, text);
}

static char *show_count(double x, char text[NUMBER_SIZE])
{
	return isnan(x) ? show_number(x, text) : (snprintf(text, NUMBER_SIZE, "%.0f", x), text);
}

static char *show_tokens(double x, char text[NUMBER_SIZE])
{
	return show_rate(x, "", text);
}

static const struct column {
	enum metric metric;
	const char *head;
	char *(*show)(double, char *);
} columns[] = {
	{MEDIAN_NS, "median", show_time},
	{CI_LOW_NS, "95 % from", show_time},
	{CI_HIGH_NS, "to", show_time},
	{MIN_NS, "least", show_time},
	{CPU_NS, "CPU time", show_time},
	{FLOPS, "FLOP", show_tokens},
	{FLOPS_PER_SECOND, "GFLOP/s", show_gflops},
	{TOKENS_PER_SECOND, "tokens/s", show_tokens},
	{BYTES, "traffic", show_bytes},
	{BYTES_PER_SECOND, "GB/s", show_gflops},
	{INTENSITY, "FLOP/byte", show_number},
	{ROOF_FRACTION, "of roof", show_percent},
	{WORKSPACE_BYTES, "workspace", show_bytes},
	{PEAK_BYTES, "peak extra", show_bytes},
	{ANALYTIC_BYTES, "by formula", show_bytes},
	{ERROR_RATIO, "error ratio", show_number},
	{REPETITIONS, "samples", show_count},
	{ITERATIONS, "iterations", show_count},
};
enum { COLUMN_COUNT = sizeof columns / sizeof *columns };

void put_point_command(FILE *out, const struct point *p)
{
	fputs("attnbench sweep --impl ", out);
	put_html(out, p->impl);
	if (*p->workload && panel_has_features(p->problem)) { /* masks and the like have no option of sweep */
		fputs(" --workload ", out);
		put_html(out, p->workload);
		fprintf(out, " --threads %d --out again.json", p->threads);
		return;
	}
	for (int i = 0; i < SHAPE_FIELDS; i++)
		fprintf(out, " --%s %" PRId64, shape_names[i], p->shape[i]);
	fputs(" --dtype ", out);
	put_html(out, p->dtype);
	fputs(" --causal ", out);
	put_html(out, p->causal);
	fprintf(out, " --threads %d --out again.json", p->threads);
}

static void put_samples(struct page *g, const struct point *q)
{
	char number[NUMBER_SIZE];
	size_t i;
	json_t *sample;
	fputs("<details><summary>samples</summary>", g->out);
	if (json_array_size(q->samples)) {
		fputs("<p>ns: ", g->out);
		json_array_foreach(q->samples, i, sample) fprintf(g->out, "%s%s", i ? " " : "", show_exact(json_number_value(sample), number));
		fputs("</p>", g->out);
	}
	fputs("<p><code>", g->out);
	put_point_command(g->out, q);
	fputs("</code></p></details>", g->out);
}

static void put_detail_row(struct page *g, const struct panel *p, const struct point *q)
{
	char number[NUMBER_SIZE], exact[NUMBER_SIZE];
	int wrong = q->status != POINT_OK;
	fprintf(g->out, "<tr class=\"%s%s\" id=\"", point_status_names[q->status], q->limit ? " limit" : "");
	put_anchor(g, p, q);
	fputs("\">", g->out);
	put_element(g->out, "th", "scope=\"row\"", q->impl);
	fprintf(g->out, "<td>%" PRId64 "</td><td>%s", q->length, q->limit && !wrong ? "limit" : point_status_names[q->status]);
	if (*q->reason) {
		fputs("<small>", g->out);
		put_html(g->out, q->reason);
		fputs("</small>", g->out);
	}
	fputs("</td>", g->out);
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		double x = q->value[columns[i].metric];
		int struck = wrong && columns[i].metric <= ROOF_FRACTION && !isnan(x);
		fprintf(g->out, "<td data-value=\"%s\">%s%s%s</td>", show_key(x, exact), struck ? "<s>" : "", columns[i].show(x, number), struck ? "</s>" : "");
	}
	put_element(g->out, "td", "", q->roof);
	put_element(g->out, "td", "", q->kernel);
	fputs("<td class=\"wide\">", g->out);
	put_samples(g, q);
	fputs("</td></tr>\n", g->out);
}

void html_detail_table(struct page *g, const struct panel *p)
{
	FILE *out = g->out;
	if (!html_has_details(g)) {
		fputs("<p>There are too many points for one page: every number is in report.csv.</p>\n", out);
		return;
	}
	fprintf(out,
	        "<details class=\"numbers\">\n<summary>Every number</summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Every number\">\n<table "
	        "class=\"sort filter\">\n<caption><span>Every number of every point. What is struck out belongs to a wrong answer and counts for nothing.</span></caption>\n<thead><tr>"
	        "<th scope=\"col\">implementation</th><th scope=\"col\">%s</th><th scope=\"col\">status</th>",
	        length_name(p));
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		put_element(out, "th", "scope=\"col\"", columns[i].head);
	fputs("<th scope=\"col\">bound by</th><th scope=\"col\">kernel</th><th scope=\"col\">samples, command</th></tr></thead>\n<tbody>\n", out);
	for (size_t i = 0; i < g->r->impl_count; i++)
		for (size_t n = 0; n < p->length_count; n++) {
			const struct point *q = panel_point(g->r, p, g->r->impls[i], p->lengths[n]);
			if (q)
				put_detail_row(g, p, q);
		}
	fputs("</tbody>\n</table>\n</div>\n</details>\n", out);
}
