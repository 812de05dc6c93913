/* Time, FLOP/s and the bandwidth of decoding over length: lines with the 95 % intervals of the medians.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/charts.h"
#include "reports/output.h"
#include "reports/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct line_chart {
	enum figure_kind kind;
	enum metric metric;
	int inverse; /* rises as time falls: its interval is scaled from that of the time */
	double unit;
	const char *title, *axis, *labels, *what;
} line_charts[] = {
	{FIGURE_TIME, MEDIAN_NS, 0, 1e-9, "Time per call", "median time (less is better)", "format(datum.value,'~s')+'s'", "Median time of one call"},
	{FIGURE_RATE, FLOPS_PER_SECOND, 1, 1e-9, "GFLOP/s", "GFLOP/s (more is better)", "format(datum.value,'~r')", "Floating-point operations per second, counted over unmasked pairs,"},
	{FIGURE_DECODE, BYTES_PER_SECOND, 1, 1e-9, "Bandwidth", "GB/s of K, V, Q and output (more is better)", "format(datum.value,'~r')", "Compulsory traffic per second"},
};

static double scaled(const struct point *p, const struct line_chart *l, enum metric time)
{
	return l->inverse ? p->value[l->metric] * p->value[MEDIAN_NS] / p->value[time] * l->unit : p->value[time] * l->unit;
}

/* The extent of what attention takes: a limit is drawn where it lies within a factor of LIMITS_REACH of it, since an empty
 * function far below would squeeze all else. */
enum { LIMITS_REACH = 10 };
static int is_drawn(const struct point *p, const struct line_chart *l, double low, double high)
{
	double y = scaled(p, l, MEDIAN_NS);
	return p->status == POINT_OK && y > 0 && (!p->limit || (y * LIMITS_REACH >= low && y <= high * LIMITS_REACH));
}

static void attention_extent(const struct chart *c, const struct line_chart *l, double *low, double *high)
{
	*low = INFINITY, *high = 0;
	for (size_t i = 0; i < c->r->impl_count; i++)
		for (size_t n = 0; n < c->p->length_count; n++) {
			const struct point *p = panel_point(c->r, c->p, c->r->impls[i], c->p->lengths[n]);
			double y = point_ranks(p) ? scaled(p, l, MEDIAN_NS) : 0;
			if (y > 0)
				*low = fmin(*low, y), *high = fmax(*high, y);
		}
}

/* Rows {impl, x, y, lo, hi}; where no answer was right y is null and the line breaks. */
static json_t *line_rows(const struct chart *c, const struct line_chart *l, double *low, double *high)
{
	json_t *rows = json_array();
	double least, most;
	attention_extent(c, l, &least, &most);
	*low = least, *high = most;
	for (size_t i = 0; i < c->r->impl_count; i++)
		for (size_t n = 0; n < c->p->length_count; n++) {
			const struct point *p = panel_point(c->r, c->p, c->r->impls[i], c->p->lengths[n]);
			if (!p)
				continue;
			if (!is_drawn(p, l, least, most)) {
				json_array_append_new(rows, json_pack("{s:s,s:I,s:n,s:n,s:n}", "impl", p->impl, "x", (json_int_t)p->length, "y", "lo", "hi"));
				continue;
			}
			double y = scaled(p, l, MEDIAN_NS), a = scaled(p, l, CI_LOW_NS), b = scaled(p, l, CI_HIGH_NS);
			a = isfinite(a) ? a : y, b = isfinite(b) ? b : y;
			*low = fmin(*low, fmin(y, fmin(a, b))), *high = fmax(*high, fmax(y, fmax(a, b)));
			json_array_append_new(rows, json_pack("{s:s,s:I,s:f,s:f,s:f}", "impl", p->impl, "x", (json_int_t)p->length, "y", y, "lo", a, "hi", b));
		}
	return rows;
}

static json_t *line_layers(const struct chart *c, const struct line_chart *l, double low, double high)
{
	json_t *y = json_pack("{s:s,s:s,s:{s:s,s:b,s:[f,f]},s:{s:s,s:s,s:o}}", "field", "y", "type", "quantitative", "scale", "type", "log", "nice", 0, "domain",
	                      low / 1.15, high * 1.15, "axis", "title", l->axis, "labelExpr", l->labels, "values", chart_ticks(low, high));
	json_t *lo = json_copy(y);
	json_object_set_new(lo, "field", json_string("lo"));
	return json_pack("[{s:{s:s,s:f},s:{s:o,s:o,s:o,s:{s:s}}},{s:{s:s,s:i},s:{s:o,s:O,s:o,s:o}},{s:{s:s,s:b,s:i,s:i},s:{s:o,s:o,s:o,s:o}}]",
	                 "mark", "type", "area", "opacity", 0.25, "encoding", "x", chart_length_axis(c->p), "color", chart_impl_encoding(c, "color"), "y", lo, "y2", "field", "hi",
	                 "mark", "type", "line", "strokeWidth", 2, "encoding", "x", chart_length_axis(c->p), "y", y, "color", chart_impl_encoding(c, "color"),
	                 "strokeDash", chart_impl_encoding(c, "strokeDash"),
	                 "mark", "type", "point", "filled", 1, "size", 60, "opacity", 1, "encoding", "x", chart_length_axis(c->p), "y", y, "color",
	                 chart_impl_encoding(c, "color"), "shape", chart_impl_encoding(c, "shape"));
}

static char *line_caption(const struct line_chart *l)
{
	char *caption = NULL;
	return asprintf(&caption, "%s over length, both axes logarithmic. Bands are 95 %% intervals of the median; dotted lines are limits, not attention (those beyond a tenth or ten times of it are in the table alone). A line breaks where "
	                          "no answer was right.",
	                l->what) < 0
	               ? NULL
	               : caption;
}

static int chart_line(const struct chart *c, const struct line_chart *l)
{
	double low, high;
	struct chart drawn = *c;
	json_t *rows = line_rows(c, l, &low, &high);
	if (!(high > 0))
		return json_decref(rows), 0;
	drawn.rows = rows;
	char *subtitle = chart_subtitle(c->p);
	int bad = figure_add(c, l->kind, l->title, subtitle ? chart_spec(l->title, subtitle, rows, line_layers(&drawn, l, low, high)) : NULL, line_caption(l));
	free(subtitle);
	return bad;
}

int chart_lines(const struct chart *c)
{
	int decode = c->p->kind == PANEL_DECODE;
	if (c->p->length_count < 2)
		return 0;
	if (chart_line(c, &line_charts[0]) || chart_line(c, &line_charts[1]))
		return -1;
	return decode ? chart_line(c, &line_charts[2]) : 0;
}
