/* Lists and ranges of numbers: what they mean, and what is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* after its own prerequisites */
#include <cmocka.h>

static const struct {
	const char *text, *values;
} good[] = {
	{"128", "128"}, {"1,2,3", "1 2 3"}, {"8:64", "8 16 32 64"}, {"8:64:x2", "8 16 32 64"}, {"8:65:x4", "8 32"},
	{"1:7:+3", "1 4 7"}, {"1:8:+3", "1 4 7"}, {"5:5", "5"}, {"4,1:3:+1,100:1000:x10", "4 1 2 3 100 1000"}};

static void means_what_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct range r;
		char why[256], text[256] = "";
		assert_int_equal(range_parse(good[i].text, 1, &r, why, sizeof why), 0);
		for (size_t k = 0; k < r.n; k++)
			sprintf(text + strlen(text), k ? " %lld" : "%lld", (long long)r.values[k]);
		assert_string_equal(text, good[i].values);
		range_free(&r);
	}
}

static void refuses(void **state)
{
	static const char *const bad[] = {"", ",", "1,", "x", "1x", "1:", ":2", "4:2", "1:2:3", "1:2:x1", "1:2:x", "1:2:+0", "1:8:-1", "0", "-3", "1:2:x2:3",
		"99999999999999999999", "1:100000:+1", "1.5", "2199023255552"};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct range r;
		char why[256] = "";
		if (!range_parse(bad[i], 1, &r, why, sizeof why))
			fail_msg("\"%s\" was taken", bad[i]);
		assert_non_null(strstr(why, "expected"));
		assert_null(r.values);
	}
}

static void zero_where_it_may_be(void **state)
{
	struct range r;
	char why[256];
	(void)state;
	assert_int_equal(range_parse("0,1:2", 0, &r, why, sizeof why), 0);
	assert_int_equal(r.n, 3);
	range_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(means_what_it_says), cmocka_unit_test(refuses), cmocka_unit_test(zero_where_it_may_be)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
