/* Figures that span panels: the roofline, and accuracy against speed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/charts.h"
#include "reports/output.h"
#include "reports/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *set_subtitle(const struct chart *c)
{
	char *text = NULL;
	return asprintf(&text, "%s, %d thread%s", c->r->sets[c->set].label, c->threads, c->threads == 1 ? "" : "s") < 0 ? NULL : text;
}

struct extent {
	double low_x, high_x, low_y, high_y;
};

static void widen(struct extent *e, double x, double y)
{
	e->low_x = fmin(e->low_x, x), e->high_x = fmax(e->high_x, x);
	e->low_y = fmin(e->low_y, y), e->high_y = fmax(e->high_y, y);
}

/* Rows {impl, x: FLOP/byte, y: GFLOP/s} of the right answers in f32. */
static json_t *roofline_rows(const struct chart *c, struct extent *e)
{
	const struct result_set *set = &c->r->sets[c->set];
	json_t *rows = json_array();
	*e = (struct extent){INFINITY, 0, INFINITY, 0};
	for (size_t i = 0; i < set->count; i++) {
		const struct point *p = &set->points[i];
		double x = p->value[INTENSITY], y = p->value[FLOPS_PER_SECOND] / 1e9;
		if (!point_ranks(p) || p->threads != c->threads || strcmp(p->dtype, "f32") || !(x > 0) || !(y > 0))
			continue;
		widen(e, x, y);
		json_array_append_new(rows, json_pack("{s:s,s:f,s:f}", "impl", p->impl, "x", x, "y", y));
	}
	return rows;
}

/* Each memory's slope up to the ridge, then the flat roof of arithmetic. */
static json_t *roof_rows(const struct chart *c, struct extent *e)
{
	char threads[16];
	const char *level;
	json_t *bandwidths, *rows = json_array();
	const json_t *roofs = json_object_get(c->r->sets[c->set].context, "roofs");
	snprintf(threads, sizeof threads, "%d", c->threads);
	double peak = number_of(json_object_get(json_object_get(roofs, "flops"), "f32"), threads) / 1e9;
	double low = e->low_x / 2, high = e->high_x * 2;
	if (!(peak > 0))
		return rows;
	json_object_foreach(json_object_get(roofs, "bandwidth"), level, bandwidths)
	{
		double slope = number_of(bandwidths, threads) / 1e9, ridge = peak / slope;
		double end = fmin(ridge, high);
		if (!(slope > 0))
			continue;
		if (ridge > low) {
			json_array_append_new(rows, json_pack("{s:s,s:f,s:f,s:s}", "roof", level, "x", low, "y", slope * low, "label", level));
			json_array_append_new(rows, json_pack("{s:s,s:f,s:f,s:s}", "roof", level, "x", end, "y", slope * end, "label", ""));
			widen(e, low, slope * low);
		}
	}
	json_array_append_new(rows, json_pack("{s:s,s:f,s:f,s:s}", "roof", "arithmetic", "x", low, "y", peak, "label", ""));
	json_array_append_new(rows, json_pack("{s:s,s:f,s:f,s:s}", "roof", "arithmetic", "x", high, "y", peak, "label", "arithmetic, f32"));
	widen(e, high, peak);
	return rows;
}

static json_t *log_axis(const char *field, const char *title, double low, double high)
{
	return json_pack("{s:s,s:s,s:{s:s,s:b,s:[f,f]},s:{s:s,s:o,s:s}}", "field", field, "type", "quantitative", "scale", "type", "log", "nice", 0, "domain", low,
	                 high, "axis", "title", title, "values", chart_ticks(low, high), "labelExpr", "format(datum.value,'~r')");
}

int chart_roofline(const struct chart *c)
{
	struct extent e;
	json_t *rows = roofline_rows(c, &e), *roofs = json_array_size(rows) ? roof_rows(c, &e) : NULL;
	if (!json_array_size(roofs)) {
		json_decref(rows);
		json_decref(roofs);
		return 0;
	}
	struct chart drawn = *c;
	drawn.rows = rows;
	c = &drawn;
	json_t *x = log_axis("x", "FLOP per byte of compulsory traffic", e.low_x, e.high_x), *y = log_axis("y", "GFLOP/s", e.low_y / 1.3, e.high_y * 1.5);
	json_t *layers = json_pack("[{s:{s:O},s:{s:s,s:s,s:f},s:{s:O,s:O,s:{s:s}}},{s:{s:o},s:{s:s,s:{s:s},s:i,s:i},s:{s:O,s:O,s:{s:s}}},"
	                           "{s:{s:s,s:b,s:i,s:f},s:{s:o,s:o,s:o,s:o}}]",
	                           "data", "values", roofs, "mark", "type", "line", "stroke", "currentColor", "strokeWidth", 1.5, "encoding", "x", x, "y", y, "detail", "field", "roof",
	                           "data", "values", roofs, "mark", "type", "text", "align", "expr", "datum.label=='arithmetic, f32'?'right':'left'", "dy", -8, "dx", 2, "encoding",
	                           "x", x, "y", y, "text", "field", "label",
	                           "mark", "type", "point", "filled", 1, "size", 60, "opacity", 0.9, "encoding", "x", x, "y", y, "color", chart_impl_encoding(c, "color"), "shape",
	                           chart_impl_encoding(c, "shape"));
	char *subtitle = set_subtitle(c);
	int bad = figure_add(c, FIGURE_ROOFLINE, "Roofline", subtitle ? chart_spec("Roofline, f32", subtitle, rows, layers) : NULL,
	                     strdup("Speed over arithmetic intensity, both axes logarithmic. The lines are what the machine can do at most, measured in the same run: memory "
	                            "bandwidth times intensity, up to the peak of arithmetic. What lies above a memory's line lives in a cache."));
	free(subtitle);
	return bad;
}

/* The largest error ratio of an implementation's right answers. */
static double worst_ratio(const struct chart *c, const char *impl)
{
	const struct result_set *set = &c->r->sets[c->set];
	double worst = NAN;
	for (size_t i = 0; i < set->count; i++)
		if (point_ranks(&set->points[i]) && set->points[i].threads == c->threads && !strcmp(set->points[i].impl, impl))
			worst = fmax(worst, set->points[i].value[ERROR_RATIO]);
	return worst;
}

int chart_accuracy(const struct chart *c)
{
	struct ranking k;
	struct extent e = {INFINITY, 1, 1, 1.2};
	json_t *rows = json_array();
	if (ranking_make(c->r, c->set, c->threads, &k))
		return json_decref(rows), -1;
	for (size_t i = 0; i < k.ranked; i++) {
		double x = worst_ratio(c, k.rows[i].impl);
		if (!(x > 0))
			continue;
		widen(&e, x, k.rows[i].slowdown);
		json_array_append_new(rows, json_pack("{s:s,s:f,s:f}", "impl", k.rows[i].impl, "x", x, "y", k.rows[i].slowdown));
	}
	free(k.rows);
	if (json_array_size(rows) < 2)
		return json_decref(rows), 0;
	struct chart drawn = *c;
	drawn.rows = rows;
	c = &drawn;
	json_t *x = log_axis("x", "largest error ratio (less is better, 1 is the bound)", e.low_x / 1.5, e.high_x * 1.5);
	json_t *y = log_axis("y", "time / fastest (less is better)", e.low_y / 1.2, e.high_y * 1.5);
	json_t *layers = json_pack("[{s:{s:s,s:b,s:i,s:i},s:{s:o,s:o,s:o,s:o}}]",
	                           "mark", "type", "point", "filled", 1, "size", 110, "opacity", 1, "encoding", "x", x, "y", y, "color", chart_impl_encoding(c, "color"), "shape",
	                           chart_impl_encoding(c, "shape"));
	char *subtitle = set_subtitle(c);
	int bad = figure_add(c, FIGURE_ACCURACY, "Accuracy against speed", subtitle ? chart_spec("Accuracy against speed", subtitle, rows, layers) : NULL,
	                     strdup("The ranking's mean against the largest error ratio among the right answers: down is faster, left is more exact."));
	free(subtitle);
	return bad;
}
