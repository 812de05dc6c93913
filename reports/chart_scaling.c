/* What becomes of one problem over more and more ranks: efficiency, waiting for messages, bytes received.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/charts.h"
#include "reports/scaling.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double efficiency_of(const struct scaled_list *l, const struct scaled *x) { return 100 * scaling_efficiency(l, x); }
static double waiting_of(const struct scaled_list *l, const struct scaled *x) { return (void)l, x->ranks > 1 ? 100 * x->wait / x->median : (double)NAN; }
static double received_of(const struct scaled_list *l, const struct scaled *x) { return (void)l, x->received > 0 ? x->received / 1048576 : (double)NAN; }

static const struct quantity {
	const char *title, *axis, *caption;
	double (*value)(const struct scaled_list *l, const struct scaled *x);
	int is_log;
} quantities[] = {
	{"Efficiency over ranks", "% of a rank alone (more is better)", "Throughput of each rank over that of a rank alone with the same problem, in percent.", efficiency_of, 0},
	{"Waiting over ranks", "% of the time (less is better)", "Part of the time that the busiest rank waits for messages, in percent.", waiting_of, 0},
	{"Bytes received over ranks", "MiB (less is better)", "Bytes that the busiest rank receives in one run, both axes logarithmic.", received_of, 1}};

/* "ring, simulated, b:1/hq:1/…": one line of the chart. */
static void name_series(const struct scaled *x, char *name, size_t size)
{
	snprintf(name, size, "%s%s, %s", x->method, x->simulated ? ", simulated" : "", x->shape);
}

/* Rows {impl, x: ranks, y}; fills the series in their order, the range of y, and the most ranks. */
struct drawn {
	json_t *rows, *series;
	double low, high, ranks;
};

static int has_series(const struct drawn *d, const char *name)
{
	size_t i;
	json_t *one;
	json_array_foreach(d->series, i, one) if (!strcmp(json_string_value(one), name)) return 1;
	return 0;
}

static void take(struct drawn *d, const struct scaled *x, double y)
{
	char name[192];
	name_series(x, name, sizeof name);
	json_array_append_new(d->rows, json_pack("{s:s,s:i,s:f}", "impl", name, "x", x->ranks, "y", y));
	if (!has_series(d, name))
		json_array_append_new(d->series, json_string(name));
	d->low = fmin(d->low, y), d->high = fmax(d->high, y), d->ranks = fmax(d->ranks, x->ranks);
}

static struct drawn draw(const struct scaled_list *l, const struct quantity *q)
{
	struct drawn d = {json_array(), json_array(), INFINITY, 0, 1};
	for (size_t i = 0; i < l->count; i++) {
		double y = q->value(l, &l->items[i]);
		if (scaling_is_right(&l->items[i]) && isfinite(y))
			take(&d, &l->items[i], y);
	}
	return d;
}

static json_t *rank_axis(double ranks)
{
	json_t *values = json_array();
	for (int n = 1; n < 2 * ranks; n *= 2)
		json_array_append_new(values, json_integer(n));
	return json_pack("{s:s,s:s,s:{s:s,s:i},s:{s:s,s:o,s:s,s:b,s:b}}", "field", "x", "type", "quantitative", "scale", "type", "log", "base", 2, "axis", "title", "ranks", "values", values, "format", "d",
	                 "labelOverlap", 0, "labelFlush", 0);
}

static json_t *value_axis(const struct quantity *q, const struct drawn *d)
{
	if (q->is_log)
		return json_pack("{s:s,s:s,s:{s:s,s:[f,f]},s:{s:s,s:o,s:s}}", "field", "y", "type", "quantitative", "scale", "type", "log", "domain", d->low / 1.3, d->high * 1.3, "axis", "title",
		                 q->axis, "values", chart_ticks(d->low, d->high), "labelExpr", "format(datum.value,'~r')");
	return json_pack("{s:s,s:s,s:{s:b},s:{s:s}}", "field", "y", "type", "quantitative", "scale", "zero", 1, "axis", "title", q->axis);
}

static json_t *layers_of(const struct quantity *q, const struct drawn *d)
{
	json_t *x = rank_axis(d->ranks), *y = value_axis(q, d);
	return json_pack("[{s:{s:s,s:i},s:{s:O,s:O,s:o,s:o}},{s:{s:s,s:b,s:i,s:i},s:{s:o,s:o,s:o,s:o}}]", "mark", "type", "line", "strokeWidth", 2, "encoding", "x", x, "y", y, "color",
	                 chart_series_encoding(d->series, "color"), "strokeDash", chart_series_encoding(d->series, "strokeDash"), "mark", "type", "point", "filled", 1, "size", 60, "opacity", 1,
	                 "encoding", "x", x, "y", y, "color", chart_series_encoding(d->series, "color"), "shape", chart_series_encoding(d->series, "shape"));
}

static int add(const struct chart *c, const struct scaled_list *l, const struct quantity *q)
{
	struct drawn d = draw(l, q);
	int bad = 0;
	if (json_array_size(d.rows) > 1 && d.ranks > 1)
		bad = figure_add(c, FIGURE_SCALING, q->title, chart_spec(q->title, "median of the runs, one problem over more ranks", json_incref(d.rows), layers_of(q, &d)), strdup(q->caption));
	json_decref(d.rows);
	json_decref(d.series);
	return bad;
}

int chart_scaling(const struct chart *c)
{
	struct scaled_list l = scaling_list(c->r);
	int bad = l.items == NULL;
	for (size_t i = 0; i < sizeof quantities / sizeof *quantities && !bad; i++)
		bad = add(c, &l, &quantities[i]);
	free(l.items);
	return bad;
}
