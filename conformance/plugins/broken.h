/* A plugin of one implementation that answers every problem and does nothing; each file changes one thing of it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_PLUGINS_BROKEN_H
#define CONFORMANCE_PLUGINS_BROKEN_H

#include <attnbench/attn.h>
#include <stdlib.h>

struct attn_plan {
	int unused;
};

static struct attn_numerics broken_numerics(const struct attn_problem *p)
{
	(void)p;
	return (struct attn_numerics){0x1p-24, 0x1p-24, 0x1p-24};
}

static inline enum attn_status broken_query(const struct attn_problem *p, char *why, size_t size)
{
	(void)p, (void)why, (void)size;
	return ATTN_OK;
}

static inline enum attn_status broken_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	static struct attn_plan only;
	(void)p, (void)host, (void)why, (void)size;
	*plan = &only;
	return ATTN_OK;
}

static inline enum attn_status broken_run(struct attn_plan *plan, const struct attn_tensors *t)
{
	(void)plan, (void)t;
	return ATTN_OK;
}

static void broken_destroy(struct attn_plan *plan) { (void)plan; }

/* What a file changes is given, the rest is as above. */
#define BROKEN(broken_abi, broken_name, broken_query_, broken_plan_, broken_run_)                                                          \
	{                                                                                                                                  \
		.abi = broken_abi, .struct_size = sizeof(struct attn_impl), .name = broken_name, .version = "1", .summary = "for tests",   \
		.numerics = broken_numerics, .query = broken_query_, .plan = broken_plan_, .run = broken_run_, .destroy = broken_destroy   \
	}
#endif
