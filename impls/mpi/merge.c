/* Merging of partial results, in f32 and f64.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/merge.h"

#include <float.h>
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

/* e^(m - top), never 0: a value seen with a vanishing weight still shows when it is infinite or NaN. Scores that overflowed
 * drown all that did not. */
static double factor(double m, double top, double least)
{
	if (isinf(top))
		return m == top ? 1 : least;
	return isnan(m) || isnan(top) ? (double)NAN : fmax(exp(m - top), least);
}

/* o = a o + b x; x NULL: o = a o. */
static void scale_add_f32(float *o, double a, const float *x, double b, int64_t n)
{
	for (int64_t c = 0; c < n; c++)
		o[c] = (float)(a * (double)o[c] + (x ? b * (double)x[c] : 0));
}

static void scale_add_f64(double *o, double a, const double *x, double b, int64_t n)
{
	for (int64_t c = 0; c < n; c++)
		o[c] = a * o[c] + (x ? b * x[c] : 0);
}

void mpi_sums_add(struct mpi_sums *s, int64_t i, double m, double l, const void *o)
{
	char *to = (char *)s->o + (size_t)(i * s->dim_v) * element(s);
	if (m == (double)-INFINITY)
		return;
	if (s->m[i] == (double)-INFINITY) {
		s->m[i] = m, s->l[i] = l;
		if (o)
			memcpy(to, o, (size_t)s->dim_v * element(s));
		return;
	}
	double top = isnan(m) || m > s->m[i] ? m : s->m[i], least = s->dtype == ATTN_F64 ? DBL_MIN : (double)FLT_MIN;
	double a = factor(s->m[i], top, least), b = factor(m, top, least);
	if (s->dtype == ATTN_F64)
		scale_add_f64((double *)to, a, o, b, s->dim_v);
	else
		scale_add_f32((float *)to, a, o, b, s->dim_v);
	s->m[i] = top;
	s->l[i] = a * s->l[i] + b * l;
}

static void divide(const struct mpi_sums *s, char *row, double l)
{
	for (int64_t c = 0; c < s->dim_v; c++)
		if (s->dtype == ATTN_F64)
			((double *)row)[c] /= l;
		else
			((float *)row)[c] = (float)((double)((float *)row)[c] / l);
}

void mpi_sums_finish(struct mpi_sums *s, int64_t rows)
{
	for (int64_t i = 0; i < rows; i++) {
		if (s->l[i] == 0)
			continue;
		if (s->l[i] != 1)
			divide(s, (char *)s->o + (size_t)(i * s->dim_v) * element(s), s->l[i]);
		s->m[i] += log(s->l[i]);
	}
}
