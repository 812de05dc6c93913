/* The context of a result set: Google Benchmark's members, then what a measurement depends on.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/machine_json.h"
#include "harness/registry.h"
#include "harness/sweep_set.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static json_t *caches_json(void)
{
	struct machine_cache caches[MACHINE_CACHES];
	json_t *all = json_array();
	int n = machine_caches(caches);
	for (int i = 0; i < n; i++)
		json_array_append_new(all, json_pack("{ss si sI si}", "type", caches[i].type, "level", caches[i].level, "size", (json_int_t)caches[i].size,
			"num_sharing", caches[i].num_sharing));
	return all;
}

/* Members that Google Benchmark's own tools read. */
static void add_benchmark(json_t *context, const struct sweep *s)
{
	char host[256] = "", date[64];
	time_t now = time(NULL);
	struct tm local;
	const char *governor = fact_find(&s->facts, "machine", "governor"), *optimised = fact_find(&s->facts, "attnbench", "optimised");

	gethostname(host, sizeof host - 1);
	strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S%z", localtime_r(&now, &local));
	size_t n = strlen(date); /* +0000 → +00:00 */
	if (n > 2 && n + 2 < sizeof date) {
		memmove(date + n - 1, date + n - 2, 3);
		date[n - 2] = ':';
	}
	json_object_set_new(context, "date", json_string(date));
	json_object_set_new(context, "host_name", json_string(host));
	json_object_set_new(context, "executable", json_string("attnbench"));
	json_object_set_new(context, "num_cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	json_object_set_new(context, "mhz_per_cpu", json_integer((json_int_t)(machine_mhz() + 0.5)));
	json_object_set_new(context, "cpu_scaling_enabled", json_boolean(governor && strcmp(governor, "not available") && strcmp(governor, "performance")));
	json_object_set_new(context, "caches", caches_json());
	json_object_set_new(context, "load_avg", json_pack("[f f f]", s->before.average[0], s->before.average[1], s->before.average[2]));
	json_object_set_new(context, "library_build_type", json_string(optimised && !strcmp(optimised, "yes") ? "release" : "debug"));
}

static json_t *policy_json(const struct attn_policy *p)
{
	static const char *const rows[] = {"zero", "nan", "mean"};
	return json_pack("{ss sb sb sb}", "empty_row", (unsigned)p->empty_row < 3 ? rows[p->empty_row] : "unknown", "nan_propagates", p->nan_propagates,
		"batch_invariant", p->batch_invariant, "thread_invariant", p->thread_invariant);
}

static const char *origin_of(const struct attn_impl *impl)
{
	for (size_t i = 0; i < registry_count(); i++)
		if (registry_at(i)->impl == impl)
			return registry_at(i)->origin;
	return "not available";
}

static const char *text(const char *x)
{
	return x ? x : "";
}

static json_t *implementations_json(const struct sweep *s)
{
	json_t *all = json_array();
	struct attn_problem p;
	attn_problem_init(&p);
	attn_problem_resolve(&p);
	for (size_t i = 0; i < s->n_impls; i++) {
		const struct attn_impl *x = s->impls[i];
		struct attn_numerics u = x->numerics(&p);
		json_array_append_new(all, json_pack("{ss ss ss ss ss ss ss? so s{sf sf sf}}", "name", x->name, "version", text(x->version), "summary", text(x->summary),
			"licence", text(x->licence), "url", text(x->url), "origin", origin_of(x), "limit", x->limit, "policy", policy_json(&x->policy),
			"numerics_f32", "u_score", u.u_score, "u_weights", u.u_weights, "u_accumulate", u.u_accumulate));
	}
	return all;
}

static json_t *off_json(void)
{
	json_t *all = json_array();
	for (size_t i = 0; i < registry_count(); i++)
		if (!registry_at(i)->impl)
			json_array_append_new(all, json_pack("{ss ss}", "name", registry_at(i)->name, "reason", registry_at(i)->origin));
	return all;
}

static json_t *canary_json(const struct sweep *s)
{
	return set_canary(set_numbers(s->canary_ns, s->n_canary), set_waited(s->canary_waited, s->n_canary), set_numbers(s->canary_pace_ns, s->n_canary));
}

static json_t *machine_json(const struct sweep *s, const struct machine_load *after)
{
	json_t *machine = facts_json(&s->facts, "machine");
	json_object_set_new(machine, "load_before", json_real(s->before.average[0]));
	json_object_set_new(machine, "load_after", json_real(after->average[0]));
	json_object_set_new(machine, "others_percent", json_real(machine_others_percent(&s->before, after)));
	json_object_set_new(machine, "steal_percent", json_real(machine_steal_percent(&s->before, after)));
	return machine;
}

static json_t *counts_json(const struct range *r)
{
	json_t *all = json_array();
	for (size_t i = 0; i < r->n; i++)
		json_array_append_new(all, json_integer((json_int_t)r->values[i]));
	return all;
}

json_t *set_context(const struct sweep *s)
{
	struct machine_load after = machine_load();
	json_t *context = json_object();
	add_benchmark(context, s);
	json_object_set_new(context, "schema", json_integer(1));
	json_object_set_new(context, "attnbench", facts_json(&s->facts, "attnbench"));
	json_object_set_new(context, "command", json_string(s->options.command));
	json_object_set_new(context, "seed", json_integer((json_int_t)s->options.seed));
	json_object_set_new(context, "passes", json_integer((json_int_t)s->options.passes));
	json_object_set_new(context, "threads", counts_json(&s->options.threads));
	json_object_set_new(context, "utc", json_string(s->utc));
	json_object_set_new(context, "cases", json_integer((json_int_t)s->all_cases));
	json_object_set_new(context, "pending", json_integer((json_int_t)sweep_undone(s)));
	if (s->options.shards)
		json_object_set_new(context, "shard", json_sprintf("%ld/%ld", s->options.shard, s->options.shards));
	json_object_set_new(context, "machine", machine_json(s, &after));
	json_object_set_new(context, "environment", facts_json(&s->facts, "environment"));
	json_object_set_new(context, "libraries", facts_json(&s->facts, "libraries"));
	json_object_set_new(context, "roofs", roofs_json(&s->roofs));
	json_object_set_new(context, "canary", canary_json(s));
	json_object_set_new(context, "implementations", implementations_json(s));
	json_object_set_new(context, "off", off_json());
	json_object_set_new(context, "warnings", set_warnings(s, &after));
	return context;
}

json_t *set_of_sweep(const struct sweep *s)
{
	json_t *set = json_object(), *entries = json_array();
	for (size_t c = 0; c < s->n_cases; c++)
		for (size_t i = 0; i < s->n_impls; i++) {
			const struct sweep_point *p = sweep_point_at(s, c, i);
			if (p->status != SWEEP_PENDING)
				json_array_append_new(entries, set_entry(s, p));
		}
	json_object_set_new(set, "context", set_context(s));
	json_object_set_new(json_object_get(set, "context"), "growth", set_growth(entries));
	json_object_set_new(set, "benchmarks", entries);
	return set;
}
