/* Implementations for the tests of sweep: one that does nothing, and one for each way to go wrong.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* nanosleep, sched_getaffinity */
#include <attnbench/view.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct attn_plan {
	struct attn_problem problem;
	const struct attn_host *host;
	long calls;
};

static enum attn_status accept(const struct attn_problem *p, char *why, size_t size)
{
	(void)p, (void)why, (void)size;
	return ATTN_OK;
}

static struct attn_numerics numerics(const struct attn_problem *p)
{
	(void)p;
	return (struct attn_numerics){0x1p-24, 0x1p-24, 0x1p-24};
}

static enum attn_status plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **made, char *why, size_t size)
{
	struct attn_plan *x = host->alloc(host, sizeof *x, 64);
	if (!x)
		return snprintf(why, size, "no memory for the plan"), ATTN_NO_MEMORY;
	*x = (struct attn_plan){*p, host, 0};
	*made = x;
	return ATTN_OK;
}

static void destroy(struct attn_plan *x)
{
	if (x)
		x->host->free(x->host, x);
}

static enum attn_status run_nothing(struct attn_plan *x, const struct attn_tensors *t)
{
	(void)x, (void)t;
	return ATTN_OK;
}

/* Plain attention of f32, one thread: right. */
static void row(const struct attn_plan *x, const struct attn_tensors *t, int64_t b, int64_t h, int64_t i)
{
	const struct attn_problem *p = &x->problem;
	struct attn_span s = attn_span_of(p, p->len_q, p->len_kv, i);
	int64_t hk = h / (p->heads_q / p->heads_kv);
	double sum = 0, out[1024] = {0};
	for (int64_t j = s.first; j < s.end; j++) {
		double e = 0;
		for (int64_t c = 0; c < p->dim_qk; c++)
			e += attn_at_float(&t->q, b, h, i, c) * attn_at_float(&t->k, b, hk, j, c);
		e = exp(e * p->scale);
		sum += e;
		for (int64_t c = 0; c < p->dim_v; c++)
			out[c] += e * attn_at_float(&t->v, b, hk, j, c);
	}
	for (int64_t c = 0; c < p->dim_v; c++)
		*(float *)attn_at(&t->out, b, h, i, c) = (float)(out[c] / sum);
}

/* With TEST_SWEEP_SLOWER=10 it is slower by 10 %: a tenth of the rows is computed twice. */
static enum attn_status run_right(struct attn_plan *x, const struct attn_tensors *t)
{
	const struct attn_problem *p = &x->problem;
	int64_t rows = p->batch * p->heads_q * p->len_q;
	const char *slower = getenv("TEST_SWEEP_SLOWER");
	int64_t all = rows + (slower ? rows * atol(slower) / 100 : 0);
	for (int64_t n = 0; n < all; n++)
		row(x, t, n % rows / p->len_q / p->heads_q, n % rows / p->len_q % p->heads_q, n % rows % p->len_q);
	return ATTN_OK;
}

/* Right in its first call only: what is timed is not what was judged. */
static enum attn_status run_worse_later(struct attn_plan *x, const struct attn_tensors *t)
{
	enum attn_status status = run_right(x, t);
	if (x->calls++)
		for (int64_t i = 0; i < x->problem.len_q; i++)
			*(float *)attn_at(&t->out, 0, 0, i, 0) += 1;
	return status;
}

static enum attn_status run_crash(struct attn_plan *x, const struct attn_tensors *t)
{
	(void)x, (void)t;
	abort();
}

static enum attn_status run_exit(struct attn_plan *x, const struct attn_tensors *t)
{
	(void)x, (void)t;
	_exit(7);
}

static enum attn_status run_hang(struct attn_plan *x, const struct attn_tensors *t)
{
	(void)x, (void)t;
	for (volatile int forever = 1; forever;)
		pause();
	return ATTN_FAILED;
}

static enum attn_status run_fail(struct attn_plan *x, const struct attn_tensors *t)
{
	(void)x, (void)t;
	return ATTN_FAILED;
}

/* Takes a third of a second: too slow for a small --max-seconds. */
static enum attn_status run_slow(struct attn_plan *x, const struct attn_tensors *t)
{
	nanosleep(&(struct timespec){0, 333000000}, NULL);
	return run_right(x, t);
}

/* Takes any time from 1 to 9 ms: no median of it is known well. */
static enum attn_status run_erratic(struct attn_plan *x, const struct attn_tensors *t)
{
	long us = 1000 + x->calls++ * 4919 % 8000;
	nanosleep(&(struct timespec){0, us * 1000}, NULL);
	return run_right(x, t);
}

/* Takes 16 MiB that it did not announce. */
static enum attn_status run_takes_more(struct attn_plan *x, const struct attn_tensors *t)
{
	size_t bytes = (size_t)16 << 20;
	volatile char *memory = malloc(bytes);
	for (size_t i = 0; memory && i < bytes; i += 4096)
		memory[i] = 1;
	free((void *)(uintptr_t)memory);
	return run_right(x, t);
}

/* Right, by two threads of OpenMP. Fails after its first call where the first thread may run on the other's processor and there are two. */
static enum attn_status run_places(struct attn_plan *x, const struct attn_tensors *t)
{
	cpu_set_t first, other, both;
	CPU_ZERO(&other);
#pragma omp parallel for num_threads(2) schedule(static, 1)
	for (int i = 0; i < 2; i++)
		sched_getaffinity(0, sizeof(cpu_set_t), i ? &other : &first);
	CPU_OR(&both, &first, &other);
	int together = CPU_COUNT(&both) < CPU_COUNT(&first) + CPU_COUNT(&other);
	return x->calls++ && together && CPU_COUNT(&both) > 1 ? ATTN_FAILED : run_right(x, t);
}

static enum attn_status plan_greedy(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **made, char *why, size_t size)
{
	(void)p, (void)made;
	if (!host->alloc(host, (size_t)1 << 50, 64))
		return snprintf(why, size, "a pebibyte was asked for"), ATTN_NO_MEMORY;
	return ATTN_FAILED;
}

static enum attn_status refuse(const struct attn_problem *p, char *why, size_t size)
{
	snprintf(why, size, "d is %lld: it does none", (long long)p->dim_qk);
	return ATTN_REFUSED;
}

#define IMPL(id, its_name, ...)                                                                                            \
	static const struct attn_impl id = {.abi = ATTN_ABI, .struct_size = sizeof(struct attn_impl), .name = its_name, .version = "1", \
		.summary = "for tests", .licence = "Apache-2.0", .url = "", .numerics = numerics, .query = accept, .destroy = destroy, __VA_ARGS__}
IMPL(right, "test-right", .plan = plan, .run = run_right);
IMPL(empty, "test-empty", .plan = plan, .run = run_nothing, .limit = "an empty function: what the harness itself costs");
IMPL(wrong, "test-wrong", .plan = plan, .run = run_nothing);
IMPL(worse_later, "test-worse-later", .plan = plan, .run = run_worse_later);
IMPL(crash, "test-crash", .plan = plan, .run = run_crash);
IMPL(exits, "test-exit", .plan = plan, .run = run_exit);
IMPL(hang, "test-hang", .plan = plan, .run = run_hang);
IMPL(fail, "test-fail", .plan = plan, .run = run_fail);
IMPL(slow, "test-slow", .plan = plan, .run = run_slow);
IMPL(erratic, "test-erratic", .plan = plan, .run = run_erratic);
IMPL(takes_more, "test-takes-more", .plan = plan, .run = run_takes_more);
IMPL(places, "test-places", .plan = plan, .run = run_places);
IMPL(greedy, "test-greedy", .plan = plan_greedy, .run = run_right);
static const struct attn_impl refuses = {.abi = ATTN_ABI, .struct_size = sizeof(struct attn_impl), .name = "test-refuses", .version = "1", .summary = "for tests",
	.licence = "Apache-2.0", .url = "", .numerics = numerics, .query = refuse, .plan = plan, .run = run_right, .destroy = destroy};
ATTN_PLUGIN(&right, &empty, &wrong, &worse_later, &crash, &exits, &hang, &fail, &slow, &erratic, &takes_more, &places, &greedy, &refuses);
