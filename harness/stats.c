/* Order statistics of timing samples.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int rising(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

void stats_sort(double *samples, size_t n)
{
	qsort(samples, n, sizeof *samples, rising);
}

double stats_quantile(const double *sorted, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t below = (size_t)at;
	if (below + 1 >= n)
		return sorted[n - 1];
	return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

/* Logarithms: 2^-n underflows at n = 1075. */
double stats_binomial(size_t n, double q, size_t l)
{
	double sum = 0;
	for (size_t k = 0; k <= l && k <= n; k++)
		sum += exp(lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) + (double)k * log(q) + (double)(n - k) * log(1 - q));
	return sum;
}

/* The number of samples below the true median is binomial(n, 1/2), so [x_(l), x_(n-1-l)] (from 0) misses it with
 * probability 2 · P(X <= l) (David & Nagaraja, Order Statistics, §7.1). */
static double miss_probability(size_t n, size_t l)
{
	return 2 * stats_binomial(n, 0.5, l);
}

size_t stats_median_interval(size_t n, double level, double *covered)
{
	size_t l = 0;
	while (2 * (l + 1) < n - 1 && 1 - miss_probability(n, l + 1) >= level)
		l++;
	*covered = n > 1 ? 1 - miss_probability(n, l) : 0;
	return l;
}

static void count_outliers(const double *sorted, size_t n, double q1, struct stats_summary *s)
{
	const double iqr = s->iqr, q3 = q1 + iqr;
	s->low_severe = s->low_mild = s->high_mild = s->high_severe = 0;
	for (size_t i = 0; i < n; i++)
		if (sorted[i] < q1 - 1.5 * iqr)
			++*(sorted[i] < q1 - 3 * iqr ? &s->low_severe : &s->low_mild);
		else if (sorted[i] > q3 + 1.5 * iqr)
			++*(sorted[i] > q3 + 3 * iqr ? &s->high_severe : &s->high_mild);
	s->outliers = s->low_severe + s->low_mild + s->high_mild + s->high_severe;
}

int stats_summarise(const double *samples, size_t n, struct stats_summary *s)
{
	double *sorted = malloc(n * sizeof *sorted);
	if (!sorted)
		return -1;
	memcpy(sorted, samples, n * sizeof *sorted);
	stats_sort(sorted, n);
	size_t l = stats_median_interval(n, 0.95, &s->ci_level);
	double q1 = stats_quantile(sorted, n, 0.25), q3 = stats_quantile(sorted, n, 0.75);
	s->median = stats_quantile(sorted, n, 0.5);
	s->ci_low = sorted[l];
	s->ci_high = sorted[n - 1 - l];
	s->min = sorted[0];
	s->max = sorted[n - 1];
	s->iqr = q3 - q1;
	s->pass_spread = NAN;
	count_outliers(sorted, n, q1, s);
	free(sorted);
	return 0;
}

int stats_pass_medians(const double *samples, const size_t *in_pass, size_t passes, double *medians)
{
	struct stats_summary one;
	int n = 0;
	for (size_t i = 0; i < passes; samples += in_pass[i++]) {
		if (in_pass[i] && stats_summarise(samples, in_pass[i], &one))
			return -1;
		if (in_pass[i])
			medians[n++] = one.median;
	}
	return n;
}

int stats_summarise_passes(const double *samples, const size_t *in_pass, size_t passes, struct stats_summary *s)
{
	struct stats_summary of_passes;
	size_t n = 0;
	for (size_t i = 0; i < passes; i++)
		n += in_pass[i];
	double *medians = malloc((passes + 1) * sizeof *medians);
	int k = medians && !stats_summarise(samples, n, s) ? stats_pass_medians(samples, in_pass, passes, medians) : -1;
	int failed = k < 0 || (k > 1 && stats_summarise(medians, (size_t)k, &of_passes));
	if (!failed && k > 1) {
		s->ci_low = fmin(s->ci_low, of_passes.ci_low);
		s->ci_high = fmax(s->ci_high, of_passes.ci_high);
		s->pass_spread = (of_passes.max - of_passes.min) / 2 / s->median;
	}
	free(medians);
	return failed ? -1 : 0;
}

void stats_slope(const double *x, const double *y, size_t n, double *slope, double *error)
{
	double mean_x = 0, mean_y = 0, xx = 0, xy = 0, yy = 0;
	for (size_t i = 0; i < n; i++)
		mean_x += x[i] / (double)n, mean_y += y[i] / (double)n;
	for (size_t i = 0; i < n; i++) {
		double dx = x[i] - mean_x, dy = y[i] - mean_y;
		xx += dx * dx, xy += dx * dy, yy += dy * dy;
	}
	*slope = xy / xx;
	*error = n > 2 ? sqrt(fmax(0, yy - xy * xy / xx) / (double)(n - 2) / xx) : 0;
}
