/* Scores of 2, 4 or 8 of few rows with AVX2, side by side: the lanes of a sum hold all rows of one key or of several. Columns lie in their order in a
 * register, so each multiplication takes one shuffle; LANES keys in the lanes take 24 for 8 × 8 elements, however few rows there are to multiply them
 * with. The sum over a row's columns goes column by column as everywhere.
 *
 * Lanes of a sum, r0 a row, k0 a key:    8 rows   k0r0 k0r1 k0r2 k0r3   k0r4 k0r5 k0r6 k0r7
 *                                        4 rows   k0r0 k0r1 k0r2 k0r3   k1r0 k1r1 k1r2 k1r3
 *                                        2 rows   k0r0 k0r1 k1r0 k1r1   k2r0 k2r1 k3r0 k3r1
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_FEW_AVX2_H
#define FLASH_FEW_AVX2_H

enum { SIDE_SUMS = 8 };

/* Keys of a tile, which lie evenly apart, in front of one another; 0: there is no tile, or none that is faster, as few_pairs_tile() is. */
INLINE int side_keys(const int rows, const enum attn_dtype dtype)
{
	return rows == 1 || (rows == 4 && dtype == ATTN_BF16) || (rows == 8 && dtype == ATTN_F16) ? 0 : SIDE_SUMS * LANES / rows;
}

/* beside[step][lane] of `each` rows over and over; rows beyond those that exist are the last one. */
INLINE void side_load(int rows, const int each, int64_t steps, const float *q, float *to)
{
	for (int64_t c = 0; each > 1 && c < steps; c += LANES) {
		vec x[LANES];
		UNROLL
		for (int i = 0; i < LANES; i++)
			x[i] = vec_load(q + (i % each < rows ? i % each : rows - 1) * steps + c);
		vec_transpose(x);
		UNROLL
		for (int i = 0; i < LANES; i++)
			vec_store(to + (c + i) * LANES, x[i]);
	}
}

/* How many columns side_columns() brings at a time. */
INLINE int side_width(const int rows, const enum attn_dtype dtype)
{
	return dtype == ATTN_BF16 && rows == 2 ? 8 : 4;
}

/* Columns of key a in the lower half, of key b, which lies behind it, in the upper: 4 of f32 or f16; of 8 of bf16 the even ones in x[0], the odd ones in
 * x[1]. 16 bytes behind those of a and in front of those of b are read along: they lie between the keys. */
INLINE void side_columns(const enum attn_dtype dtype, const char *a, const char *b, vec x[2])
{
	if (dtype == ATTN_F16) {
		__m128d low = _mm_load_sd((const double *)(const void *)a);
		x[0] = _mm256_cvtph_ps(_mm_castpd_si128(_mm_loadh_pd(low, (const double *)(const void *)b)));
		return;
	}
	x[0] = _mm256_blend_ps(vec_load((const float *)(const void *)a), vec_load((const float *)(const void *)(b - 16)), 0xf0);
	if (dtype == ATTN_BF16) {
		x[1] = vec_second_of_pairs(x[0]);
		x[0] = vec_first_of_pairs(x[0]);
	}
}

INLINE vec side_spread(vec x, vec y, const int i)
{
	return i == 0 ? _mm256_shuffle_ps(x, y, 0x00) : i == 1 ? _mm256_shuffle_ps(x, y, 0x55) : i == 2 ? _mm256_shuffle_ps(x, y, 0xaa) : _mm256_shuffle_ps(x, y, 0xff);
}

/* The keys of one sum: their columns, of 2 rows those of its first and third in x, of its second and fourth in y. */
struct side_some {
	const char *key; /* the first */
	vec x[2], y[2];
};

INLINE struct side_some side_some(const int rows, const enum attn_dtype dtype, const char *key, int64_t apart)
{
	struct side_some some = {key, {vec_set(0), vec_set(0)}, {vec_set(0), vec_set(0)}};
	if (rows == 2) {
		side_columns(dtype, key, key + 2 * apart, some.x);
		side_columns(dtype, key + apart, key + 3 * apart, some.y);
	} else if (rows == 4) {
		side_columns(dtype, key, key + apart, some.x);
		some.y[0] = some.x[0];
	} else if (dtype == ATTN_F32) {
		some.x[0] = some.y[0] = _mm256_broadcast_ps((const __m128 *)(const void *)key);
	}
	return some;
}

/* Column i of them, in the lanes of each key's rows. */
INLINE vec side_column(const int rows, const enum attn_dtype dtype, const struct side_some *some, const int i)
{
	if (dtype != ATTN_BF16)
		return side_spread(some->x[0], some->y[0], i);
	if (rows == 2)
		return side_spread(some->x[i % 2], some->y[i % 2], i / 2);
	vec pair = _mm256_broadcast_ss((const float *)(const void *)some->key + i / 2);
	return i % 2 ? vec_second_of_pairs(pair) : vec_first_of_pairs(pair);
}

/* s[row][key] of the sums. */
INLINE void side_store(const int rows, vec *acc, vec scale, float *s)
{
	UNROLL
	for (int p = 0; p < SIDE_SUMS; p++)
		acc[p] = acc[p] * scale;
	if (rows == 8) {
		vec_transpose(acc);
		UNROLL
		for (int r = 0; r < 8; r++)
			vec_store(s + r * FLASH_KEYS, acc[r]);
	} else if (rows == 4) {
		const __m256i halves_by_turns = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
		UNROLL
		for (int p = 0; p < SIDE_SUMS; p += 4) {
			vec a = _mm256_unpacklo_ps(acc[p], acc[p + 1]), b = _mm256_unpackhi_ps(acc[p], acc[p + 1]);
			vec c = _mm256_unpacklo_ps(acc[p + 2], acc[p + 3]), d = _mm256_unpackhi_ps(acc[p + 2], acc[p + 3]);
			vec row[4] = {_mm256_shuffle_ps(a, c, 0x44), _mm256_shuffle_ps(a, c, 0xee), _mm256_shuffle_ps(b, d, 0x44), _mm256_shuffle_ps(b, d, 0xee)};
			UNROLL
			for (int r = 0; r < 4; r++)
				vec_store(s + r * FLASH_KEYS + 2 * p, _mm256_permutevar8x32_ps(row[r], halves_by_turns));
		}
	} else {
		UNROLL
		for (int p = 0; p < SIDE_SUMS; p += 2) {
			__m256d first = _mm256_castps_pd(_mm256_shuffle_ps(acc[p], acc[p + 1], 0x88)), second = _mm256_castps_pd(_mm256_shuffle_ps(acc[p], acc[p + 1], 0xdd));
			vec_store(s + 4 * p, _mm256_castpd_ps(_mm256_permute4x64_pd(first, 0xd8)));
			vec_store(s + FLASH_KEYS + 4 * p, _mm256_castpd_ps(_mm256_permute4x64_pd(second, 0xd8)));
		}
	}
}

/* side_keys() keys from the one of that number on. */
INLINE void side_scores(const int rows, const enum attn_dtype dtype, const struct few_scores *t, int first)
{
	const int keys = side_keys(rows, dtype), each = LANES / rows, width = side_width(rows, dtype), bytes = (int)few_bytes(dtype, 1);
	const int64_t apart = t->key[first + 1] - t->key[first];
	const float *q = t->beside;
	const char *four[SIDE_SUMS]; /* every fourth key */
	vec acc[SIDE_SUMS];
	UNROLL
	for (int p = 0; p < SIDE_SUMS; p++)
		acc[p] = vec_set(0);
	UNROLL
	for (int i = 0; i < keys / 4; i++)
		four[i] = t->key[first] + 4 * i * apart;
	for (int64_t c = 0; c < t->steps; c += LANES) {
		few_ask_keys(keys, LANES * bytes, 0, 1, t, t->key[first], c * bytes);
		UNROLL
		for (int h = 0; h < LANES; h += width) {
			vec x[4];
			UNROLL
			for (int i = 0; i < 4; i++)
				x[i] = vec_load(q + i * LANES);
			UNROLL
			for (int p = 0; p < SIDE_SUMS; p++) {
				const float *rest = q + 4 * LANES;
				struct side_some some = side_some(rows, dtype, four[p * each / 4] + p * each % 4 * apart + h * bytes, apart);
				UNROLL
				for (int i = 0; i < 4; i++)
					acc[p] = vec_fma(side_column(rows, dtype, &some, i), x[i], acc[p]);
				__asm__("" : "+r"(rest)); /* those for which no register is left are read where they are multiplied */
				UNROLL
				for (int i = 4; i < width; i++)
					acc[p] = vec_fma(side_column(rows, dtype, &some, i), vec_load(rest + (i - 4) * LANES), acc[p]);
			}
			q += width * LANES;
		}
		UNROLL
		for (int i = 0; i < keys / 4; i++) {
			four[i] += LANES * bytes;
			__asm__("" : "+r"(four[i])); /* a pointer each, and no table of distances */
		}
	}
	side_store(rows, acc, vec_set(t->scale), t->s + first);
}

#endif
