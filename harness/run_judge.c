/* The criterion's verdict on a run.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/run.h"

#include <string.h>

void run_judge(const struct attn_problem *p, const struct attn_tensors *t, const struct attn_numerics *numerics, struct run_verdict *verdict)
{
	(void)p, (void)t, (void)numerics;
	memset(verdict, 0, sizeof *verdict);
	snprintf(verdict->why, sizeof verdict->why, "this build has no oracle");
}
