/* Stored outputs: what another project's reference computed, rounded at each step to its dtype. The tolerance is that of
 * ONNX's own tests, or 2 ulp of the stored dtype, whichever is wider.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/onnx.h"
#include "conformance/reference.h"
#include "conformance/trial.h"
#include "harness/tensor.h"

#include <math.h>

/* rtol and atol of onnx.backend.test. An implementation that declares a coarser arithmetic than that cannot keep them: it is
 * held to its own bound alone. */
static const double rtol = 1e-3, atol = 1e-7, coarsest = 0x1p-13;

static int keeps_tolerance(const struct attn_numerics *n)
{
	return n->u_score <= coarsest && n->u_weights <= coarsest && n->u_accumulate <= coarsest;
}

static double tolerance_of(double y, enum attn_dtype dtype)
{
	return fmax(atol + rtol * fabs(y), 2 * judge_ulp(y, dtype));
}

/* |x - y| within the tolerance of y; infinities and NaN only as they are. */
static int agrees(double x, double y, enum attn_dtype dtype)
{
	if (isnan(y))
		return isnan(x);
	if (isinf(y) || isinf(x))
		return x == y;
	return fabs(x - y) <= tolerance_of(y, dtype);
}

/* Rows of a declared policy for those that see no key are judged by that, not by ONNX's zeros. */
struct empty_rows {
	struct reference_row row;
	const struct attn_problem *p;
	const struct attn_tensors *t;
	int differ;
};

static int is_empty_row(struct empty_rows *e, int64_t b, int64_t h, int64_t i)
{
	return e->differ && reference_row_make(&e->row, e->p, e->t, (struct reference_place){b, h, i}, 0) && e->row.seen == 0;
}

static void judge_one(struct trial *trial, enum onnx_output which, const struct onnx_tensor *stored, const struct attn_tensor *got, struct empty_rows *empty)
{
	struct attn_tensor view;
	onnx_view(stored, got->dim[1], &view); /* onnx_problem_make has proved its shape */
	for (int64_t n = 0; n < attn_tensor_count(&view); n++) {
		int64_t c = n % view.dim[3], i = n / view.dim[3] % view.dim[2], h = n / view.dim[3] / view.dim[2] % view.dim[1];
		int64_t b = n / view.dim[3] / view.dim[2] / view.dim[1];
		double x = attn_tensor_get(got, b, h, i, c), y = attn_tensor_get(&view, b, h, i, c);
		if (agrees(x, y, view.dtype) || (isnan(y) && !trial->impl->policy.nan_propagates))
			continue;
		if (which == ONNX_Y && is_empty_row(empty, b, h, i))
			continue;
		trial_fail(trial, "%s[%lld,%lld,%lld,%lld] is %.9g: stored is %.9g, which allows %.3g", onnx_output_names[which], (long long)b, (long long)h,
			                  (long long)i, (long long)c, x, y, tolerance_of(y, view.dtype));
		return;
	}
}

void onnx_judge_stored(struct trial *trial, const struct onnx_case *c, const struct attn_problem *p, const struct attn_tensors *t)
{
	const struct attn_tensor *got[] = {&t->out, &t->present_k, &t->present_v, t->weights.data ? &t->weights : &t->scores};
	struct attn_numerics numerics = trial->impl->numerics(p);
	struct empty_rows empty = {.p = p, .t = t, .differ = trial->impl->policy.empty_row != ATTN_EMPTY_ZERO};

	if (!keeps_tolerance(&numerics))
		return;
	if (reference_row_init(&empty.row, p) != ATTN_OK) {
		trial_fail(trial, "no memory for the reference");
		return;
	}
	for (int n = 0; n < ONNX_OUTPUTS; n++)
		if (c->output[n].t.data)
			judge_one(trial, (enum onnx_output)n, &c->output[n], got[n], &empty);
	reference_row_free(&empty.row);
}
