/* One point as an entry of "benchmarks".
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_pass.h"
#include "harness/sweep_set.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Google Benchmark's members. */
static void add_benchmark(json_t *e, const struct sweep *s, const struct sweep_point *p, const char *name)
{
	size_t instance = (size_t)(p - s->points) % s->n_impls;
	json_object_set_new(e, "name", json_string(name));
	json_object_set_new(e, "run_name", json_string(name));
	json_object_set_new(e, "run_type", json_string("iteration"));
	json_object_set_new(e, "family_index", json_integer((json_int_t)p->of->index));
	json_object_set_new(e, "per_family_instance_index", json_integer((json_int_t)instance));
	json_object_set_new(e, "repetitions", json_integer((json_int_t)p->n));
	json_object_set_new(e, "repetition_index", json_integer(0));
	json_object_set_new(e, "threads", json_integer(1));
	json_object_set_new(e, "time_unit", json_string("ns"));
}

static void add_problem(json_t *e, const struct sweep_point *p)
{
	const struct attn_problem *q = &p->of->problem;
	const char *causal = !q->causal ? "none" : q->align == ATTN_BOTTOM_RIGHT ? "bottom-right" : "top-left";
	json_object_set_new(e, "impl", json_string(p->impl->name));
	json_object_set_new(e, "problem", json_string(p->of->key));
	json_object_set_new(e, "impl_threads", json_integer(p->of->threads));
	json_object_set_new(e, "shape", json_pack("{sI sI sI sI sI sI sI ss ss ss}", "b", (json_int_t)q->batch, "hq", (json_int_t)q->heads_q, "hkv", (json_int_t)q->heads_kv,
		"sq", (json_int_t)q->len_q, "skv", (json_int_t)q->len_kv, "d", (json_int_t)q->dim_qk, "dv", (json_int_t)q->dim_v, "dtype", attn_dtype_name(q->dtype),
		"causal", causal, "score", attn_score_name(q->score)));
	json_object_set_new(e, "workload", json_string(p->of->workload));
	json_object_set_new(e, "cache", json_string(p->of->cold ? "cold" : "warm"));
	json_object_set_new(e, "limit", json_boolean(p->impl->limit != NULL));
}

static void add_status(json_t *e, const struct sweep_point *p)
{
	json_object_set_new(e, "status", json_string(sweep_status_name(p->status)));
	json_object_set_new(e, "reason", json_string(p->reason));
	if (p->status == SWEEP_OK)
		return;
	char message[SWEEP_REASON_SIZE + 16];
	snprintf(message, sizeof message, "%s: %s", sweep_status_name(p->status), p->reason);
	json_object_set_new(e, "error_occurred", json_true());
	json_object_set_new(e, "error_message", json_string(message));
}

json_t *set_waited(const double *waited, size_t n)
{
	json_t *all = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(all, isfinite(waited[i]) ? json_real(round(waited[i] * 1e6) / 1e6) : json_null());
	return all;
}

json_t *set_numbers(const double *x, size_t n)
{
	json_t *all = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(all, isfinite(x[i]) ? json_real(x[i]) : json_null());
	return all;
}

static json_t *passes_json(const struct sweep_point *p)
{
	json_t *all = json_array();
	for (size_t i = 0; i < p->passes; i++)
		json_array_append_new(all, json_integer((json_int_t)p->in_pass[i]));
	return all;
}

static void add_times(json_t *e, const struct sweep *s, const struct sweep_point *p, const struct stats_summary *t)
{
	json_object_set_new(e, "iterations", json_integer((json_int_t)p->iterations));
	json_object_set_new(e, "real_time", json_real(t->median));
	json_object_set_new(e, "cpu_time", json_real(p->cpu_ns));
	json_object_set_new(e, "samples_ns", set_numbers(p->samples_ns, p->n));
	json_object_set_new(e, "passes", passes_json(p));
	json_object_set_new(e, "pace_ns", set_numbers(p->pace_ns, p->n));
	json_object_set_new(e, "waited", set_waited(p->waited, p->n));
	if (p->of->threads == 1)
		json_object_set_new(e, "waits_are_exact", json_true());
	json_object_set_new(e, "canary_ns", p->of->canary_ns > 0 ? json_real(p->of->canary_ns) : json_null());
	json_object_set_new(e, "others_percent", json_real(p->of->others_percent));
	json_object_set_new(e, "median_ns", json_real(t->median));
	json_object_set_new(e, "ci_low_ns", json_real(t->ci_low));
	json_object_set_new(e, "ci_high_ns", json_real(t->ci_high));
	json_object_set_new(e, "ci_level", json_real(t->ci_level));
	json_object_set_new(e, "stopped", json_string(pass_stopped(s, p)));
	json_object_set_new(e, "min_ns", json_real(t->min));
	json_object_set_new(e, "max_ns", json_real(t->max));
	json_object_set_new(e, "iqr_ns", json_real(t->iqr));
	json_object_set_new(e, "pass_spread", isfinite(t->pass_spread) ? json_real(t->pass_spread) : json_null());
	json_object_set_new(e, "outliers", json_integer((json_int_t)t->outliers));
	json_object_set_new(e, "outlier_kinds", json_pack("{sI sI sI sI}", "low_severe", (json_int_t)t->low_severe, "low_mild", (json_int_t)t->low_mild, "high_mild",
		(json_int_t)t->high_mild, "high_severe", (json_int_t)t->high_severe));
}

static void add_rates(json_t *e, const struct sweep *s, const struct sweep_point *p, const struct stats_summary *t)
{
	const struct sweep_case *c = p->of;
	double seconds = t->median * 1e-9, intensity = c->bytes > 0 ? c->flops / c->bytes : 0;
	const char *roof;
	double most = sweep_roof(s, c, &roof);

	json_object_set_new(e, "flops", json_real(c->flops));
	json_object_set_new(e, "bytes", json_real(c->bytes));
	json_object_set_new(e, "arithmetic_intensity", json_real(intensity));
	json_object_set_new(e, "tokens_per_second", json_real((double)(c->problem.batch * c->problem.len_q) / seconds));
	json_object_set_new(e, "bytes_per_second", json_real(c->bytes / seconds));
	if (p->impl->limit)
		return;
	json_object_set_new(e, "flops_per_second", json_real(c->flops / seconds));
	if (most <= 0)
		return;
	json_object_set_new(e, "fraction_of_roof", json_real(c->flops / seconds / most));
	json_object_set_new(e, "roof", json_string(roof));
}

static void add_memory(json_t *e, const struct sweep_point *p)
{
	json_object_set_new(e, "workspace_bytes", json_integer((json_int_t)p->workspace_bytes));
	json_object_set_new(e, "peak_extra_bytes", p->has_peak ? json_integer((json_int_t)p->peak_extra_bytes) : json_null());
	json_object_set_new(e, "announces_too_little", p->has_peak ? json_boolean(p->announces_too_little) : json_null());
	json_object_set_new(e, "unannounced_bytes", p->has_peak ? json_integer((json_int_t)p->unannounced_bytes) : json_null());
	if (p->impl->analytic_bytes)
		json_object_set_new(e, "analytic_bytes", json_integer((json_int_t)p->impl->analytic_bytes(&p->of->problem, p->of->threads)));
	if (p->processes.n)
		json_object_set_new(e, "processes", set_processes(&p->processes));
}

static void add_counters(json_t *e, const struct sweep_point *p)
{
	json_t *all = json_object();
	for (int i = 0; i < p->n_counters; i++)
		json_object_set_new(all, p->counter_names[i], json_real(p->counters[i]));
	if (p->n_counters)
		json_object_set(e, "counters", all);
	json_decref(all);
}

json_t *set_entry(const struct sweep *s, const struct sweep_point *p)
{
	char name[ATTN_KEY_SIZE + 80];
	struct stats_summary t;
	json_t *e = json_object();

	snprintf(name, sizeof name, "%s/%s", p->impl->name, p->of->key);
	if (s->options.threads.n > 1) /* names are what Google Benchmark's tools join by; this is its own spelling */
		snprintf(name + strlen(name), sizeof name - strlen(name), "/threads:%d", p->of->threads);
	add_benchmark(e, s, p, name);
	add_problem(e, p);
	add_status(e, p);
	if (p->status == SWEEP_OK && !stats_summarise_passes(p->samples_ns, p->in_pass, p->passes, &t)) {
		add_times(e, s, p, &t);
		add_rates(e, s, p, &t);
		add_memory(e, p);
		add_counters(e, p);
		json_object_set_new(e, "kernel", json_string(p->kernel));
	}
	if (isfinite(p->error_ratio))
		json_object_set_new(e, "error_ratio", json_real(p->error_ratio));
	else
		json_object_set_new(e, "error_ratio", json_null());
	return e;
}
