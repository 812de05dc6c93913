/* The list of facts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/machine.h"
#include "harness/counters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fact *append(struct fact_list *list, const char *group, const char *name)
{
	struct fact *grown = realloc(list->facts, (list->n + 1) * sizeof *grown);
	if (!grown)
		return NULL;
	list->facts = grown;
	struct fact *f = memset(&grown[list->n++], 0, sizeof *grown);
	snprintf(f->group, sizeof f->group, "%s", group);
	snprintf(f->name, sizeof f->name, "%s", name);
	return f;
}

void fact_add(struct fact_list *list, const char *group, const char *name, const char *value)
{
	struct fact *f = append(list, group, name);
	if (f)
		snprintf(f->value, sizeof f->value, "%s", value && *value ? value : "not available");
}

void fact_add_number(struct fact_list *list, const char *group, const char *name, double value)
{
	struct fact *f = append(list, group, name);
	if (!f)
		return;
	f->is_number = 1;
	snprintf(f->value, sizeof f->value, "%.17g", value);
}

const char *fact_find(const struct fact_list *list, const char *group, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->facts[i].group, group) && !strcmp(list->facts[i].name, name))
			return list->facts[i].value;
	return NULL;
}

void facts_free(struct fact_list *list)
{
	free(list->facts);
	*list = (struct fact_list){NULL, 0};
}

void facts_collect(struct fact_list *list)
{
	*list = (struct fact_list){NULL, 0};
	facts_of_build(list);
	facts_of_cpu(list);
	facts_of_system(list);
	facts_of_counters(list);
	facts_of_libraries(list);
	facts_of_environment(list);
}

char *machine_line(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "r");
	*text = 0;
	if (!f)
		return text;
	if (!fgets(text, (int)size, f))
		*text = 0;
	fclose(f);
	text[strcspn(text, "\n")] = 0;
	return text;
}
