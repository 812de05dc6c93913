/* A local kernel that goes wrong on one rank, for the tests of faults: FAULT says how, FAULT_RANK where.
 * SPDX-License-Identifier: Apache-2.0 */
#include <attnbench/attn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct attn_plan {
	const struct attn_host *host;
};

static int is_here(const char *fault)
{
	const char *rank = getenv("OMPI_COMM_WORLD_RANK"), *where = getenv("FAULT_RANK"), *what = getenv("FAULT");
	if (!rank)
		rank = getenv("PMI_RANK");
	return rank && where && what && !strcmp(rank, where) && !strcmp(what, fault);
}

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

static enum attn_status plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **made, char *why, size_t size)
{
	(void)p;
	if (is_here("plan"))
		return snprintf(why, size, "it was told to fail"), ATTN_NO_MEMORY;
	if (!(*made = host->alloc(host, sizeof **made, 8)))
		return snprintf(why, size, "no memory"), ATTN_NO_MEMORY;
	(*made)->host = host;
	return ATTN_OK;
}

static enum attn_status run(struct attn_plan *p, const struct attn_tensors *t)
{
	(void)p, (void)t;
	if (is_here("crash"))
		raise(SIGSEGV);
	if (is_here("throw"))
		abort(); /* what an exception comes to that nothing catches */
	while (is_here("hang"))
		;
	return is_here("fail") ? ATTN_FAILED : ATTN_OK;
}

static void destroy(struct attn_plan *p)
{
	if (p)
		p->host->free(p->host, p);
}

static const struct attn_impl faulty = {
	.abi = ATTN_ABI,
	.struct_size = sizeof(struct attn_impl),
	.name = "faulty",
	.version = "1",
	.summary = "goes wrong on one rank",
	.numerics = numerics,
	.query = query,
	.plan = plan,
	.run = run,
	.destroy = destroy,
	.kinds = ATTN_KIND_SUMS,
};

ATTN_PLUGIN(&faulty);
