/* The ranking: geometric means over the cases that all ranked implementations have.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cases {
	const struct report *r;
	size_t set;
	int threads;
};

/* Calls back with every (panel, length) of the set and thread count. */
typedef void case_visit(const struct cases *c, const struct panel *p, const struct case_verdict *v, struct ranking *ranking);
static void each_case(const struct cases *c, case_visit *visit, struct ranking *ranking)
{
	for (size_t i = 0; i < c->r->panel_count; i++) {
		const struct panel *p = &c->r->panels[i];
		if (p->set != c->set || p->threads != c->threads)
			continue;
		for (size_t l = 0; l < p->length_count; l++) {
			struct case_verdict v = case_verdict(c->r, p, p->lengths[l]);
			visit(c, p, &v, ranking);
		}
	}
}

static void count_case(const struct cases *c, const struct panel *p, const struct case_verdict *v, struct ranking *ranking)
{
	ranking->cases += v->first != NULL;
	for (size_t i = 0; i < ranking->count; i++) {
		const struct point *q = panel_point(c->r, p, ranking->rows[i].impl, v->length);
		if (q)
			ranking->rows[i].count[q->status]++;
		ranking->rows[i].fastest += q && q == v->first;
	}
}

/* Adds log slowdowns over the cases where every candidate (slowdown not NAN) has a right answer. */
static void sum_case(const struct cases *c, const struct panel *p, const struct case_verdict *v, struct ranking *ranking)
{
	for (size_t i = 0; i < ranking->count; i++)
		if (!isnan(ranking->rows[i].slowdown) && !point_ranks(panel_point(c->r, p, ranking->rows[i].impl, v->length)))
			return;
	ranking->common += v->first != NULL;
	for (size_t i = 0; i < ranking->count; i++)
		if (!isnan(ranking->rows[i].slowdown) && v->first)
			ranking->rows[i].slowdown +=
			        log(panel_point(c->r, p, ranking->rows[i].impl, v->length)->value[MEDIAN_NS] / v->first->value[MEDIAN_NS]);
}

/* The candidate with the fewest right answers is ranked no more. Returns whether there was one. */
static int drop_poorest(struct ranking *ranking)
{
	struct ranked *poorest = NULL;
	for (size_t i = 0; i < ranking->count; i++) {
		struct ranked *row = &ranking->rows[i];
		if (!isnan(row->slowdown) && (!poorest || row->count[POINT_OK] < poorest->count[POINT_OK]))
			poorest = row;
	}
	if (poorest)
		poorest->slowdown = NAN;
	return poorest != NULL;
}

static int by_slowdown(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (isnan(x->slowdown) != isnan(y->slowdown))
		return isnan(x->slowdown) - isnan(y->slowdown);
	if (!isnan(x->slowdown) && x->slowdown != y->slowdown)
		return x->slowdown > y->slowdown ? 1 : -1;
	return strcmp(x->impl, y->impl);
}

static int appears(const struct result_set *set, const char *impl, int threads)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->points[i].threads == threads && !strcmp(set->points[i].impl, impl))
			return 1;
	return 0;
}

int ranking_make(const struct report *r, size_t set, int threads, struct ranking *ranking)
{
	struct cases c = {r, set, threads};
	*ranking = (struct ranking){.rows = calloc(r->impl_count + 1, sizeof *ranking->rows), .threads = threads};
	if (!ranking->rows)
		return -1;
	for (size_t i = 0; i < r->impl_count; i++)
		if (!impl_is_limit(r->impls[i]) && appears(&r->sets[set], r->impls[i], threads))
			ranking->rows[ranking->count++].impl = r->impls[i];
	each_case(&c, count_case, ranking);
	/* Ranked is who answers at least half of the cases; then the poorest go until the others share a case. */
	for (size_t i = 0; i < ranking->count; i++)
		ranking->rows[i].slowdown = ranking->rows[i].count[POINT_OK] && 2 * ranking->rows[i].count[POINT_OK] >= ranking->cases ? 0 : (double)NAN;
	do {
		for (size_t i = 0; i < ranking->count; i++)
			ranking->rows[i].slowdown *= 0; /* NAN stays */
		ranking->common = 0;
		each_case(&c, sum_case, ranking);
	} while (!ranking->common && drop_poorest(ranking));
	for (size_t i = 0; i < ranking->count; i++) {
		ranking->ranked += !isnan(ranking->rows[i].slowdown);
		ranking->rows[i].slowdown = exp(ranking->rows[i].slowdown / (double)ranking->common);
	}
	if (ranking->count)
		qsort(ranking->rows, ranking->count, sizeof *ranking->rows, by_slowdown);
	return 0;
}
