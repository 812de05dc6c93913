/* Reads workload files.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/workload.h"
#include "harness/command.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const blanks = " \t\r\n";

const char *workload_default_path(void)
{
	return data_path("harness/workloads.txt");
}

static char *word(char **rest)
{
	char *start = *rest + strspn(*rest, blanks);
	char *end = start + strcspn(start, blanks);
	*rest = *end ? end + 1 : end;
	*end = 0;
	return start;
}

static struct workload *append(struct workload_list *list)
{
	struct workload *grown = realloc(list->entries, (list->n + 1) * sizeof *grown);
	if (!grown)
		return NULL;
	list->entries = grown;
	return memset(&grown[list->n++], 0, sizeof *grown);
}

static int is_known(const struct workload_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->entries[i].name, name))
			return 1;
	return 0;
}

/* NAME KEY SOURCE. NULL, or what is wrong. */
static const char *read_line(char *line, struct workload_list *list, char *text, size_t size)
{
	char *rest = line, *name = word(&rest), *key = word(&rest), *source = rest + strspn(rest, blanks);
	struct attn_problem problem;
	source[strcspn(source, "\r\n")] = 0;
	if (!*name || *name == '#')
		return NULL;
	if (strlen(name) >= sizeof list->entries->name)
		return "the name is longer than 63 characters";
	if (!*key)
		return "there is no problem key after the name: expected NAME KEY SOURCE";
	if (!*source)
		return "there is no source after the key: expected where the shape comes from";
	if (attn_problem_parse(key, &problem, text, size) != ATTN_OK)
		return text;
	if (is_known(list, name))
		return snprintf(text, size, "the name \"%s\" is there already", name), text;
	struct workload *w = append(list);
	if (!w)
		return "no memory";
	snprintf(w->name, sizeof w->name, "%s", name);
	snprintf(w->source, sizeof w->source, "%s", source);
	w->problem = problem;
	return NULL;
}

int workload_read(const char *path, struct workload_list *list, char *why, size_t size)
{
	char line[2048], text[1400];
	const char *wrong = NULL;
	size_t before = list->n, number = 0;
	FILE *f = fopen(path, "r");
	if (!f)
		return snprintf(why, size, "workload file %s: %s", path, strerror(errno)), -1;
	while (!wrong && fgets(line, sizeof line, f)) {
		number++;
		wrong = strlen(line) == sizeof line - 1 ? "the line is longer than 2046 characters" : read_line(line, list, text, sizeof text);
	}
	int unreadable = ferror(f);
	fclose(f);
	if (!wrong && unreadable)
		wrong = "it could not be read";
	if (!wrong && list->n == before)
		wrong = "it has no workload: expected lines of NAME KEY SOURCE";
	if (!wrong)
		return 0;
	snprintf(why, size, "workload file %s, line %zu: %s", path, number, wrong);
	list->n = before;
	return -1;
}

void workload_free(struct workload_list *list)
{
	free(list->entries);
	*list = (struct workload_list){NULL, 0};
}

int workload_matches(const struct workload *w, const char *asked)
{
	size_t n = strlen(asked);
	return !fnmatch(asked, w->name, 0) || (!strncmp(w->name, asked, n) && w->name[n] == '/');
}
