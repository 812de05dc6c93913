/* The verdict and the ranking for programs: what terminal.c says in sentences and tables.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/formats.h"
#include "reports/verdict.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_THREADS = 64 };

struct verdicts {
	json_t *all;
	int failed;
};

static void add_workload(const struct report *r, size_t set, const char *workload, void *context)
{
	struct verdicts *v = context;
	char *verdict = verdict_plain(r, set, workload);
	json_t *one = verdict ? json_pack("{ss ss ss}", "set", r->sets[set].label, "workload", workload, "verdict", verdict) : NULL;
	v->failed |= !one || json_array_append_new(v->all, one);
	free(verdict);
}

/* Rows are in order: those that are ranked first; the others have no rank and no slowdown. */
static json_t *row_json(const struct ranked *row, size_t place)
{
	json_t *one = json_object(), *count = json_object();
	int ranked = !isnan(row->slowdown);
	for (int s = 0; s < POINT_STATUSES; s++)
		json_object_set_new(count, point_status_names[s], json_integer((json_int_t)row->count[s]));
	json_object_set_new(one, "impl", json_string(row->impl));
	json_object_set_new(one, "rank", ranked ? json_integer((json_int_t)place) : json_null());
	json_object_set_new(one, "slowdown", ranked ? json_real(row->slowdown) : json_null());
	json_object_set_new(one, "fastest", json_integer((json_int_t)row->fastest));
	json_object_set_new(one, "points", count);
	return one;
}

static json_t *ranking_json(const struct report *r, size_t set, int threads)
{
	struct ranking k;
	json_t *rows = json_array();
	if (ranking_make(r, set, threads, &k))
		return NULL;
	for (size_t i = 0; i < k.count; i++)
		json_array_append_new(rows, row_json(&k.rows[i], i + 1));
	free(k.rows);
	return json_pack("{ss si sI sI so}", "set", r->sets[set].label, "threads", threads, "cases", (json_int_t)k.cases, "common", (json_int_t)k.common, "rows", rows);
}

json_t *verdict_json(const struct report *r)
{
	int threads[MAX_THREADS];
	json_t *rankings = json_array();
	struct verdicts v = {json_array(), 0};
	for (size_t s = 0; s < r->set_count; s++) {
		workloads_each(r, s, add_workload, &v);
		for (size_t n = set_threads(&r->sets[s], threads, MAX_THREADS), i = 0; i < n; i++)
			v.failed |= json_array_append_new(rankings, ranking_json(r, s, threads[i])) != 0;
	}
	json_t *all = json_pack("{so so}", "verdicts", v.all, "rankings", rankings);
	if (v.failed) {
		json_decref(all);
		return NULL;
	}
	return all;
}
