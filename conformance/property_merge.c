/* Split and merge: attention over the first keys and over the others, joined by their logsumexps, is attention over all:
 *     out = Σ_s e^(lse_s - lse) out_s,   lse = log Σ_s e^(lse_s).
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/property.h"
#include "conformance/trial.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <attnbench/view.h>
#include <math.h>
#include <string.h>

/* The part of the keys from `first` on, `n` of them, as a problem and its tensors; outputs of its own. 0: no memory. */
static int take_part(const struct attn_problem *p, const struct attn_tensors *t, int64_t first, int64_t n, struct attn_problem *part, struct attn_tensors *of)
{
	*part = *p;
	*of = *t;
	part->len_kv = of->k.dim[2] = of->v.dim[2] = n;
	of->k.data = attn_at(&t->k, 0, 0, first, 0);
	of->v.data = attn_at(&t->v, 0, 0, first, 0);
	of->out = attn_tensor_new(t->out.dtype, p->batch, p->heads_q, p->len_q, p->dim_v);
	of->logsumexp = attn_tensor_new(t->logsumexp.dtype, p->batch, p->heads_q, p->len_q, 1);
	return of->out.data && of->logsumexp.data;
}

static void free_part(struct attn_tensors *part)
{
	attn_tensor_free(&part->out);
	attn_tensor_free(&part->logsumexp);
}

static void merge(const struct attn_tensors *a, const struct attn_tensors *b, struct attn_tensors *whole)
{
	for (int64_t n = 0; n < attn_tensor_count(&whole->logsumexp); n++) {
		int64_t i = n % whole->out.dim[2], h = n / whole->out.dim[2] % whole->out.dim[1], e = n / whole->out.dim[2] / whole->out.dim[1];
		double x = attn_tensor_get(&a->logsumexp, e, h, i, 0), y = attn_tensor_get(&b->logsumexp, e, h, i, 0), m = fmax(x, y);
		double lse = m == (double)-INFINITY ? m : m + log(exp(x - m) + exp(y - m));
		attn_tensor_set(&whole->logsumexp, e, h, i, 0, lse);
		for (int64_t c = 0; c < whole->out.dim[3]; c++) {
			double p = attn_tensor_get(&a->out, e, h, i, c), q = attn_tensor_get(&b->out, e, h, i, c);
			attn_tensor_set(&whole->out, e, h, i, c, lse == (double)-INFINITY ? 0 : exp(x - lse) * p + exp(y - lse) * q);
		}
	}
}

/* Keys are split at `at`; the merged output is judged as the whole problem's would be, at half its error: the parts' logsumexps
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
			trial_fail(trial, "two parts merged by their logsumexps differ from the whole: %s[%lld,%lld,%lld,%lld] is %.9g, expected %.9g", r->output, (long long)r->at[0],
			           (long long)r->at[1], (long long)r->at[2], (long long)r->at[3], r->got, r->expected);
	}
	free_part(&a), free_part(&b);
	attn_tensors_free(&t);
}

void property_add_merge(struct case_list *list)
{
	case_add_test(list, "b:2/hq:4/hkv:2/sq:3/skv:60/d:16/lse", "split-and-merge", test_merge);
	case_add_test(list, "b:1/hq:1/sq:1/skv:1000/d:8/lse", "split-and-merge", test_merge);
}
