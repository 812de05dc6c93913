/* The spread of the samples, and the scaling over threads.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/charts.h"
#include "reports/output.h"
#include "reports/verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows {impl, x}: percent above the median, of the panel's last length. */
static json_t *sample_rows(const struct chart *c)
{
	json_t *rows = json_array(), *sample;
	size_t n;
	for (size_t i = 0; i < c->r->impl_count; i++) {
		const struct point *p = panel_point(c->r, c->p, c->r->impls[i], c->p->lengths[c->p->length_count - 1]);
		if (!p || p->status != POINT_OK)
			continue;
		json_array_foreach(p->samples, n, sample) json_array_append_new(
		        rows, json_pack("{s:s,s:f}", "impl", p->impl, "x", 100 * (json_number_value(sample) / p->value[MEDIAN_NS] - 1)));
	}
	return rows;
}

int chart_samples(const struct chart *c)
{
	char *caption = NULL;
	if (c->p->length_count < 2)
		return 0;
	json_t *rows = sample_rows(c);
	if (json_array_size(rows) < 4)
		return json_decref(rows), 0;
	json_t *layers = json_pack("[{s:{s:s,s:i,s:i,s:f},s:{s:{s:s,s:s,s:{s:s,s:f},s:{s:s,s:i}},s:{s:s,s:s,s:{s:n}},s:o}}]", "mark", "type", "tick", "thickness", 2, "size", 18, "opacity", 0.75,
	                           "encoding", "x", "field", "x", "type", "quantitative", "scale", "type", "symlog", "constant", 5.0, "axis", "title", "% above the median", "tickCount", 5, "y", "field", "impl", "type", "nominal", "axis", "title", "color",
	                           chart_impl_encoding(c, "color"));
	char *subtitle = chart_subtitle(c->p);
	json_t *spec = subtitle ? chart_spec("Spread of the samples", subtitle, rows, layers) : NULL;
	json_object_set_new(spec, "height", json_pack("{s:i}", "step", 26));
	json_object_set_new(json_object_get(json_object_get(json_array_get(json_object_get(spec, "layer"), 0), "encoding"), "color"), "legend", json_null());
	if (asprintf(&caption, "Every sample at length %" PRId64 ", as percent above its implementation's median; far ones are drawn closer (symmetric logarithm).", c->p->lengths[c->p->length_count - 1]) < 0)
		caption = NULL;
	int bad = figure_add(c, FIGURE_SAMPLES, "Spread of the samples", spec, caption);
	free(subtitle);
	return bad;
}

/* The same problems with another number of threads. */
static int is_sibling(const struct panel *a, const struct panel *b)
{
	return a->set == b->set && a->kind == b->kind && !strcmp(a->key, b->key) && !strcmp(a->workload, b->workload);
}

/* Rows {impl, x: threads, y: GFLOP/s} at the panel's last length. */
static json_t *thread_rows(const struct chart *c, struct panel *first, size_t *panels)
{
	json_t *rows = json_array();
	*first = *c->p;
	*panels = 0;
	for (size_t i = 0; i < c->r->panel_count; i++) {
		const struct panel *q = &c->r->panels[i];
		if (!is_sibling(q, c->p))
			continue;
		++*panels;
		if (q->threads < first->threads)
			*first = *q;
		for (size_t n = 0; n < c->r->impl_count; n++) {
			const struct point *p = panel_point(c->r, q, c->r->impls[n], c->p->lengths[c->p->length_count - 1]);
			if (p && p->status == POINT_OK && p->value[FLOPS_PER_SECOND] > 0)
				json_array_append_new(rows, json_pack("{s:s,s:i,s:f}", "impl", p->impl, "x", p->threads, "y", p->value[FLOPS_PER_SECOND] / 1e9));
		}
	}
	return rows;
}

int chart_threads(const struct chart *c)
{
	struct panel first;
	size_t panels;
	char *caption = NULL;
	double low = INFINITY, high = 0;
	json_t *rows = thread_rows(c, &first, &panels), *row;
	size_t i;
	json_array_foreach(rows, i, row)
	{
		low = fmin(low, number_of(row, "y"));
		high = fmax(high, number_of(row, "y"));
	}
	if (panels < 2 || first.threads != c->p->threads || json_array_size(rows) < 2)
		return json_decref(rows), 0;
	json_t *x = json_pack("{s:s,s:s,s:{s:s,s:i},s:{s:s,s:i,s:s}}", "field", "x", "type", "quantitative", "scale", "type", "log", "base", 2, "axis", "title", "threads", "tickCount",
	                      (int)panels, "format", "d");
	json_t *y = json_pack("{s:s,s:s,s:{s:s,s:b,s:[f,f]},s:{s:s,s:o,s:s}}", "field", "y", "type", "quantitative", "scale", "type", "log", "nice", 0, "domain", low / 1.3,
	                      high * 1.3, "axis", "title", "GFLOP/s (more is better)", "values", chart_ticks(low, high), "labelExpr", "format(datum.value,'~r')");
	json_t *layers = json_pack("[{s:{s:s,s:i},s:{s:O,s:O,s:o,s:o}},{s:{s:s,s:b,s:i,s:i},s:{s:o,s:o,s:o,s:o}}]", "mark", "type", "line", "strokeWidth", 2, "encoding", "x", x, "y", y, "color",
	                           chart_impl_encoding(c, "color"), "strokeDash", chart_impl_encoding(c, "strokeDash"), "mark", "type", "point", "filled", 1, "size", 60, "opacity", 1,
	                           "encoding", "x", x, "y", y, "color", chart_impl_encoding(c, "color"), "shape", chart_impl_encoding(c, "shape"));
	char *subtitle = chart_subtitle(c->p), *comma = subtitle ? strrchr(subtitle, ',') : NULL;
	if (comma)
		*comma = 0; /* the number of threads runs here */
	if (asprintf(&caption, "Speed over the number of threads at length %" PRId64 ", both axes logarithmic: a straight line up is perfect scaling.",
	             c->p->lengths[c->p->length_count - 1]) < 0)
		caption = NULL;
	int bad = figure_add(c, FIGURE_THREADS, "Thread scaling", subtitle ? chart_spec("Thread scaling", subtitle, rows, layers) : NULL, caption);
	free(subtitle);
	return bad;
}
