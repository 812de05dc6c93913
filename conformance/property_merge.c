/* Split and merge: attention over the first keys and over the others, joined by their logsumexps, or their maxima and sums, is attention
 * over all:
 *     out = Σ_s e^(lse_s - lse) out_s,   lse = log Σ_s e^(lse_s);      l = Σ_s l_s e^(m_s - m),   out = Σ_s l_s e^(m_s - m) / l out_s,   m = max m_s.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/property.h"
#include "conformance/trial.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <attnbench/view.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SUMS = 3 };

static struct attn_tensor *sums_of(const struct attn_tensors *t, int i)
{
	const struct attn_tensor *all[SUMS] = {&t->logsumexp, &t->row_max, &t->row_sum};
	return (struct attn_tensor *)(uintptr_t)all[i];
}

/* The part of the keys from `first` on, `n` of them, as a problem and its tensors; outputs of its own. 0: no memory. */
static int take_part(const struct attn_problem *p, const struct attn_tensors *t, int64_t first, int64_t n, struct attn_problem *part, struct attn_tensors *of)
{
	*part = *p;
	*of = *t;
	part->len_kv = of->k.dim[2] = of->v.dim[2] = n;
	of->k.data = attn_at(&t->k, 0, 0, first, 0);
	of->v.data = attn_at(&t->v, 0, 0, first, 0);
	of->out = attn_tensor_new(t->out.dtype, p->batch, p->heads_q, p->len_q, p->dim_v);
	for (int i = 0; i < SUMS; i++)
		if (sums_of(t, i)->data)
			*sums_of(of, i) = attn_tensor_new(sums_of(t, i)->dtype, p->batch, p->heads_q, p->len_q, 1);
	return of->out.data && (of->logsumexp.data || (of->row_max.data && of->row_sum.data));
}

static void free_part(struct attn_tensors *part)
{
	attn_tensor_free(&part->out);
	for (int i = 0; i < SUMS; i++)
		attn_tensor_free(sums_of(part, i));
}

/* One row's maximum and sum: a logsumexp is the one with a sum of 1. */
struct row_sums {
	double m, l;
};

static struct row_sums row_sums(const struct attn_tensors *t, const int64_t at[3])
{
	if (t->row_max.data)
		return (struct row_sums){attn_tensor_get(&t->row_max, at[0], at[1], at[2], 0), attn_tensor_get(&t->row_sum, at[0], at[1], at[2], 0)};
	double lse = attn_tensor_get(&t->logsumexp, at[0], at[1], at[2], 0);
	return (struct row_sums){lse, lse > (double)-INFINITY};
}

static void put_sums(struct attn_tensors *t, const int64_t at[3], struct row_sums s)
{
	if (t->row_max.data) {
		attn_tensor_set(&t->row_max, at[0], at[1], at[2], 0, s.m);
		attn_tensor_set(&t->row_sum, at[0], at[1], at[2], 0, s.l);
	}
	if (t->logsumexp.data)
		attn_tensor_set(&t->logsumexp, at[0], at[1], at[2], 0, s.m + log(s.l));
}

/* l e^(m - top), where infinities of the same sign differ by 0. */
static double share_of(struct row_sums s, double top) { return s.l == 0 ? 0 : s.m == top ? s.l : s.l * exp(s.m - top); }

static void merge(const struct attn_tensors *a, const struct attn_tensors *b, struct attn_tensors *whole)
{
	int64_t rows = whole->out.dim[2], heads = whole->out.dim[1];
	for (int64_t n = 0; n < whole->out.dim[0] * heads * rows; n++) {
		int64_t at[] = {n / rows / heads, n / rows % heads, n % rows};
		struct row_sums x = row_sums(a, at), y = row_sums(b, at), all = {fmax(x.m, y.m), 0};
		double of_x = share_of(x, all.m), of_y = share_of(y, all.m);
		all.l = of_x + of_y;
		put_sums(whole, at, all);
		for (int64_t c = 0; c < whole->out.dim[3]; c++) {
			double p = of_x == 0 ? 0 : of_x / all.l * attn_tensor_get(&a->out, at[0], at[1], at[2], c);
			double q = of_y == 0 ? 0 : of_y / all.l * attn_tensor_get(&b->out, at[0], at[1], at[2], c);
			attn_tensor_set(&whole->out, at[0], at[1], at[2], c, p + q);
		}
	}
}

/* Keys are split at `at`; the merged output is judged as the whole problem's would be, at half its error: the parts' sums
 * bring theirs. */
static void test_merge(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	int64_t at = p->len_kv / 3;
	struct attn_problem pa, pb;
	struct attn_tensors t, a = {0}, b = {0};
	if (!trial_inputs(trial, p, &t))
		return;
	if (!take_part(p, &t, 0, at, &pa, &a) || !take_part(p, &t, at, p->len_kv - at, &pb, &b)) {
		trial_fail(trial, "no memory");
	} else if (trial_run(trial, &pa, &a) && trial_run(trial, &pb, &b)) {
		struct judge_rules rules = {trial->impl->numerics(p), trial->impl->policy, NULL};
		merge(&a, &b, &t);
		rules.numerics.u_accumulate *= 2, rules.numerics.u_score *= 2, rules.numerics.u_weights *= 2;
		struct judge_result *r = &trial->attempt->judged;
		if (judge_by(&rules, p, &t, -1, 1, r) != ATTN_OK)
			trial_fail(trial, "no memory");
		trial->attempt->is_judged = 1;
		if (!(r->ratio <= 1))
			trial_fail(trial, "two parts merged by their %s differ from the whole: %s[%lld,%lld,%lld,%lld] is %.9g, expected %.9g", t.row_max.data ? "maxima and sums" : "logsumexps", r->output, (long long)r->at[0],
			           (long long)r->at[1], (long long)r->at[2], (long long)r->at[3], r->got, r->expected);
	}
	free_part(&a), free_part(&b);
	attn_tensors_free(&t);
}

/* Scores of a size at which a logsumexp in f32, or in f64, has no digit left for the sum. */
static void add_merge_of_sums(struct case_list *list)
{
	static const char *const recipes[] = {"normal", "equal", "at-1e4", "at-1e9", "overflow", NULL};
	for (int i = 0; recipes[i]; i++) {
		char what[64];
		snprintf(what, sizeof what, "split-and-merge/inputs:%s", recipes[i]);
		struct check_case *c = case_add_test(list, "b:2/hq:4/hkv:2/sq:3/skv:60/d:16/sums", what, test_merge);
		if (c)
			c->recipe = recipes[i];
	}
}

void property_add_merge(struct case_list *list)
{
	case_add_test(list, "b:2/hq:4/hkv:2/sq:3/skv:60/d:16/lse", "split-and-merge", test_merge);
	case_add_test(list, "b:1/hq:1/sq:1/skv:1000/d:8/lse", "split-and-merge", test_merge);
	add_merge_of_sums(list);
}
