/* Where the sweep meets conformance: inputs of a case, and the judgement of what an implementation made of them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/inputs.h"
#include "conformance/judge.h"
#include "harness/sweep_worker.h"

#include <math.h>

enum attn_status sweep_inputs(struct attn_tensors *t, const struct attn_problem *p, uint64_t seed, char *why, size_t size)
{
	return inputs_make(t, p, "normal", seed, why, size);
}

double sweep_judge(const struct worker_job *job)
{
	struct judge_result result = {0};
	struct judge_rules rules = {job->impl->numerics(job->problem), job->impl->policy, NULL};
	if (judge_by(&rules, job->problem, job->tensors, job->rows, job->seed, &result) != ATTN_OK || result.elements == 0)
		return NAN;
	return result.ratio;
}
