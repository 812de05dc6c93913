/* A heat map of the problems that stand alone, such as models' shapes: each implementation's time over the fastest one's.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/charts.h"
#include "reports/output.h"
#include "reports/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put_label(const struct point *p, double slowdown, char label[NUMBER_SIZE])
{
	if (!isnan(slowdown))
		snprintf(label, NUMBER_SIZE, slowdown >= 9.995 ? "%.0f" : "%.2f", slowdown);
	else
		snprintf(label, NUMBER_SIZE, "%s", p->status == POINT_REFUSED || p->status == POINT_SKIPPED ? "–" : "✗");
}

/* Rows {impl, model, v, label}, v = log2(time / fastest). Returns how many problems there are. */
static size_t model_rows(const struct chart *c, json_t *right, json_t *wrong)
{
	char label[NUMBER_SIZE];
	size_t models = 0;
	for (size_t i = 0; i < c->r->panel_count; i++) {
		const struct panel *p = &c->r->panels[i];
		if (p->set != c->set || p->threads != c->threads || p->length_count != 1)
			continue;
		struct case_verdict v = case_verdict(c->r, p, p->lengths[0]);
		models++;
		for (size_t n = 0; n < c->r->impl_count; n++) {
			const struct point *q = panel_point(c->r, p, c->r->impls[n], p->lengths[0]);
			if (!q || q->limit)
				continue;
			double slowdown = point_ranks(q) ? q->value[MEDIAN_NS] / v.first->value[MEDIAN_NS] : (double)NAN;
			put_label(q, slowdown, label);
			json_array_append_new(isnan(slowdown) ? wrong : right, json_pack("{s:s,s:s,s:f,s:s}", "impl", q->impl, "model", *p->workload ? p->workload : p->key,
			                                                                  "v", isnan(slowdown) ? 0.0 : log2(slowdown), "label", label));
		}
	}
	return models;
}

static json_t *model_layers(json_t *wrong)
{
	json_t *x = json_pack("{s:s,s:s,s:{s:n,s:i,s:s}}", "field", "impl", "type", "nominal", "axis", "title", "labelAngle", -40, "orient", "top");
	json_t *y = json_pack("{s:s,s:s,s:n,s:{s:n,s:i}}", "field", "model", "type", "nominal", "sort", "axis", "title", "labelLimit", 200);
	return json_pack("[{s:{s:s},s:{s:O,s:O,s:{s:s,s:s,s:n,s:{s:[f,f,f],s:[s,s,s],s:s,s:b}}}},{s:{s:s,s:s,s:i},s:{s:O,s:O,s:{s:s}}},"
	                 "{s:{s:o},s:{s:s,s:s,s:i},s:{s:o,s:o,s:{s:s}}}]",
	                 "mark", "type", "rect", "encoding", "x", x, "y", y, "color", "field", "v", "type", "quantitative", "legend", "scale", "domain", 0.0, 1.0, 4.0, "range", "#56B4E9",
	                 "#f4f4f4", "#E69F00", "interpolate", "rgb", "clamp", 1, "mark", "type", "text", "color", "#000000", "fontSize", 11, "encoding", "x", x, "y", y, "text", "field", "label", "data", "values",
	                 wrong, "mark", "type", "text", "color", "currentColor", "fontSize", 12, "encoding", "x", x, "y", y, "text", "field", "label");
}

int chart_models(const struct chart *c)
{
	char *subtitle = NULL;
	json_t *right = json_array(), *wrong = json_array();
	if (model_rows(c, right, wrong) < 2 || !json_array_size(right)) {
		json_decref(right);
		json_decref(wrong);
		return 0;
	}
	if (asprintf(&subtitle, "%s, %d thread%s", c->r->sets[c->set].label, c->threads, c->threads == 1 ? "" : "s") < 0)
		subtitle = NULL;
	json_t *spec = subtitle ? chart_spec("Time / fastest", subtitle, right, model_layers(wrong)) : NULL;
	json_object_set_new(spec, "width", json_pack("{s:i}", "step", 52));
	json_object_set_new(spec, "height", json_pack("{s:i}", "step", 26));
	free(subtitle);
	return figure_add(c, FIGURE_MODELS, "Time over the fastest one's", spec,
	                  strdup("Each problem that stands alone, such as a model's shape: time over the fastest right answer's; 1.00 is the fastest. ✗ wrong or crashed, – "
	                         "refused or skipped."));
}
