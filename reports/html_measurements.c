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

/* The bytes of what is shown at first are set aside before any other choice gets some. */
static int fits(struct page *g, const struct figure *f)
{
	if (!g->figure_bytes)
		for (size_t i = 0; i < g->figures->count; i++)
			g->figure_bytes += g->figures->items[i].svg && !g->figures->items[i].alternate ? strlen(g->figures->items[i].svg) : 0;
	size_t bytes = strlen(f->svg), budget = figure_budget(g);
	if (!f->alternate) {
		g->first_bytes += bytes;
		return g->first_bytes <= budget;
	}
	if (g->figure_bytes + bytes > budget)
		return 0;
	g->figure_bytes += bytes;
	return 1;
}

static void put_figure(struct page *g, const struct figure *f)
{
	fprintf(g->out, *f->view ? "<figure class=\"%s\">\n" : "<figure>\n", f->view);
	if (!fits(g, f)) { /* its caption is in the file */
		fprintf(g->out, "<p><a href=\"figures/%s.svg\">", f->name);
		put_html(g->out, f->title);
		fputs("</a> lies beside this page.</p>\n</figure>\n", g->out);
		return;
	}
	fputs(f->svg, g->out);
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

/* A choice of one of several, which style.css and put_baselines act upon: no script has a part in it. */
static void put_choice(FILE *out, const char *group, const char *id, const char *label, int chosen)
{
	fprintf(out, "<label><input type=\"radio\" name=\"%s\" id=\"%s\"%s> ", group, id, chosen ? " checked" : "");
	put_html(out, label);
	fputs("</label>\n", out);
}

/* Is there a figure of that view? */
static int has_view(const struct page *g, const char *view)
{
	for (size_t i = 0; i < g->figures->count; i++)
		if (g->figures->items[i].svg && !strcmp(g->figures->items[i].view, view))
			return 1;
	return 0;
}

static void put_baselines(struct page *g)
{
	char view[32];
	size_t any = 0;
	for (size_t i = 0; i < g->r->impl_count && g->figures->choices; i++) {
		snprintf(view, sizeof view, "base-%zu", i + 1);
		if (!has_view(g, view))
			continue;
		fputs(any++ ? "" : "<fieldset><legend>Speed-up against</legend>\n", g->out);
		put_choice(g->out, "base", view, g->r->impls[i], !strcmp(g->r->impls[i], g->r->baseline));
	}
	fputs(any ? "</fieldset>\n" : "", g->out);
}

/* What shows the figures of the chosen baseline alone. */
void html_view_rules(struct page *g)
{
	for (size_t i = 0; i < g->r->impl_count && g->figures->choices; i++)
		if (!impl_is_limit(g->r->impls[i]))
			fprintf(g->out, "body:not(:has(#base-%zu:checked)) .base-%zu { display: none; }\n", i + 1, i + 1);
}

static void put_switches(struct page *g)
{
	static const struct {
		const char *group, *id, *label;
	} choices[] = {{"unit", "unit-time", "time"},    {"unit", "unit-rate", "GFLOP/s"},    {"unit", "unit-roof", "part of the roof"},
	               {"scale", "scale-log", "logarithmic"}, {"scale", "scale-linear", "linear"}};
	fputs("<div class=\"switches\" role=\"group\" aria-label=\"What charts and tables show\">\n<fieldset><legend>Unit</legend>\n", g->out);
	for (size_t i = 0; i < 3; i++)
		put_choice(g->out, choices[i].group, choices[i].id, choices[i].label, i == 0);
	fputs("</fieldset>\n", g->out);
	if (has_view(g, "unit-time scale-linear")) {
		fputs("<fieldset><legend>Axes</legend>\n", g->out);
		for (size_t i = 3; i < 5; i++)
			put_choice(g->out, choices[i].group, choices[i].id, choices[i].label, i == 3);
		fputs("</fieldset>\n", g->out);
	}
	put_baselines(g);
	fputs("</div>\n", g->out);
}

void html_measurements(struct page *g)
{
	put_switches(g);
	for (size_t i = 0; i < g->r->panel_count; i++)
		put_panel(g, i);
}

void html_overall_figures(struct page *g)
{
	fputs("<div class=\"figures\">\n", g->out);
	for (int kind = 0; kind < FIGURE_SCALING; kind++) /* those over ranks have a section of their own */
		html_figures(g, (enum figure_kind)kind, NULL);
	fputs("</div>\n", g->out);
}
