/* The canary: a fixed piece of work of one thread, arithmetic on what lies in the first-level cache and sums of what lies in the last, timed in
 * every round of a sweep.
 * How much its time varies is the least that any difference must exceed to be more than noise.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_worker.h"

enum { CANARY_FLOATS = 4096, CANARY_PASSES = 32, CANARY_FAR_FLOATS = 1 << 19 };

struct attn_plan {
	float data[CANARY_FLOATS], far_data[CANARY_FAR_FLOATS];
	volatile float result;
};

static struct attn_numerics canary_numerics(const struct attn_problem *p)
{
	(void)p;
	return (struct attn_numerics){0x1p-24, 0x1p-24, 0x1p-24};
}

static enum attn_status canary_query(const struct attn_problem *p, char *why, size_t size)
{
	(void)p, (void)why, (void)size;
	return ATTN_OK;
}

static enum attn_status canary_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	static struct attn_plan only;
	(void)p, (void)host, (void)why, (void)size;
	for (int i = 0; i < CANARY_FLOATS; i++)
		only.data[i] = (float)(i % 7) * 0.125f;
	for (int i = 0; i < CANARY_FAR_FLOATS; i++)
		only.far_data[i] = (float)(i % 5) * 0.25f;
	*plan = &only;
	return ATTN_OK;
}

static enum attn_status canary_run(struct attn_plan *plan, const struct attn_tensors *t)
{
	float sum[8] = {0};
	(void)t;
	for (int pass = 0; pass < CANARY_PASSES; pass++)
		for (int i = 0; i < CANARY_FLOATS; i += 8)
			for (int k = 0; k < 8; k++)
				sum[k] = sum[k] * 0.5f + plan->data[i + k];
	for (int i = 0; i < CANARY_FAR_FLOATS; i += 16) /* a cache line each */
		sum[i / 16 % 8] += plan->far_data[i];
	plan->result = sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7];
	return ATTN_OK;
}

static void canary_destroy(struct attn_plan *plan)
{
	(void)plan;
}

const struct attn_impl sweep_canary = {
	.abi = ATTN_ABI, .struct_size = sizeof(struct attn_impl), .name = "canary", .version = "1",
	.summary = "fixed work", .licence = "Apache-2.0", .url = "",
	.numerics = canary_numerics, .query = canary_query, .plan = canary_plan, .run = canary_run, .destroy = canary_destroy,
	.limit = "it is not attention: the machine's noise"};
