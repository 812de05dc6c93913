/* What the families of charts share: colours, marks, axes, the frame of a specification.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/assets.h"
#include "reports/charts.h"
#include "reports/output.h"
#include "reports/verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Okabe and Ito's colours for all kinds of colour vision; black is the text's own colour, so that it shows on any ground. */
static const char *const colours[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "currentColor", "#F0E442"};
static const char *const shapes[] = {"circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left"};
enum { LOOKS = 8, NAME_MAX_BYTES = 120, LINE_BYTES = 52 };

int chart_shows(const struct chart *c, const char *impl)
{
	size_t n;
	json_t *row;
	json_array_foreach(c->rows, n, row) if (!strcmp(text_of(row, "impl", ""), impl) && !json_is_null(json_object_get(row, "y"))) return 1;
	if (c->rows)
		return 0;
	if (c->p)
		return panel_has(c->r, c->p, impl);
	const struct result_set *set = &c->r->sets[c->set];
	for (size_t i = 0; i < set->count; i++)
		if ((!c->threads || set->points[i].threads == c->threads) && !strcmp(set->points[i].impl, impl))
			return 1;
	return 0;
}

/* An implementation looks the same in all figures: its place among the names of the report decides. */
static json_t *look(const char *channel, size_t i, int limit)
{
	if (!strcmp(channel, "strokeDash"))
		return limit ? json_pack("[i,i]", 2, 3) : i >= LOOKS ? json_pack("[i,i]", 6, 3) : json_pack("[i,i]", 1, 0);
	if (!strcmp(channel, "color"))
		return json_string(limit ? "#808080" : colours[i % LOOKS]);
	return json_string(shapes[(i + i / LOOKS) % LOOKS]);
}

json_t *chart_series_encoding(const json_t *names, const char *channel)
{
	json_t *range = json_array();
	for (size_t i = 0; i < json_array_size(names); i++)
		json_array_append_new(range, look(channel, i, 0));
	return json_pack("{s:s,s:s,s:{s:O,s:o},s:{s:s,s:i,s:i}}", "field", "impl", "type", "nominal", "scale", "domain", names, "range", range, "legend", "orient", "bottom", "columns", 1, "labelLimit", 420);
}

json_t *chart_impl_encoding(const struct chart *c, const char *channel)
{
	json_t *domain = json_array(), *range = json_array();
	for (size_t i = 0; i < c->r->impl_count; i++) {
		if (!chart_shows(c, c->r->impls[i]))
			continue;
		json_array_append_new(domain, json_string(c->r->impls[i]));
		json_array_append_new(range, look(channel, i, impl_is_limit(c->r->impls[i])));
	}
	return json_pack("{s:s,s:s,s:{s:o,s:o}}", "field", "impl", "type", "nominal", "scale", "domain", domain, "range", range);
}

/* Lines that fit the picture, broken after commas. */
static json_t *wrap(const char *text)
{
	json_t *lines = json_array();
	while (*text) {
		size_t n = strlen(text), end = n;
		for (size_t i = 0; i + 1 < n && n > LINE_BYTES; i++)
			if (text[i] == ',' && text[i + 1] == ' ' && (i < LINE_BYTES || end == n))
				end = i + 1;
		json_array_append_new(lines, json_stringn(text, end));
		text += end + (text[end] == ' ');
	}
	return lines;
}

json_t *chart_spec(const char *title, const char *subtitle, json_t *rows, json_t *layers)
{
	return json_pack("{s:s,s:{s:s,s:o},s:i,s:i,s:o,s:{s:o},s:o}", "$schema", "https://vega.github.io/schema/vega-lite/v5.json", "title", "text", title,
	                 "subtitle", wrap(subtitle), "width", 340, "height", 240, "config", json_loads(asset_chart_json, 0, NULL), "data", "values", rows, "layer",
	                 layers);
}

char *chart_subtitle(const struct panel *p)
{
	struct text t;
	if (text_begin(&t))
		return NULL;
	panel_title(p, t.out);
	return text_end(&t);
}

json_t *chart_length_axis(const struct panel *p)
{
	json_t *values = json_array();
	size_t step = p->length_count / 9 + 1;
	for (size_t i = 0; i < p->length_count; i += step)
		json_array_append_new(values, json_integer(p->lengths[i]));
	return json_pack("{s:s,s:s,s:{s:s,s:i,s:b},s:{s:s,s:o,s:s}}", "field", "x", "type", "quantitative", "scale", "type", "log", "base", 2, "nice", 0, "axis",
	                 "title", p->kind == PANEL_SELF ? "sequence length S" : "keys", "values", values, "format", "d");
}

json_t *chart_ticks(double low, double high)
{
	static const double steps[] = {1, 2, 5};
	json_t *values = json_array();
	int every = log10(high / low) < 2.5 ? 1 : 3;
	for (double power = pow(10, floor(log10(low)) - 1); power <= high * 10; power *= 10)
		for (int i = 0; i < 3; i += every)
			if (power * steps[i] >= low / 5.01 && power * steps[i] <= high * 5.01)
				json_array_append_new(values, json_real(power * steps[i]));
	return values;
}

/* "01-time-length-b-1-hq-8-d-64-f32-2t": number, kind, panel. */
static char *figure_name(const struct chart *c, enum figure_kind kind, const char *what)
{
	static const char *const kinds[FIGURE_KINDS] = {"time", "rate", "roof", "memory", "speedup", "roofline", "decode", "accuracy", "threads", "samples", "models", "scaling"};
	struct text t;
	if (text_begin(&t))
		return NULL;
	fprintf(t.out, "%02zu-%s-", c->figures->count + 1, kinds[kind]);
	if (c->p && *c->p->workload) {
		put_slug(t.out, c->p->workload);
		putc('-', t.out);
	}
	put_slug(t.out, c->p ? c->p->key : kind == FIGURE_SCALING ? what : c->r->sets[c->set].label);
	if (c->p && c->p->kind != PANEL_SELF)
		fputs(c->p->kind == PANEL_DECODE ? "-decode" : "-cross", t.out);
	if (c->threads)
		fprintf(t.out, "-%dt", c->threads);
	char *name = text_end(&t);
	if (name && strlen(name) > NAME_MAX_BYTES)
		name[NAME_MAX_BYTES] = 0;
	return name;
}

int figure_add(const struct chart *c, enum figure_kind kind, const char *what, json_t *spec, char *caption)
{
	struct figures *all = c->figures;
	struct figure *items = realloc(all->items, (all->count + 1) * sizeof *items);
	if (items)
		all->items = items;
	struct figure f = {kind, figure_name(c, kind, what), strdup(what), caption, spec, NULL, c->p, "", 0};
	if (!items || !f.name || !f.title || !caption || !spec) {
		free(f.name);
		free(f.title);
		free(caption);
		json_decref(spec);
		return -1;
	}
	items[all->count++] = f;
	return 0;
}

void figure_view(const struct chart *c, const char *view, int alternate)
{
	struct figure *f = &c->figures->items[c->figures->count - 1];
	snprintf(f->view, sizeof f->view, "%s", view);
	f->alternate = alternate;
}

void figures_free(struct figures *figures)
{
	for (size_t i = 0; i < figures->count; i++) {
		struct figure *f = &figures->items[i];
		free(f->name);
		free(f->title);
		free(f->caption);
		free(f->svg);
		json_decref(f->spec);
	}
	free(figures->items);
	free(figures->renderer);
	free(figures->why_not);
}
