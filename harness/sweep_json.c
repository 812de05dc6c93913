/* The table of a sweep, and its plan, as JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_json.h"
#include "harness/command_json.h"
#include "harness/sweep_worker.h"

/* Members of an entry that the summary repeats: all but samples, and what describes the problem by parts. */
static const char *const members[] = {"impl", "problem", "workload", "impl_threads", "cache", "limit", "status", "reason", "repetitions", "median_ns",
	"ci_low_ns", "ci_high_ns", "ci_level", "stopped", "min_ns", "outliers", "flops_per_second", "bytes_per_second", "tokens_per_second", "fraction_of_roof", "roof",
	"workspace_bytes", "peak_extra_bytes", "announces_too_little", "error_ratio", "kernel"};

static json_t *points_of(const json_t *set)
{
	json_t *points = json_array(), *entry;
	size_t i;
	json_array_foreach(json_object_get(set, "benchmarks"), i, entry) {
		json_t *point = json_object();
		for (size_t m = 0; m < sizeof members / sizeof *members; m++)
			if (json_object_get(entry, members[m]))
				json_object_set(point, members[m], json_object_get(entry, members[m]));
		json_array_append_new(points, point);
	}
	return points;
}

static json_t *summary_of(const struct sweep *s)
{
	json_t *summary = json_pack("{sI}", "points", (json_int_t)(s->n_cases * s->n_impls));
	for (enum sweep_status status = SWEEP_PENDING; status < SWEEP_STATUSES; status++)
		json_object_set_new(summary, sweep_status_name(status), json_integer((json_int_t)sweep_count(s, status)));
	return summary;
}

json_t *sweep_json(const struct sweep *s, const json_t *set, int written)
{
	const json_t *context = json_object_get(set, "context");
	return json_pack("{so sb so sO sO so}", "out", written ? command_json_text(s->options.out) : json_null(), "interrupted", worker_interrupted != 0, "summary",
		summary_of(s), "warnings", json_object_get(context, "warnings"), "growth", json_object_get(context, "growth"), "results", points_of(set));
}

json_t *sweep_json_plan(const struct sweep *s)
{
	json_t *cases = json_array(), *impls = json_array();
	for (size_t c = 0; c < s->n_cases; c++)
		json_array_append_new(cases, json_pack("{ss ss si ss sf}", "workload", s->cases[c].workload, "problem", s->cases[c].key, "impl_threads", s->cases[c].threads,
			"cache", s->cases[c].cold ? "cold" : "warm", "flops", s->cases[c].flops));
	for (size_t i = 0; i < s->n_impls; i++)
		json_array_append_new(impls, json_string(s->impls[i]->name));
	return json_pack("{so so sI sI s{sf sf sf}}", "cases", cases, "impls", impls, "all_cases", (json_int_t)s->all_cases, "points",
		(json_int_t)(s->n_cases * s->n_impls), "seconds", "estimate", sweep_estimate_blind(s), "least", sweep_estimate_least(s), "most", sweep_estimate_most(s));
}
