/* The plan of a kernel that keeps the problem and needs workspace: a part that its threads share, and one for each of them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_COMMON_PLAN_H
#define IMPLS_COMMON_PLAN_H

#include <attnbench/attn.h>
#include <stdio.h>
#ifdef _OPENMP
#include <omp.h>
#endif

struct attn_plan {
	struct attn_problem problem;
	const struct attn_host *host;
	const void *kernel; /* which one was chosen, where there are several */
	int threads;
	size_t shared, each; /* bytes of workspace, multiples of 64 */
	char *workspace;     /* shared, then one part for each thread */
};

static inline enum attn_status plan_make(const struct attn_plan *wanted, struct attn_plan **plan, char *why, size_t size)
{
	const struct attn_host *host = wanted->host;
	struct attn_plan *made = host->alloc(host, sizeof *made, 64);
	if (!made)
		return snprintf(why, size, "no memory for the plan"), ATTN_NO_MEMORY;
	*made = *wanted;
#ifdef _OPENMP
	made->threads = host->threads;
#else
	made->threads = 1;
#endif
	size_t bytes = made->shared + made->each * (size_t)made->threads;
	made->workspace = host->alloc(host, bytes, 64);
	if (!made->workspace) {
		snprintf(why, size, "no memory for a workspace of %zu bytes for %d threads", bytes, made->threads);
		host->free(host, made);
		return ATTN_NO_MEMORY;
	}
	*plan = made;
	return ATTN_OK;
}

static inline void plan_destroy(struct attn_plan *plan)
{
	if (!plan)
		return;
	const struct attn_host *host = plan->host;
	host->free(host, plan->workspace);
	host->free(host, plan);
}

/* The calling thread's part, in a parallel region of plan->threads. */
static inline void *plan_part(const struct attn_plan *plan)
{
	size_t thread = 0;
#ifdef _OPENMP
	thread = (size_t)omp_get_thread_num();
#endif
	return plan->workspace + plan->shared + thread * plan->each;
}

#endif
