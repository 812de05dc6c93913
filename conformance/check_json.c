/* {"summary", "results", "tightness", "policy"} of check --format json.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/check_json.h"

#ifdef HAVE_JANSSON
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "conformance/tap.h"
#include "harness/problem.h"

struct check_json {
	json_t *results, *tightness, *policy;
	size_t passed, failed, skipped;
};

struct check_json *check_json_begin(char *why, size_t size)
{
	struct check_json *j = calloc(1, sizeof *j);
	if (!j)
		return snprintf(why, size, "no memory"), NULL;
	j->results = json_array();
	j->tightness = json_array();
	j->policy = json_object();
	return j;
}

/* JSON has no infinity: a ratio that is not finite becomes null. */
static json_t *real_or_null(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

static void put_judgement(json_t *o, const struct judge_result *r)
{
	json_object_set_new(o, "ratio", real_or_null(r->ratio));
	json_object_set_new(o, "ratio_worst_case", real_or_null(r->worst_case));
	json_object_set_new(o, "ulp", real_or_null(r->ulp));
	json_object_set_new(o, "elements", json_integer(r->elements));
	json_object_set_new(o, "worst", json_sprintf("%s[%lld,%lld,%lld,%lld]", r->output, (long long)r->at[0], (long long)r->at[1], (long long)r->at[2], (long long)r->at[3]));
	json_object_set_new(o, "expected", real_or_null(r->expected));
	json_object_set_new(o, "got", real_or_null(r->got));
	json_object_set_new(o, "bound", real_or_null(r->bound));
}

static json_t *result_of(const struct runner_group *group, size_t i)
{
	const struct check_case *c = &group->list.cases[i];
	const struct attempt *a = &group->attempts[i];
	char key[ATTN_KEY_SIZE], again[4096];
	json_t *o = json_object();

	attn_problem_print(&c->problem, key);
	reproducer(group, c, again, sizeof again);
	json_object_set_new(o, "impl", json_string(group->impl->name));
	json_object_set_new(o, "suite", json_string(group->suite->name));
	json_object_set_new(o, "case", json_string(c->name));
	json_object_set_new(o, "problem", json_string(key));
	json_object_set_new(o, "status", json_string(attempt_status_name(a->status)));
	json_object_set_new(o, "ratio", json_null());
	if (a->is_judged)
		put_judgement(o, &a->judged);
	json_object_set_new(o, "reason", json_string(a->reason));
	json_object_set_new(o, "seconds", json_real(a->seconds));
	json_object_set_new(o, "seed", json_integer((json_int_t)c->seed));
	json_object_set_new(o, "reproduce", json_string(again));
	if (group->shrunk->is_smaller && group->shrunk->of == i) {
		reproducer_shrunk(group, group->shrunk->name, again, sizeof again);
		json_object_set_new(o, "shrunk", json_pack("{s:s, s:s, s:s, s:i}", "case", group->shrunk->name, "reason", group->shrunk->reason, "reproduce", again,
		                                           "attempts", group->shrunk->attempts));
	}
	return o;
}

static json_t *policy_of(const struct attn_policy *p)
{
	static const char *const rows[] = {"zero", "nan", "mean"};
	return json_pack("{s:s, s:b, s:b, s:b}", "empty_row", rows[p->empty_row], "nan_propagates", p->nan_propagates, "batch_invariant", p->batch_invariant,
	                 "thread_invariant", p->thread_invariant);
}

/* {"declared": {…}, "observed": {case: what was seen}} of an implementation, whichever suites are run. */
static void note_policy(struct check_json *j, const struct runner_group *group)
{
	json_t *of = json_object_get(j->policy, group->impl->name);
	if (!of) {
		of = json_pack("{s:o, s:{}}", "declared", policy_of(&group->impl->policy), "observed");
		json_object_set_new(j->policy, group->impl->name, of);
	}
	for (size_t i = 0; i < group->list.count; i++)
		if (group->attempts[i].observed[0])
			json_object_set_new(json_object_get(of, "observed"), group->list.cases[i].name, json_string(group->attempts[i].observed));
}

void check_json_group(struct check_json *j, const struct runner_group *group)
{
	double worst = 0, wide = 0; /* of all, and of outputs of f32 and f64: half a unit of bf16 or f16 is a ratio near 1 by itself */
	size_t judged = 0;
	for (size_t i = 0; i < group->list.count; i++) {
		const struct attempt *a = &group->attempts[i];
		json_array_append_new(j->results, result_of(group, i));
		j->passed += a->status == ATTEMPT_PASSED;
		j->skipped += a->status == ATTEMPT_SKIPPED;
		j->failed += a->status != ATTEMPT_PASSED && a->status != ATTEMPT_SKIPPED;
		if (a->is_judged && ++judged && !(a->judged.ratio <= worst))
			worst = a->judged.ratio;
		int is_wide = group->list.cases[i].problem.dtype == ATTN_F32 || group->list.cases[i].problem.dtype == ATTN_F64;
		if (a->is_judged && is_wide && !(a->judged.ratio <= wide))
			wide = a->judged.ratio;
	}
	json_array_append_new(j->tightness, json_pack("{s:s, s:s, s:I, s:o, s:o}", "impl", group->impl->name, "suite", group->suite->name, "judged",
	                                              (json_int_t)judged, "worst_ratio", real_or_null(worst), "worst_ratio_f32", real_or_null(wide)));
	note_policy(j, group);
}

void check_json_end(struct check_json *j, FILE *to)
{
	json_t *all = json_pack("{s:{s:I, s:I, s:I}, s:o, s:o, s:o}", "summary", "passed", (json_int_t)j->passed, "failed", (json_int_t)j->failed, "skipped",
	                        (json_int_t)j->skipped, "results", j->results, "tightness", j->tightness, "policy", j->policy);
	json_dumpf(all, to, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
	fputc('\n', to);
	json_decref(all);
	free(j);
}

#else

struct check_json *check_json_begin(char *why, size_t size)
{
	snprintf(why, size, "this build has no jansson: " WHY_JANSSON);
	return NULL;
}
void check_json_group(struct check_json *json, const struct runner_group *group) { (void)json, (void)group; }
void check_json_end(struct check_json *json, FILE *to) { (void)json, (void)to; }

#endif
