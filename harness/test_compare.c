/* Comparison of sets whose times are drawn: runs of the same kernel give no regression, one that is 10 % slower is found.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/compare.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* after its own prerequisites */
#include <cmocka.h>

enum { POINTS = 50, KERNELS = 5, SAMPLES = 15 };

static uint64_t seed = 1;

static double uniform(void) /* xorshift64*: Vigna 2016 */
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (double)((seed * 0x2545f4914f6cdd1dull) >> 11) * 0x1p-53;
}

/* Times as machines have them: a floor, a tail upwards, now and then far off. */
static json_t *samples(double ns, double noise, int n)
{
	json_t *all = json_array();
	for (int i = 0; i < n; i++)
		json_array_append_new(all, json_real(ns * (1 - noise * log(1 - uniform())) * (uniform() < 0.05 ? 1.5 : 1)));
	return all;
}

/* KERNELS on POINTS / KERNELS problems each; one of them is slower by `factor`. */
static json_t *draw(int slower, double factor, double noise)
{
	json_t *entries = json_array();
	for (int i = 0; i < POINTS; i++)
		json_array_append_new(entries, json_pack("{ss so si ss so}", "impl", "kernel", "problem", json_sprintf("sq:%d", i), "impl_threads", 1, "status", "ok", "samples_ns",
			samples((1000 + 100 * i) * (i % KERNELS == slower ? factor : 1), noise, SAMPLES)));
	return json_pack("{s{s{so} s{} s{} s{}} so}", "context", "canary", "samples_ns", samples(5e4, noise, 200), "machine", "attnbench", "libraries", "benchmarks", entries);
}

static size_t count(const struct comparison *c, enum verdict v)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++)
		n += c->pairs[i].verdict == v;
	return n;
}

static void finds_no_difference_where_there_is_none(void **state)
{
	(void)state;
	for (int run = 0; run < 20; run++) {
		json_t *a = draw(-1, 1, 0.02), *b = draw(-1, 1, 0.02);
		struct comparison c;
		assert_int_equal(compare_sets(a, b, 0.05, &c), 0);
		assert_int_equal(c.n, POINTS);
		assert_int_equal(count(&c, VERDICT_SLOWER), 0);
		assert_int_equal(count(&c, VERDICT_FASTER), 0);
		assert_true(count(&c, VERDICT_SAME) > POINTS / 2);
		compare_free(&c);
		json_decref(a), json_decref(b);
	}
}

/* Of 1000 equal pairs some 50 would differ at 5 % each; the correction leaves next to none, though nothing else is in its way. */
static void asks_often_without_finding_more(void **state)
{
	size_t found = 0;
	(void)state;
	for (int run = 0; run < 20; run++) {
		json_t *a = draw(-1, 1, 0.02), *b = draw(-1, 1, 0.02);
		struct comparison c;
		json_object_set_new(json_object_get(json_object_get(a, "context"), "canary"), "samples_ns", json_pack("[f f]", 1.0, 1.0));
		json_object_set_new(json_object_get(json_object_get(b, "context"), "canary"), "samples_ns", json_pack("[f f]", 1.0, 1.0));
		assert_int_equal(compare_sets(a, b, 0, &c), 0);
		assert_true(c.floor == 0);
		found += count(&c, VERDICT_SLOWER) + count(&c, VERDICT_FASTER);
		compare_free(&c);
		json_decref(a), json_decref(b);
	}
	assert_in_range(found, 0, 3);
}

static size_t count_of_kernel(const struct comparison *c, int kernel, enum verdict v)
{
	size_t n = 0;
	for (size_t i = (size_t)kernel; i < c->n; i += KERNELS)
		n += c->pairs[i].verdict == v;
	return n;
}

/* Most of the kernel's problems, and no other's, whichever of the sets is the base. */
static void finds_ten_percent(void **state)
{
	(void)state;
	for (int run = 0; run < 20; run++) {
		int slower = run % KERNELS;
		json_t *sets[2] = {draw(-1, 1, 0.01), draw(slower, 1.10, 0.01)};
		for (int k = 0; k < 2; k++) {
			enum verdict expected = k ? VERDICT_FASTER : VERDICT_SLOWER, other = k ? VERDICT_SLOWER : VERDICT_FASTER;
			struct comparison c;
			assert_int_equal(compare_sets(sets[k], sets[!k], 0.05, &c), 0);
			assert_in_range(count_of_kernel(&c, slower, expected), POINTS / KERNELS * 7 / 10, POINTS / KERNELS);
			assert_int_equal(count(&c, expected), count_of_kernel(&c, slower, expected));
			assert_int_equal(count(&c, other), 0);
			compare_free(&c);
		}
		json_decref(sets[0]), json_decref(sets[1]);
	}
}

/* Where the canary itself took 20 % longer, 10 % say nothing. */
static void believes_the_canary(void **state)
{
	json_t *a = draw(-1, 1, 0.01), *b = draw(3, 1.10, 0.01);
	struct comparison c;
	(void)state;
	json_object_set_new(json_object_get(json_object_get(b, "context"), "canary"), "samples_ns", samples(6e4, 0.01, 200));
	assert_int_equal(compare_sets(a, b, 0.05, &c), 0);
	assert_true(fabs(c.canary - 1.2) < 0.02 && c.floor >= 0.19);
	assert_int_equal(count(&c, VERDICT_SLOWER), 0);
	compare_free(&c);
	json_decref(a), json_decref(b);
}

/* Too few samples show nothing, whatever they are. */
static void cannot_tell_from_three(void **state)
{
	json_t *a = draw(-1, 1, 0.01), *b = draw(-1, 1, 0.01);
	struct comparison c;
	(void)state;
	json_object_set_new(json_array_get(json_object_get(a, "benchmarks"), 0), "samples_ns", json_pack("[f f f]", 1.0, 1.1, 1.2));
	json_object_set_new(json_array_get(json_object_get(b, "benchmarks"), 0), "samples_ns", json_pack("[f f f]", 9.0, 9.1, 9.2));
	assert_int_equal(compare_sets(a, b, 0.05, &c), 0);
	assert_int_equal(c.pairs[0].verdict, VERDICT_UNKNOWN);
	compare_free(&c);
	json_decref(a), json_decref(b);
}

static void set_of_all(json_t *set, const char *member, json_t *value)
{
	size_t i;
	json_t *e;
	json_array_foreach(json_object_get(set, "benchmarks"), i, e)
		json_object_set(e, member, value);
	json_decref(value);
}

/* A processor that is slower by a fifth for a share of the samples, and of longer pace then. */
static void slow_down(json_t *set, double share, int with_paces)
{
	size_t i;
	json_t *e;
	json_array_foreach(json_object_get(set, "benchmarks"), i, e) {
		json_t *samples = json_object_get(e, "samples_ns"), *paces = json_array();
		for (size_t k = 0; k < SAMPLES; k++) {
			int is_slow = (double)k < share * SAMPLES;
			json_array_set_new(samples, k, json_real((is_slow ? 1.2 : 1) * json_number_value(json_array_get(samples, k))));
			json_array_append_new(paces, json_real((is_slow ? 11500 : 7500) * (1 + 0.01 * uniform())));
		}
		if (with_paces)
			json_object_set(e, "pace_ns", paces);
		json_decref(paces);
	}
}

/* 20 % slower, and other programs took 60 % of the processors meanwhile: caches shared with them explain as much. With 10 % they do not. */
static void believes_others(void **state)
{
	json_t *a = draw(-1, 1, 0.01), *b = draw(2, 1.20, 0.01);
	(void)state;
	for (int share = 10; share <= 60; share += 50) {
		struct comparison c;
		set_of_all(b, "others_percent", json_real(share));
		assert_int_equal(compare_sets(a, b, 0.05, &c), 0);
		assert_true(fabs(c.pairs[2].floor - fmax(c.floor, share / 200.0)) < 1e-12);
		assert_int_equal(count(&c, VERDICT_SLOWER), share == 10 ? POINTS / KERNELS : 0);
		compare_free(&c);
	}
	slow_down(a, 0, 1);
	slow_down(b, 0, 1);
	struct comparison c;
	assert_int_equal(compare_sets(a, b, 0.05, &c), 0);
	assert_true(fabs(c.pairs[2].floor - fmax(c.floor, 0.6 / 4)) < 1e-12); /* samples at one pace: half as much */
	assert_int_equal(count(&c, VERDICT_SLOWER), POINTS / KERNELS);
	compare_free(&c);
	json_decref(a), json_decref(b);
}

/* So it is where the canary took 25 % longer during one case only. */
static void believes_the_canary_of_a_case(void **state)
{
	json_t *a = draw(-1, 1, 0.01), *b = draw(2, 1.20, 0.01);
	struct comparison c;
	(void)state;
	set_of_all(a, "canary_ns", json_real(100));
	set_of_all(b, "canary_ns", json_real(100));
	json_object_set_new(json_array_get(json_object_get(b, "benchmarks"), 2), "canary_ns", json_real(125));
	assert_int_equal(compare_sets(a, b, 0.05, &c), 0);
	assert_int_equal(count(&c, VERDICT_SLOWER), POINTS / KERNELS - 1);
	assert_true(c.pairs[2].verdict != VERDICT_SLOWER);
	compare_free(&c);
	json_decref(a), json_decref(b);
}

/* Disturbed samples, thrice as long, are not those that are compared; where fewer than six are left there is no verdict. */
static void leaves_out_what_was_disturbed(void **state)
{
	json_t *a = draw(-1, 1, 0.01), *b = draw(-1, 1, 0.01), *samples, *waited;
	struct comparison c;
	size_t i;
	(void)state;
	for (int calm = 5; calm <= 6; calm++) {
		json_t *e;
		json_array_foreach(json_object_get(b, "benchmarks"), i, e) {
			samples = json_object_get(e, "samples_ns");
			waited = json_array();
			for (size_t k = 0; k < SAMPLES; k++) {
				int is_calm = k < (size_t)calm;
				if (!is_calm && calm == 5)
					json_array_set_new(samples, k, json_real(3 * json_number_value(json_array_get(samples, k))));
				json_array_append_new(waited, json_real(is_calm ? 0.001 : 0.5));
			}
			json_object_set_new(e, "waited", waited);
		}
		if (calm == 6) /* the sixth was tripled when it was disturbed: take it back */
			json_array_foreach(json_object_get(b, "benchmarks"), i, e) {
				samples = json_object_get(e, "samples_ns");
				json_array_set_new(samples, 5, json_real(json_number_value(json_array_get(samples, 5)) / 3));
			}
		assert_int_equal(compare_sets(a, b, 0.05, &c), 0);
		assert_int_equal(count(&c, VERDICT_UNKNOWN) == POINTS, calm == 5);
		assert_int_equal(count(&c, VERDICT_SLOWER), 0);
		assert_true(calm == 5 || c.pairs[0].ratio.ratio < 1.1);
		compare_free(&c);
	}
	json_decref(a), json_decref(b);
}

/* Passes of which each has a moment of its own, a fifth faster to a fifth slower, that all its samples share. */
static void give_moments(json_t *set, int with_passes)
{
	enum { PASSES = 5, EACH = SAMPLES / PASSES };
	size_t i;
	json_t *e;
	json_array_foreach(json_object_get(set, "benchmarks"), i, e) {
		json_t *samples = json_object_get(e, "samples_ns");
		for (size_t pass = 0; pass < PASSES; pass++) {
			double moment = 0.8 + 0.4 * uniform();
			for (size_t k = pass * EACH; k < (pass + 1) * EACH; k++)
				json_array_set_new(samples, k, json_real(moment * json_number_value(json_array_get(samples, k))));
		}
		if (with_passes)
			json_object_set_new(e, "passes", json_pack("[i i i i i]", EACH, EACH, EACH, EACH, EACH));
	}
}

/* What passes differ by is no difference of the code; taken for independent samples, it is one now and then. */
static void believes_passes(void **state)
{
	size_t found[2] = {0, 0};
	(void)state;
	for (int run = 0; run < 40; run++) {
		json_t *a = draw(-1, 1, 0.01), *b = draw(-1, 1, 0.01);
		struct comparison c;
		give_moments(a, run % 2);
		give_moments(b, run % 2);
		assert_int_equal(compare_sets(a, b, 0.05, &c), 0);
		found[run % 2] += count(&c, VERDICT_SLOWER) + count(&c, VERDICT_FASTER);
		compare_free(&c);
		json_decref(a), json_decref(b);
	}
	print_message("of 1000 pairs each: %zu taken as independent, %zu by passes\n", found[0], found[1]);
	assert_true(found[0] > 50);
	assert_in_range(found[1], 0, 5);
}

/* A kernel that is 10 % slower is found, and no other, though the processor was slow for 6 samples of 15 in the base and for 2 in the other set; without
 * paces it hides behind that. Where it was slow in one set alone, and all the time, nothing can be told. */
static void believes_the_pace(void **state)
{
	(void)state;
	for (int paced = 0; paced < 2; paced++) {
		json_t *a = draw(-1, 1, 0.005), *b = draw(1, 1.10, 0.005);
		struct comparison c;
		slow_down(a, 0.4, paced);
		slow_down(b, 0.1, paced);
		assert_int_equal(compare_sets(a, b, 0.05, &c), 0);
		size_t right = count_of_kernel(&c, 1, VERDICT_SLOWER), wrong = count(&c, VERDICT_SLOWER) - right;
		assert_int_equal(wrong, 0);
		assert_int_equal(right >= POINTS / KERNELS * 7 / 10, paced);
		compare_free(&c);
		json_decref(a), json_decref(b);
	}
	json_t *a = draw(-1, 1, 0.005), *b = draw(-1, 1, 0.005);
	struct comparison c;
	slow_down(a, 0, 1);
	slow_down(b, 1, 1);
	assert_int_equal(compare_sets(a, b, 0.05, &c), 0);
	assert_int_equal(count(&c, VERDICT_UNKNOWN), POINTS);
	assert_true(strstr(c.pairs[0].reason, "processors equally fast") != NULL);
	compare_free(&c);
	json_decref(a), json_decref(b);
}

/* What a busy machine makes of a set: passes, samples of which most waited for up to four fifths of their time, and two in five that the other half of
 * the core made longer by up to a half while the pace beside them did not tell. The canary's the same. Known: the waits are exact. */
enum { BUSY_PASSES = 24, BUSY_EACH = 5, BUSY_SAMPLES = BUSY_PASSES * BUSY_EACH };

static void make_busy(json_t *e, double ns, int known)
{
	json_t *all = json_array(), *waited = json_array(), *paces = json_array(), *passes = json_array();
	for (int i = 0; i < BUSY_SAMPLES; i++) {
		double wait = known && uniform() < 0.1 ? 0 : 0.02 + 0.78 * uniform(), own = ns * (1 + 0.01 * uniform()) * (uniform() < 0.4 ? 1 + 0.5 * uniform() : 1);
		json_array_append_new(all, json_real(own / (1 - wait)));
		json_array_append_new(waited, json_real(wait));
		json_array_append_new(paces, json_real(14500 * (1 + 0.01 * uniform())));
		if (i % BUSY_EACH == 0)
			json_array_append_new(passes, json_integer(BUSY_EACH));
	}
	json_object_set_new(e, "samples_ns", all);
	json_object_set_new(e, "waited", waited);
	json_object_set_new(e, "pace_ns", paces);
	json_object_set_new(e, "others_percent", json_real(80));
	if (known)
		json_object_set_new(e, "waits_are_exact", json_true());
	if (json_object_get(e, "problem"))
		json_object_set(e, "passes", passes);
	json_decref(passes);
}

static json_t *draw_busy(int slower, double factor, double canary, int known)
{
	json_t *set = draw(-1, 1, 0.01), *e;
	size_t i;
	json_array_foreach(json_object_get(set, "benchmarks"), i, e)
		make_busy(e, (1000 + 100 * (double)i) * ((int)i % KERNELS == slower ? factor : 1), known);
	make_busy(json_object_get(json_object_get(set, "context"), "canary"), 5e4 * canary, known);
	return set;
}

/* 10 % are found where nothing was left alone, and no other difference; not where it is unknown what waits were, nor where the canary took 12 % longer too. */
static void believes_the_least_disturbed(void **state)
{
	size_t right = 0, wrong = 0;
	(void)state;
	for (int run = 0; run < 20; run++) {
		json_t *a = draw_busy(-1, 1, 1, 1), *b = draw_busy(run % KERNELS, 1.1, 1, 1);
		struct comparison c;
		assert_int_equal(compare_sets(a, b, 0.05, &c), 0);
		right += count_of_kernel(&c, run % KERNELS, VERDICT_SLOWER);
		wrong += count(&c, VERDICT_SLOWER) - count_of_kernel(&c, run % KERNELS, VERDICT_SLOWER) + count(&c, VERDICT_FASTER);
		compare_free(&c);
		json_decref(a), json_decref(b);
	}
	print_message("10 %% slower: found %zu of %d, and %zu where there was none\n", right, 20 * POINTS / KERNELS, wrong);
	assert_in_range(right, 20 * POINTS / KERNELS * 8 / 10, 20 * POINTS / KERNELS);
	assert_int_equal(wrong, 0);
	for (int known = 0; known < 2; known++) {
		json_t *a = draw_busy(-1, 1, 1, known), *b = draw_busy(1, 1.1, known ? 1.12 : 1, known);
		struct comparison c;
		assert_int_equal(compare_sets(a, b, 0.05, &c), 0);
		assert_int_equal(count(&c, VERDICT_SLOWER), 0);
		compare_free(&c);
		json_decref(a), json_decref(b);
	}
}

static void lists_what_came_and_went(void **state)
{
	json_t *a = draw(-1, 1, 0.01), *b = draw(-1, 1, 0.01), *e = json_array_get(json_object_get(b, "benchmarks"), 7);
	struct comparison c;
	(void)state;
	json_object_set_new(e, "problem", json_string("sq:other"));
	json_object_set_new(json_array_get(json_object_get(b, "benchmarks"), 8), "status", json_string("crashed"));
	json_object_set_new(json_object_get(json_object_get(b, "context"), "machine"), "cpu", json_string("another"));
	assert_int_equal(compare_sets(a, b, 0.05, &c), 0);
	assert_int_equal(c.n, POINTS + 1);
	assert_int_equal(c.pairs[7].verdict, VERDICT_VANISHED);
	assert_int_equal(c.pairs[8].verdict, VERDICT_BROKEN);
	assert_int_equal(c.pairs[POINTS].verdict, VERDICT_APPEARED);
	assert_int_equal(c.n_differences, 1);
	assert_true(verdict_is_regression(VERDICT_BROKEN) && verdict_is_regression(VERDICT_SLOWER) && !verdict_is_regression(VERDICT_VANISHED));
	compare_free(&c);
	json_decref(a), json_decref(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(finds_no_difference_where_there_is_none), cmocka_unit_test(asks_often_without_finding_more), cmocka_unit_test(finds_ten_percent),
		cmocka_unit_test(believes_the_canary), cmocka_unit_test(cannot_tell_from_three), cmocka_unit_test(believes_others), cmocka_unit_test(believes_the_canary_of_a_case),
		cmocka_unit_test(leaves_out_what_was_disturbed), cmocka_unit_test(believes_passes), cmocka_unit_test(believes_the_pace), cmocka_unit_test(believes_the_least_disturbed), cmocka_unit_test(lists_what_came_and_went)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
