/* The algorithm of flash over the vectors of one instruction set: a kernel_*.c includes vec_*.h, names its tiles, and
 * includes this. Dao et al. 2022 (FlashAttention), Milakov & Gimelshein 2018 (online softmax).
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/flash/modify.h"

/* The tiles of 1 … TILE_VECS vectors, the rows each may have, and the vectors of the block that hold rows. */
static const struct tile {
	scores_function *scores;
	values_function *values;
	int rows;
} tiles[] = {TILE_TABLE};

static int vecs_of(const struct flash_work *w)
{
	return (w->rows + LANES - 1) / LANES;
}

/* q[c][lane] = scale · q of the lane, LANES × LANES at a time; lanes without a row repeat the last one's. */
static void load(struct flash_work *w)
{
	const struct attn_tensor *q = &w->t->q;
	int64_t step = q->stride[3] * (int64_t)flash_bytes(q->dtype);
	vec scale = vec_set((float)w->p->scale);
	for (int first = 0; first < vecs_of(w) * LANES; first += LANES) {
		const char *row[LANES];
		for (int i = 0; i < LANES; i++) {
			int lane = first + i < w->rows ? first + i : w->rows - 1;
			row[i] = attn_at(q, w->sequence.b, w->head[lane], w->sequence.q0 + w->row[lane], 0);
		}
		for (int64_t c = 0; c < w->p->dim_qk; c += LANES) {
			int64_t columns = w->p->dim_qk - c < LANES ? w->p->dim_qk - c : LANES;
			float some[LANES][LANES];
			vec x[LANES];
			for (int i = 0; i < LANES; i++) {
				flash_convert(q->dtype, row[i] + c * step, step, columns, some[i]);
				x[i] = vec_load(some[i]);
			}
			vec_transpose(x);
			for (int64_t i = 0; i < columns; i++)
				vec_store(w->q + (c + i) * FLASH_ROWS + first, x[i] * scale);
		}
	}
}

/* Converts `count` rows for a tile where they can't be read in place; returns the pointers to use. */
static const char *const *in_place(struct flash_work *w, const struct flash_lines *lines, int64_t first, int64_t count, int64_t column, int64_t columns,
                                   const char **staged)
{
	if (lines->direct)
		return lines->row + first;
	flash_convert_lines(lines, first, count, column, columns, w->stage);
	for (int64_t j = 0; j < count; j++)
		staged[j] = (const char *)(w->stage + j * columns - column);
	return staged;
}

/* s[key][lane] of the block, and the largest of each lane. */
static void scores(struct flash_work *w, float *max)
{
	const char *staged[FLASH_KEYS];
	int64_t d = w->p->dim_qk, most = FLASH_STAGE / (d > 0 ? d : 1);
	most = w->k.direct ? w->keys : most < 1 ? 1 : most > FLASH_KEYS ? FLASH_KEYS : most;
	for (int64_t first = 0; first < w->keys; first += most) {
		int64_t count = w->keys - first < most ? w->keys - first : most;
		const char *const *key = in_place(w, &w->k, first, count, 0, d, staged);
		for (int v = 0, n; v < vecs_of(w); v += n) {
			n = vecs_of(w) - v < TILE_VECS ? vecs_of(w) - v : TILE_VECS;
			for (int64_t j = 0, rows; j < count; j += rows) {
				rows = next_tile(count - j, tiles[n].rows);
				tiles[n].scores(rows, key + j, d, w->q + v * LANES, w->s + (first + j) * FLASH_ROWS + v * LANES, max + v * LANES);
			}
		}
	}
}

/* o[column][lane] += Σ_j p[j][lane] v_j[column] of the block. */
static void values(struct flash_work *w, float *o)
{
	const char *staged[FLASH_KEYS];
	int64_t most = w->v.direct ? w->p->dim_v : FLASH_STAGE / FLASH_KEYS;
	for (int64_t first = 0; first < w->p->dim_v; first += most) {
		int64_t count = w->p->dim_v - first < most ? w->p->dim_v - first : most;
		const char *const *value = in_place(w, &w->v, 0, w->keys, first, count, staged);
		for (int v = 0, n; v < vecs_of(w); v += n) {
			n = vecs_of(w) - v < TILE_VECS ? vecs_of(w) - v : TILE_VECS;
			for (int64_t c = 0, rows; c < count; c += rows) {
				rows = next_tile(count - c, tiles[n].rows);
				tiles[n].values(rows, value, first + c, w->keys, w->s + v * LANES, o + (first + c) * FLASH_ROWS + v * LANES);
			}
		}
	}
}

/* A new reference for lanes whose scores rose by more than 2^8: their sums shrink. The first is a lane's first maximum. */
static void refer(struct flash_work *w, const float *max, const struct flash_sums *to)
{
	const float slack = 5.545f; /* 8 ln 2 */
	vec factor[FLASH_ROWS / LANES];
	int any = 0;
	for (int v = 0; v < vecs_of(w); v++) {
		vec m = vec_load(to->m + v * LANES), top = vec_load(max + v * LANES);
		vec risen = vec_if_greater(top, m + vec_set(slack), top, m);
		any |= vec_any_greater(risen, m);
		factor[v] = vec_if_greater(risen, m, vec_exp(m - risen), vec_set(1));
		vec_store(to->m + v * LANES, risen);
		vec_store(to->l + v * LANES, vec_load(to->l + v * LANES) * factor[v]);
	}
	for (int64_t c = 0; any && c < w->p->dim_v; c++)
		for (int v = 0; v < vecs_of(w); v++) {
			float *at = to->o + c * FLASH_ROWS + v * LANES;
			vec_store(at, vec_load(at) * factor[v]);
		}
}

/* p = exp(s - m) in place of s, and their sum into l. */
static void weights(struct flash_work *w, const struct flash_sums *to)
{
	for (int v = 0; v < vecs_of(w); v++) {
		vec m = vec_load(to->m + v * LANES), sum = vec_set(0);
		m = vec_if_greater(m, vec_set(-INFINITY), m, vec_set(0));
		for (int j = 0; j < w->keys; j++) {
			float *at = w->s + j * FLASH_ROWS + v * LANES;
			vec x = vec_exp(vec_load(at) - m);
			vec_store(at, x);
			sum = sum + x;
		}
		vec_store(to->l + v * LANES, vec_load(to->l + v * LANES) + sum);
	}
}

static void sum_block(struct flash_work *w, const struct flash_sums *to)
{
	float max[FLASH_ROWS];
	if (!flash_visible(w))
		return;
	flash_keys_find(w);
	for (int lane = 0; lane < FLASH_ROWS; lane++)
		max[lane] = -INFINITY;
	scores(w, max);
	if (w->masked || w->p->softcap > 0 || w->p->has & ATTN_HAS_ALIBI)
		modify(w, vecs_of(w), max);
	refer(w, max, to);
	weights(w, to);
	/* what no row sees is not read */
	for (int j = 0; w->masked && j < w->keys; j++)
		if (!(w->see[j] & w->live))
			w->v.row[j] = w->v.direct ? (const char *)w->nothing : NULL;
	values(w, to->o);
}

static void sum(struct flash_work *w, int64_t first, int64_t end, const struct flash_sums *to)
{
	for (int64_t c = 0; c < w->p->dim_v * FLASH_ROWS; c++)
		to->o[c] = 0;
	for (int lane = 0; lane < FLASH_ROWS; lane++)
		to->m[lane] = -INFINITY, to->l[lane] = 0;
	first = first > w->some.first ? first : w->some.first / w->block_keys * w->block_keys;
	end = end < w->some.end ? end : w->some.end;
	for (w->key = first; w->key < end; w->key += w->block_keys) {
		w->keys = end - w->key < w->block_keys ? (int)(end - w->key) : w->block_keys;
		sum_block(w, to);
	}
}

static void merge(const struct flash_work *w, const struct flash_sums *to, const struct flash_sums *from)
{
	for (int v = 0; v < FLASH_ROWS; v += LANES) {
		vec m = vec_load(to->m + v), n = vec_load(from->m + v), low = vec_set(-INFINITY);
		vec top = vec_if_greater(n, m, n, m), at = vec_if_greater(top, low, top, vec_set(0));
		vec f = vec_if_greater(top, m, vec_exp(m - at), vec_set(1)), g = vec_if_greater(top, n, vec_exp(n - at), vec_set(1));
		vec_store(to->m + v, top);
		vec_store(to->l + v, vec_fma(vec_load(to->l + v), f, vec_load(from->l + v) * g));
		for (int64_t c = 0; c < w->p->dim_v; c++) {
			float *o = to->o + c * FLASH_ROWS + v;
			vec_store(o, vec_fma(vec_load(o), f, vec_load(from->o + c * FLASH_ROWS + v) * g));
		}
	}
}

/* The sink is one more term of l, and of no output. */
static void take_sinks(struct flash_work *w)
{
	for (int lane = 0; lane < w->rows; lane++) {
		float sink = (float)attn_at_float(&w->t->sinks, 0, w->head[lane], 0, 0), m = w->sum.m[lane], factor = 1;
		if (!(sink > -INFINITY))
			continue;
		if (sink > m) {
			factor = expf(m - sink);
			w->sum.m[lane] = sink;
			for (int64_t c = 0; c < w->p->dim_v; c++)
				w->sum.o[c * FLASH_ROWS + lane] *= factor;
		}
		w->sum.l[lane] = w->sum.l[lane] * factor + expf(sink - w->sum.m[lane]);
	}
}

/* o / l by the reciprocal and one correction, which rounds it as division does but where l is not normal. */
static vec quotient(vec o, vec l, vec inverse)
{
	vec x = o * inverse;
	return vec_fma(vec_fma(-x, l, o), inverse, x);
}

static void put_row(const struct attn_tensor *t, char *to, const float *x, int64_t columns)
{
	int64_t step = t->stride[3] * (int64_t)flash_bytes(t->dtype);
	for (int64_t c = 0; c < columns; c++, to += step) {
		uint16_t bits = 0;
		if (t->dtype == ATTN_F32) {
			memcpy(to, x + c, sizeof *x);
			continue;
		}
		bits = t->dtype == ATTN_BF16 ? attn_f32_to_bf16(x[c]) : attn_f32_to_f16(x[c]);
		memcpy(to, &bits, sizeof bits);
	}
}

/* Rows first … first + LANES - 1. Returns those that are not finite. */
static uint64_t store_vec(struct flash_work *w, int first)
{
	const struct attn_tensor *out = &w->t->out;
	vec l = vec_load(w->sum.l + first), bad = vec_set(0), zero = vec_set(0);
	vec inverse = vec_set(1) / l;
	char *row[LANES];
	int rows = w->rows - first < LANES ? w->rows - first : LANES;
	for (int i = 0; i < rows; i++)
		row[i] = attn_at(out, w->sequence.b, w->head[first + i], w->sequence.q0 + w->row[first + i], 0);
	uint64_t unseen = ~w->seen >> first;
	vec hidden = vec_hide(vec_set(1), w->seen >> first);
	for (int64_t c = 0; c < w->p->dim_v; c += LANES) {
		int64_t columns = w->p->dim_v - c < LANES ? w->p->dim_v - c : LANES;
		vec x[LANES];
		for (int i = 0; i < LANES; i++)
			x[i] = zero;
		for (int64_t i = 0; i < columns; i++) {
			x[i] = quotient(vec_load(w->sum.o + (c + i) * FLASH_ROWS + first), l, inverse);
			if (unseen)
				x[i] = vec_if_greater(hidden, zero, x[i], zero);
			bad = vec_fma(x[i], zero, bad);
		}
		vec_transpose(x);
		for (int i = 0; i < rows; i++) {
			float some[LANES];
			vec_store(some, x[i]);
			put_row(out, row[i] + c * out->stride[3] * (int64_t)flash_bytes(out->dtype), some, columns);
		}
	}
	return vec_not_finite(bad) << first;
}

static uint64_t store(struct flash_work *w)
{
	uint64_t bad = 0;
	if (w->p->has & ATTN_HAS_SINKS)
		take_sinks(w);
	for (int first = 0; first < w->rows; first += LANES)
		bad |= store_vec(w, first);
	for (int lane = 0; lane < w->rows; lane++) {
		float m = w->sum.m[lane], l = w->sum.l[lane], lse = l == 0 ? -INFINITY : m + logf(l);
		int empty = !(w->seen >> lane & 1);
		if (empty ? l != l || m == INFINITY : !(l > 0 && l < INFINITY) || !(fabsf(m) < INFINITY))
			bad |= (uint64_t)1 << lane;
		if (w->t->logsumexp.data)
			memcpy(attn_at(&w->t->logsumexp, w->sequence.b, w->head[lane], w->sequence.q0 + w->row[lane], 0), &lse, sizeof lse);
	}
	return bad & w->live;
}

const struct flash_kernel FLASH_KERNEL = {FLASH_KERNEL_NAME, load, sum, merge, store};
