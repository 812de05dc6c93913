/* Rank tests.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/stats_compare.h"

#include <math.h>
#include <stdlib.h>

struct ranked {
	double value;
	size_t from; /* 0: x, 1: y; or an index */
};

static int rising(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	return (x->value > y->value) - (x->value < y->value);
}

/* U of x (pairs in which x is larger, ties half), and Σ(t³ - t) over groups of t equal values. */
static double u_of(const struct ranked *all, size_t n, size_t nx, double *ties)
{
	double ranks = 0;
	*ties = 0;
	for (size_t i = 0, j; i < n; i = j) {
		for (j = i; j < n && all[j].value == all[i].value; j++)
			;
		double t = (double)(j - i), rank = (double)(i + j + 1) / 2; /* the mean of ranks i + 1 … j */
		for (size_t k = i; k < j; k++)
			ranks += all[k].from == 0 ? rank : 0;
		*ties += t * t * t - t;
	}
	return ranks - (double)nx * (double)(nx + 1) / 2;
}

enum { EXACT_MOST = 20 };

/* P(U >= u) of untied samples: arrangements with each U, by adding one sample after another (Mann & Whitney 1947, eq. 4):
 * counts(m, n)[u] = counts(m - 1, n)[u - n] + counts(m, n - 1)[u]. */
static double exact_tail(size_t nx, size_t ny, double u)
{
	static double counts[EXACT_MOST + 1][EXACT_MOST + 1][EXACT_MOST * EXACT_MOST + 1];
	double all = 0, tail = 0;
	for (size_t m = 0; m <= nx; m++)
		for (size_t n = 0; n <= ny; n++)
			for (size_t k = 0; k <= m * n; k++)
				counts[m][n][k] = m == 0 || n == 0 ? 1 : (k >= n ? counts[m - 1][n][k - n] : 0) + (k <= m * (n - 1) ? counts[m][n - 1][k] : 0);
	for (size_t k = 0; k <= nx * ny; k++) {
		all += counts[nx][ny][k];
		tail += (double)k >= u ? counts[nx][ny][k] : 0;
	}
	return tail / all;
}

/* The same by the normal distribution. */
static double normal_tail(size_t nx, size_t ny, double u, double ties)
{
	double n = (double)(nx + ny), mean = (double)nx * (double)ny / 2;
	double variance = (double)nx * (double)ny / 12 * (n + 1 - ties / (n * (n - 1)));
	return variance > 0 ? erfc((u - mean - 0.5) / sqrt(2 * variance)) / 2 : 1;
}

double stats_mann_whitney(const double *x, size_t nx, const double *y, size_t ny)
{
	struct ranked *all = malloc((nx + ny + 1) * sizeof *all);
	double ties, p;
	if (!all)
		return -1;
	for (size_t i = 0; i < nx; i++)
		all[i] = (struct ranked){x[i], 0};
	for (size_t i = 0; i < ny; i++)
		all[nx + i] = (struct ranked){y[i], 1};
	qsort(all, nx + ny, sizeof *all, rising);
	double u = u_of(all, nx + ny, nx, &ties), other = (double)nx * (double)ny - u;
	u = u > other ? u : other;
	if (ties == 0 && nx <= EXACT_MOST && ny <= EXACT_MOST)
		p = 2 * exact_tail(nx, ny, u);
	else
		p = 2 * normal_tail(nx, ny, u, ties);
	free(all);
	return p < 1 ? p : 1;
}

int stats_adjust(double *p, size_t n)
{
	struct ranked *sorted = malloc((n + 1) * sizeof *sorted);
	double least = 1;
	if (!sorted)
		return -1;
	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct ranked){p[i], i};
	qsort(sorted, n, sizeof *sorted, rising);
	for (size_t i = n; i > 0; i--) {
		double adjusted = sorted[i - 1].value * (double)n / (double)i;
		least = adjusted < least ? adjusted : least;
		p[sorted[i - 1].from] = least;
	}
	free(sorted);
	return 0;
}

int stats_ratio_of(const double *x, size_t nx, const double *y, size_t ny, double deviations, struct stats_ratio *r)
{
	size_t pairs = nx * ny;
	double *ratios = malloc((pairs + 1) * sizeof *ratios);
	if (!ratios)
		return -1;
	for (size_t i = 0; i < nx; i++)
		for (size_t j = 0; j < ny; j++)
			ratios[i * ny + j] = y[j] / x[i];
	stats_sort(ratios, pairs);
	double beyond = (double)pairs / 2 - deviations * sqrt((double)pairs * (double)(nx + ny + 1) / 12);
	size_t l = beyond > 0 ? (size_t)beyond : 0;
	*r = (struct stats_ratio){stats_quantile(ratios, pairs, 0.5), ratios[l], ratios[pairs - 1 - l]};
	free(ratios);
	return 0;
}

static size_t between(const double *x, size_t n, double low, double high)
{
	size_t inside = 0;
	for (size_t i = 0; i < n; i++)
		inside += x[i] >= low && x[i] <= high;
	return inside;
}

size_t stats_common_pace(const double *x, size_t nx, const double *y, size_t ny, size_t enough, double *low, double *high)
{
	size_t most = 0;
	*low = *high = NAN;
	for (size_t i = 0; i < nx + ny; i++) {
		double from = i < nx ? x[i] : y[i - nx], to = from * (1 + STATS_SAME_PACE);
		size_t a = between(x, nx, from, to), b = between(y, ny, from, to), fewer = a < b ? a : b;
		fewer = fewer < enough ? fewer : enough;
		if (fewer < most || fewer == 0 || (fewer == most && from >= *low))
			continue;
		most = fewer, *low = from, *high = to;
	}
	return most;
}
