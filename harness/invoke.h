/* The functions of an implementation that it may lack.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_INVOKE_H
#define HARNESS_INVOKE_H

#include <attnbench/attn.h>

/* Brings the results of the last run to the outputs. */
static inline enum attn_status invoke_collect(const struct attn_impl *impl, struct attn_plan *plan, const struct attn_tensors *t)
{
	return impl->collect ? impl->collect(plan, t) : ATTN_OK;
}

/* Tensors that run has not seen, or whose inputs have changed. */
static inline enum attn_status invoke_bind(const struct attn_impl *impl, struct attn_plan *plan, const struct attn_tensors *t)
{
	return impl->bind ? impl->bind(plan, t) : ATTN_OK;
}

/* A run of any tensors, whose outputs are there afterwards. */
static inline enum attn_status invoke_run(const struct attn_impl *impl, struct attn_plan *plan, const struct attn_tensors *t)
{
	enum attn_status status = invoke_bind(impl, plan, t);
	if (status == ATTN_OK)
		status = impl->run(plan, t);
	return status == ATTN_OK ? invoke_collect(impl, plan, t) : status;
}

/* Why the last bind, run or collect failed; "": it does not say. */
static inline const char *invoke_failure(const struct attn_impl *impl, const struct attn_plan *plan)
{
	const char *text = impl->failure ? impl->failure(plan) : NULL;
	return text ? text : "";
}

/* What the processes that work for the plan, and memory shared with them, come to; processes 0: there are none. */
static inline struct attn_account invoke_account(const struct attn_impl *impl, const struct attn_plan *plan)
{
	struct attn_account a = {.struct_size = sizeof a};
	if (impl->account)
		impl->account(plan, &a);
	return a;
}

/* What the plan has announced beside the host's memory. */
static inline size_t invoke_announced_elsewhere(const struct attn_impl *impl, const struct attn_plan *plan)
{
	struct attn_account a = invoke_account(impl, plan);
	size_t bytes = a.shared_bytes;
	for (int i = 0; i < a.processes; i++)
		bytes += a.process[i].announced_bytes;
	return bytes;
}

#endif
