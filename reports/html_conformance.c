/* Conformance: the matrix, then each failure with its reason and the command that reproduces it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/html.h"
#include "reports/matrix.h"
#include "reports/output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void put_cell(struct page *g, const struct matrix *m, size_t row, size_t column)
{
	const struct matrix_cell *c = &m->cells[row * m->suite_count + column];
	fprintf(g->out, "<td class=\"%s\">", matrix_cell_class(c));
	if (c->failed)
		fprintf(g->out, "<a href=\"#failed-%zu-%zu\">", row + 1, column + 1);
	matrix_cell_text(c, g->out);
	fputs(c->failed ? "</a>" : "", g->out);
	if (!c->failed && c->why && *c->why) {
		fputs("<small>", g->out);
		put_html(g->out, c->why);
		fputs("</small>", g->out);
	}
	fputs("</td>", g->out);
}

static void put_matrix(struct page *g, const struct matrix *m)
{
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Conformance matrix\">\n<table class=\"matrix\">\n<caption><span>✓ n: all n right. ✗ k of n: k wrong, "
	      "crashed or too long. – refused: the implementation does not offer it and says why. A cell that failed leads to its first case; conformance.csv has every case with its command.</span></caption>\n<thead><tr><th scope=\"col\">implementation</th>",
	      g->out);
	for (size_t s = 0; s < m->suite_count; s++)
		put_element(g->out, "th", "scope=\"col\"", m->names[s]);
	fputs("</tr></thead>\n<tbody>\n", g->out);
	for (size_t i = 0; i < m->impl_count; i++) {
		fputs("<tr>", g->out);
		put_element(g->out, "th", "scope=\"row\"", m->impls[i]);
		for (size_t s = 0; s < m->suite_count; s++)
			put_cell(g, m, i, s);
		fputs("</tr>\n", g->out);
	}
	fputs("</tbody>\n</table>\n</div>\n", g->out);
}

/* The first failure of each cell of a row is what the cell leads to. */
struct failures {
	const struct matrix *m;
	size_t row;
	unsigned char *begun; /* by column */
};

static void begin_failure(struct page *g, const struct failures *f, size_t column)
{
	if (column < f->m->suite_count && !f->begun[column])
		fprintf(g->out, "<li id=\"failed-%zu-%zu\">", f->row + 1, column + 1);
	else
		fputs("<li>", g->out);
	if (column < f->m->suite_count)
		f->begun[column] = 1;
}

static size_t column_of(const struct matrix *m, const char *suite)
{
	size_t i = 0;
	while (i < m->suite_count && (!m->suites[i] || strcmp(m->suites[i], suite)))
		i++;
	return i;
}

static void put_failed_check(struct page *g, const struct failures *f, const json_t *e)
{
	char number[NUMBER_SIZE];
	begin_failure(g, f, column_of(f->m, text_of(e, "suite", "")));
	put_html(g->out, text_of(e, "suite", ""));
	fputs(", ", g->out);
	put_html(g->out, text_of(e, "case", ""));
	fputs(" <code>", g->out);
	put_html(g->out, text_of(e, "problem", ""));
	fputs("</code>: ", g->out);
	put_html(g->out, text_of(e, "status", ""));
	if (json_is_number(json_object_get(e, "ratio")))
		fprintf(g->out, ", error ratio %s", show_number(number_of(e, "ratio"), number));
	fputs(": ", g->out);
	put_html(g->out, text_of(e, "reason", ""));
	if (*text_of(e, "reproduce", "")) {
		fputs("<pre tabindex=\"0\"><code>", g->out);
		put_html(g->out, text_of(e, "reproduce", ""));
		fputs("</code></pre>", g->out);
	}
	fputs("</li>\n", g->out);
}

static void put_failed_point(struct page *g, const struct failures *f, size_t set_number, const struct point *p)
{
	const struct result_set *set = &g->r->sets[set_number];
	begin_failure(g, f, f->m->suite_count - g->r->set_count + set_number);
	put_html(g->out, g->r->set_count > 1 ? set->label : "sweep");
	fputs(", <code>", g->out);
	put_html(g->out, p->problem);
	fprintf(g->out, "</code>, %d thread%s: %s: ", p->threads, p->threads == 1 ? "" : "s", point_status_names[p->status]);
	put_html(g->out, p->reason);
	fputs("<pre tabindex=\"0\"><code>", g->out);
	put_point_command(g->out, p);
	fputs("</code></pre></li>\n", g->out);
}

static void put_failures(struct page *g, const struct failures *f)
{
	size_t i;
	json_t *e;
	const char *impl = f->m->impls[f->row];
	for (size_t n = 0; n < g->r->check_count; n++)
		json_array_foreach(g->r->checks[n].results, i, e) if (check_failed(e) && !strcmp(text_of(e, "impl", ""), impl)) put_failed_check(g, f, e);
	for (size_t s = 0; s < g->r->set_count; s++)
		for (i = 0; i < g->r->sets[s].count; i++) {
			const struct point *p = &g->r->sets[s].points[i];
			if (!strcmp(p->impl, impl) && (p->status == POINT_FAILED || p->status == POINT_CRASHED || p->status == POINT_TIMEOUT))
				put_failed_point(g, f, s, p);
		}
}

static int row_failed(const struct matrix *m, size_t row)
{
	for (size_t s = 0; s < m->suite_count; s++)
		if (m->cells[row * m->suite_count + s].failed)
			return 1;
	return 0;
}

void html_conformance(struct page *g)
{
	struct matrix m;
	unsigned char *begun = NULL;
	if (!matrix_make(g->r, &m) && (begun = malloc(m.suite_count + 1))) {
		put_matrix(g, &m);
		for (size_t i = 0; i < m.impl_count; i++) {
			if (!row_failed(&m, i))
				continue;
			fprintf(g->out, "<details id=\"failed-%zu\" open>\n<summary>What failed in ", i + 1);
			put_html(g->out, m.impls[i]);
			fputs(", and how to see it again</summary>\n<ul class=\"failures\">\n", g->out);
			memset(begun, 0, m.suite_count);
			put_failures(g, &(struct failures){&m, i, begun});
			fputs("</ul>\n</details>\n", g->out);
		}
	}
	free(begun);
	matrix_free(&m);
	html_policies(g);
	if (!g->r->check_count)
		fputs("<p>The column says whether the timed answers were right. The suites join in when the output of <code>attnbench check --format json</code> is given "
		      "too.</p>\n",
		      g->out);
}
