/* An explanation as one page of HTML that loads nothing: each step a table, the weights shaded, the picture where it can be drawn.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/problem.h"
#include "harness/tensor.h"
#include "reports/assets.h"
#include "reports/explain_page.h"
#include "reports/html.h"
#include "reports/output.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { SHADES = 10, INPUT_ROWS = 8, INPUT_COLUMNS = 12 };

static void put_head(FILE *out)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>attnbench explain</title>\n<style>\n",
	      out);
	fprintf(out, "%stable.steps th, table.steps td { text-align: right; }\n.row { display: flex; flex-wrap: wrap; gap: 0 2.5rem; }\n", asset_style_css);
	for (int s = 1; s <= SHADES; s++)
		fprintf(out, ".w%d { background: color-mix(in srgb, #0072b2 %d%%, transparent); }\n", s, 5 * s);
	fputs("</style>\n</head>\n<body>\n<header>\n<h1>Attention, step by step</h1>\n", out);
}

static void put_value(FILE *out, const char *class, double x)
{
	fprintf(out, "<td%s%s%s>%.4g</td>", *class ? " class=\"" : "", class, *class ? "\"" : "", x == 0 ? 0 : x);
}

static void begin_table(FILE *out, const char *caption)
{
	fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"", out);
	put_html(out, caption);
	fputs("\">\n<table class=\"steps\">\n<caption><span>", out);
	put_html(out, caption);
	fputs("</span></caption>\n", out);
}

static void put_columns(FILE *out, const char *corner, const char *name, const struct explain_range *columns)
{
	fprintf(out, "<thead><tr><th scope=\"col\">%s</th>", corner);
	for (int64_t n = 0; n < columns->count; n++)
		fprintf(out, "<th scope=\"col\">%s %" PRId64 "</th>", name, columns->first + n);
	fputs("</tr></thead>\n<tbody>\n", out);
}

static void put_input(FILE *out, const struct explain_input *in)
{
	char caption[96];
	const struct attn_tensor *t = in->t;
	struct explain_range rows = {0, t->dim[2] < INPUT_ROWS ? t->dim[2] : INPUT_ROWS, t->dim[2]};
	struct explain_range columns = {0, t->dim[3] < INPUT_COLUMNS ? t->dim[3] : INPUT_COLUMNS, t->dim[3]};
	snprintf(caption, sizeof caption, "%s, %" PRId64 " × %" PRId64 "%s", in->name, rows.all, columns.all, rows.count < rows.all || columns.count < columns.all ? ", its beginning" : "");
	begin_table(out, caption);
	put_columns(out, "row", "c", &columns);
	for (int64_t i = 0; i < rows.count; i++) {
		fprintf(out, "<tr><th scope=\"row\">%" PRId64 "</th>", i);
		for (int64_t c = 0; c < columns.count; c++)
			put_value(out, "", attn_tensor_get(t, in->b, in->h, i, c));
		fputs("</tr>\n", out);
	}
	fputs("</tbody>\n</table>\n</div>\n", out);
}

static void put_inputs(FILE *out, const struct explanation *e, const struct explain_part *part)
{
	struct explain_input inputs[INPUTS_MOST];
	fputs("<div class=\"row\">\n", out);
	for (size_t n = 0, count = explain_inputs(e, part, inputs); n < count; n++)
		put_input(out, &inputs[n]);
	fputs("</div>\n", out);
}

/* The shade of a weight; the text's number says the same. */
static const char *shade_of(double weight, double largest, char class[8])
{
	int shade = largest > 0 ? (int)ceil(SHADES * fabs(weight) / largest - 1e-9) : 0;
	*class = 0;
	if (shade > 0)
		snprintf(class, 8, "w%d", shade);
	return class;
}

static void put_step(FILE *out, const struct explanation *e, const struct explain_part *part, enum explain_stage s, int step)
{
	char title[160], caption[192], class[8] = "";
	double largest = 0;
	for (int64_t at = 0; s == STAGE_WEIGHT && at < e->rows.count * e->keys.count; at++)
		largest = fmax(largest, fabs(part->stage[s][at]));
	snprintf(caption, sizeof caption, "%d. %s", step, explain_stage_title(e, s, title));
	begin_table(out, caption);
	put_columns(out, "row", "key", &e->keys);
	for (int64_t i = 0; i < e->rows.count; i++) {
		fprintf(out, "<tr><th scope=\"row\">%" PRId64 "</th>", e->rows.first + i);
		for (int64_t n = 0; n < e->keys.count; n++) {
			int64_t at = i * e->keys.count + n;
			if (part->key[at] == KEY_ELSEWHERE || (s >= STAGE_MASKED && part->key[at] == KEY_HIDDEN))
				fputs("<td>·</td>", out);
			else
				put_value(out, s == STAGE_WEIGHT ? shade_of(part->stage[s][at], largest, class) : "", part->stage[s][at]);
		}
		fputs("</tr>\n", out);
	}
	fputs("</tbody>\n</table>\n</div>\n", out);
}

static void put_sums(FILE *out, const struct explanation *e, const struct explain_part *part)
{
	begin_table(out, "max and sum of each row: a_ij = exp(s_ij - max_i) / sum_i");
	fputs("<thead><tr><th scope=\"col\">row</th><th scope=\"col\">max</th><th scope=\"col\">sum</th><th scope=\"col\">weight of the sink</th></tr></thead>\n<tbody>\n", out);
	for (int64_t i = 0; i < e->rows.count; i++) {
		fprintf(out, "<tr><th scope=\"row\">%" PRId64 "</th>", e->rows.first + i);
		put_value(out, "", part->max[i]), put_value(out, "", part->sum[i]), put_value(out, "", part->sink[i]);
		fputs("</tr>\n", out);
	}
	fputs("</tbody>\n</table>\n</div>\n", out);
}

static void put_output(FILE *out, const struct explanation *e, const struct explain_part *part, int step)
{
	char caption[96];
	snprintf(caption, sizeof caption, "%d. output: o_i = Σ_j a_ij v_j", step);
	begin_table(out, caption);
	put_columns(out, "row", "column", &e->columns);
	for (int64_t i = 0; i < e->rows.count; i++) {
		fprintf(out, "<tr><th scope=\"row\">%" PRId64 "</th>", e->rows.first + i);
		for (int64_t c = 0; c < e->columns.count; c++)
			put_value(out, "", part->out[i * e->columns.count + c]);
		fputs("</tr>\n", out);
	}
	fputs("</tbody>\n</table>\n</div>\n", out);
}

static void put_part(FILE *out, const struct explanation *e, size_t n, const struct figure *figure)
{
	const struct explain_part *part = &e->parts[n];
	int step = 0;
	fprintf(out, "<section aria-labelledby=\"part-%zu\">\n<h2 id=\"part-%zu\">Batch entry %" PRId64 ", head %" PRId64 "</h2>\n", n + 1, n + 1, part->b, part->h);
	put_inputs(out, e, part);
	for (int s = 0; s < STAGES; s++) {
		if (!e->shown[s] && s != STAGE_WEIGHT)
			continue;
		put_step(out, e, part, (enum explain_stage)s, ++step);
		if (s == STAGE_EXP)
			put_sums(out, e, part);
	}
	if (figure && figure->svg) {
		fprintf(out, "<figure>\n%s<figcaption>", figure->svg);
		put_html(out, figure->caption);
		fputs("</figcaption>\n</figure>\n", out);
	}
	put_output(out, e, part, ++step);
	fputs("</section>\n", out);
}

static void put_range(FILE *out, const char *what, const struct explain_range *r)
{
	if (r->count < r->all)
		fprintf(out, " An excerpt: %s %" PRId64 " to %" PRId64 " of %" PRId64 ".", what, r->first, r->first + r->count - 1, r->all);
}

static void put_divergence(FILE *out, const struct explain_side sides[2], const struct explain_divergence *d)
{
	struct text t;
	if (text_begin(&t))
		return;
	explain_text_divergence(t.out, sides, d);
	char *text = text_end(&t);
	fputs("<section aria-labelledby=\"ways\">\n<h2 id=\"ways\">Where implementations part ways</h2>\n<pre tabindex=\"0\">", out);
	put_html(out, text ? text + (*text == '\n') : "");
	fputs("</pre>\n</section>\n", out);
	free(text);
}

int explain_html(const char *path, const struct explanation *e, const struct explain_side sides[2], const struct explain_divergence *d)
{
	char key[ATTN_KEY_SIZE];
	struct text t;
	struct figures figures = {0};
	if (explain_draw(e, &figures) || text_begin(&t)) {
		figures_free(&figures);
		return command_fail(EXIT_ENVIRONMENT, "no memory for the page");
	}
	attn_problem_print(e->p, key);
	put_head(t.out);
	if (e->name) {
		fputs("<p class=\"verdict\"><strong>", t.out);
		put_html(t.out, e->name);
		fputs("</strong>: ", t.out);
		put_html(t.out, e->summary);
		fputs("</p>\n", t.out);
	}
	fputs("<p>Problem <code>", t.out);
	put_html(t.out, key);
	fputs("</code>. A dot stands for a key that a row may not see.", t.out);
	put_range(t.out, "rows", &e->rows), put_range(t.out, "keys", &e->keys), put_range(t.out, "columns of the output", &e->columns);
	fputs("</p>\n</header>\n<main>\n", t.out);
	for (size_t n = 0; n < e->part_count; n++)
		put_part(t.out, e, n, n < figures.count ? &figures.items[n] : NULL);
	if (d)
		put_divergence(t.out, sides, d);
	fprintf(t.out, "</main>\n<footer><p>Written by %s.</p></footer>\n</body>\n</html>\n", PACKAGE_STRING);
	figures_free(&figures);
	return explain_write("html", path, text_end(&t));
}
