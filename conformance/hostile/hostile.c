/* Implementations that end badly: what a sandbox is for. Each does so in run, on any problem.
 * SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <attnbench/attn.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct attn_plan {
	const struct attn_host *host;
};

static struct attn_numerics numerics(const struct attn_problem *p)
{
	(void)p;
	return (struct attn_numerics){0x1p-24, 0x1p-24, 0x1p-24};
}

static enum attn_status query(const struct attn_problem *p, char *why, size_t size)
{
	(void)p, (void)why, (void)size;
	return ATTN_OK;
}

static enum attn_status plan_nothing(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	(void)p, (void)why, (void)size;
	*plan = host->alloc(host, sizeof **plan, 16);
	(*plan)->host = host;
	return ATTN_OK;
}

static enum attn_status plan_too_much(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	(void)p, (void)plan;
	if (host->alloc(host, (size_t)1 << 46, 64))
		return ATTN_FAILED;
	snprintf(why, size, "no memory for 64 TiB");
	return ATTN_NO_MEMORY;
}

static void destroy(struct attn_plan *plan)
{
	if (plan)
		plan->host->free(plan->host, plan);
}

static enum attn_status run_crash(struct attn_plan *plan, const struct attn_tensors *t)
{
	(void)plan, (void)t;
	raise(SIGSEGV);
	return ATTN_OK;
}

/* Blocks what would end it politely. */
static enum attn_status run_hang(struct attn_plan *plan, const struct attn_tensors *t)
{
	sigset_t all;
	(void)plan, (void)t;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (;;)
		pause();
	return ATTN_OK;
}

static enum attn_status run_exit(struct attn_plan *plan, const struct attn_tensors *t)
{
	(void)plan, (void)t;
	exit(0);
}

static enum attn_status run_kill(struct attn_plan *plan, const struct attn_tensors *t)
{
	(void)plan, (void)t;
	kill(getpid(), SIGKILL);
	return ATTN_OK;
}

static enum attn_status run_nothing(struct attn_plan *plan, const struct attn_tensors *t)
{
	(void)plan, (void)t;
	return ATTN_OK;
}

#define HOSTILE(id, label, plan_function, run_function)                                                                                              \
	static const struct attn_impl hostile_##id = {.abi = ATTN_ABI,                                                                               \
	                                              .struct_size = sizeof(struct attn_impl),                                                       \
	                                              .name = "hostile/" label,                                                                      \
	                                              .version = "1",                                                                                \
	                                              .numerics = numerics,                                                                          \
	                                              .query = query,                                                                                \
	                                              .plan = plan_function,                                                                         \
	                                              .run = run_function,                                                                           \
	                                              .destroy = destroy}
HOSTILE(crash, "crash", plan_nothing, run_crash);
HOSTILE(hang, "hang", plan_nothing, run_hang);
HOSTILE(exit, "exit", plan_nothing, run_exit);
HOSTILE(kill, "kill", plan_nothing, run_kill);
HOSTILE(memory, "memory", plan_too_much, run_nothing);
HOSTILE(nothing, "nothing", plan_nothing, run_nothing);

ATTN_PLUGIN(&hostile_crash, &hostile_hang, &hostile_exit, &hostile_kill, &hostile_memory, &hostile_nothing);
