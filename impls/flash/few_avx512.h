/* Values of few rows with AVX-512, by halves of vectors: for a stream of f32 from memory, a line of each row at a time. With whole vectors, half as many
 * instructions for a line, a processor runs further ahead than memory follows: 17 GB/s of values, by one thread, instead of 22; from a cache they take
 * as long on one that multiplies halves. The sums are the same.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_FEW_AVX512_H
#define FLASH_FEW_AVX512_H

INLINE int is_stream_tile(const int vecs, const enum attn_dtype dtype)
{
	return vecs == 1 && dtype == ATTN_F32;
}

/* few_values_tile() of one vector of f32. */
INLINE void stream_values_tile(const int beside, const int rows, const struct few_values *t)
{
	enum { HALF = LANES / 2 };
	struct few_lines lines = t->lines;
	__m256 acc[8][2], weights[8];
	UNROLL
	for (int r = 0; r < rows; r++) {
		weights[r] = _mm256_set1_ps(beside ? t->weights[r] : 0);
		acc[r][0] = acc[r][1] = _mm256_setzero_ps();
	}
	for (int64_t j = 0; j < t->keys; j++) {
		const float *v = (const float *)(const void *)t->value[j] + t->column;
		__m256 low = _mm256_loadu_ps(v), high = _mm256_loadu_ps(v + HALF);
		__builtin_prefetch(lines.at, 0, FEW_NEAR);
		lines.at += lines.step;
		UNROLL
		for (int r = 0; r < rows; r++) {
			__m256 z = _mm256_set1_ps(t->p[r * FLASH_KEYS + j]);
			if (beside)
				weights[r] = weights[r] + z;
			acc[r][0] = _mm256_fmadd_ps(low, z, acc[r][0]);
			acc[r][1] = _mm256_fmadd_ps(high, z, acc[r][1]);
		}
	}
	UNROLL
	for (int r = 0; r < rows; r++) {
		if (beside)
			t->weights[r] = _mm256_cvtss_f32(weights[r]);
		UNROLL
		for (int h = 0; h < 2; h++) {
			float *o = t->o + r * t->columns + h * HALF;
			_mm256_storeu_ps(o, (t->fresh ? _mm256_setzero_ps() : _mm256_loadu_ps(o)) + acc[r][h]);
		}
	}
}

#endif
