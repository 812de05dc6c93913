/* Lists of cases.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/suite.h"
#include "conformance/trial.h"
#include "harness/problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct check_case *grow(struct case_list *list)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		struct check_case *cases = realloc(list->cases, room * sizeof *cases);
		if (!cases)
			return snprintf(list->why, sizeof list->why, "no memory for the list of cases"), NULL;
		list->cases = cases;
		list->room = room;
	}
	return &list->cases[list->count++];
}

struct check_case *case_add_problem(struct case_list *list, const struct attn_problem *p, const char *recipe, uint64_t seed)
{
	char key[ATTN_KEY_SIZE], name[ATTN_KEY_SIZE + 64];
	struct check_case *c = grow(list);
	if (!c)
		return NULL;
	attn_problem_print(p, key);
	snprintf(name, sizeof name, "%s/inputs:%s/seed:%llu", key, recipe, (unsigned long long)seed);
	*c = (struct check_case){strdup(name), *p, recipe, seed, -1, trial_plain, NULL};
	return c;
}

struct check_case *case_add(struct case_list *list, const char *key, const char *recipe, uint64_t seed)
{
	struct attn_problem p;
	if (attn_problem_parse(key, &p, list->why, sizeof list->why) != ATTN_OK)
		return NULL;
	return case_add_problem(list, &p, recipe, seed);
}

struct check_case *case_add_test(struct case_list *list, const char *key, const char *what, void (*test)(struct trial *trial))
{
	char name[ATTN_KEY_SIZE + 64];
	struct check_case *c = case_add(list, key, "normal", 1);
	if (!c)
		return NULL;
	snprintf(name, sizeof name, "%s/%s", key, what);
	case_rename(c, name);
	c->test = test;
	return c;
}

void case_rename(struct check_case *c, const char *name)
{
	free(c->name);
	c->name = strdup(name);
}

void case_list_free(struct case_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->cases[i].name);
	free(list->cases);
	*list = (struct case_list){0};
}
