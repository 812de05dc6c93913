/* Time, FLOP/s, the part of the roof and the bandwidth of decoding over length, on logarithmic and on linear axes: lines with the 95 %
 * intervals of the medians.
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
	const char *title, *axis, *labels, *what, *unit_class; /* unit_class: of the page's choice of unit; "": none */
} line_charts[] = {
	{FIGURE_TIME, MEDIAN_NS, 0, 1e-9, "Time per call", "median time (less is better)", "format(datum.value,'~s')+'s'", "Median time of one call", "unit-time"},
	{FIGURE_RATE, FLOPS_PER_SECOND, 1, 1e-9, "GFLOP/s", "GFLOP/s (more is better)", "format(datum.value,'~r')", "Floating-point operations per second, counted over unmasked pairs,", "unit-rate"},
	{FIGURE_ROOF, ROOF_FRACTION, 1, 100, "Part of the roof", "% of the measured roof (more is better)", "format(datum.value,'~r')+' %'",
         "Speed as a part of what the machine was measured to do at this ratio of operations to bytes,", "unit-roof"},
	{FIGURE_DECODE, BYTES_PER_SECOND, 1, 1e-9, "Bandwidth", "GB/s of K, V, Q and output (more is better)", "format(datum.value,'~r')", "Compulsory traffic per second", ""},
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

static json_t *length_axis(const struct chart *c, int linear)
{
	json_t *x = chart_length_axis(c->p);
	if (linear) {
		json_object_set_new(x, "scale", json_pack("{s:s,s:b}", "type", "linear", "nice", 0));
		json_object_set_new(json_object_get(x, "axis"), "labelOverlap", json_string("greedy"));
	}
	return x;
}

static json_t *value_axis(const struct line_chart *l, double low, double high, int linear)
{
	json_t *axis = json_pack("{s:s,s:s}", "title", l->axis, "labelExpr", l->labels);
	json_t *scale = linear ? json_pack("{s:s,s:b,s:[f,f]}", "type", "linear", "nice", 0, "domain", 0.0, high * 1.05)
	                       : json_pack("{s:s,s:b,s:[f,f]}", "type", "log", "nice", 0, "domain", low / 1.15, high * 1.15);
	if (!linear)
		json_object_set_new(axis, "values", chart_ticks(low, high));
	return json_pack("{s:s,s:s,s:o,s:o}", "field", "y", "type", "quantitative", "scale", scale, "axis", axis);
}

static json_t *line_layers(const struct chart *c, const struct line_chart *l, double low, double high, int linear)
{
	json_t *y = value_axis(l, low, high, linear);
	json_t *lo = json_copy(y);
	json_object_set_new(lo, "field", json_string("lo"));
	return json_pack("[{s:{s:s,s:f},s:{s:o,s:o,s:o,s:{s:s}}},{s:{s:s,s:i},s:{s:o,s:O,s:o,s:o}},{s:{s:s,s:b,s:i,s:i},s:{s:o,s:o,s:o,s:o}}]",
	                 "mark", "type", "area", "opacity", 0.25, "encoding", "x", length_axis(c, linear), "color", chart_impl_encoding(c, "color"), "y", lo, "y2", "field", "hi",
	                 "mark", "type", "line", "strokeWidth", 2, "encoding", "x", length_axis(c, linear), "y", y, "color", chart_impl_encoding(c, "color"),
	                 "strokeDash", chart_impl_encoding(c, "strokeDash"),
	                 "mark", "type", "point", "filled", 1, "size", 60, "opacity", 1, "encoding", "x", length_axis(c, linear), "y", y, "color",
	                 chart_impl_encoding(c, "color"), "shape", chart_impl_encoding(c, "shape"));
}

static char *line_caption(const struct line_chart *l, int linear)
{
	char *caption = NULL;
	return asprintf(&caption, "%s over length, both axes %s. Bands are 95 %% intervals of the median; dotted lines are limits, not attention (those beyond a tenth or ten times of it are in the table alone). A line breaks where "
	                          "no answer was right.",
	                l->what, linear ? "linear" : "logarithmic") < 0
	               ? NULL
	               : caption;
}

/* On logarithmic axes, and with a choice of units on linear ones too. */
static int chart_line(const struct chart *c, const struct line_chart *l, int linear)
{
	double low, high;
	struct chart drawn = *c;
	char view[32];
	json_t *rows = line_rows(c, l, &low, &high);
	if (!(high > 0))
		return json_decref(rows), 0;
	drawn.rows = rows;
	char *subtitle = chart_subtitle(c->p);
	int bad = figure_add(c, l->kind, l->title, subtitle ? chart_spec(l->title, subtitle, rows, line_layers(&drawn, l, low, high, linear)) : NULL, line_caption(l, linear));
	free(subtitle);
	snprintf(view, sizeof view, "%s scale-%s", l->unit_class, linear ? "linear" : "log");
	if (!bad && *l->unit_class)
		figure_view(c, view, linear || l->kind != FIGURE_TIME);
	return bad || linear || !*l->unit_class || !c->figures->choices ? bad : chart_line(c, l, 1);
}

int chart_lines(const struct chart *c)
{
	size_t count = sizeof line_charts / sizeof *line_charts - (c->p->kind != PANEL_DECODE);
	for (size_t i = 0; i < count && c->p->length_count > 1; i++)
		if (chart_line(c, &line_charts[i], 0))
			return -1;
	return 0;
}
