/* Memory over length, with lines of slope 1 and 2: what grows like S and what grows like S².
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/charts.h"
#include "reports/output.h"
#include "reports/verdict.h"

#include <math.h>
#include <stdlib.h>

static const double page = 4096; /* the least that can be seen of a process's memory */

/* Bytes a call takes: measured, or what the plan said where nothing was measured. */
static double memory_of(const struct point *p)
{
	double bytes = isnan(p->value[PEAK_BYTES]) ? p->value[WORKSPACE_BYTES] : p->value[PEAK_BYTES];
	return isnan(bytes) ? bytes : fmax(bytes, page);
}

static json_t *memory_rows(const struct chart *c, double *low, double *high)
{
	json_t *rows = json_array();
	*low = INFINITY, *high = 0;
	for (size_t i = 0; i < c->r->impl_count; i++)
		for (size_t n = 0; n < c->p->length_count; n++) {
			const struct point *p = panel_point(c->r, c->p, c->r->impls[i], c->p->lengths[n]);
			if (!p || p->limit)
				continue;
			if (p->status != POINT_OK || isnan(memory_of(p))) {
				json_array_append_new(rows, json_pack("{s:s,s:I,s:n}", "impl", p->impl, "x", (json_int_t)p->length, "y"));
				continue;
			}
			*low = fmin(*low, memory_of(p)), *high = fmax(*high, memory_of(p));
			json_array_append_new(rows, json_pack("{s:s,s:I,s:f}", "impl", p->impl, "x", (json_int_t)p->length, "y", memory_of(p)));
		}
	return rows;
}

/* y = y0 (x / x0)^slope from the panel's first length to its last, as far as it stays below high. */
static json_t *guide_rows(const struct panel *p, double y0, double high)
{
	json_t *rows = json_array();
	double x0 = (double)p->lengths[0], x1 = (double)p->lengths[p->length_count - 1];
	for (int slope = 1; slope <= 2; slope++) {
		double end = fmin(x1, x0 * pow(high / y0, 1.0 / slope));
		const char *name = slope == 1 ? "∝ S" : "∝ S²";
		json_array_append_new(rows, json_pack("{s:s,s:f,s:f,s:s}", "guide", name, "x", x0, "y", y0, "label", ""));
		json_array_append_new(rows, json_pack("{s:s,s:f,s:f,s:s}", "guide", name, "x", end, "y", y0 * pow(end / x0, slope), "label", name));
	}
	return rows;
}

static json_t *byte_ticks(double low, double high)
{
	json_t *values = json_array();
	double step = log2(high / low) > 8 ? 4 : 2;
	step = log2(high / low) > 16 ? 16 : step;
	for (double x = page / 4; x <= high * step; x *= step)
		if (x >= low / step)
			json_array_append_new(values, json_real(x));
	return values;
}

static json_t *memory_layers(const struct chart *c, double low, double high)
{
	static const char labels[] = "datum.value>=1073741824?format(datum.value/1073741824,'~r')+' GiB':datum.value>=1048576?format(datum.value/1048576,'~r')+"
	                             "' MiB':format(datum.value/1024,'~r')+' KiB'";
	json_t *y = json_pack("{s:s,s:s,s:{s:s,s:i,s:b,s:[f,f]},s:{s:s,s:s,s:o}}", "field", "y", "type", "quantitative", "scale", "type", "log", "base", 2, "nice", 0,
	                      "domain", low / 1.3, high * 1.3, "axis", "title", "peak extra memory (less is better)", "labelExpr", labels, "values",
	                      byte_ticks(low, high));
	json_t *x = chart_length_axis(c->p), *guides = guide_rows(c->p, low, high);
	return json_pack("[{s:{s:O},s:{s:s,s:[i,i],s:f,s:s},s:{s:O,s:O,s:{s:s}}},{s:{s:o},s:{s:s,s:s,s:i,s:i,s:s},s:{s:O,s:O,s:{s:s}}},"
	                 "{s:{s:s,s:i},s:{s:O,s:O,s:o,s:o}},{s:{s:s,s:b,s:i,s:i},s:{s:o,s:o,s:o,s:o}}]",
	                 "data", "values", guides, "mark", "type", "line", "strokeDash", 4, 4, "opacity", 0.6, "stroke", "currentColor", "encoding", "x", x, "y", y, "detail", "field", "guide",
	                 "data", "values", guides, "mark", "type", "text", "align", "right", "dy", -9, "dx", -2, "baseline", "bottom", "encoding", "x", x, "y", y, "text", "field", "label",
	                 "mark", "type", "line", "strokeWidth", 2, "encoding", "x", x, "y", y, "color", chart_impl_encoding(c, "color"), "strokeDash",
	                 chart_impl_encoding(c, "strokeDash"), "mark", "type", "point", "filled", 1, "size", 60, "opacity", 1, "encoding", "x", x, "y", y, "color",
	                 chart_impl_encoding(c, "color"), "shape", chart_impl_encoding(c, "shape"));
}

/* Each implementation's growth: the slope between its first and its last length. */
static char *memory_caption(const struct chart *c)
{
	char number[NUMBER_SIZE];
	const char *join = "";
	struct text t;
	if (text_begin(&t))
		return NULL;
	fputs("Peak extra memory of a child process while it runs one call, over length, both axes logarithmic; less than a page is drawn as one page (4 KiB). "
	      "The dashed lines grow like S and like S². From the first length to the last: ",
	      t.out);
	for (size_t i = 0; i < c->r->impl_count; i++) {
		const struct point *first = NULL, *last = NULL;
		for (size_t n = 0; n < c->p->length_count; n++) {
			const struct point *p = panel_point(c->r, c->p, c->r->impls[i], c->p->lengths[n]);
			if (!p || p->status != POINT_OK || p->limit || isnan(memory_of(p)))
				continue;
			first = first ? first : p;
			last = p;
		}
		if (!last || last == first)
			continue;
		fputs(join, t.out);
		put_name(t.out, c->r->impls[i]);
		fprintf(t.out, " grows like S^%.1f to %s", log(memory_of(last) / memory_of(first)) / log((double)last->length / (double)first->length),
		        show_bytes(memory_of(last), number));
		join = "; ";
	}
	putc('.', t.out);
	return text_end(&t);
}

int chart_memory(const struct chart *c)
{
	double low, high;
	struct chart drawn = *c;
	if (c->p->length_count < 2)
		return 0;
	json_t *rows = memory_rows(c, &low, &high);
	if (!(high > 0))
		return json_decref(rows), 0;
	drawn.rows = rows;
	char *subtitle = chart_subtitle(c->p);
	high = fmax(high, low * 4);
	int bad = figure_add(c, FIGURE_MEMORY, "Memory", subtitle ? chart_spec("Memory", subtitle, rows, memory_layers(&drawn, low, high)) : NULL, memory_caption(c));
	free(subtitle);
	return bad;
}
