/* What the output is as a function of V: linear, and each element between the smallest and the largest value that its row sees.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/property.h"
#include "conformance/spread.h"
#include "conformance/trial.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <math.h>
#include <string.h>

/* Calls test for every element of out, with what the bounds of n sets of tensors allow for; where the row sees no key, is_as_declared. */
struct element {
	struct trial *trial;
	const struct attn_tensors *t; /* n of them */
	int n;
	int64_t at[4];
	const struct reference_row *row; /* of the last */
	double bound;                    /* the sum of all */
};

static double out_at(const struct element *e, int k)
{
	return attn_tensor_get(&e->t[k].out, e->at[0], e->at[1], e->at[2], e->at[3]);
}

/* What a row that sees no key has to be, and how far it may be off. A mean is that of the values of all keys (no case here has past
 * ones), whatever hides them: n values of one weight, which n - 1 additions, the products, the weights and the rounding of the output put off by no more. */
static double declared_value(const struct element *e, int k, double *bound)
{
	static const double constants[] = {[ATTN_EMPTY_ZERO] = 0, [ATTN_EMPTY_NAN] = (double)NAN};
	const struct attn_problem *p = &e->trial->c->problem;
	enum attn_empty_row declared = e->trial->impl->policy.empty_row;
	struct attn_numerics u = e->trial->impl->numerics(p);
	double n = (double)p->len_kv, sum = 0, size = 0;
	*bound = 0;
	if (declared != ATTN_EMPTY_MEAN)
		return constants[declared];
	for (int64_t j = 0; j < p->len_kv; j++) {
		double v = attn_tensor_get(&e->t[k].v, e->at[0], e->at[1] / (p->heads_q / p->heads_kv), j, e->at[3]);
		sum += v;
		size += fabs(v);
	}
	*bound = ((n + 2) * u.u_accumulate + u.u_weights + spread_unit_roundoff(e->t[k].out.dtype)) * size / n;
	return sum / n;
}

/* What a row that sees no key holds is what the implementation declares. */
static void is_as_declared(const struct element *e)
{
	static const char *const names[] = {"zero", "nan", "mean of all values"};
	for (int k = 0; k < e->n; k++) {
		double x = out_at(e, k), bound, value = declared_value(e, k, &bound);
		if (isnan(value) ? !isnan(x) : !(fabs(x - value) <= bound))
			trial_fail(e->trial, "out[%lld,%lld,%lld,%lld] is %.9g in a row that sees no key: declared is %s, %.9g", (long long)e->at[0], (long long)e->at[1],
			           (long long)e->at[2], (long long)e->at[3], x, names[e->trial->impl->policy.empty_row], value);
	}
}

static void each_column(struct element *e, struct judge_row *const rows[], void (*test)(const struct element *))
{
	const struct reference_place at = {e->at[0], e->at[1], e->at[2]};
	for (int k = 0; k < e->n; k++)
		if (!(e->row = judge_row_make(rows[k], at)))
			return;
	for (e->at[3] = 0; e->at[3] < e->t->out.dim[3]; e->at[3]++) {
		e->bound = 0;
		for (int k = 0; k < e->n; k++) {
			struct judge_terms terms;
			judge_row_output(rows[k], e->at[3], &terms);
			e->bound += judge_terms_sum(&terms);
		}
		(e->row->seen ? test : is_as_declared)(e);
	}
}

static void each_element(struct trial *trial, const struct attn_tensors *t, int n, void (*test)(const struct element *))
{
	const struct attn_problem *p = &trial->c->problem;
	const struct judge_rules rules = {trial->impl->numerics(p), trial->impl->policy, NULL};
	struct element e = {.trial = trial, .t = t, .n = n};
	struct judge_row *rows[3] = {NULL};
	int made = 0;
	while (made < n && (rows[made] = judge_row_new(&rules, p, &t[made])))
		made++;
	if (made < n)
		trial_fail(trial, "no memory");
	for (e.at[0] = 0; made == n && e.at[0] < p->batch; e.at[0]++)
		for (e.at[1] = 0; e.at[1] < p->heads_q; e.at[1]++)
			for (e.at[2] = 0; e.at[2] < p->len_q; e.at[2]++)
				each_column(&e, rows, test);
	for (int k = 0; k < made; k++)
		judge_row_free(rows[k]);
}

static void is_sum(const struct element *e)
{
	double difference = fabs(out_at(e, 2) - (out_at(e, 0) + out_at(e, 1)));
	if (!(difference <= e->bound))
		trial_fail(e->trial, "not linear in V: out[%lld,%lld,%lld,%lld] is %.9g for V + V' and %.9g + %.9g for each: %.3g more than their bounds", (long long)e->at[0],
		           (long long)e->at[1], (long long)e->at[2], (long long)e->at[3], out_at(e, 2), out_at(e, 0), out_at(e, 1), difference - e->bound);
}

/* Values of few digits, so that their sum is exact. */
static void coarse_values(const struct attn_tensor *v, struct attn_tensor *a, struct attn_tensor *b, struct attn_tensor *sum)
{
	for (int64_t n = 0; n < attn_tensor_count(v); n++) {
		int64_t c = n % v->dim[3], i = n / v->dim[3] % v->dim[2], h = n / v->dim[3] / v->dim[2] % v->dim[1], e = n / v->dim[3] / v->dim[2] / v->dim[1];
		double x = nearbyint(64 * attn_tensor_get(v, e, h, i, c)) / 64, y = nearbyint(64 * cos((double)(3 * n + 1))) / 64;
		attn_tensor_set(a, e, h, i, c, x);
		attn_tensor_set(b, e, h, i, c, y);
		attn_tensor_set(sum, e, h, i, c, x + y);
	}
}

static void test_linear(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t[3];
	int made = 0;
	while (made < 3 && trial_inputs(trial, p, &t[made]))
		made++;
	if (made == 3) {
		coarse_values(&t[2].v, &t[0].v, &t[1].v, &t[2].v);
		if (trial_run(trial, p, &t[0]) && trial_run(trial, p, &t[1]) && trial_run(trial, p, &t[2]))
			each_element(trial, t, 3, is_sum);
	}
	while (made--)
		attn_tensors_free(&t[made]);
}

static void is_between(const struct element *e)
{
	double least = (double)INFINITY, most = (double)-INFINITY, x = out_at(e, 0);
	for (int64_t j = 0; j < e->row->keys; j++)
		if (e->row->value[j]) {
			double v = (double)reference_value(e->row, e->t, j, e->at[3]);
			least = fmin(least, v), most = fmax(most, v);
		}
	if (!(x >= least - e->bound && x <= most + e->bound))
		trial_fail(e->trial, "not convex: out[%lld,%lld,%lld,%lld] is %.9g, the values that its row sees lie between %.9g and %.9g", (long long)e->at[0],
		           (long long)e->at[1], (long long)e->at[2], (long long)e->at[3], x, least, most);
}

static void test_convex(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	if (trial_run(trial, p, &t))
		each_element(trial, &t, 1, is_between);
	attn_tensors_free(&t);
}

void property_add_values(struct case_list *list)
{
	case_add_test(list, "b:2/hq:4/hkv:2/sq:7/skv:70/d:16/causal:br", "linear-in-values", test_linear);
	case_add_test(list, "b:1/hq:2/sq:5/skv:33/d:8/dv:19/softcap:3/mask:qk", "linear-in-values", test_linear);
	case_add_test(list, "b:1/hq:2/sq:12/skv:7/d:8/causal:br", "linear-in-values", test_linear); /* five rows see no key */
	case_add_test(list, "b:1/hq:2/sq:12/skv:7/d:8/causal:br", "convex-in-values", test_convex);
	case_add_test(list, "b:2/hq:4/hkv:2/sq:7/skv:70/d:16/causal:br", "convex-in-values", test_convex);
	case_add_test(list, "b:1/hq:2/sq:40/skv:40/d:8/window:3,3/bias:qk", "convex-in-values", test_convex);
	case_add_test(list, "b:1/hq:1/sq:1/skv:600/d:64/bf16", "convex-in-values", test_convex);
}
