/* Merging of partial results, in f32 and f64.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/merge.h"

#include <math.h>
#include <string.h>

static size_t element(const struct mpi_sums *s) { return s->dtype == ATTN_F64 ? sizeof(double) : sizeof(float); }

void mpi_sums_clear(struct mpi_sums *s, int64_t rows)
{
	for (int64_t i = 0; i < rows; i++) {
		s->m[i] = (double)-INFINITY;
		s->l[i] = 0;
	}
	memset(s->o, 0, (size_t)(rows * s->dim_v) * element(s));
}

/* e^(m - top), where infinities of the same sign differ by 0. */
static double factor(double m, double top)
{
	return m == top ? 1 : exp(m - top);
}

/* a x, where a weight that vanished still shows a value that is infinite or NaN, and makes nothing of one that is finite. */
static double weighted(double a, double x)
{
	return a != 0 ? a * x : isfinite(x) ? 0 : x;
}

/* o = a o + b x; x NULL: o = a o. Where no weight vanished, nothing in the values has to be looked at. */
static void scale_add_f32(float *o, double a, const float *x, double b, int64_t n)
{
	if (x && a != 0 && b != 0)
		for (int64_t c = 0; c < n; c++)
			o[c] = (float)(a * (double)o[c] + b * (double)x[c]);
	else
		for (int64_t c = 0; c < n; c++)
			o[c] = (float)(weighted(a, (double)o[c]) + (x ? weighted(b, (double)x[c]) : 0));
}

static void scale_add_f64(double *o, double a, const double *x, double b, int64_t n)
{
	if (x && a != 0 && b != 0)
		for (int64_t c = 0; c < n; c++)
			o[c] = a * o[c] + b * x[c];
	else
		for (int64_t c = 0; c < n; c++)
			o[c] = weighted(a, o[c]) + (x ? weighted(b, x[c]) : 0);
}

void mpi_sums_add(struct mpi_sums *s, int64_t i, double m, double l, const void *o)
{
	char *to = (char *)s->o + (size_t)(i * s->dim_v) * element(s);
	if (l == 0)
		return;
	if (s->l[i] == 0) {
		s->m[i] = m, s->l[i] = l;
		if (o)
			memcpy(to, o, (size_t)s->dim_v * element(s));
		return;
	}
	double top = isnan(m) || m > s->m[i] ? m : s->m[i];
	double a = factor(s->m[i], top) * s->l[i], b = factor(m, top) * l, sum = a + b;
	if (s->dtype == ATTN_F64)
		scale_add_f64((double *)to, a / sum, o, b / sum, s->dim_v);
	else
		scale_add_f32((float *)to, a / sum, o, b / sum, s->dim_v);
	s->m[i] = top;
	s->l[i] = sum;
}

void mpi_sums_add_sink(struct mpi_sums *s, int64_t i, float sink)
{
	mpi_sums_add(s, i, (double)sink, sink != -INFINITY, NULL);
}

void mpi_sums_finish(struct mpi_sums *s, int64_t rows)
{
	for (int64_t i = 0; i < rows; i++)
		s->m[i] += log(s->l[i]);
}
