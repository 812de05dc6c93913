/* The heat map of an explanation as a picture, drawn as the report's figures are.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/explain_page.h"
#include "harness/command.h"
#include "reports/assets.h"
#include "reports/output.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Rows {row, key, w, label}; what is hidden has no rectangle. */
static json_t *cells_of(const struct explain_heat *h, int labelled)
{
	json_t *cells = json_array();
	for (int64_t r = 0; r < h->rows; r++)
		for (int64_t c = 0; c < h->columns; c++) {
			char label[32] = "";
			if (isnan(h->weight[r][c]))
				continue;
			if (labelled)
				snprintf(label, sizeof label, "%.2f", h->weight[r][c]);
			json_array_append_new(cells, json_pack("{s:I,s:I,s:f,s:s}", "row", (json_int_t)h->row[r], "key", (json_int_t)h->key[c], "w", h->weight[r][c], "label", label));
		}
	return cells;
}

static json_t *axis(const char *field, const char *title, const int64_t *at, int64_t count)
{
	json_t *order = json_array(), *values = json_array();
	for (int64_t n = 0; n < count; n++) {
		json_array_append_new(order, json_integer((json_int_t)at[n]));
		if (n % ((count + 15) / 16) == 0)
			json_array_append_new(values, json_integer((json_int_t)at[n]));
	}
	return json_pack("{s:s, s:s, s:o, s:{s:s, s:i, s:o}}", "field", field, "type", "ordinal", "sort", order, "axis", "title", title, "labelAngle", 0, "values", values);
}

static json_t *spec_of(const struct explain_heat *h)
{
	int labelled = h->rows <= 16 && h->columns <= 16, step = labelled ? 36 : 14;
	json_t *x = axis("key", h->columns ? "key" : "", h->key, h->columns), *y = axis("row", "query row", h->row, h->rows);
	return json_pack("{s:s, s:s, s:{s:i}, s:{s:i}, s:o, s:{s:o}, s:{s:o, s:o}, s:[{s:s, s:{s:{s:s, s:s, s:{s:s}, s:{s:[f,f], s:[s,s]}}}},"
	                 "{s:{s:s, s:i, s:s}, s:{s:{s:s}}}]}",
	                 "$schema", "https://vega.github.io/schema/vega-lite/v5.json", "title", "Weights", "width", "step", step, "height", "step", step, "config",
	                 json_loads(asset_chart_json, 0, NULL), "data", "values", cells_of(h, labelled), "encoding", "x", x, "y", y, "layer", "mark", "rect", "encoding", "color",
	                 "field", "w", "type", "quantitative", "legend", "title", "weight", "scale", "domain", 0.0, h->largest > 0 ? h->largest : 1.0, "range", "#f4f4f4", "#56B4E9",
	                 "mark", "type", "text", "fontSize", 11, "color", "#000000", "encoding", "text", "field", "label");
}

static char *caption_of(const struct explain_part *part)
{
	char *caption = NULL;
	return asprintf(&caption, "Weights of batch entry %" PRId64 ", head %" PRId64 ": query rows down, keys across. A hidden key has no square; the largest weight is %.3g.", part->b,
	                part->h, part->heat->largest) < 0
	               ? NULL
	               : caption;
}

int explain_draw(const struct explanation *e, struct figures *figures)
{
	figures->items = calloc(e->part_count, sizeof *figures->items);
	for (size_t n = 0; figures->items && n < e->part_count; n++) {
		struct figure *f = &figures->items[figures->count++];
		*f = (struct figure){.caption = caption_of(&e->parts[n]), .title = strdup("Weights"), .spec = spec_of(e->parts[n].heat)};
		if (asprintf(&f->name, "weights-%zu", n + 1) < 0)
			f->name = NULL;
		if (!f->name || !f->caption || !f->title || !f->spec)
			return -1;
	}
	return figures->items ? figures_render(figures) : -1;
}

/* A device or a pipe is written to; a file, or what a link leads to, is replaced as a whole. */
int explain_write(const char *option, const char *name, char *data)
{
	struct stat there;
	char real[PATH_MAX];
	const char *path = realpath(name, real) ? real : name, *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	int status = EXIT_OK;
	if (!stat(path, &there) && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode)) {
		FILE *f = data ? fopen(path, "w") : NULL;
		int bad = !f || fputs(data, f) < 0;
		if ((f && fclose(f)) || bad)
			status = command_fail(EXIT_ENVIRONMENT, "--%s: %s: cannot be written: %s", option, path, strerror(errno));
		free(data);
	} else {
		struct output o = {.folder = folder, .option = option};
		status = folder && !output_add(&o, slash ? slash + 1 : path, data) ? output_write(&o) : command_fail(EXIT_ENVIRONMENT, "no memory for %s", path);
		output_free(&o);
	}
	free(folder);
	return status;
}

int explain_svg(const char *path, const struct explanation *e)
{
	struct figures figures = {0};
	int status = explain_draw(e, &figures) ? command_fail(EXIT_ENVIRONMENT, "no memory for the picture") : EXIT_OK;
	if (!status && (!figures.count || !figures.items[0].svg))
		status = command_fail(EXIT_ENVIRONMENT, "--svg: no picture: %s; make charts installs what draws it", figures.why_not ? figures.why_not : "nothing was drawn");
	if (!status)
		status = explain_write("svg", path, strdup(figures.items[0].svg));
	figures_free(&figures);
	return status;
}
