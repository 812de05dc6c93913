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

/* By how much y is larger than x: the median of all ratios y_j / x_i (Hodges & Lehmann 1963, on logarithms), and the interval
 * of those that the rank test does not refuse at that level (Bauer 1972), by the normal approximation. 0, or -1: no memory. */
/* Standard deviations on either side of the middle: both tails beyond them hold 5 %, 1 %. */
#define STATS_95 1.959963984540054
#define STATS_99 2.5758293035489004
struct stats_ratio {
	double ratio, low, high;
};
int stats_ratio_of(const double *x, size_t nx, const double *y, size_t ny, double deviations, struct stats_ratio *r);

/* The paces [low, high], high = (1 + STATS_SAME_PACE) low, in which the smaller of the two sets has most of its own, more than enough being no more
 * than enough; of equals the lowest. What was measured at them was measured on an equally fast machine. 0 and NaN bounds: no two are near enough. Else
 * how many the smaller has, up to enough. */
size_t stats_common_pace(const double *x, size_t nx, const double *y, size_t ny, size_t enough, double *low, double *high);

/* The least sample of each pass that has some. How many. least: room for `passes`. */
size_t stats_pass_minima(const double *x, const size_t *in_pass, size_t passes, double *least);

/* The lower quartile of n >= 1 passes' least samples, and its 95 % interval. low 0, high infinite: too few passes bound it there; it takes 13 for a low
 * one. Sorts them. */
struct stats_low {
	double value, low, high;
};
void stats_low_of(double *least, size_t n, struct stats_low *s);

/* By how much y's is larger than x's. */
void stats_low_ratio(const struct stats_low *x, const struct stats_low *y, struct stats_ratio *r);

#endif
