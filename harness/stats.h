/* The statistics of timing samples. Times are not normally distributed: order statistics and ranks only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_STATS_H
#define HARNESS_STATS_H

#include <stddef.h>

/* Other work disturbed a sample that had to wait for a processor for longer than this share of its time. */
#define STATS_DISTURBED 0.01
/* Processors whose paces (sweep_pace.h) differ by no more than this share are equally fast. */
#define STATS_SAME_PACE 0.06
/* A time whose interval reaches no further than this share of it is known well enough for a difference of twice as much: the half of compare's threshold. */
#define STATS_STEADY 0.025

struct stats_summary {
	double median, ci_low, ci_high; /* of the median; the whole range where n is too small for the level */
	double ci_level;                /* what the interval covers: 0.95 or more from 6 samples on, less below */
	double min, max, iqr;
	size_t outliers;                /* beyond 1.5 · IQR from the quartiles (Tukey 1977); kept in all figures */
	size_t low_severe, low_mild, high_mild, high_severe; /* the same by kind: severe is beyond 3 · IQR */
	double pass_spread;             /* half the range of the medians of passes, relative to the median; NaN: there is one pass */
};

/* n >= 1. The samples stay as they are. 0, or -1 when there is no memory. */
int stats_summarise(const double *samples, size_t n, struct stats_summary *s);

/* Samples taken in passes, in_pass[] of each in turn: those of one pass have the moment in common and are not independent of each other, passes are
 * (a hierarchical experiment: Kalibera & Jones 2013). The interval is widened to the one that order statistics of the passes' medians give at 95 %,
 * [least, most] with fewer than nine; that alone covers with 1 - 2^(1 - passes): 94 % with five, 97 % with six. */
int stats_summarise_passes(const double *samples, const size_t *in_pass, size_t passes, struct stats_summary *s);

/* The median of each pass that has samples. How many. medians: room for `passes`. -1: no memory. */
int stats_pass_medians(const double *samples, const size_t *in_pass, size_t passes, double *medians);

/* The q-quantile of sorted samples, linear between neighbours (R's type 7, NumPy's default). */
double stats_quantile(const double *sorted, size_t n, double q);

/* P(X <= l) of a binomial(n, q), 0 < q < 1. */
double stats_binomial(size_t n, double q, size_t l);

/* Sorts rising. */
void stats_sort(double *samples, size_t n);

/* The slope of y over x by least squares, and its standard error (0 for two points). n >= 2, and x not all equal. On logarithms
 * it is the exponent of a growth. */
void stats_slope(const double *x, const double *y, size_t n, double *slope, double *error);

/* Which order statistics (from 0) bound the median at that level: [low, n - 1 - low]. *covered: their exact probability. */
size_t stats_median_interval(size_t n, double level, double *covered);

#endif
