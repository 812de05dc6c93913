/* Where the numbers come from: the whole context of each result set, as it stands in the file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/html.h"
#include "reports/output.h"

#include <inttypes.h>
#include <string.h>

static void put_scalar(FILE *out, const json_t *value)
{
	char number[NUMBER_SIZE];
	if (json_is_string(value))
		put_html(out, json_string_value(value));
	else if (json_is_integer(value))
		fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		fputs(show_exact(json_real_value(value), number), out);
	else
		fputs(json_is_true(value) ? "yes" : json_is_false(value) ? "no" : "none", out);
}

static void put_value(FILE *out, const json_t *value);

static void put_object(FILE *out, const json_t *object)
{
	const char *name;
	json_t *member;
	fputs("<dl>", out);
	json_object_foreach((json_t *)(uintptr_t)object, name, member)
	{
		put_element(out, "dt", "", name);
		fputs("<dd>", out);
		put_value(out, member);
		fputs("</dd>\n", out);
	}
	fputs("</dl>", out);
}

static void put_value(FILE *out, const json_t *value)
{
	size_t i;
	json_t *member;
	if (json_is_object(value)) {
		put_object(out, value);
	} else if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
		fputs("<ol>", out);
		json_array_foreach(value, i, member)
		{
			fputs("<li>", out);
			put_value(out, member);
			fputs("</li>", out);
		}
		fputs("</ol>", out);
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, member)
		{
			fputs(i ? ", " : "", out);
			put_value(out, member);
		}
		fputs(json_array_size(value) ? "" : "none", out);
	} else {
		put_scalar(out, value);
	}
}

/* The few lines that people ask for first. */
static void put_summary(struct page *g, const struct result_set *set)
{
	static const struct {
		const char *group, *member, *label;
	} lines[] = {{"machine", "cpu", "processor"},     {"machine", "isa", "instruction set"}, {"machine", "cores", "cores"},
	             {"machine", "os", "system"},         {"machine", "kernel", "kernel"},        {"machine", "governor", "governor"},
	             {"attnbench", "version", "version"}, {"attnbench", "commit", "commit"},      {"attnbench", "compiler", "compiler"},
	             {"attnbench", "cflags", "flags"},    {NULL, "date", "date"},                {NULL, "command", "command"}};
	fputs("<dl class=\"summary\">\n", g->out);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		const json_t *from = lines[i].group ? json_object_get(set->context, lines[i].group) : set->context;
		const json_t *value = json_object_get(from, lines[i].member);
		fprintf(g->out, "<dt>%s</dt><dd>", lines[i].label);
		if (value)
			put_scalar(g->out, value);
		else
			fputs("not recorded", g->out);
		fputs("</dd>\n", g->out);
	}
	fputs("</dl>\n", g->out);
}

void html_provenance(struct page *g)
{
	for (size_t s = 0; s < g->r->set_count; s++) {
		const struct result_set *set = &g->r->sets[s];
		put_element(g->out, "h3", "", set->label);
		fputs("\n<p>File: <code>", g->out);
		put_html(g->out, set->label);
		fprintf(g->out, ".json</code>, %zu points.</p>\n", set->count);
		put_summary(g, set);
		fputs("<details class=\"context\">\n<summary>The whole context of the run</summary>\n", g->out);
		put_object(g->out, set->context);
		fputs("</details>\n", g->out);
	}
}
