/* Compute, judge, note.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/trial.h"
#include "conformance/inputs.h"
#include "harness/host.h"
#include "harness/invoke.h"
#include "harness/problem.h"
#include "harness/registry.h"
#include "harness/tensor.h"

#include <fenv.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void note(struct trial *trial, enum attempt_status status, const char *format, va_list arguments)
{
	if (trial_is_over(trial))
		return;
	vsnprintf(trial->attempt->reason, sizeof trial->attempt->reason, format, arguments);
	trial->attempt->status = status;
}

void trial_fail(struct trial *trial, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	note(trial, ATTEMPT_FAILED, format, arguments);
	va_end(arguments);
}

void trial_skip(struct trial *trial, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	note(trial, ATTEMPT_SKIPPED, format, arguments);
	va_end(arguments);
}

int trial_is_over(const struct trial *trial)
{
	return trial->attempt->status == ATTEMPT_FAILED || trial->attempt->status == ATTEMPT_SKIPPED;
}

int trial_inputs(struct trial *trial, const struct attn_problem *p, struct attn_tensors *t)
{
	char why[256];
	if (inputs_make(t, p, trial->c->recipe, trial->c->seed, why, sizeof why) == ATTN_OK)
		return 1;
	trial_fail(trial, "%s", why);
	return 0;
}

void trial_poison_outputs(struct attn_tensors *t)
{
	for (const struct attn_tensor_field *f = attn_tensor_fields; f->name; f++) {
		struct attn_tensor *one = attn_tensors_at(t, f);
		if (f->is_output && one->data)
			attn_tensor_poison(one);
	}
}

/* FNV-1a over the bytes of all inputs, or of all outputs. */
static uint64_t hash(struct attn_tensors *t, int outputs)
{
	uint64_t hash = 0xcbf29ce484222325;
	for (const struct attn_tensor_field *f = attn_tensor_fields; f->name; f++) {
		const struct attn_tensor *one = attn_tensors_at(t, f);
		size_t bytes = one->data ? (size_t)attn_tensor_extent(one) * attn_dtype_bytes(one->dtype) : 0;
		for (size_t i = 0; f->is_output == outputs && i < bytes; i++)
			hash = (hash ^ ((const unsigned char *)one->data)[i]) * 0x100000001b3;
	}
	return hash;
}

/* Columns and rows between those of out must stay as they were. */
static int padding_is_untouched(const struct attn_tensor *out)
{
	int64_t extent = attn_tensor_extent(out);
	struct attn_tensor marks = *out;
	if (extent == attn_tensor_count(out))
		return 1;
	marks = attn_tensor_new(ATTN_BOOL, 1, 1, 1, extent);
	if (!marks.data)
		return 1;
	unsigned char *written = marks.data;
	for (int64_t n = 0; n < attn_tensor_count(out); n++) {
		int64_t c = n % out->dim[3], i = n / out->dim[3] % out->dim[2], h = n / out->dim[3] / out->dim[2] % out->dim[1];
		int64_t b = n / out->dim[3] / out->dim[2] / out->dim[1];
		written[b * out->stride[0] + h * out->stride[1] + i * out->stride[2] + c * out->stride[3]] = 1;
	}
	int untouched = 1;
	for (int64_t n = 0; n < extent; n++)
		untouched &= written[n] || attn_tensor_is_poison(out, n);
	attn_tensor_free(&marks);
	return untouched;
}

/* Rounding to nearest, and subnormal numbers that are neither flushed on the way in nor on the way out. */
static int arithmetic_is_usual(void)
{
	volatile float smallest = 0x1p-126f, subnormal = 0x1p-130f;
	return fegetround() == FE_TONEAREST && smallest / 2 > 0 && subnormal * 0x1p20f > 0;
}

/* The plan gets a copy of the problem that is gone by the time it runs, as an engine's would be. */
static enum attn_status plan_from_copy(struct trial *trial, const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan)
{
	struct attn_problem copy = *p;
	char why[256] = "no reason given";
	enum attn_status status = trial->impl->plan(&copy, host, plan, why, sizeof why);
	memset(&copy, 0xff, sizeof copy);
	__asm__ volatile("" : : "r"(&copy) : "memory"); /* the compiler must not leave the memset out */
	if (status != ATTN_OK)
		trial_fail(trial, "plan failed after query accepted: %s", why);
	return status;
}

int trial_run_plan(struct trial *trial, struct attn_plan *plan, const struct attn_tensors *t)
{
	struct attn_tensors view;
	memcpy(&view, t, sizeof view); /* with its padding, since all bytes are compared */
	enum attn_status status = invoke_run(trial->impl, plan, &view);
	int usual = arithmetic_is_usual();
	fesetenv(FE_DFL_ENV);
	const char *why = invoke_failure(trial->impl, plan);
	if (status != ATTN_OK)
		return trial_fail(trial, "run failed with status %d%s%s", (int)status, *why ? ": " : "", why), 0;
	if (!usual)
		return trial_fail(trial, "run left the rounding mode or the treatment of subnormal numbers changed"), 0;
	if (memcmp(&view, t, sizeof view))
		return trial_fail(trial, "run changed the struct attn_tensors it was given"), 0;
	return 1;
}

int trial_plan(struct trial *trial, const struct attn_problem *p, struct counting_host *host, struct attn_plan **plan)
{
	*plan = NULL;
	counting_host_init(host, trial->threads);
	host->poison = trial->workspace;
	return plan_from_copy(trial, p, &host->host, plan) == ATTN_OK;
}

static int plan_and_run(struct trial *trial, const struct attn_problem *p, struct attn_tensors *t)
{
	struct counting_host host;
	struct attn_plan *plan;

	if (!trial_plan(trial, p, &host, &plan))
		return 0;
	int done = trial_run_plan(trial, plan, t);
	trial->impl->destroy(plan);
	if (host.bytes)
		return trial_fail(trial, "destroy left %zu bytes of the plan's memory", host.bytes), 0;
	return done;
}

int trial_run(struct trial *trial, const struct attn_problem *p, struct attn_tensors *t)
{
	char why[256] = "no reason given";
	enum attn_status status = registry_query(trial->impl, p, why, sizeof why);
	if (status == ATTN_REFUSED)
		return trial_skip(trial, "refused: %s", why), 0;
	if (status != ATTN_OK)
		return trial_fail(trial, "query answered status %d: %s", (int)status, why), 0;
	uint64_t before = hash(t, 0);
	trial_poison_outputs(t);
	if (!plan_and_run(trial, p, t))
		return 0;
	if (hash(t, 0) != before)
		return trial_fail(trial, "an input was written to"), 0;
	if (!padding_is_untouched(&t->out))
		return trial_fail(trial, "memory between the elements of out was written to"), 0;
	return 1;
}

int trial_judge(struct trial *trial, const struct attn_problem *p, const struct attn_tensors *t, const struct attn_tensors *expected)
{
	struct judge_rules rules = {trial->impl->numerics(p), trial->impl->policy, expected};
	struct judge_result r;
	if (judge_by(&rules, p, t, trial->c->rows, trial->c->seed, &r) != ATTN_OK)
		return trial_fail(trial, "no memory for the reference"), 0;
	if (!trial->attempt->is_judged || !(r.ratio <= trial->attempt->judged.ratio))
		trial->attempt->judged = r;
	trial->attempt->is_judged = 1;
	if (!(r.ratio <= 1))
		return trial_fail(trial, "%s[%lld,%lld,%lld,%lld] is %.9g: expected %.9g, error %.3g times the bound %.3g%s", r.output, (long long)r.at[0],
		                  (long long)r.at[1], (long long)r.at[2], (long long)r.at[3], r.got, r.expected, r.ratio, r.bound,
		                  trial->workspace == HOST_NUMBERS ? "; only where the plan's workspace held numbers, not NaNs, before" : ""),
		       0;
	return 1;
}

void trial_finish(struct trial *trial, struct attn_tensors *t)
{
	const struct attn_problem *p = &trial->c->problem;
	if (!trial_is_over(trial) && trial_run(trial, p, t))
		trial_judge(trial, p, t, NULL);
	attn_tensors_free(t);
}

/* A case that could not fail is itself a failure: nothing judged though there are outputs, or nothing but zeros expected. */
static void check_not_vacuous(struct trial *trial, const struct attn_problem *p, const struct attn_tensors *t)
{
	const struct judge_result *r = &trial->attempt->judged;
	if (attn_tensor_count(&t->out) == 0 || attn_problem_keys(p) == 0)
		return;
	if (r->elements == 0)
		trial_fail(trial, "vacuous: nothing was judged");
	else if (r->nonzero == 0 && !t->kv_len.data && !t->cu_seqlens_q.data && p->align == ATTN_TOP_LEFT)
		trial_fail(trial, "vacuous: every expected value is 0");
}

/* Outputs do not depend on what the workspace held; where they are other ones, which no declaration forbids, they are judged too. */
static void run_over_numbers(struct trial *trial, const struct attn_problem *p, struct attn_tensors *t)
{
	struct trial again = *trial;
	uint64_t before = hash(t, 1);
	again.workspace = HOST_NUMBERS;
	if (trial_run(&again, p, t) && hash(t, 1) != before)
		trial_judge(&again, p, t, NULL);
}

void trial_plain(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	if (trial_run(trial, p, &t) && trial_judge(trial, p, &t, NULL)) {
		check_not_vacuous(trial, p, &t);
		run_over_numbers(trial, p, &t);
	}
	attn_tensors_free(&t);
}
