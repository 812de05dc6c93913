/* The conformance matrix is counted here.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/matrix.h"

#include <stdlib.h>
#include <string.h>

int check_failed(const json_t *entry)
{
	const char *status = text_of(entry, "status", "");
	return strcmp(status, "passed") && strcmp(status, "skipped");
}

static int add_column(struct matrix *m, const char *suite, const char *before, const char *name)
{
	const char **suites = realloc(m->suites, (m->suite_count + 1) * sizeof *suites);
	if (suites)
		m->suites = suites;
	char **names = suites ? realloc(m->names, (m->suite_count + 1) * sizeof *names) : NULL;
	if (!names)
		return -1;
	m->names = names;
	suites[m->suite_count] = suite;
	if (asprintf(&names[m->suite_count], "%s%s", before, name) < 0)
		return -1;
	m->suite_count++;
	return 0;
}

static size_t column_of(const struct matrix *m, const char *suite)
{
	size_t i = 0;
	while (i < m->suite_count && (!m->suites[i] || strcmp(m->suites[i], suite)))
		i++;
	return i;
}

static int add_suites(const struct report *r, struct matrix *m)
{
	size_t i;
	json_t *e;
	for (size_t n = 0; n < r->check_count; n++)
		json_array_foreach(r->checks[n].results, i, e)
		{
			const char *suite = text_of(e, "suite", "");
			if (column_of(m, suite) == m->suite_count && add_column(m, suite, "", suite))
				return -1;
		}
	for (size_t s = 0; s < r->set_count; s++)
		if (add_column(m, NULL, r->set_count > 1 ? "sweep " : "sweep", r->set_count > 1 ? r->sets[s].label : ""))
			return -1;
	return 0;
}

static struct matrix_cell *cell_at(struct matrix *m, const char *impl, size_t column)
{
	for (size_t i = 0; i < m->impl_count; i++)
		if (!strcmp(m->impls[i], impl))
			return &m->cells[i * m->suite_count + column];
	return NULL;
}

static void count_check(struct matrix *m, const json_t *e)
{
	struct matrix_cell *c = cell_at(m, text_of(e, "impl", ""), column_of(m, text_of(e, "suite", "")));
	if (!c)
		return;
	int failed = check_failed(e), passed = !strcmp(text_of(e, "status", ""), "passed");
	if (!passed && (!c->why || (failed && !c->failed)))
		c->why = text_of(e, "reason", "");
	c->failed += (size_t)failed;
	c->passed += (size_t)passed;
	c->refused += !failed && !passed;
}

static void count_point(struct matrix *m, size_t column, const struct point *p)
{
	struct matrix_cell *c = cell_at(m, p->impl, column);
	if (!c)
		return;
	int failed = p->status == POINT_FAILED || p->status == POINT_CRASHED || p->status == POINT_TIMEOUT;
	if (p->status != POINT_OK && (!c->why || (failed && !c->failed)))
		c->why = p->reason;
	c->failed += (size_t)failed;
	c->passed += p->status == POINT_OK;
	c->refused += p->status == POINT_REFUSED;
	c->left_out += p->status == POINT_SKIPPED;
}

int matrix_make(const struct report *r, struct matrix *m)
{
	size_t i;
	json_t *e;
	*m = (struct matrix){.impls = r->impls};
	while (m->impl_count < r->impl_count && !impl_is_limit(r->impls[m->impl_count]))
		m->impl_count++;
	if (add_suites(r, m))
		return -1;
	m->cells = calloc(m->impl_count * m->suite_count + 1, sizeof *m->cells);
	if (!m->cells)
		return -1;
	for (size_t n = 0; n < r->check_count; n++)
		json_array_foreach(r->checks[n].results, i, e) count_check(m, e);
	for (size_t s = 0; s < r->set_count; s++)
		for (i = 0; i < r->sets[s].count; i++)
			count_point(m, m->suite_count - r->set_count + s, &r->sets[s].points[i]);
	return 0;
}

void matrix_free(struct matrix *m)
{
	for (size_t i = 0; i < m->suite_count; i++)
		free(m->names[i]);
	free(m->names);
	free(m->suites);
	free(m->cells);
}

void matrix_cell_text(const struct matrix_cell *c, FILE *out)
{
	const char *join = "";
	if (c->failed)
		fprintf(out, "✗ %zu of %zu", c->failed, c->failed + c->passed);
	else if (c->passed)
		fprintf(out, "✓ %zu", c->passed);
	join = c->failed || c->passed ? ", " : "";
	if (c->refused)
		fprintf(out, "%s– refused %zu", join, c->refused);
	join = c->failed || c->passed || c->refused ? ", " : "";
	if (c->left_out)
		fprintf(out, "%s– skipped %zu", join, c->left_out);
	if (!c->failed && !c->passed && !c->refused && !c->left_out)
		fputs("not run", out);
}

const char *matrix_cell_class(const struct matrix_cell *c)
{
	return c->failed ? "failed" : c->passed ? "passed" : c->refused || c->left_out ? "refused" : "none";
}
