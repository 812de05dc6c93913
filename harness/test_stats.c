/* The statistics against NumPy's and SciPy's.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/stats.h"
#include "harness/stats_compare.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
/* after its own prerequisites */
#include <cmocka.h>
#include "harness/test_stats_goldens.h"

static void near(double got, double expected, const char *what, size_t case_number)
{
	if (!(fabs(got - expected) <= 1e-9 * fmax(1, fabs(expected))))
		fail_msg("case %zu: %s is %.17g, expected %.17g", case_number, what, got, expected);
}

static void summarises(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof summaries / sizeof *summaries; i++) {
		struct stats_summary s;
		assert_int_equal(stats_summarise(summaries[i].x, summaries[i].n, &s), 0);
		near(s.median, summaries[i].median, "median", i);
		near(s.ci_low, summaries[i].ci_low, "ci_low", i);
		near(s.ci_high, summaries[i].ci_high, "ci_high", i);
		near(s.ci_level, summaries[i].ci_level, "ci_level", i);
		near(s.min, summaries[i].min, "min", i);
		near(s.max, summaries[i].max, "max", i);
		near(s.iqr, summaries[i].iqr, "iqr", i);
		assert_int_equal(s.outliers, summaries[i].outliers);
		assert_int_equal(s.low_severe, summaries[i].low_severe);
		assert_int_equal(s.low_mild, summaries[i].low_mild);
		assert_int_equal(s.high_mild, summaries[i].high_mild);
		assert_int_equal(s.high_severe, summaries[i].high_severe);
	}
}

static void tests_ranks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
		near(stats_mann_whitney(tests[i].x, tests[i].nx, tests[i].y, tests[i].ny), tests[i].p, "p", i);
		near(stats_mann_whitney(tests[i].y, tests[i].ny, tests[i].x, tests[i].nx), tests[i].p, "p, swapped", i);
		struct stats_ratio r;
		assert_int_equal(stats_ratio_of(tests[i].x, tests[i].nx, tests[i].y, tests[i].ny, STATS_95, &r), 0);
		near(r.ratio, tests[i].ratio, "ratio", i);
		near(r.low, tests[i].low, "ratio's low", i);
		near(r.high, tests[i].high, "ratio's high", i);
		assert_int_equal(stats_ratio_of(tests[i].x, tests[i].nx, tests[i].y, tests[i].ny, STATS_99, &r), 0);
		near(r.low, tests[i].low_99, "ratio's low at 99 %", i);
		near(r.high, tests[i].high_99, "ratio's high at 99 %", i);
	}
}

static void same(double got, double expected, const char *what, size_t case_number)
{
	if (!isnan(expected) || !isnan(got))
		near(got, expected, what, case_number);
}

static void summarises_passes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof in_passes / sizeof *in_passes; i++) {
		struct stats_summary s, medians_of;
		double medians[16];
		assert_int_equal(stats_summarise_passes(in_passes[i].x, in_passes[i].in_pass, in_passes[i].passes, &s), 0);
		near(s.median, in_passes[i].median, "median", i);
		near(s.ci_low, in_passes[i].low, "ci_low", i);
		near(s.ci_high, in_passes[i].high, "ci_high", i);
		same(s.pass_spread, in_passes[i].spread, "spread", i);
		assert_int_equal(stats_pass_medians(in_passes[i].x, in_passes[i].in_pass, in_passes[i].passes, medians), in_passes[i].filled);
		assert_int_equal(stats_summarise(medians, (size_t)in_passes[i].filled, &medians_of), 0);
		near(medians_of.min, in_passes[i].least, "least median", i);
		near(medians_of.max, in_passes[i].most, "most median", i);
	}
}

static void finds_the_common_pace(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof paces / sizeof *paces; i++) {
		double low, high;
		assert_int_equal(stats_common_pace(paces[i].x, paces[i].nx, paces[i].y, paces[i].ny, SIZE_MAX, &low, &high), paces[i].most);
		same(low, paces[i].low, "low pace", i);
		same(high, paces[i].low * 1.06, "high pace", i);
		assert_int_equal(stats_common_pace(paces[i].y, paces[i].ny, paces[i].x, paces[i].nx, SIZE_MAX, &low, &high), paces[i].most);
		same(low, paces[i].low, "low pace, swapped", i);
	}
}

static void finds_the_lower_quartile(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof lows / sizeof *lows; i++) {
		struct stats_low s;
		double least[64];
		stats_low_of(least, stats_pass_minima(lows[i].x, lows[i].in_pass, lows[i].passes, least), &s);
		near(s.value, lows[i].value, "lower quartile", i);
		near(s.low, lows[i].low, "its low", i);
		assert_true(isinf(lows[i].high) == isinf(s.high));
		if (!isinf(s.high))
			near(s.high, lows[i].high, "its high", i);
	}
}

/* Reaching as far down as 0, or as far up as infinity, is no bound. */
static void divides_lower_quartiles(void **state)
{
	struct stats_low x = {100, 98, 104}, y = {110, 107, 112};
	struct stats_ratio r;
	(void)state;
	stats_low_ratio(&x, &y, &r);
	near(r.ratio, 1.1, "ratio", 0);
	near(log(1.1 / r.low), sqrt(pow(log(110.0 / 107), 2) + pow(log(104.0 / 100), 2)), "its low", 0);
	near(log(r.high / 1.1), sqrt(pow(log(112.0 / 110), 2) + pow(log(100.0 / 98), 2)), "its high", 0);
	x.high = (double)INFINITY, y.high = (double)INFINITY;
	stats_low_ratio(&x, &y, &r);
	assert_true(r.low == 0 && isinf(r.high));
}

static void adjusts(void **state)
{
	double p[sizeof raw_p / sizeof *raw_p];
	(void)state;
	memcpy(p, raw_p, sizeof p);
	assert_int_equal(stats_adjust(p, sizeof p / sizeof *p), 0);
	for (size_t i = 0; i < sizeof p / sizeof *p; i++)
		near(p[i], adjusted_p[i], "adjusted p", i);
}

static void fits_slopes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof slopes / sizeof *slopes; i++) {
		double slope, error;
		stats_slope(lengths, slopes[i].y, sizeof lengths / sizeof *lengths, &slope, &error);
		near(slope, slopes[i].slope, "slope", i);
		near(error, slopes[i].error, "its error", i);
	}
}

int main(void)
{
	const struct CMUnitTest all[] = {cmocka_unit_test(summarises), cmocka_unit_test(tests_ranks), cmocka_unit_test(summarises_passes), cmocka_unit_test(finds_the_common_pace), cmocka_unit_test(finds_the_lower_quartile), cmocka_unit_test(divides_lower_quartiles), cmocka_unit_test(adjusts), cmocka_unit_test(fits_slopes)};
	return cmocka_run_group_tests(all, NULL, NULL);
}
