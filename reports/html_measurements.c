/* The measurements, panel by panel: verdict, charts, tables; and the charts that span panels.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/html.h"
#include "reports/output.h"

#include <stdlib.h>
#include <string.h>

/* The page's budget, in bytes: what the figures may take is what the numbers leave; what is beyond lies beside the page. */
enum { PAGE_BYTES = 1200 * 1000, POINT_BYTES = 1100, FIGURES_LEAST_BYTES = 250 * 1000 };

int html_has_details(const struct page *g)
{
	return g->points * POINT_BYTES <= PAGE_BYTES - FIGURES_LEAST_BYTES;
}

static size_t figure_budget(const struct page *g)
{
	return html_has_details(g) ? PAGE_BYTES - g->points * POINT_BYTES : PAGE_BYTES - g->points * POINT_BYTES / 5;
}

static void put_figure(struct page *g, const struct figure *f)
{
	size_t bytes = strlen(f->svg);
	int fits = g->figure_bytes + bytes <= figure_budget(g);
	fputs("<figure>\n", g->out);
	if (fits) {
		fputs(f->svg, g->out);
		g->figure_bytes += bytes;
	} else {
		fprintf(g->out, "<p><a href=\"figures/%s.svg\">", f->name);
		put_html(g->out, f->title);
		fputs("</a> lies beside this page, which would be too large with it.</p>\n", g->out);
	}
	fputs("<figcaption>", g->out);
	put_rich_html(g->out, f->caption);
	fputs("</figcaption>\n</figure>\n", g->out);
}

void html_figures(struct page *g, enum figure_kind kind, const struct panel *p)
{
	for (size_t i = 0; i < g->figures->count; i++) {
		const struct figure *f = &g->figures->items[i];
		if (f->svg && f->kind == kind && f->panel == p)
			put_figure(g, f);
	}
}

static void put_panel(struct page *g, size_t i)
{
	const struct panel *p = &g->r->panels[i];
	struct text t;
	if (text_begin(&t))
		return;
	panel_title(p, t.out);
	char *title = text_end(&t);
	fprintf(g->out, "<section class=\"panel\" id=\"panel-%zu\" aria-labelledby=\"panel-%zu-h\">\n<h3 id=\"panel-%zu-h\">", i + 1, i + 1, i + 1);
	if (g->r->set_count > 1) {
		put_html(g->out, g->r->sets[p->set].label);
		fputs(": ", g->out);
	}
	put_html(g->out, p->workload);
	fputs(*p->workload ? ": " : "", g->out);
	put_html(g->out, title ? title : "");
	free(title);
	fputs("</h3>\n<p>", g->out);
	put_sentence_html(g->out, sentence_of_panel(g->r, p));
	fputs("</p>\n", g->out);
	html_panel_table(g, p);
	fputs("<div class=\"figures\">\n", g->out);
	for (int kind = 0; kind < FIGURE_KINDS; kind++)
		html_figures(g, (enum figure_kind)kind, p);
	fputs("</div>\n", g->out);
	html_detail_table(g, p);
	fputs("</section>\n", g->out);
}

void html_measurements(struct page *g)
{
	for (size_t i = 0; i < g->r->panel_count; i++)
		put_panel(g, i);
}

void html_overall_figures(struct page *g)
{
	fputs("<div class=\"figures\">\n", g->out);
	for (int kind = 0; kind < FIGURE_KINDS; kind++)
		html_figures(g, (enum figure_kind)kind, NULL);
	fputs("</div>\n", g->out);
}
