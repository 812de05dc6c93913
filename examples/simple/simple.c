/* simple: attention in f32, one query row at a time: where a kernel of your own begins.
 * SPDX-License-Identifier: Apache-2.0 */
#include <attnbench/view.h>
#include <stdio.h>

/* Made once for a problem, used for many runs. All its memory comes from the host, which counts it. */
struct attn_plan {
	struct attn_problem problem;
	const struct attn_host *host;
	float *weights; /* of one row: len_kv */
};

/* What it can do. A refusal is a normal answer; its reason is shown to the user. */
static enum attn_status simple_query(const struct attn_problem *p, char *why, size_t size)
{
	const uint32_t known = ATTN_HAS_MASK | ATTN_HAS_BIAS;
	if (p->dtype != ATTN_F32 || p->softmax_dtype == ATTN_F64)
		return snprintf(why, size, "dtypes other than f32: it computes in f32"), ATTN_REFUSED;
	if (p->score != ATTN_SCALED_DOT)
		return snprintf(why, size, "scores other than the scaled dot product"), ATTN_REFUSED;
	if (p->softcap != 0 || p->has & ~known)
		return snprintf(why, size, "inputs and modifiers other than mask and bias"), ATTN_REFUSED;
	if (p->wants)
		return snprintf(why, size, "outputs other than out"), ATTN_REFUSED;
	return ATTN_OK;
}

/* The precision it is held to: unit roundoffs of scores, weights and sums. */
static struct attn_numerics simple_numerics(const struct attn_problem *p)
{
	(void)p;
	return (struct attn_numerics){0x1p-24, 0x1p-24, 0x1p-24};
}

static enum attn_status simple_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size)
{
	struct attn_plan *made = host->alloc(host, sizeof *made, 64);
	float *weights = host->alloc(host, (size_t)p->len_kv * sizeof *weights, 64);
	if (!made || !weights) {
		host->free(host, weights);
		host->free(host, made);
		return snprintf(why, size, "no memory for a row of %lld weights", (long long)p->len_kv), ATTN_NO_MEMORY;
	}
	*made = (struct attn_plan){*p, host, weights};
	*plan = made;
	return ATTN_OK;
}

static void simple_destroy(struct attn_plan *plan)
{
	if (!plan)
		return;
	const struct attn_host *host = plan->host;
	host->free(host, plan->weights);
	host->free(host, plan);
}

/* Element [b][h][i][j]: tensors may lie anywhere and have any strides. */
static float *at(const struct attn_tensor *t, int64_t b, int64_t h, int64_t i, int64_t j)
{
	return (float *)t->data + attn_offset(t, b, h, i, j);
}

/* s_j = scale · q·k_j + bias_j, or -inf where the row may not see the key. Returns the largest. */
static float row_scores(const struct attn_problem *p, const struct attn_tensors *t, const int64_t row[3], float *s)
{
	int64_t b = row[0], h = row[1], i = row[2], h_kv = h / (p->heads_q / p->heads_kv);
	struct attn_span span = attn_span_of(p, p->len_q, p->len_kv, i);
	float max = -INFINITY;
	for (int64_t j = 0; j < p->len_kv; j++) {
		s[j] = -INFINITY;
		if (j < span.first || j >= span.end || (p->has & ATTN_HAS_MASK && !attn_at_bool(&t->mask, b, h, i, j)))
			continue;
		float dot = 0;
		for (int64_t c = 0; c < p->dim_qk; c++)
			dot += *at(&t->q, b, h, i, c) * *at(&t->k, b, h_kv, j, c);
		float bias = p->has & ATTN_HAS_BIAS ? *at(&t->bias, b, h, i, j) : 0;
		if (bias > -INFINITY || bias != bias)
			s[j] = (float)p->scale * dot + bias;
		max = s[j] > max ? s[j] : max;
	}
	return max;
}

/* out = Σ_j w_j v_j / Σ_j w_j with w_j = exp(s_j - max). A hidden key plays no part, whatever its value holds: its weight is
 * set to -1, while that of a visible one may well underflow to 0. */
static void row_run(const struct attn_problem *p, const struct attn_tensors *t, const int64_t row[3], float *s)
{
	int64_t b = row[0], h = row[1], i = row[2], h_kv = h / (p->heads_q / p->heads_kv);
	float max = row_scores(p, t, row, s), sum = 0;
	for (int64_t j = 0; j < p->len_kv; j++) {
		s[j] = s[j] == -INFINITY ? -1 : s[j] == max ? 1 : expf(s[j] - max);
		sum += s[j] == -1 ? 0 : s[j];
	}
	for (int64_t c = 0; c < p->dim_v; c++) {
		float out = 0;
		for (int64_t j = 0; j < p->len_kv; j++)
			if (s[j] != -1)
				out += s[j] * *at(&t->v, b, h_kv, j, c);
		*at(&t->out, b, h, i, c) = sum != 0 ? out / sum : 0;
	}
}

static enum attn_status simple_run(struct attn_plan *plan, const struct attn_tensors *t)
{
	const struct attn_problem *p = &plan->problem;
	for (int64_t b = 0; b < p->batch; b++)
		for (int64_t h = 0; h < p->heads_q; h++)
			for (int64_t i = 0; i < p->len_q; i++)
				row_run(p, t, (const int64_t[]){b, h, i}, plan->weights);
	return ATTN_OK;
}

static const struct attn_impl attn_simple = {
	.abi = ATTN_ABI,
	.struct_size = sizeof(struct attn_impl),
	.name = "simple",
	.version = "1",
	.summary = "one query row at a time",
	.licence = "Apache-2.0",
	.policy = {ATTN_EMPTY_ZERO, .nan_propagates = 1, .batch_invariant = 1, .thread_invariant = 1},
	.numerics = simple_numerics,
	.query = simple_query,
	.plan = simple_plan,
	.run = simple_run,
	.destroy = simple_destroy,
};

ATTN_PLUGIN(&attn_simple);
