/* Which conditions of the machine and the build a sweep warns of.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/counters.h"
#include "harness/sweep_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Facts are made up here, of a machine with 4 processors. */
void facts_of_build(struct fact_list *list) { (void)list; }
void facts_of_cpu(struct fact_list *list) { (void)list; }
void facts_of_counters(struct fact_list *list) { (void)list; }
void facts_of_libraries(struct fact_list *list) { (void)list; }
void facts_of_environment(struct fact_list *list) { (void)list; }
int machine_cpus(void) { return 4; }

struct condition {
	const char *group, *name, *value; /* a fact in place of the usual one; NULL: none */
	struct machine_load before, after;
	int threads;
	const char *warning; /* what is warned of; NULL: nothing */
};

/* 1000 ticks passed, of which this program worked 500. */
#define LOAD(average) {{average, 0, 0}, 0, 0, 0, 0}
#define LATER(steal, busy) {{0, 0, 0}, steal, busy, 1000, 500}

static const struct condition conditions[] = {
	{NULL, NULL, NULL, LOAD(0.1), LATER(0, 500), 4, NULL},
	{NULL, NULL, NULL, LOAD(0.8), LATER(0, 550), 4, NULL},
	{NULL, NULL, NULL, LOAD(0.9), LATER(0, 500), 4, "load average 0.9 on 4 processors before the run: other work disturbed it"},
	{NULL, NULL, NULL, LOAD(0), LATER(0, 700), 4, "other programs worked 20 % of the processors' time during the run"},
	{NULL, NULL, NULL, LOAD(0), LATER(50, 500), 4, "the hypervisor gave 5.0 % of the processors' time to others (steal)"},
	{"machine", "governor", "powersave", LOAD(0), LATER(0, 500), 4, "the frequency governor is powersave"},
	{"machine", "governor", "not available", LOAD(0), LATER(0, 500), 4, NULL},
	{"attnbench", "sanitizers", "address", LOAD(0), LATER(0, 500), 4, "built with sanitizers (address): the times mean nothing"},
	{"attnbench", "optimised", "no", LOAD(0), LATER(0, 500), 4, "built without optimisation: a debug build's times mean nothing"},
	{NULL, NULL, NULL, LOAD(0), LATER(0, 500), 5, "5 threads on 4 processors"},
};

static const char *const usual[][3] = {{"machine", "governor", "performance"}, {"attnbench", "sanitizers", "none"}, {"attnbench", "optimised", "yes"}};

static void warns(const struct condition *c)
{
	int64_t threads = c->threads;
	struct sweep s = {.before = c->before, .options = {.threads = {&threads, 1}}};
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		fact_add(&s.facts, usual[i][0], usual[i][1], c->name && !strcmp(c->name, usual[i][1]) ? c->value : usual[i][2]);
	json_t *all = set_warnings(&s, &c->after);
	assert_int_equal(json_array_size(all), c->warning != NULL);
	if (c->warning)
		assert_string_equal(json_string_value(json_array_get(all, 0)), c->warning);
	json_decref(all);
	facts_free(&s.facts);
}

static void each_condition(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
		print_message("# %s\n", conditions[i].warning ? conditions[i].warning : "nothing to warn of");
		warns(&conditions[i]);
	}
}

/* All at once: none hides another. */
static void all_together(void **state)
{
	(void)state;
	int64_t threads[] = {1, 8, 9};
	struct sweep s = {.before = LOAD(4), .options = {.threads = {threads, 3}}};
	struct machine_load after = LATER(100, 900);
	fact_add(&s.facts, "machine", "governor", "powersave");
	fact_add(&s.facts, "attnbench", "sanitizers", "address,undefined");
	fact_add(&s.facts, "attnbench", "optimised", "no");
	json_t *all = set_warnings(&s, &after);
	assert_int_equal(json_array_size(all), 8);
	json_decref(all);
	facts_free(&s.facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_condition), cmocka_unit_test(all_together)};
	return cmocka_run_group_tests_name("warnings", tests, NULL, NULL);
}
