/* Figures: Vega-Lite specifications, which vl-convert renders to SVG through render_charts.py.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORTS_CHARTS_H
#define REPORTS_CHARTS_H

#include "reports/report.h"

enum figure_kind {
	 FIGURE_TIME, FIGURE_RATE, FIGURE_ROOF, FIGURE_MEMORY, FIGURE_SPEEDUP, FIGURE_ROOFLINE, FIGURE_DECODE, FIGURE_ACCURACY, FIGURE_THREADS, FIGURE_SAMPLES, FIGURE_MODELS, FIGURE_SCALING, FIGURE_KINDS };

struct figure {
	enum figure_kind kind;
	char *name;    /* of its file, without ".svg" */
	char *title;   /* in the picture */
	char *caption; /* what it shows, for people who don't see it too */
	json_t *spec;
	char *svg; /* NULL: not rendered */
	const struct panel *panel; /* NULL: spans panels */
	char view[32];  /* classes of the choice that shows it, "unit-rate scale-log" or "base-2"; "": always shown */
	int alternate;  /* not what is shown at first */
};

struct figures {
	const struct report *r;
	struct figure *items;
	size_t count;
	int choices;    /* few enough panels for linear axes and other baselines too */
	char *renderer; /* "vl-convert 1.9.0", NULL: not rendered, and why_not says why */
	char *why_not;
};

/* What a chart is drawn of. */
struct chart {
	const struct report *r;
	const struct panel *p;    /* NULL where it spans panels */
	size_t set;
	int threads;
	struct figures *figures;
	const json_t *rows; /* what is drawn: the legend names no other implementation; NULL: all of the panel or set */
};

/* 0, or -1 where there is no memory. */
int charts_make(const struct report *r, struct figures *figures);
void figures_free(struct figures *figures);
/* Renders all; where it can't, why_not is set and the report goes without. -1 where there is no memory. */
int figures_render(struct figures *figures);

/* The families (chart_*.c). Each adds what there is to draw; 0, or -1 where there is no memory. */
int chart_lines(const struct chart *c);    /* time, FLOP/s, part of the roof, decode bandwidth over length */
int chart_memory(const struct chart *c);   /* peak memory over length, with slopes 1 and 2 */
int chart_speedup(const struct chart *c);  /* heat map against each baseline that may be chosen */
int chart_samples(const struct chart *c);  /* the spread of the samples */
int chart_roofline(const struct chart *c); /* of a set and thread count */
int chart_accuracy(const struct chart *c);
int chart_models(const struct chart *c);   /* heat map of the panels that have one length: models */
int chart_threads(const struct chart *c); /* of a set */
int chart_scaling(const struct chart *c); /* of a report: over ranks */

/* What the families share (chart_parts.c). json_t values are new references; NULL for lack of memory. */
int figure_add(const struct chart *c, enum figure_kind kind, const char *what, json_t *spec, char *caption); /* takes both */
/* Says which choice shows the figure added last. */
void figure_view(const struct chart *c, const char *view, int alternate);
json_t *chart_spec(const char *title, const char *subtitle, json_t *rows, json_t *layers);
char *chart_subtitle(const struct panel *p); /* the panel's title */
json_t *chart_series_encoding(const json_t *names, const char *channel); /* the same, of names that are no implementations' */
json_t *chart_impl_encoding(const struct chart *c, const char *channel); /* "color", "shape" or "strokeDash" */
json_t *chart_length_axis(const struct panel *p);
json_t *chart_ticks(double low, double high); /* powers of ten, with 2 and 5 where there are few */
int chart_shows(const struct chart *c, const char *impl);

#endif
