/* What a report is made of: result sets, their points, the panels the points fall into, and checks of conformance.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORTS_REPORT_H
#define REPORTS_REPORT_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

enum point_status { POINT_OK, POINT_REFUSED, POINT_FAILED, POINT_CRASHED, POINT_TIMEOUT, POINT_SKIPPED, POINT_STATUSES };
extern const char *const point_status_names[POINT_STATUSES]; /* as in a result set */

/* Numbers a point may have; NAN where it has none. metric_names: their members in a result set, and their columns in CSV. */
enum metric {
	MEDIAN_NS, CI_LOW_NS, CI_HIGH_NS, MIN_NS, CPU_NS, FLOPS, FLOPS_PER_SECOND, TOKENS_PER_SECOND, BYTES, BYTES_PER_SECOND, INTENSITY,
	ROOF_FRACTION, WORKSPACE_BYTES, PEAK_BYTES, ANALYTIC_BYTES, ERROR_RATIO, REPETITIONS, ITERATIONS, METRICS
};
extern const char *const metric_names[METRICS];

/* The members of a point's shape that are integers. */
enum shape_field { SHAPE_B, SHAPE_HQ, SHAPE_HKV, SHAPE_SQ, SHAPE_SKV, SHAPE_D, SHAPE_DV, SHAPE_FIELDS };
extern const char *const shape_names[SHAPE_FIELDS];

/* One line of `benchmarks`: an implementation on a problem. Text belongs to the set's JSON. */
struct point {
	const char *impl, *problem, *workload, *reason, *kernel, *roof, *dtype, *causal, *score;
	char *why; /* a reason the report found itself; reason points to it */
	int64_t shape[SHAPE_FIELDS];
	int threads, limit;
	enum point_status status; /* OK: a right answer with a time */
	double value[METRICS];
	const json_t *samples; /* array of ns, or NULL */
	const json_t *entry;   /* all of it */
	size_t panel;          /* index in struct report */
	int64_t length;        /* the panel's running length */
};

struct result_set {
	const char *path;
	char *label; /* the file's name without its folder and ".json", valid UTF-8 */
	json_t *root;
	const json_t *context;
	struct point *points;
	size_t count;
};

/* Which length runs along a panel. */
enum panel_kind { PANEL_SELF, PANEL_DECODE, PANEL_CROSS };

/* The points of one set that differ in implementation and length alone: one chart. */
struct panel {
	size_t set;
	char *key; /* the problem's key without the running length */
	const char *workload;
	enum panel_kind kind;
	int threads;
	int64_t *lengths; /* ascending */
	size_t length_count;
	const struct point *sample; /* any of its points: shape, dtype, masks */
};

struct check_set {
	const char *path;
	char *label;
	json_t *root;
	const json_t *results; /* array */
};

struct report {
	struct result_set *sets;
	size_t set_count;
	struct check_set *checks;
	size_t check_count;
	json_t **scalings; /* sets of attnbench-scale */
	size_t scaling_count;
	struct panel *panels;
	size_t panel_count;
	const char **impls; /* names of all sets, sorted, limits last */
	size_t impl_count;
	const char *baseline; /* of the speed-ups */
};

/* Adds a file: a result set, or the output of `check --format json`. 0, or an exit status after a message on stderr. */
int report_load(struct report *r, const char *path);
/* Sorts points into panels once all files are in. 0, or -1 where there is no memory. */
int report_arrange(struct report *r);
void report_free(struct report *r);

/* Reads the entries of `benchmarks` (parse.c). 0, or an exit status after a message. */
int points_parse(struct result_set *set, const json_t *benchmarks);

int impl_is_limit(const char *name);
/* The point of an implementation at a length of a panel, or NULL. */
const struct point *panel_point(const struct report *r, const struct panel *p, const char *impl, int64_t length);
/* The same implementation, problem and threads in another set, or NULL. */
const struct point *set_twin(const struct result_set *set, const struct point *of);
int panel_has(const struct report *r, const struct panel *p, const char *impl);

/* A member of an object as text, or `otherwise`. */
const char *text_of(const json_t *object, const char *member, const char *otherwise);
double number_of(const json_t *object, const char *member); /* NAN where it is none */

#endif
