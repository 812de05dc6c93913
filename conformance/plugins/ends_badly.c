/* Implementations that end badly: a crash, an exit, a hang, a failure, no memory, a plan too large, nothing written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "conformance/plugins/broken.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static enum attn_status crash(struct attn_plan *plan, const struct attn_tensors *t)
{
	(void)plan, (void)t;
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
	return ATTN_OK;
}

static enum attn_status leave(struct attn_plan *plan, const struct attn_tensors *t)
{
	(void)plan, (void)t;
	_exit(7);
}

static enum attn_status hang(struct attn_plan *plan, const struct attn_tensors *t)
{
	(void)plan, (void)t;
	while (getpid())
		pause();
	return ATTN_OK;
}

static enum attn_status fail(struct attn_plan *plan, const struct attn_tensors *t)
{
	(void)plan, (void)t;
	return ATTN_FAILED;
}

static enum attn_status starve(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	(void)p, (void)plan;
	if (host->alloc(host, SIZE_MAX, 64))
		return ATTN_FAILED;
	snprintf(why, size, "no memory for SIZE_MAX bytes of workspace");
	return ATTN_NO_MEMORY;
}

static enum attn_status refuse(const struct attn_problem *p, char *why, size_t size)
{
	(void)p;
	snprintf(why, size, "it has nothing to say to anybody");
	return ATTN_REFUSED;
}

static const struct attn_impl crashes = BROKEN(ATTN_ABI, "crashes", broken_query, broken_plan, crash);
static const struct attn_impl leaves = BROKEN(ATTN_ABI, "leaves", broken_query, broken_plan, leave);
static const struct attn_impl hangs = BROKEN(ATTN_ABI, "hangs", broken_query, broken_plan, hang);
static const struct attn_impl fails = BROKEN(ATTN_ABI, "fails", broken_query, broken_plan, fail);
static const struct attn_impl starves = BROKEN(ATTN_ABI, "starves", broken_query, starve, broken_run);
static const struct attn_impl refuses = BROKEN(ATTN_ABI, "refuses", refuse, broken_plan, broken_run);
static const struct attn_impl writes_nothing = BROKEN(ATTN_ABI, "writes-nothing", broken_query, broken_plan, broken_run);
ATTN_PLUGIN(&crashes, &leaves, &hangs, &fails, &starves, &refuses, &writes_nothing);
