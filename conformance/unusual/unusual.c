/* Kernels that are right, and unusual: other orders of summation, other precisions, declared as they are. The suite must pass
 * each: a false alarm is a fault of the suite.
 * SPDX-License-Identifier: Apache-2.0 */
#include <attnbench/view.h>

#include <stdio.h>

enum manner { BACKWARD, KAHAN, WIDE, PAIRWISE, SEQUENTIAL, SCALED_QUERY, BASE_TWO, BF16_CLASS, BF16_SUM_BEFORE, F16_WEIGHTS, EMPTY_NAN, EMPTY_MEAN };

struct attn_plan {
	struct attn_problem p;
	const struct attn_host *host;
	enum manner manner;
	float *score, *weight, *term; /* one per key (term: or per column of q) */
	int64_t *key;                 /* of each that the row sees */
};

static float to_bf16(float x) { return attn_bf16_to_f32(attn_f32_to_bf16(x)); }

static float pairwise(const float *x, int64_t n)
{
	return n <= 2 ? (n > 0 ? x[0] : 0) + (n > 1 ? x[1] : 0) : pairwise(x, n / 2) + pairwise(x + n / 2, n - n / 2);
}

static float kahan(const float *x, int64_t n)
{
	volatile float sum = 0, rest = 0;
	for (int64_t i = 0; i < n; i++) {
		float y = x[i] - rest, next = sum + y;
		rest = (next - sum) - y;
		sum = next;
	}
	return sum;
}

static float total(enum manner manner, const float *x, int64_t n)
{
	float sum = 0;
	if (manner == PAIRWISE)
		return pairwise(x, n);
	for (int64_t i = 0; i < n; i++)
		if (x[i] != x[i] || x[i] - x[i] != 0) /* compensation makes NaN of an infinity */
			manner = SEQUENTIAL;
	if (manner == KAHAN)
		return kahan(x, n);
	for (int64_t i = 0; i < n; i++)
		sum += x[manner == BACKWARD ? n - 1 - i : i];
	return sum;
}

/* Where a row of q, k, v lies. */
struct row {
	const struct attn_tensor *t;
	int64_t b, h, i;
};

static float at(const struct attn_plan *plan, const struct row *r, int64_t c)
{
	float x = (float)attn_at_float(r->t, r->b, r->h, r->i, c);
	return plan->manner == BF16_CLASS || plan->manner == BF16_SUM_BEFORE ? to_bf16(x) : x;
}

static float score(struct attn_plan *plan, const struct row *q, const struct row *k)
{
	float scale = (float)plan->p.scale;
	double wide = 0;
	for (int64_t c = 0; c < plan->p.dim_qk; c++) {
		plan->term[c] = plan->manner == SCALED_QUERY ? scale * at(plan, q, c) * at(plan, k, c) : at(plan, q, c) * at(plan, k, c);
		wide += (double)at(plan, q, c) * (double)at(plan, k, c);
	}
	if (plan->manner == WIDE)
		return (float)(plan->p.scale * wide);
	return plan->manner == SCALED_QUERY ? total(SEQUENTIAL, plan->term, plan->p.dim_qk) : scale * total(plan->manner, plan->term, plan->p.dim_qk);
}

/* exp(x - max); in powers of two the difference is rounded again when it is multiplied by log2(e). */
static float weigh(enum manner manner, float x, float max)
{
	const float log2e = 1.44269504f;
	if (x == max)
		return 1;
	if (manner == WIDE)
		return (float)exp((double)x - (double)max);
	return manner == BASE_TWO ? exp2f((x - max) * log2e) : expf(x - max);
}

/* The keys that a row sees, and their scores; how many. */
static int64_t scores_of(struct attn_plan *plan, const struct attn_tensors *t, const struct row *q, float *max)
{
	const struct attn_problem *p = &plan->p;
	struct attn_span span = attn_span_of(p, p->len_q, p->len_kv, q->i);
	int64_t n = 0;
	*max = -INFINITY;
	for (int64_t j = span.first; j < span.end; j++) {
		struct row k = {&t->k, q->b, q->h / (p->heads_q / p->heads_kv), j};
		float bias = t->bias.data ? (float)attn_at_float(&t->bias, q->b, q->h, q->i, j) : 0;
		if ((t->mask.data && !attn_at_bool(&t->mask, q->b, q->h, q->i, j)) || bias == -INFINITY)
			continue;
		plan->key[n] = j;
		plan->score[n] = score(plan, q, &k) + bias;
		if (plan->score[n] > *max || plan->score[n] != plan->score[n])
			*max = plan->score[n];
		n++;
	}
	return n;
}

static float stored_weight(enum manner manner, float w)
{
	return manner == BF16_CLASS || manner == BF16_SUM_BEFORE ? to_bf16(w) : manner == F16_WEIGHTS ? attn_f16_to_f32(attn_f32_to_f16(w)) : w;
}

/* What a row that sees no key is: 0, NaN, or the mean of all values, hidden as they are. */
static float empty_row(const struct attn_plan *plan, const struct attn_tensors *t, const struct row *q, int64_t c)
{
	double sum = 0;
	if (plan->manner != EMPTY_MEAN)
		return plan->manner == EMPTY_NAN ? NAN : 0;
	for (int64_t j = 0; j < plan->p.len_kv; j++)
		sum += attn_at_float(&t->v, q->b, q->h / (plan->p.heads_q / plan->p.heads_kv), j, c);
	return (float)(sum / (double)plan->p.len_kv);
}

static void row_run(struct attn_plan *plan, const struct attn_tensors *t, const struct row *q)
{
	enum manner manner = plan->manner;
	float max, sum = 0;
	double wide_sum = 0;
	int64_t n = scores_of(plan, t, q, &max);
	for (int64_t s = 0; s < n; s++) {
		float w = weigh(manner, plan->score[s], max);
		plan->weight[s] = stored_weight(manner, w);
		plan->term[s] = manner == BF16_SUM_BEFORE ? w : plan->weight[s];
		wide_sum += (double)w;
	}
	sum = total(manner, plan->term, n);
	for (int64_t c = 0; c < plan->p.dim_v; c++) {
		double wide = 0;
		for (int64_t s = 0; s < n; s++) {
			struct row v = {&t->v, q->b, q->h / (plan->p.heads_q / plan->p.heads_kv), plan->key[s]};
			plan->term[s] = plan->weight[s] * at(plan, &v, c);
			wide += (double)plan->weight[s] * (double)at(plan, &v, c);
		}
		float x = n == 0 ? empty_row(plan, t, q, c) : manner == WIDE ? (float)(wide / wide_sum) : total(manner, plan->term, n) / sum;
		memcpy(attn_at(&t->out, q->b, q->h, q->i, c), &x, sizeof x);
	}
}

static enum attn_status run(struct attn_plan *plan, const struct attn_tensors *t)
{
	for (int64_t b = 0; b < plan->p.batch; b++)
		for (int64_t h = 0; h < plan->p.heads_q; h++)
			for (int64_t i = 0; i < plan->p.len_q; i++)
				row_run(plan, t, &(struct row){&t->q, b, h, i});
	return ATTN_OK;
}

static enum attn_status query(const struct attn_problem *p, char *why, size_t size)
{
	if (p->dtype != ATTN_F32 || p->softmax_dtype == ATTN_F64 || p->score > ATTN_DOT || p->softcap > 0 || p->has & ~(uint32_t)(ATTN_HAS_MASK | ATTN_HAS_BIAS) || p->wants)
		return snprintf(why, size, "only dot products of f32 with mask and bias"), ATTN_REFUSED;
	return ATTN_OK;
}

static void destroy(struct attn_plan *plan)
{
	if (plan)
		plan->host->free(plan->host, plan);
}

static enum attn_status make_plan(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, enum manner manner)
{
	size_t n = (size_t)p->len_kv, d = (size_t)p->dim_qk, terms = n > d ? n : d;
	struct attn_plan *made = host->alloc(host, sizeof *made + n * sizeof(int64_t) + (2 * n + terms) * sizeof(float), 64);
	if (!made)
		return ATTN_NO_MEMORY;
	*made = (struct attn_plan){.p = *p, .host = host, .manner = manner};
	made->key = (int64_t *)(made + 1);
	made->score = (float *)(made->key + n);
	made->weight = made->score + n;
	made->term = made->weight + n;
	*plan = made;
	return ATTN_OK;
}

static struct attn_numerics f32_numerics(const struct attn_problem *p)
{
	(void)p;
	return (struct attn_numerics){0x1p-24, 0x1p-24, 0x1p-24};
}

/* Three roundings of the exponent where exp has one, of the difference, of log2(e) and of their product: as if the score had them. */
static struct attn_numerics base_two_numerics(const struct attn_problem *p)
{
	(void)p;
	return (struct attn_numerics){3 * 0x1p-24, 0x1p-24, 0x1p-24};
}

/* q, k and v are rounded to bf16 first: a score has the errors of two such factors, an output those of p and v. */
static struct attn_numerics bf16_numerics(const struct attn_problem *p)
{
	(void)p;
	return (struct attn_numerics){0x1p-7, 0x1p-7, 0x1p-24};
}

static struct attn_numerics f16_numerics(const struct attn_problem *p)
{
	(void)p;
	return (struct attn_numerics){0x1p-24, 0x1p-11, 0x1p-24};
}

#define UNUSUAL(id, label, what, numerics_function) UNUSUAL_ROW(id, label, what, numerics_function, ATTN_EMPTY_ZERO)
#define UNUSUAL_ROW(id, label, what, numerics_function, empty)                                                                                         \
	static enum attn_status plan_##id(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size) \
	{                                                                                                                                              \
		(void)why, (void)size;                                                                                                                 \
		return make_plan(p, host, plan, id);                                                                                                   \
	}                                                                                                                                              \
	static const struct attn_impl unusual_##id = {.abi = ATTN_ABI,                                                                                 \
	                                              .struct_size = sizeof(struct attn_impl),                                                         \
	                                              .name = "unusual/" label,                                                                        \
	                                              .version = "1",                                                                                  \
	                                              .summary = what,                                                                                 \
	                                              .policy = {empty, 1, 1, 1},                                                                      \
	                                              .numerics = numerics_function,                                                                   \
	                                              .query = query,                                                                                  \
	                                              .plan = plan_##id,                                                                               \
	                                              .run = run,                                                                                      \
	                                              .destroy = destroy};
UNUSUAL(BACKWARD, "backward", "all sums run from the last term to the first", f32_numerics)
UNUSUAL(KAHAN, "kahan", "compensated sums", f32_numerics)
UNUSUAL(WIDE, "wide", "everything in f64 but the result", f32_numerics)
UNUSUAL(PAIRWISE, "pairwise", "pairwise sums", f32_numerics)
UNUSUAL(SEQUENTIAL, "sequential", "one f32 sum over all terms, in order", f32_numerics)
UNUSUAL(SCALED_QUERY, "scaled-query", "the scale is multiplied into q first", f32_numerics)
UNUSUAL(BASE_TWO, "base-two", "exp2 of scores times log2(e), declared", base_two_numerics)
UNUSUAL(BF16_CLASS, "bf16-class", "q, k, v and the weights in bf16, sums in f32, declared", bf16_numerics)
UNUSUAL(BF16_SUM_BEFORE, "bf16-sum-before", "the same, the weights summed before they are rounded", bf16_numerics)
UNUSUAL(F16_WEIGHTS, "f16-weights", "weights in f16, declared", f16_numerics)
UNUSUAL_ROW(EMPTY_NAN, "empty-nan", "a row that sees no key is NaN, declared", f32_numerics, ATTN_EMPTY_NAN)
UNUSUAL_ROW(EMPTY_MEAN, "empty-mean", "a row that sees no key is the mean of all values, declared", f32_numerics, ATTN_EMPTY_MEAN)

ATTN_PLUGIN(&unusual_BACKWARD, &unusual_KAHAN, &unusual_WIDE, &unusual_PAIRWISE, &unusual_SEQUENTIAL, &unusual_SCALED_QUERY, &unusual_BASE_TWO, &unusual_BF16_CLASS,
            &unusual_BF16_SUM_BEFORE, &unusual_F16_WEIGHTS, &unusual_EMPTY_NAN, &unusual_EMPTY_MEAN);
