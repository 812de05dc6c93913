/* One implementation against the others of the same result set: how near it is to the machine's limit, and who is next.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_COMPARE_WITHIN_H
#define HARNESS_COMPARE_WITHIN_H

#include "harness/stats_compare.h"

#ifdef HAVE_JANSSON
#include <jansson.h>

/* One case of that implementation. Texts are the set's. */
struct within_row {
	const char *problem, *workload, *cache, *roof, *reason; /* reason: why it has no time, "" where it has one */
	long long threads;
	double median_flops, best_flops;         /* per second: of the median, of the shortest sample */
	double median_fraction, best_fraction;   /* of the roof; NaN: it was not measured */
	const char *other;                       /* the fastest of the others by median; NULL: none has a time */
	struct stats_ratio ratio;                /* its time over ours: above 1 it is slower */
	double goal;                             /* what that ratio is to be at least; 0: nothing is asked */
};

struct within {
	struct within_row *rows;
	size_t n;
};

/* Rows in the set's order. 0, or -1 with why: no entry is of that implementation. within_free frees either way. */
int within_set(const json_t *set, const char *impl, struct within *w, char *why, size_t size);
void within_free(struct within *w);

/* What is asked of rows whose workload matches the glob. Of those that match one the last counts. */
struct within_goal {
	const char *glob;
	double ratio;
};

/* Sets the rows' goals. */
void within_aim(struct within *w, const struct within_goal *goals, size_t n);
/* How many rows miss their goal: slower than that, or without a time. Where no other row has a time nothing is missed. */
size_t within_missed(const struct within *w);
/* Which rows miss, and how many meet theirs, on stdout; format 't' or 'm'. Nothing where no row has a goal. */
void within_print_goals(const struct within *w, int format);

/* On stdout: format 't' text, 'm' Markdown, 'j' JSON. 0, or -1: the JSON could not be written. */
int within_print(const json_t *set, const char *impl, const struct within *w, int format);
#endif

#endif
