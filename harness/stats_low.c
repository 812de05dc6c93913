/* The times that least was in the way of. What disturbs a sample only adds to it, so the lower quartile moves less than the median where a machine is
 * busy, and unlike the least sample it has an interval.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/stats_compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Student's t for a two-sided interval at 95 %, from one degree of freedom on. */
static const double t_975[] = {12.706204736174694, 4.302652729749462, 3.1824463052837078, 2.7764451051977934, 2.5705818356363146, 2.4469118511449786, 2.364624251592784, 2.306004135204166,
	2.262157162798205, 2.228138851986274, 2.200985160091639, 2.1788128296672284, 2.1603686564627917, 2.144786687917804, 2.131449545559776, 2.1199052992212546};
enum { T_LAST = sizeof t_975 / sizeof *t_975 };

/* Woodruff 1952: the share of samples up to the quartile is known as well as it agrees between passes, and its interval is carried over to the times. */
int stats_low_of(const double *x, const size_t *in_pass, size_t passes, struct stats_low *s)
{
	const double q = 0.25;
	size_t n = 0, k = 0, least;
	double spread = 0;
	for (size_t i = 0; i < passes; k += in_pass[i++] > 0)
		n += in_pass[i];
	double *sorted = k > 1 ? malloc(n * sizeof *sorted) : NULL;
	if (!sorted)
		return -1;
	memcpy(sorted, x, n * sizeof *sorted);
	stats_sort(sorted, n);
	s->value = stats_quantile(sorted, n, q);
	for (least = 0; least < n && sorted[least] <= s->value; least++)
		;
	for (size_t i = 0; i < passes; x += in_pass[i++]) {
		double off = -(double)in_pass[i] * (double)least / (double)n;
		for (size_t j = 0; j < in_pass[i]; j++)
			off += x[j] <= s->value;
		spread += off * off;
	}
	double error = fmax(sqrt(spread * (double)k / (double)(k - 1)) / (double)n, sqrt(q * (1 - q) / (double)n));
	double half = error * t_975[k - 1 < T_LAST ? k - 2 : T_LAST - 1];
	s->low = q - half >= 0 ? stats_quantile(sorted, n, q - half) : 0;
	s->high = q + half <= 1 ? stats_quantile(sorted, n, q + half) : (double)INFINITY;
	free(sorted);
	return 0;
}

/* Zou & Donner 2008, on logarithms. */
void stats_low_ratio(const struct stats_low *x, const struct stats_low *y, struct stats_ratio *r)
{
	r->ratio = y->value / x->value;
	r->low = r->ratio * exp(-hypot(log(y->value / y->low), log(x->high / x->value)));
	r->high = r->ratio * exp(hypot(log(y->high / y->value), log(x->value / x->low)));
}
