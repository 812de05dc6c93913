/* Projections of a layer. Each is a sum of dim_model products, so its error is that of a score (docs/accuracy.md, "The
 * multi-head layer"); implementations may also round what they have projected to the problem's dtype.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/reference_layer.h"
#include "conformance/score_error.h"
#include "harness/tensor.h"

#include <attnbench/view.h>
#include <stdlib.h>
#include <string.h>

static double storing_roundoff(enum attn_dtype dtype)
{
	return dtype == ATTN_BF16 ? 0x1p-8 : dtype == ATTN_F16 ? 0x1p-11 : 0;
}

/* One of the three projections: made [batch][heads][rows][columns] = x · w + bias. */
struct projection {
	const struct attn_tensor *x, *w, *bias;
	struct attn_tensor *made, *error; /* error[2] */
	double u;
};

static struct attn_tensor *new_rows(struct attn_tensor *t, const struct projection *j)
{
	*t = attn_tensor_new(ATTN_F64, j->x->dim[0], j->w->dim[1], j->x->dim[2], j->w->dim[3]);
	return t->data ? t : NULL;
}

static void project_row(const struct projection *j, int64_t b, int64_t h, int64_t i, long double *x, long double *w)
{
	int64_t n = j->x->dim[3];
	struct score_error e = {.u = j->u};
	for (int64_t m = 0; m < n; m++)
		x[m] = (long double)attn_at_float(j->x, b, 0, i, m);
	for (int64_t c = 0; c < j->w->dim[3]; c++) {
		e.likely = e.worst = 0;
		for (int64_t m = 0; m < n; m++)
			w[m] = (long double)attn_at_float(j->w, 0, h, m, c);
		long double y = score_product(x, w, n, 1, &e);
		if (j->bias->data)
			y = score_add(y, (long double)attn_at_float(j->bias, 0, h, 0, c), &e);
		double stored = storing_roundoff(j->x->dtype) * fabs((double)y);
		*(double *)attn_at(j->made, b, h, i, c) = (double)y;
		*(double *)attn_at(&j->error[0], b, h, i, c) = e.likely + stored;
		*(double *)attn_at(&j->error[1], b, h, i, c) = e.worst + stored;
	}
}

static enum attn_status project(const struct projection *j)
{
	size_t n = (size_t)j->x->dim[3];
	long double *rows = calloc(2 * n + 1, sizeof *rows);
	if (!rows || !new_rows(j->made, j) || !new_rows(&j->error[0], j) || !new_rows(&j->error[1], j)) {
		free(rows);
		return ATTN_NO_MEMORY;
	}
	for (int64_t b = 0; b < j->made->dim[0]; b++)
		for (int64_t h = 0; h < j->made->dim[1]; h++)
			for (int64_t i = 0; i < j->made->dim[2]; i++)
				project_row(j, b, h, i, rows, rows + n);
	free(rows);
	return ATTN_OK;
}

enum attn_status reference_layer_init(struct reference_layer *layer, const struct attn_problem *p, const struct attn_tensors *t, double u)
{
	*layer = (struct reference_layer){.heads = *p, .tensors = *t};
	layer->heads.has &= ~(uint32_t)(ATTN_HAS_PROJECTIONS | ATTN_HAS_PROJECTION_BIAS);
	const struct projection all[] = {{&t->x_q, &t->proj_q, &t->proj_bias_q, &layer->tensors.q, layer->errors.q, u},
	                                 {&t->x_kv, &t->proj_k, &t->proj_bias_k, &layer->tensors.k, layer->errors.k, u},
	                                 {&t->x_kv, &t->proj_v, &t->proj_bias_v, &layer->tensors.v, layer->errors.v, u}};
	for (size_t n = 0; n < 3; n++)
		if (project(&all[n]) != ATTN_OK) {
			reference_layer_free(layer);
			return ATTN_NO_MEMORY;
		}
	return ATTN_OK;
}

void reference_layer_free(struct reference_layer *layer)
{
	struct attn_tensor *made[] = {&layer->tensors.q, &layer->tensors.k, &layer->tensors.v};
	struct attn_tensor *errors = (struct attn_tensor *)&layer->errors;
	for (size_t n = 0; n < 3; n++)
		attn_tensor_free(made[n]);
	for (size_t n = 0; n < sizeof layer->errors / sizeof *errors; n++)
		attn_tensor_free(&errors[n]);
}

struct reference_joined reference_layer_join(const struct attn_problem *p, const struct attn_tensors *t, const double *heads, const double *const error[2],
                                             int64_t m, double u)
{
	struct reference_joined y = {0, {0, 0}};
	double magnitude = 0, terms = (double)(p->heads_q * p->dim_v);
	for (int64_t h = 0; h < p->heads_q; h++)
		for (int64_t c = 0; c < p->dim_v; c++) {
			double w = attn_at_float(&t->proj_o, 0, h, c, m);
			int64_t n = h * p->dim_v + c;
			y.value += (long double)heads[n] * (long double)w;
			magnitude += fabs(heads[n] * w);
			for (int rule = 0; rule < 2; rule++)
				y.bound[rule] += error[rule][n] * fabs(w);
		}
	if (t->proj_bias_o.data) {
		double bias = attn_at_float(&t->proj_bias_o, 0, 0, 0, m);
		y.value += (long double)bias;
		magnitude += fabs(bias);
		terms++;
	}
	y.bound[0] += score_likely_growth(terms) * u * magnitude;
	y.bound[1] += (terms + 2) * u * magnitude;
	return y;
}
