/* attnbench info.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/list.h"
#include "harness/machine.h"
#include "harness/machine_json.h"
#include "harness/roof.h"
#include "harness/wrap.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct info_options {
	int measure, json;
};

static const struct argp_option options[] = {
	{"measure", 'm', NULL, 0, "measure the roofs: FLOP/s of each instruction set, read bandwidth of each level of memory, for 1 to all threads", 0},
	{"json", 'j', NULL, 0, "print JSON", 0},
	{0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct info_options *o = state->input;
	(void)argument;
	if (key == 'm')
		o->measure = 1;
	else if (key == 'j')
		o->json = 1;
	else
		return ARGP_ERR_UNKNOWN;
	return 0;
}

static void print_facts(const struct fact_list *list)
{
	enum { NAMES = 23 };
	for (size_t i = 0; i < list->n; i++) {
		const struct fact *f = &list->facts[i];
		if (i == 0 || strcmp(f->group, list->facts[i - 1].group))
			printf("%s%s\n", i ? "\n" : "", f->group);
		char name[64];
		snprintf(name, sizeof name, "  %s", f->name);
		if (NAMES + 2 + (int)wrap_length(f->value, 1, "") > wrap_columns(stdout)) /* a checksum: whole, so that it can be copied */
			printf("%s\n    ", name), wrap_put(stdout, f->value, &(struct wrap){WRAP_COLUMNS, 4, 4, "", ""});
		else
			list_row(name, NAMES, f->value);
	}
}

static void print_roofs(const struct roofs *r)
{
	puts("\nroofs");
	for (size_t i = 0; i < r->n; i++) {
		const struct roof *x = &r->roofs[i];
		printf("  %-5s %-12s %3d thread%-2s %9.1f %s\n", x->name, x->isa, x->threads, x->threads == 1 ? "" : "s", x->value * 1e-9, *x->isa ? "GFLOP/s" : "GB/s read");
	}
}

/* 1, 2, 4 … and all. */
static size_t thread_counts(int counts[32])
{
	int all = machine_cpus();
	size_t n = 0;
	for (int t = 1; t < all && n < 31; t *= 2)
		counts[n++] = t;
	counts[n++] = all;
	return n;
}

int command_info(int argc, char **argv)
{
	static const struct argp argp = {options, parse, "", "Says what a measurement on this machine depends on.", NULL, NULL, NULL};
	struct info_options o = {0, 0};
	struct fact_list facts;
	struct roofs *roofs = calloc(1, sizeof *roofs);
	char why[256];
	int counts[32];
	struct roof_request request = {counts, thread_counts(counts), 0.1, 1};
	int status = EXIT_OK;

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (!roofs)
		return command_fail(EXIT_ENVIRONMENT, "info: no memory");
	if (o.measure && roofs_measure(&request, roofs, why, sizeof why))
		status = command_fail(EXIT_ENVIRONMENT, "info: the roofs could not be measured: %s", why);
	facts_collect(&facts);
	if (status == EXIT_OK && o.json)
		status = facts_print_json(&facts, o.measure ? roofs : NULL);
	else if (status == EXIT_OK)
		print_facts(&facts);
	if (status == EXIT_OK && o.measure && !o.json)
		print_roofs(roofs);
	facts_free(&facts);
	free(roofs);
	return status;
}
