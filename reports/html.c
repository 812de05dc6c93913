/* The report as one page of HTML: the frame, and what several parts use.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/assets.h"
#include "reports/formats.h"
#include "reports/html.h"
#include "reports/output.h"
#include "reports/processes.h"
#include "reports/scaling.h"

#include <stdlib.h>
#include <string.h>

void put_element(FILE *out, const char *tag, const char *attributes, const char *text)
{
	fprintf(out, "<%s%s%s>", tag, *attributes ? " " : "", attributes);
	put_html(out, text);
	fprintf(out, "</%s>", tag);
}

void put_sentence_html(FILE *out, char *rich)
{
	if (rich)
		put_rich_html(out, rich);
	free(rich);
}

char *sentence_of_panel(const struct report *r, const struct panel *p)
{
	struct text t;
	if (text_begin(&t))
		return NULL;
	verdict_of_panel(r, p, t.out);
	return text_end(&t);
}

static const struct section {
	const char *id, *title;
	void (*put)(struct page *);
} sections[] = {
	{"verdict", "Verdict", html_overview},
	{"conformance", "Conformance", html_conformance},
	{"changes", "What changed", html_changes},
	{"measurements", "Measurements", html_measurements},
	{"overall", "Across all cases", html_overall_figures},
	{"ranks", "What the ranks take and send", html_processes},
	{"scaling", "Over many ranks", html_scaling},
	{"provenance", "Where the numbers come from", html_provenance},
	{NULL, NULL, NULL}};

static int shown(const struct section *s, const struct report *r)
{
	if (s->put == html_scaling)
		return r->scaling_count > 0;
	if (s->put == html_processes)
		return processes_are(r);
	if (s->put == html_changes)
		return r->set_count > 1;
	if (s->put == html_measurements || s->put == html_overall_figures || s->put == html_provenance)
		return r->set_count > 0;
	return r->set_count > 0 || r->check_count > 0 || !r->scaling_count;
}

static void put_navigation(const struct page *g)
{
	fputs("<nav aria-label=\"Sections\"><ul>\n", g->out);
	for (const struct section *s = sections; s->id; s++)
		if (shown(s, g->r))
			fprintf(g->out, "<li><a href=\"#%s\">%s</a></li>\n", s->id, s->title);
	fputs("<li><a href=\"#howto\">How to read this</a></li>\n<li><a href=\"#glossary\">Glossary</a></li>\n</ul></nav>\n", g->out);
}

static void put_subject(const struct page *g)
{
	fputs("<p class=\"subject\">", g->out);
	for (size_t i = 0; i < g->r->set_count; i++) {
		const struct result_set *set = &g->r->sets[i];
		fputs(i ? " · " : "", g->out);
		put_html(g->out, set->label);
		fputs(" (", g->out);
		put_html(g->out, text_of(json_object_get(set->context, "machine"), "cpu", "unknown CPU"));
		fputs(", ", g->out);
		put_html(g->out, text_of(set->context, "date", "no date"));
		fputs(")", g->out);
	}
	for (size_t i = 0; i < g->r->check_count; i++) {
		fputs(i || g->r->set_count ? " · " : "", g->out);
		put_html(g->out, g->r->checks[i].label);
		fputs(" (conformance)", g->out);
	}
	fputs("</p>\n", g->out);
}

char *format_html(const struct report *r, const struct figures *figures)
{
	struct text t;
	if (text_begin(&t))
		return NULL;
	struct page g = {.out = t.out, .r = r, .figures = figures};
	for (size_t s = 0; s < r->set_count; s++)
		g.points += r->sets[s].count;
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>attnbench report</title>\n<style>\n",
	      g.out);
	fputs(asset_style_css, g.out);
	html_view_rules(&g);
	fputs("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<header>\n<h1>Attention: comparison</h1>\n", g.out);
	put_subject(&g);
	fputs("</header>\n", g.out);
	put_navigation(&g);
	fputs("<main id=\"main\">\n", g.out);
	for (const struct section *s = sections; s->id; s++)
		if (shown(s, r)) {
			fprintf(g.out, "<section id=\"%s\" aria-labelledby=\"%s-h\">\n<h2 id=\"%s-h\">%s</h2>\n", s->id, s->id, s->id, s->title);
			s->put(&g);
			fputs("</section>\n", g.out);
		}
	fprintf(g.out, "%s</main>\n<footer><p>Written by %s.", asset_howto_html, PACKAGE_STRING);
	if (figures->renderer) {
		fputs(" Charts: ", g.out);
		put_html(g.out, figures->renderer);
		putc('.', g.out);
	}
	fprintf(g.out, "</p></footer>\n<script>\n%s</script>\n</body>\n</html>\n", asset_page_js);
	return text_end(&t);
}
