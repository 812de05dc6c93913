/* attnbench list workloads.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/command_json.h"
#include "harness/list.h"
#include "harness/workload.h"

#include <stdio.h>

static void print(const struct workload_list *list, enum list_format format)
{
	int width = 0;
	for (size_t i = 0; i < list->n; i++)
		width = list_wider(width, list->entries[i].name);
	for (size_t i = 0; i < list->n; i++) {
		char text[ATTN_KEY_SIZE];
		attn_problem_print(&list->entries[i].problem, text);
		if (format == LIST_NAMES)
			puts(list->entries[i].name);
		else
			list_row_joined(list->entries[i].name, width, text, "/");
	}
}

#ifdef HAVE_JANSSON
static int print_json(const struct workload_list *list)
{
	json_t *array = json_array();
	for (size_t i = 0; i < list->n; i++) {
		const struct workload *w = &list->entries[i];
		char key[ATTN_KEY_SIZE];
		attn_problem_print(&w->problem, key);
		json_array_append_new(array, list_object("name", w->name, "problem", key, "source", w->source, NULL));
	}
	return command_print_json(array);
}
#else
static int print_json(const struct workload_list *list) { return (void)list, EXIT_ENVIRONMENT; }
#endif

int list_workloads(enum list_format format)
{
	struct workload_list list = {NULL, 0};
	char why[4608];
	int status = EXIT_OK;
	if (workload_read(workload_default_path(), &list, why, sizeof why))
		return command_fail(EXIT_ENVIRONMENT, "%s", why);
	if (format == LIST_JSON)
		status = print_json(&list);
	else
		print(&list, format);
	workload_free(&list);
	return status;
}
