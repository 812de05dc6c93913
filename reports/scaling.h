/* Sets of attnbench-scale: one problem over more and more ranks.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORTS_SCALING_H
#define REPORTS_SCALING_H

#include "reports/report.h"

struct page;

/* One entry of a set. */
struct scaled {
	const json_t *entry;
	const char *method;
	char shape[128], per_rank[128]; /* all of the problem; all but its length, and the keys of each rank */
	int ranks, simulated;
	int64_t length;
	double median, flops, wait, received, analytic, peak, ratio;
};

struct scaled_list {
	struct scaled *items;
	size_t count;
};

/* Whether a file is such a set; adds it: 0, or an exit status after a message. It takes root. */
int scaling_is(const json_t *root);
int scaling_add(struct report *r, const char *path, json_t *root);
void scaling_free(struct report *r);

/* All entries, by method, problem and number of ranks; items are the caller's to free. */
struct scaled_list scaling_list(const struct report *r);
int scaling_is_right(const struct scaled *x);
/* Throughput of each rank over that of a rank alone with the same problem; NaN where that was not run. */
double scaling_efficiency(const struct scaled_list *l, const struct scaled *x);

void markdown_scaling(FILE *out, const struct report *r);
void html_scaling(struct page *g);

#endif
