/* One plan that is run with other inputs, at the same addresses and at others: it must keep nothing of the first.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/inputs.h"
#include "conformance/property.h"
#include "conformance/trial.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <string.h>

/* The bytes of every input. */
static void overwrite(struct attn_tensors *to, struct attn_tensors *from)
{
	for (const struct attn_tensor_field *f = attn_tensor_fields; f->name; f++) {
		struct attn_tensor *a = attn_tensors_at(to, f), *b = attn_tensors_at(from, f);
		if (!f->is_output && a->data)
			memcpy(a->data, b->data, (size_t)attn_tensor_extent(a) * attn_dtype_bytes(a->dtype));
	}
}

static int run_and_judge(struct trial *trial, struct attn_plan *plan, struct attn_tensors *t)
{
	trial_poison_outputs(t);
	return trial_run_plan(trial, plan, t) && trial_judge(trial, &trial->c->problem, t, NULL);
}

static void run_thrice(struct trial *trial, struct attn_tensors *a, struct attn_tensors *b)
{
	struct counting_host host;
	struct attn_plan *plan;
	if (!trial_plan(trial, &trial->c->problem, &host, &plan))
		return;
	if (run_and_judge(trial, plan, a)) {
		overwrite(a, b);
		if (run_and_judge(trial, plan, a))
			run_and_judge(trial, plan, b);
	}
	trial->impl->destroy(plan);
}

static void test_other_inputs(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	struct check_case other = *trial->c;
	struct trial second = {trial->impl, &other, trial->threads, trial->attempt, trial->workspace};
	struct attn_tensors a, b;
	char why[256] = "no reason given";
	if (trial->impl->query(p, why, sizeof why) == ATTN_REFUSED) {
		trial_skip(trial, "refused: %s", why);
		return;
	}
	other.seed += 100;
	if (!trial_inputs(trial, p, &a))
		return;
	if (trial_inputs(&second, p, &b)) {
		run_thrice(trial, &a, &b);
		attn_tensors_free(&b);
	}
	attn_tensors_free(&a);
}

void property_add_plans(struct case_list *list)
{
	static const char *const keys[] = {"b:2/hq:4/hkv:2/sq:5/skv:40/d:16", "b:4/hq:2/sq:3/skv:40/d:8/causal:br/kvlen", "b:3/hq:2/sq:2/skv:40/d:8/kvlen/page:8",
	                                   "b:2/hq:2/sq:9/skv:40/d:8/mask:qk/bias:hqk", "b:1/hq:2/sq:20/skv:31/d:8/varlen", "b:2/hq:2/sq:3/skv:9/d:8/alibi/sinks/past:20", NULL};
	for (int i = 0; keys[i]; i++)
		case_add_test(list, keys[i], "other-inputs", test_other_inputs);
}
