/* limits/empty: a function that does nothing: what a call costs the harness.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/limits/limits.h"

#include <stdio.h>

struct attn_plan {
	const struct attn_host *host;
};

struct attn_numerics limits_numerics(const struct attn_problem *p)
{
	(void)p;
	return (struct attn_numerics){1, 1, 1};
}

static enum attn_status empty_query(const struct attn_problem *p, char *why, size_t size)
{
	(void)p, (void)why, (void)size;
	return ATTN_OK;
}

static enum attn_status empty_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	struct attn_plan *made = host->alloc(host, sizeof *made, sizeof(void *));
	(void)p;
	if (!made)
		return snprintf(why, size, "no memory for the plan"), ATTN_NO_MEMORY;
	made->host = host;
	*plan = made;
	return ATTN_OK;
}

static enum attn_status empty_run(struct attn_plan *plan, const struct attn_tensors *t)
{
	(void)plan, (void)t;
	return ATTN_OK;
}

static void empty_destroy(struct attn_plan *plan)
{
	if (plan)
		plan->host->free(plan->host, plan);
}

const struct attn_impl attn_limits_empty = {
	.abi = ATTN_ABI,
	.struct_size = sizeof(struct attn_impl),
	.name = "limits/empty",
	.version = "1",
	.summary = "a function that does nothing",
	.licence = "Apache-2.0",
	.numerics = limits_numerics,
	.query = empty_query,
	.plan = empty_plan,
	.run = empty_run,
	.destroy = empty_destroy,
	.limit = "does nothing: every kernel has to be called",
};

ATTN_PLUGIN(&attn_limits_memcpy, &attn_limits_gemms, &attn_limits_empty);
