/* Who is fastest: per case, per panel, over all. From medians, among right answers alone; limits take no part.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORTS_VERDICT_H
#define REPORTS_VERDICT_H

#include "reports/report.h"

/* One length of a panel. first is NULL where no answer was right, second where only one was. */
struct case_verdict {
	int64_t length;
	const struct point *first, *second;
	int tie; /* the two can't be told apart */
};

/* May this point be compared in speed? */
int point_ranks(const struct point *p);
/* Can the medians not be told apart: their 95 % intervals overlap, or they differ by less than the machine's noise? */
int points_tie(const struct result_set *set, const struct point *a, const struct point *b);
struct case_verdict case_verdict(const struct report *r, const struct panel *p, int64_t length);

/* Where the times of two implementations cross between two lengths: straight lines in log time over log length; low and
 * high from the ends of the intervals. */
struct crossing {
	double at, low, high;
};
struct crossing crossing_find(const struct report *r, const struct panel *p, const char *before, const char *after, int64_t from, int64_t to);

/* Sentences. Names stand between '\1' and '\2'; the put_rich functions turn these into each format's emphasis. */
void verdict_of_panel(const struct report *r, const struct panel *p, FILE *out);
/* Over all panels of a set that belong to the workload: by length where the panels agree, else by the cases won. */
void verdict_of_workload(const struct report *r, size_t set, const char *workload, FILE *out);
void panel_title(const struct panel *p, FILE *out);
int panel_has_features(const char *key); /* does it have fields beside shape, dtype and causal? */
void put_name(FILE *out, const char *name);
void put_rich_html(FILE *out, const char *rich);
void put_rich_markdown(FILE *out, const char *rich);
void put_rich_plain(FILE *out, const char *rich);
char *verdict_plain(const struct report *r, size_t set, const char *workload); /* as plain text, to free; NULL: no memory */

/* Workloads of a set in order of appearance. Calls back with each. */
typedef void workload_visit(const struct report *r, size_t set, const char *workload, void *context);
void workloads_each(const struct report *r, size_t set, workload_visit *visit, void *context);

/* Ranking of one set and thread count. */
struct ranked {
	const char *impl;
	double slowdown; /* geometric mean over the common cases of time / the fastest one's time; NAN: not ranked */
	size_t fastest;  /* cases won, among all */
	size_t count[POINT_STATUSES];
};
struct ranking {
	struct ranked *rows; /* ranked ones first, by slowdown */
	size_t count, ranked;
	size_t cases, common; /* all cases with a right answer; those that all ranked ones have */
	int threads;
};
/* 0, or -1 where there is no memory. The rows are the caller's to free. */
int ranking_make(const struct report *r, size_t set, int threads, struct ranking *ranking);

/* Thread counts of a set, ascending; returns how many (at most max). */
size_t set_threads(const struct result_set *set, int *threads, size_t max);

#endif
