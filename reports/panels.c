/* Points fall into panels: everything equal but implementation and length.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/report.h"
#include "reports/scaling.h"

#include <stdlib.h>
#include <string.h>

int impl_is_limit(const char *name)
{
	return !strncmp(name, "limits/", 7);
}

static enum panel_kind kind_of(const struct point *p)
{
	return p->shape[SHAPE_SQ] == p->shape[SHAPE_SKV] ? PANEL_SELF : p->shape[SHAPE_SQ] == 1 ? PANEL_DECODE : PANEL_CROSS;
}

/* The key without the fields that run: skv always, sq where it follows skv. */
static char *panel_key(const struct point *p)
{
	char *key = malloc(strlen(p->problem) + 1), *to = key;
	int keep_sq = kind_of(p) != PANEL_SELF;
	for (const char *at = p->problem; key && *at;) {
		size_t n = strcspn(at, "/");
		int runs = !strncmp(at, "skv:", 4) || (!keep_sq && !strncmp(at, "sq:", 3));
		if (!runs) {
			if (to != key)
				*to++ = '/';
			memcpy(to, at, n);
			to += n;
		}
		at += n + (at[n] == '/');
	}
	if (key)
		*to = 0;
	return key;
}

static struct panel *find_panel(struct report *r, size_t set, const struct point *p, const char *key)
{
	for (size_t i = 0; i < r->panel_count; i++) {
		struct panel *q = &r->panels[i];
		if (q->set == set && q->threads == p->threads && q->kind == kind_of(p) && !strcmp(q->key, key) && !strcmp(q->workload, p->workload))
			return q;
	}
	return NULL;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static int add_length(struct panel *q, int64_t length)
{
	for (size_t i = 0; i < q->length_count; i++)
		if (q->lengths[i] == length)
			return 0;
	int64_t *lengths = realloc(q->lengths, (q->length_count + 1) * sizeof *lengths);
	if (!lengths)
		return -1;
	q->lengths = lengths;
	lengths[q->length_count++] = length;
	qsort(lengths, q->length_count, sizeof *lengths, by_number);
	return 0;
}

static int place(struct report *r, size_t set, struct point *p)
{
	char *key = panel_key(p);
	struct panel *q = key ? find_panel(r, set, p, key) : NULL;
	if (key && !q) {
		struct panel *panels = realloc(r->panels, (r->panel_count + 1) * sizeof *panels);
		if (!panels)
			return free(key), -1;
		r->panels = panels;
		q = &panels[r->panel_count++];
		*q = (struct panel){.set = set, .key = key, .workload = p->workload, .kind = kind_of(p), .threads = p->threads, .sample = p};
		key = NULL;
	}
	free(key);
	if (!q)
		return -1;
	p->panel = (size_t)(q - r->panels);
	p->length = p->shape[SHAPE_SKV];
	return add_length(q, p->length);
}

static int by_name(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	int order = impl_is_limit(x) - impl_is_limit(y);
	return order ? order : strcmp(x, y);
}

static int add_impl(struct report *r, const char *name)
{
	for (size_t i = 0; i < r->impl_count; i++)
		if (!strcmp(r->impls[i], name))
			return 0;
	const char **impls = realloc(r->impls, (r->impl_count + 1) * sizeof *impls);
	if (!impls)
		return -1;
	r->impls = impls;
	impls[r->impl_count++] = name;
	return 0;
}

int report_arrange(struct report *r)
{
	size_t i, n;
	json_t *entry;
	for (size_t s = 0; s < r->set_count; s++)
		for (i = 0; i < r->sets[s].count; i++)
			if (place(r, s, &r->sets[s].points[i]) || add_impl(r, r->sets[s].points[i].impl))
				return -1;
	for (n = 0; n < r->check_count; n++)
		json_array_foreach(r->checks[n].results, i, entry) if (add_impl(r, text_of(entry, "impl", "")))
			return -1;
	if (r->impl_count)
		qsort(r->impls, r->impl_count, sizeof *r->impls, by_name);
	return 0;
}

const struct point *panel_point(const struct report *r, const struct panel *p, const char *impl, int64_t length)
{
	const struct result_set *set = &r->sets[p->set];
	size_t panel = (size_t)(p - r->panels);
	for (size_t i = 0; i < set->count; i++)
		if (set->points[i].panel == panel && set->points[i].length == length && !strcmp(set->points[i].impl, impl))
			return &set->points[i];
	return NULL;
}

int panel_has(const struct report *r, const struct panel *p, const char *impl)
{
	for (size_t i = 0; i < p->length_count; i++)
		if (panel_point(r, p, impl, p->lengths[i]))
			return 1;
	return 0;
}

const struct point *set_twin(const struct result_set *set, const struct point *of)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct point *p = &set->points[i];
		if (p->threads == of->threads && !strcmp(p->impl, of->impl) && !strcmp(p->problem, of->problem))
			return p;
	}
	return NULL;
}

static void free_set(struct result_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		free(set->points[i].why);
	free(set->points);
	free(set->label);
	json_decref(set->root);
}

void report_free(struct report *r)
{
	scaling_free(r);
	for (size_t i = 0; i < r->set_count; i++)
		free_set(&r->sets[i]);
	for (size_t i = 0; i < r->check_count; i++) {
		free(r->checks[i].label);
		json_decref(r->checks[i].root);
	}
	for (size_t i = 0; i < r->panel_count; i++) {
		free(r->panels[i].key);
		free(r->panels[i].lengths);
	}
	free(r->sets);
	free(r->checks);
	free(r->panels);
	free(r->impls);
}
