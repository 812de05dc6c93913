/* Rows of the softmax in plain C that a compiler vectorises: reductions keep LANES partial results, and nothing branches.
 * Compiled once for each instruction set; VARIANT(name) is name_base, name_avx2, …
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/common/softmax.h"
#include "impls/common/exp.h"

enum { LANES = 32 };

static void add_bias(const float *bias, float *e, int64_t n)
{
	for (int64_t j = 0; j < n; j++) /* a bias of -inf hides the key whatever its score, NaN too */
		e[j] = bias[j] == -INFINITY ? -INFINITY : e[j] + bias[j];
}

static void subtract_distance(const struct score_row *row, float *e)
{
	int32_t position = (int32_t)row->position, n = (int32_t)row->keys;
	for (int32_t j = 0; j < n; j++)
		e[j] -= row->slope * fabsf((float)(position - j));
}

static void hide(const unsigned char *mask, float *e, int64_t n)
{
	for (int64_t j = 0; j < n; j++)
		e[j] = mask[j] ? e[j] : -INFINITY;
}

static void fill(float *e, int64_t n, float x)
{
	for (int64_t j = 0; j < n; j++)
		e[j] = x;
}

/* c · tanh(x / c) */
static void cap(float *e, int64_t n, float c)
{
	for (int64_t j = 0; j < n; j++)
		e[j] = c * tanhf(e[j] / c);
}

static float largest(const float *e, int64_t n)
{
	float lane[LANES], max = -INFINITY;
	int64_t j = 0;
	for (int l = 0; l < LANES; l++)
		lane[l] = -INFINITY;
	for (; j + LANES <= n; j += LANES)
		for (int l = 0; l < LANES; l++)
			lane[l] = e[j + l] > lane[l] ? e[j + l] : lane[l];
	for (; j < n; j++)
		max = e[j] > max ? e[j] : max;
	for (int l = 0; l < LANES; l++)
		max = lane[l] > max ? lane[l] : max;
	return max;
}

static float scores(const struct score_row *row, float *e)
{
	int64_t n = row->keys;
	for (int64_t j = 0; j < n; j++)
		e[j] *= row->scale;
	if (row->softcap > 0)
		cap(e, n, row->softcap);
	if (row->bias)
		add_bias(row->bias, e, n);
	if (row->slope != 0)
		subtract_distance(row, e);
	if (row->mask)
		hide(row->mask, e, n);
	fill(e, row->first, -INFINITY);
	fill(e + row->end, n - row->end, -INFINITY);
	return largest(e + row->first, row->end - row->first);
}

static float weights(float *e, int64_t n, float max)
{
	float lane[LANES] = {0}, sum = 0;
	int64_t j = 0;
	for (; j + LANES <= n; j += LANES)
		for (int l = 0; l < LANES; l++) {
			e[j + l] = exp_of_negative(e[j + l] - max);
			lane[l] += e[j + l];
		}
	for (; j < n; j++) {
		e[j] = exp_of_negative(e[j] - max);
		sum += e[j];
	}
	for (int l = 0; l < LANES; l++)
		sum += lane[l];
	return sum;
}

static int any_nan(const float *x, int64_t n)
{
	int found = 0;
	for (int64_t j = 0; j < n; j++)
		found |= x[j] != x[j];
	return found;
}

static int scaled(const float *x, int64_t n, float factor, float *to)
{
	int finite = 1;
	for (int64_t j = 0; j < n; j++) {
		to[j] = x[j] * factor;
		finite &= fabsf(to[j]) <= 0x1.fffffep+127f;
	}
	return finite;
}

#define JOIN(a, b) a##_##b
#define EXPAND(a, b) JOIN(a, b)
#define VARIANT(name) EXPAND(name, VARIANT_ISA)
#define TEXT(a) #a
#define NAME_OF(a) TEXT(a)
const struct softmax_kernels VARIANT(softmax) = {NAME_OF(VARIANT_ISA), scores, weights, any_nan, scaled};
