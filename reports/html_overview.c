/* The page's first screen: warnings, verdicts, ranking.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/html.h"
#include "reports/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 64 };

static void put_warnings(struct page *g)
{
	size_t i, any = 0;
	json_t *warning;
	for (size_t s = 0; s < g->r->set_count; s++)
		json_array_foreach(json_object_get(g->r->sets[s].context, "warnings"), i, warning) if (json_is_string(warning))
		{
			fputs(any++ ? "" : "<div class=\"warnings\" role=\"note\" aria-label=\"Warnings\">\n<p>The machine was not at its best. Read the times with care:</p>\n<ul>\n",
			      g->out);
			fputs("<li>⚠ ", g->out);
			put_html(g->out, g->r->sets[s].label);
			fputs(": ", g->out);
			put_html(g->out, json_string_value(warning));
			fputs("</li>\n", g->out);
		}
	fputs(any ? "</ul>\n</div>\n" : "", g->out);
}

static void put_workload(const struct report *r, size_t set, const char *workload, void *context)
{
	struct page *g = context;
	struct text t;
	if (text_begin(&t))
		return;
	verdict_of_workload(r, set, workload, t.out);
	fputs("<p class=\"verdict\"><span class=\"about\">", g->out);
	if (r->set_count > 1) {
		put_html(g->out, r->sets[set].label);
		fputs(", ", g->out);
	}
	put_html(g->out, *workload ? workload : "all problems");
	fputs(":</span> ", g->out);
	put_sentence_html(g->out, text_end(&t));
	fputs("</p>\n<ul class=\"verdicts\">\n", g->out);
	for (size_t i = 0; i < r->panel_count; i++) {
		const struct panel *p = &r->panels[i];
		if (p->set != set || strcmp(p->workload, workload) || text_begin(&t))
			continue;
		panel_title(p, t.out);
		char *title = text_end(&t);
		fprintf(g->out, "<li><a href=\"#panel-%zu\">", i + 1);
		put_html(g->out, title ? title : "");
		fputs("</a>: ", g->out);
		put_sentence_html(g->out, sentence_of_panel(r, p));
		fputs("</li>\n", g->out);
		free(title);
	}
	fputs("</ul>\n", g->out);
}

static void put_ranked(struct page *g, const struct ranked *row, size_t place)
{
	char number[NUMBER_SIZE];
	FILE *out = g->out;
	if (isnan(row->slowdown))
		fputs("<tr><td data-value=\"999\">–</td>", out);
	else
		fprintf(out, "<tr><td data-value=\"%zu\">%zu</td>", place, place);
	put_element(out, "th", "scope=\"row\"", row->impl);
	if (isnan(row->slowdown))
		fputs("<td data-value=\"1e99\">not ranked</td>", out);
	else
		fprintf(out, "<td data-value=\"%s\">%.2f ×</td>", show_exact(row->slowdown, number), row->slowdown);
	fprintf(out, "<td>%zu</td>", row->fastest);
	for (int s = 0; s < POINT_STATUSES; s++)
		fprintf(out, "<td>%zu</td>", row->count[s]);
	fputs("</tr>\n", out);
}

static void put_ranking(struct page *g, size_t set, int threads)
{
	struct ranking k;
	if (ranking_make(g->r, set, threads, &k))
		return;
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Ranking\">\n<table class=\"sort\">\n<caption><span>Ranking: ", g->out);
	put_html(g->out, g->r->sets[set].label);
	fprintf(g->out,
	        ", %d thread%s. Time over the fastest one's, geometric mean over the %zu of %zu cases in which all ranked ones are right. Ranked is who is right in at "
	        "least half of the cases; wrong answers have no speed.</span></caption>\n<thead><tr><th scope=\"col\">rank</th><th scope=\"col\">implementation</th>"
	        "<th scope=\"col\">time / fastest</th><th scope=\"col\">fastest in</th>",
	        threads, threads == 1 ? "" : "s", k.common, k.cases);
	for (int s = 0; s < POINT_STATUSES; s++)
		put_element(g->out, "th", "scope=\"col\"", s ? point_status_names[s] : "right");
	fputs("</tr></thead>\n<tbody>\n", g->out);
	for (size_t i = 0; i < k.count; i++)
		put_ranked(g, &k.rows[i], i + 1);
	fputs("</tbody>\n</table>\n</div>\n", g->out);
	free(k.rows);
}

void html_overview(struct page *g)
{
	int threads[MAX_THREADS];
	put_warnings(g);
	if (!g->r->set_count)
		fputs("<p>No result set was given: this report has conformance alone.</p>\n", g->out);
	for (size_t s = 0; s < g->r->set_count; s++)
		workloads_each(g->r, s, put_workload, g);
	for (size_t s = 0; s < g->r->set_count; s++)
		for (size_t n = set_threads(&g->r->sets[s], threads, MAX_THREADS), i = 0; i < n; i++)
			put_ranking(g, s, threads[i]);
	if (g->r->set_count && !g->figures->renderer) {
		fputs("<p class=\"warnings\">There are no charts in this page: ", g->out);
		put_html(g->out, g->figures->why_not ? g->figures->why_not : "they were not rendered");
		fputs(". Every number is in the tables. <code>make charts</code> in the build tree installs what draws them; then write the report again.</p>\n", g->out);
	}
}
