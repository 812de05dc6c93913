/* Is one set of samples slower than another? Ranks, and a correction for asking many times.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_STATS_COMPARE_H
#define HARNESS_STATS_COMPARE_H

#include "harness/stats.h"

/* Two-sided p of the Mann-Whitney U test: exact without ties and up to 20 samples in each, else the normal approximation
 * corrected for ties and continuity. -1 when there is no memory. */
double stats_mann_whitney(const double *x, size_t nx, const double *y, size_t ny);

/* Benjamini & Hochberg 1995: p-values become the least false discovery rates at which each would be found, in place. 0, or -1
 * when there is no memory. */
int stats_adjust(double *p, size_t n);

/* The ratio of medians y / x, and the range that the two medians' own intervals leave it: conservative. */
struct stats_ratio {
	double ratio, low, high;
};
struct stats_ratio stats_ratio_of(const struct stats_summary *x, const struct stats_summary *y);

#endif
