/* Heat maps of speed-ups: each implementation at each length against each that may be chosen as the baseline.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/charts.h"
#include "reports/output.h"
#include "reports/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How many times as fast as the baseline; NAN where one of the two has no right answer. */
static double speedup(const struct chart *c, const char *baseline, const struct point *p)
{
	const struct point *base = panel_point(c->r, c->p, baseline, p->length);
	return point_ranks(p) && point_ranks(base) ? base->value[MEDIAN_NS] / p->value[MEDIAN_NS] : (double)NAN;
}

static void put_label(const struct point *p, double x, char label[NUMBER_SIZE])
{
	if (!isnan(x))
		snprintf(label, NUMBER_SIZE, x >= 9.995 ? "%.3g" : x < 0.0995 ? "%.2g" : "%.2f", x);
	else
		snprintf(label, NUMBER_SIZE, "%s", p->status == POINT_REFUSED || p->status == POINT_SKIPPED ? "–" : p->status == POINT_OK ? "?" : "✗");
}

/* Rows {impl, x, v, label}, v = log2 of the speed-up; `right` takes those that have one, `wrong` the others. */
static size_t speedup_rows(const struct chart *c, const char *baseline, json_t *right, json_t *wrong, json_t *names)
{
	char label[NUMBER_SIZE];
	for (size_t i = 0; i < c->r->impl_count; i++) {
		if (impl_is_limit(c->r->impls[i]) || !panel_has(c->r, c->p, c->r->impls[i]))
			continue;
		json_array_append_new(names, json_string(c->r->impls[i]));
		for (size_t n = 0; n < c->p->length_count; n++) {
			const struct point *p = panel_point(c->r, c->p, c->r->impls[i], c->p->lengths[n]);
			if (!p)
				continue;
			double x = speedup(c, baseline, p);
			put_label(p, x, label);
			json_array_append_new(isnan(x) ? wrong : right, json_pack("{s:s,s:I,s:f,s:s}", "impl", p->impl, "x", (json_int_t)p->length, "v",
			                                                           isnan(x) ? 0.0 : log2(x), "label", label));
		}
	}
	return json_array_size(right);
}

/* The colours reach as far as the speed-ups do: from 2 to 64 times either way. */
static double reach_of(const json_t *right)
{
	double reach = 1;
	size_t i;
	json_t *row;
	json_array_foreach(right, i, row) reach = fmax(reach, fabs(number_of(row, "v")));
	return fmin(reach, 6);
}

static json_t *speedup_spec(const struct chart *c, const char *subtitle, json_t *right, json_t *wrong, json_t *names)
{
	json_t *lengths = json_array();
	double reach = reach_of(right);
	for (size_t n = 0; n < c->p->length_count; n++)
		json_array_append_new(lengths, json_integer(c->p->lengths[n]));
	json_t *x = json_pack("{s:s,s:s,s:o,s:{s:s,s:i}}", "field", "x", "type", "ordinal", "sort", lengths, "axis", "title",
	                      c->p->kind == PANEL_SELF ? "sequence length S" : "keys", "labelAngle", 0);
	json_t *y = json_pack("{s:s,s:s,s:O,s:{s:n}}", "field", "impl", "type", "nominal", "sort", names, "axis", "title");
	json_t *layers = json_pack(
	        "[{s:{s:s},s:{s:O,s:O,s:{s:s,s:s,s:n,s:{s:[f,f,f],s:[s,s,s],s:s,s:b}}}},{s:{s:s,s:s,s:i},s:{s:O,s:O,s:{s:s}}},{s:{s:o},s:{s:s,s:s,s:i},s:{s:o,s:o,s:{s:s}}}]",
	        "mark", "type", "rect", "encoding", "x", x, "y", y, "color", "field", "v", "type", "quantitative", "legend", "scale", "domain", -reach, 0.0, reach, "range", "#E69F00",
	        "#f4f4f4", "#56B4E9", "interpolate", "rgb", "clamp", 1,
	        "mark", "type", "text", "color", "#000000", "fontSize", 11, "encoding", "x", x, "y", y, "text", "field", "label",
	        "data", "values", wrong, "mark", "type", "text", "color", "currentColor", "fontSize", 12, "encoding", "x", x, "y", y, "text", "field", "label");
	json_t *spec = chart_spec("Speed-up", subtitle, right, layers);
	json_object_set_new(spec, "height", json_pack("{s:i}", "step", 28));
	json_decref(names);
	return spec;
}

static char *speedup_caption(const char *baseline)
{
	struct text t;
	if (text_begin(&t))
		return NULL;
	fputs("How many times as fast as ", t.out);
	put_name(t.out, baseline);
	fputs(" at each length: blue is faster, orange slower. ✗ wrong or crashed, – refused or skipped, ? the baseline has no right answer there.", t.out);
	return text_end(&t);
}

static int chart_against(const struct chart *c, size_t baseline)
{
	char view[32];
	const char *name = c->r->impls[baseline];
	json_t *right = json_array(), *wrong = json_array(), *names = json_array();
	if (!speedup_rows(c, name, right, wrong, names) || json_array_size(names) < 2) {
		json_decref(right);
		json_decref(wrong);
		json_decref(names);
		return 0;
	}
	char *subtitle = chart_subtitle(c->p);
	int bad = figure_add(c, FIGURE_SPEEDUP, "Speed-up", subtitle ? speedup_spec(c, subtitle, right, wrong, names) : NULL, speedup_caption(name));
	free(subtitle);
	snprintf(view, sizeof view, "base-%zu", baseline + 1);
	if (!bad)
		figure_view(c, view, strcmp(name, c->r->baseline) != 0);
	return bad;
}

int chart_speedup(const struct chart *c)
{
	for (size_t i = 0; i < c->r->impl_count && c->p->length_count > 1 && c->r->baseline; i++)
		if (!impl_is_limit(c->r->impls[i]) && (c->figures->choices || !strcmp(c->r->impls[i], c->r->baseline)) && panel_has(c->r, c->p, c->r->impls[i]) &&
		    chart_against(c, i))
			return -1;
	return 0;
}
