/* The times that least was in the way of. What disturbs a sample only adds to it, so the least sample of a pass moves less than its median where a
 * machine is busy (Chen & Revels 2016); passes are independent of each other, and where one never had a calm moment the lower quartile of them all still
 * has.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/stats_compare.h"

#include <math.h>

size_t stats_pass_minima(const double *x, const size_t *in_pass, size_t passes, double *least)
{
	size_t n = 0;
	for (size_t i = 0; i < passes; x += in_pass[i++]) {
		if (!in_pass[i])
			continue;
		least[n] = x[0];
		for (size_t j = 1; j < in_pass[i]; j++)
			least[n] = fmin(least[n], x[j]);
		n++;
	}
	return n;
}

/* The number of minima below their true quartile is binomial(n, 1/4): David & Nagaraja, Order Statistics, §7.1, once more. */
void stats_low_of(double *least, size_t n, struct stats_low *s)
{
	const double q = 0.25, tail = 0.025;
	size_t low = 0, high = 0;
	stats_sort(least, n);
	while (stats_binomial(n, q, low) <= tail)
		low++;
	while (high < n && 1 - stats_binomial(n, q, high) > tail)
		high++;
	*s = (struct stats_low){stats_quantile(least, n, q), low ? least[low - 1] : 0, high < n ? least[high] : (double)INFINITY};
}

/* Zou & Donner 2008, on logarithms. */
void stats_low_ratio(const struct stats_low *x, const struct stats_low *y, struct stats_ratio *r)
{
	r->ratio = y->value / x->value;
	r->low = r->ratio * exp(-hypot(log(y->value / y->low), log(x->high / x->value)));
	r->high = r->ratio * exp(hypot(log(y->high / y->value), log(x->value / x->low)));
}
