/* Reads a file of JSON and tells by its members what it is.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/report.h"
#include "harness/command.h"
#include "reports/output.h"
#include "reports/scaling.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *text_of(const json_t *object, const char *member, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(object, member));
	return text ? text : otherwise;
}

double number_of(const json_t *object, const char *member)
{
	const json_t *value = json_object_get(object, member);
	return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

/* The file's name without folder and ".json"; bytes that are not UTF-8 become '?'. */
static char *label_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *label = strdup(slash ? slash + 1 : path);
	if (!label)
		return NULL;
	size_t length = strlen(label);
	if (length > 5 && !strcmp(label + length - 5, ".json"))
		label[length - 5] = 0;
	json_t *valid = json_string(label);
	for (char *c = label; !valid && *c; c++)
		*c = (unsigned char)*c < 128 ? *c : '?';
	json_decref(valid);
	return label;
}

/* The names of an object's members, for a message. */
static void describe(const json_t *value, char *text, size_t size)
{
	static const char *const types[] = {[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array",   [JSON_STRING] = "a string", [JSON_INTEGER] = "a number",
	                                    [JSON_REAL] = "a number",    [JSON_TRUE] = "true", [JSON_FALSE] = "false",   [JSON_NULL] = "null"};
	size_t used = (size_t)snprintf(text, size, "%s", types[json_typeof(value)]);
	const char *name, *before = " with the members ";
	json_t *member;
	json_object_foreach((json_t *)(uintptr_t)value, name, member)
	{
		if (used < size)
			used += (size_t)snprintf(text + used, size - used, "%s\"%.40s\"", before, name);
		before = ", ";
	}
	if (json_is_object(value) && !json_object_size(value) && used < size)
		snprintf(text + used, size - used, " without members");
}

static int add_checks(struct report *r, const char *path, json_t *root)
{
	const json_t *results = json_object_get(root, "results");
	size_t i;
	json_t *entry;
	json_array_foreach(results, i, entry) for (const char *const *m = (const char *const[]){"impl", "suite", "case", "status", NULL}; *m; m++)
	{
		char found[256] = "nothing";
		const json_t *value = json_object_get(entry, *m);
		if (json_is_string(value))
			continue;
		if (value)
			describe(value, found, sizeof found);
		json_decref(root);
		return command_fail(EXIT_ENVIRONMENT, "%s: results[%zu].%s: expected a string, found %s", path, i, *m, found);
	}
	struct check_set *checks = realloc(r->checks, (r->check_count + 1) * sizeof *checks);
	if (!checks) {
		json_decref(root);
		return command_fail(EXIT_ENVIRONMENT, "%s: no memory", path);
	}
	r->checks = checks;
	checks[r->check_count++] = (struct check_set){path, label_of(path), root, results};
	return 0;
}

static int add_set(struct report *r, const char *path, json_t *root)
{
	const json_t *benchmarks = json_object_get(root, "benchmarks");
	struct result_set *sets = realloc(r->sets, (r->set_count + 1) * sizeof *sets);
	if (!sets) {
		json_decref(root);
		return command_fail(EXIT_ENVIRONMENT, "%s: no memory", path);
	}
	r->sets = sets;
	struct result_set *set = &sets[r->set_count++];
	*set = (struct result_set){path, label_of(path), root, json_object_get(root, "context"), NULL, 0};
	if (!json_array_size(benchmarks))
		return command_fail(EXIT_ENVIRONMENT, "%s: the result set is empty: \"benchmarks\" has no entries", path);
	return points_parse(set, benchmarks);
}

int report_load(struct report *r, const char *path)
{
	json_error_t error;
	char found[512];
	FILE *file = fopen(path, "rb");
	if (!file)
		return command_fail(EXIT_ENVIRONMENT, "%s: cannot be opened: %s", path, strerror(errno));
	json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
	int read_error = ferror(file) ? errno : 0;
	fclose(file);
	if (read_error) {
		json_decref(root);
		return command_fail(EXIT_ENVIRONMENT, "%s: cannot be read: %s", path, strerror(read_error));
	}
	if (!root)
		return command_fail(EXIT_ENVIRONMENT, "%s: line %d, column %d: not JSON: %s", path, error.line, error.column, error.text);
	if (json_is_array(json_object_get(root, "benchmarks")) && json_is_object(json_object_get(root, "context")))
		return add_set(r, path, root);
	if (json_is_array(json_object_get(root, "results")) && json_is_object(json_object_get(root, "summary")))
		return add_checks(r, path, root);
	if (scaling_is(root))
		return scaling_add(r, path, root);
	describe(root, found, sizeof found);
	const char *missing = json_object_get(root, "benchmarks") || json_object_get(root, "context")
	                              ? (json_is_array(json_object_get(root, "benchmarks")) ? " (\"context\" is missing or no object)"
	                                                                                    : " (\"benchmarks\" is missing or no array)")
	                              : "";
	json_decref(root);
	return command_fail(EXIT_ENVIRONMENT,
	                    "%s: not a result set%s: expected an object with \"context\" (an object) and \"benchmarks\" (an array), or with \"summary\" and "
	                    "\"results\" as check --format json writes it; found %s",
	                    path, missing, found);
}
