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
};

struct within {
	struct within_row *rows;
	size_t n;
};

/* Rows in the set's order. 0, or -1 with why: no entry is of that implementation. within_free frees either way. */
int within_set(const json_t *set, const char *impl, struct within *w, char *why, size_t size);
void within_free(struct within *w);

/* On stdout: format 't' text, 'm' Markdown, 'j' JSON. 0, or -1: the JSON could not be written. */
int within_print(const json_t *set, const char *impl, const struct within *w, int format);
#endif

#endif
