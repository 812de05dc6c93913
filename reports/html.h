/* The parts of the page.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORTS_HTML_H
#define REPORTS_HTML_H

#include "reports/charts.h"
#include "reports/report.h"
#include "reports/verdict.h"

struct page {
	FILE *out;
	const struct report *r;
	const struct figures *figures;
	size_t points;       /* of all sets */
	size_t figure_bytes; /* of SVG put into the page so far, and kept for what is shown at first */
	size_t first_bytes;  /* of those shown at first, put in so far */
};

void html_overview(struct page *g);    /* warnings, verdicts, ranking */
void html_conformance(struct page *g); /* matrix, failures and how to reproduce them */
void html_policies(struct page *g);    /* declared against observed */
void html_changes(struct page *g);     /* what differs between result sets */
void html_measurements(struct page *g); /* charts and tables, panel by panel */
void html_view_rules(struct page *g);   /* style of the choices among the figures */
void html_overall_figures(struct page *g); /* those that span panels */
void html_provenance(struct page *g);

/* "<tag>text</tag>" with the text escaped; attributes as they are, "" for none. */
void put_element(FILE *out, const char *tag, const char *attributes, const char *text);
/* A sentence of verdict.h, escaped, its names in <strong>. */
void put_sentence_html(FILE *out, char *rich); /* frees it; NULL is nothing */
char *sentence_of_panel(const struct report *r, const struct panel *p);
/* The page stays below 1.5 MB: with very many points their numbers are in the CSV alone. */
int html_has_details(const struct page *g);
void html_figures(struct page *g, enum figure_kind kind, const struct panel *p);
void html_panel_table(struct page *g, const struct panel *p);
void html_detail_table(struct page *g, const struct panel *p);
/* The command that measures a point again. */
void put_point_command(FILE *out, const struct point *p);

#endif
