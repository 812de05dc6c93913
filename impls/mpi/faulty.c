/* A local kernel that goes wrong on one rank, for the tests of faults: FAULT says how, FAULT_RANK where.
 * SPDX-License-Identifier: Apache-2.0 */
#include <attnbench/view.h>
#include <math.h>
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

/* One row of attention over all keys, with its maximum and sum. */
static void attend(const struct attn_tensors *t, int64_t b, int64_t h, int64_t i)
{
	int64_t g = h / (t->q.dim[1] / t->k.dim[1]), keys = t->k.dim[2], columns = t->q.dim[3];
	double top = (double)-INFINITY, sum = 0;
	for (int again = 0; again < 2; again++)
		for (int64_t j = 0; j < keys; j++) {
			double s = 0;
			for (int64_t c = 0; c < columns; c++)
				s += attn_at_float(&t->q, b, h, i, c) * attn_at_float(&t->k, b, g, j, c);
			s /= sqrt((double)columns);
			if (!again) {
				top = fmax(top, s);
				continue;
			}
			sum += exp(s - top);
			for (int64_t c = 0; c < t->v.dim[3]; c++) { /* the mean of what was seen so far */
				float *o = attn_at(&t->out, b, h, i, c);
				*o = (float)((j ? (double)*o : 0) + (attn_at_float(&t->v, b, g, j, c) - (j ? (double)*o : 0)) * exp(s - top) / sum);
			}
		}
	*(double *)attn_at(&t->row_max, b, h, i, 0) = top;
	*(double *)attn_at(&t->row_sum, b, h, i, 0) = sum;
}

/* Memory that no plan announced, and that stays. */
static void hoard(void)
{
	enum { BYTES = 8 << 20 };
	char *memory = malloc(BYTES);
	if (memory)
		for (volatile char *at = memory; at < memory + BYTES; at += 4096)
			*at = 1;
}

static enum attn_status run(struct attn_plan *p, const struct attn_tensors *t)
{
	(void)p;
	if (is_here("hoard"))
		hoard();
	for (int64_t b = 0; b < t->q.dim[0]; b++)
		for (int64_t h = 0; h < t->q.dim[1]; h++)
			for (int64_t i = 0; t->row_max.data && i < t->q.dim[2]; i++)
				attend(t, b, h, i);
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
