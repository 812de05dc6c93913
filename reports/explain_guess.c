/* What a wrong row is as if of: the row is computed again under assumptions that kernels get wrong, and the one that gives what was
 * found is named.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/reference.h"
#include "harness/problem.h"
#include "reports/explain.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>

/* Changes of the problem; 0 where there is nothing to change. */
static int no_causal(struct attn_problem *p)
{
	int had = p->causal;
	return p->causal = 0, had;
}

static int one_more(struct attn_problem *p)
{
	int had = p->causal;
	p->causal = 0;
	p->window_right = 1;
	return had;
}

static int other_corner(struct attn_problem *p)
{
	p->align = p->align == ATTN_TOP_LEFT ? ATTN_BOTTOM_RIGHT : ATTN_TOP_LEFT;
	return p->causal || p->window_left >= 0 || p->window_right >= 0;
}

static int no_window(struct attn_problem *p)
{
	int had = p->window_left >= 0 || p->window_right >= 0;
	return p->window_left = p->window_right = -1, had;
}

static int wider_left(struct attn_problem *p)
{
	return p->window_left < 0 ? 0 : (p->window_left++, 1);
}

static int narrower_left(struct attn_problem *p)
{
	return p->window_left < 1 ? 0 : (p->window_left--, 1);
}

static int no_softcap(struct attn_problem *p)
{
	int had = p->softcap > 0;
	return p->softcap = 0, had;
}

static int scale_one(struct attn_problem *p)
{
	int differs = p->scale != 1;
	return p->scale = 1, differs;
}

static int scale_default(struct attn_problem *p)
{
	double usual = attn_problem_default_scale(p);
	int differs = p->scale != usual;
	return p->scale = usual, differs;
}

/* A change of the problem, or a tensor that is dropped. */
#define TENSOR(name) offsetof(struct attn_tensors, name)
static const struct assumption {
	const char *text;
	size_t tensor;
	int (*change)(struct attn_problem *p);
} assumptions[] = {{"the mask were not there", TENSOR(mask), NULL},
                   {"the block mask were not there", TENSOR(block_mask), NULL},
                   {"the bias were not added", TENSOR(bias), NULL},
                   {"ALiBi were not added", TENSOR(alibi), NULL},
                   {"the sink took no part", TENSOR(sinks), NULL},
                   {"kv_len were not there", TENSOR(kv_len), NULL},
                   {"the causal mask were not there", 0, no_causal},
                   {"the causal mask hid one key less", 0, one_more},
                   {"the causal mask and the window were counted from the other corner", 0, other_corner},
                   {"the window were not there", 0, no_window},
                   {"the window had one key more on its left", 0, wider_left},
                   {"the window had one key less on its left", 0, narrower_left},
                   {"softcap were not applied", 0, no_softcap},
                   {"the scale were 1", 0, scale_one},
                   {"the scale were 1/√d", 0, scale_default}};

static int assume(const struct assumption *a, struct attn_problem *p, struct attn_tensors *t)
{
	if (a->change)
		return a->change(p);
	struct attn_tensor *dropped = (struct attn_tensor *)((char *)t + a->tensor);
	int had = dropped->data != NULL;
	dropped->data = NULL;
	return had;
}

/* The largest |got_c - o_c| / bound_c, where o is the row's output, of which one key's weight may be taken once more (times 1) or left
 * out (times -1): o = (o + times w v) / (1 + times w). key < 0: none. */
static double distance(const struct reference_row *row, const struct attn_tensors *t, int64_t key, int times, const double *got, const double *bound)
{
	long double w = key < 0 ? 0 : times * row->weight[key];
	double largest = 0;
	for (int64_t c = 0; c < t->v.dim[3] && w > -1; c++) {
		long double o = row->seen ? reference_output(row, t, c) : 0;
		if (key >= 0)
			o = (o + w * reference_value(row, t, key, c)) / (1 + w);
		double x = fabs(got[c] - (double)o) / bound[c];
		if (!(x <= largest))
			largest = isnan(x) ? (double)INFINITY : x;
	}
	return w > -1 ? largest : (double)INFINITY;
}

/* A row of a slightly wrong kernel is near every assumption that changes little: only what is far from the truth, and near the
 * assumption, is as if of it. */
static const double near = 2, far = 16;

static void guess_assumption(const struct attn_problem *p, const struct attn_tensors *t, struct reference_place at, const double *got, const double *bound,
                             char *guess, size_t size)
{
	for (size_t n = 0; !*guess && n < sizeof assumptions / sizeof *assumptions; n++) {
		struct attn_problem other = *p;
		struct attn_tensors inputs = *t;
		struct reference_row row;
		if (!assume(&assumptions[n], &other, &inputs) || reference_row_init(&row, &other) != ATTN_OK)
			continue;
		if (reference_row_make(&row, &other, &inputs, at, 0) && distance(&row, &inputs, -1, 0, got, bound) <= near)
			snprintf(guess, size, "%s", assumptions[n].text);
		reference_row_free(&row);
	}
}

static void guess_key(const struct attn_problem *p, const struct attn_tensors *t, const struct reference_row *row, const double *got, const double *bound, char *guess,
                      size_t size)
{
	for (int64_t j = 0; !*guess && p->score != ATTN_GIVEN_WEIGHTS && j < row->keys; j++)
		for (int times = -1; !*guess && row->value[j] && times <= 1; times += 2)
			if (distance(row, t, j, times, got, bound) <= near)
				snprintf(guess, size, "key %lld were %s", (long long)(row->first_key + j), times < 0 ? "left out" : "counted twice");
}

void explain_guess(const struct attn_problem *p, const struct attn_tensors *t, struct reference_place at, const double *got, const double *bound, char *guess, size_t size)
{
	struct reference_row row;
	*guess = 0;
	if (reference_row_init(&row, p) != ATTN_OK)
		return;
	if (reference_row_make(&row, p, t, at, 0) && distance(&row, t, -1, 0, got, bound) > far) {
		guess_assumption(p, t, at, got, bound, guess, size);
		guess_key(p, t, &row, got, bound, guess, size);
	}
	reference_row_free(&row);
}
