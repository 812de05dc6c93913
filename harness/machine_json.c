/* Facts and roofs as JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/machine_json.h"
#include "harness/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_JANSSON
json_t *facts_json(const struct fact_list *list, const char *group)
{
	json_t *object = json_object();
	for (size_t i = 0; i < list->n; i++) {
		const struct fact *f = &list->facts[i];
		double x = f->is_number ? strtod(f->value, NULL) : 0;
		if (strcmp(f->group, group))
			continue;
		json_t *text = f->is_number ? NULL : json_string(f->value); /* NULL also: not UTF-8 */
		if (!f->is_number)
			json_object_set_new(object, f->name, text ? text : json_string("not UTF-8"));
		else
			json_object_set_new(object, f->name, x == (double)(json_int_t)x ? json_integer((json_int_t)x) : json_real(x));
	}
	return object;
}

/* The member of that name, made where there is none. */
static json_t *member(json_t *object, const char *name)
{
	json_t *found = json_object_get(object, name);
	if (!found) {
		found = json_object();
		json_object_set_new(object, name, found);
	}
	return found;
}

json_t *roofs_json(const struct roofs *r)
{
	json_t *all = json_object(), *flops = member(all, "flops"), *by_isa = member(all, "flops_by_isa"), *bandwidth = member(all, "bandwidth");
	for (size_t i = 0; i < r->n; i++) {
		const struct roof *x = &r->roofs[i];
		char threads[16];
		snprintf(threads, sizeof threads, "%d", x->threads);
		if (!*x->isa) {
			json_object_set_new(member(bandwidth, x->name), threads, json_real(x->value));
			continue;
		}
		json_object_set_new(member(member(by_isa, x->isa), x->name), threads, json_real(x->value));
		json_object_set_new(member(flops, x->name), threads, json_real(roof_peak(r, x->name, x->threads)));
	}
	return all;
}

int facts_print_json(const struct fact_list *list, const struct roofs *r)
{
	static const char *const groups[] = {"attnbench", "machine", "libraries", "environment"};
	json_t *all = json_object();
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		json_object_set_new(all, groups[i], facts_json(list, groups[i]));
	if (r)
		json_object_set_new(all, "roofs", roofs_json(r));
	int failed = json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	puts("");
	json_decref(all);
	return failed || fflush(stdout) ? command_fail(EXIT_ENVIRONMENT, "info: the JSON could not be written") : EXIT_OK;
}
#else
int facts_print_json(const struct fact_list *list, const struct roofs *r)
{
	(void)list, (void)r;
	return command_fail(EXIT_ENVIRONMENT, "info: --json: this build has no jansson: " WHY_JANSSON);
}
#endif
