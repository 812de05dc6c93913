/* What becomes of sums: those of chunks are merged, or parked until the next; then a sink is taken in, they are divided and stored.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_FINISH_H
#define FLASH_FINISH_H

/* m and l of a's keys and b's, into `to`, which is one of them; f and g are what sums of a, and of b, become part of theirs by. */
static void meet(const struct flash_work *w, const struct flash_sums *a, const struct flash_sums *b, const struct flash_sums *to, float *f, float *g)
{
	for (int v = 0; v < vecs_of(w) * LANES; v += LANES) {
		vec m = vec_load(a->m + v), n = vec_load(b->m + v), low = vec_set(-INFINITY);
		vec top = vec_if_greater(n, m, n, m), at = vec_if_greater(top, low, top, vec_set(0));
		vec_store(f + v, vec_if_greater(top, m, power_of(m - at), vec_set(1)));
		vec_store(g + v, vec_if_greater(top, n, power_of(n - at), vec_set(1)));
		vec_store(to->m + v, top);
		for (int k = v; k < SUMS * FLASH_ROWS; k += FLASH_ROWS)
			vec_store(to->l + k, vec_fma(vec_load(a->l + k), vec_load(f + v), vec_load(b->l + k) * vec_load(g + v)));
	}
}

static void merge(const struct flash_work *w, const struct flash_sums *to, const struct flash_sums *from)
{
	float f[FLASH_ROWS], g[FLASH_ROWS];
	meet(w, to, from, to, f, g);
	if (w->few) {
		few_merge(w, to->o, from->o, f, g);
		return;
	}
	for (int v = 0; v < vecs_of(w); v++)
		for (int64_t c = 0; c < w->p->dim_v; c++) {
			float *at = lanes_of(to->o, w->p->dim_v, c, v);
			const float *more = lanes_of(from->o, w->p->dim_v, c, v);
			vec_store(at, vec_fma(vec_load(at), vec_load(f + v * LANES), vec_load(more) * vec_load(g + v * LANES)));
		}
}

/* At most LANES of `columns` elements of a row of out, from column c on, in f32; zeroes behind them. */
static vec take_back(const struct attn_tensor *t, const char *row, int64_t c, int64_t columns)
{
	int64_t step = t->stride[3] * (int64_t)sizeof(float);
	float some[LANES] = {0};
	flash_convert(ATTN_F32, row + c * step, step, columns < LANES ? columns : LANES, some);
	return vec_load(some);
}

static char *row_of_out(const struct flash_work *w, int lane)
{
	return attn_at(&w->t->out, w->sequence.b, w->head[lane], w->sequence.q0 + w->row[lane], 0);
}

/* Lanes first … first + LANES - 1; those without a row repeat the last one's. */
static void resume_vec(struct flash_work *w, int first, vec f, vec g)
{
	int64_t dim = w->p->dim_v;
	const char *row[LANES];
	for (int i = 0; i < LANES; i++)
		row[i] = row_of_out(w, first + i < w->rows ? first + i : w->rows - 1);
	for (int64_t c = 0; c < dim; c += LANES) {
		float *o = lanes_of(w->sum.o, dim, c, first / LANES);
		vec x[LANES];
		UNROLL
		for (int i = 0; i < LANES; i++)
			x[i] = take_back(&w->t->out, row[i], c, dim - c);
		vec_transpose(x);
		UNROLL
		for (int i = 0; i < LANES; i++)
			if (c + i < dim)
				vec_store(o + i * STRIP, vec_fma(x[i], f, vec_load(o + i * STRIP) * g));
	}
}

static void resume(struct flash_work *w)
{
	float f[FLASH_ROWS], g[FLASH_ROWS];
	meet(w, &w->chunk, &w->sum, &w->sum, f, g);
	for (int v = 0; !w->few && v < w->rows; v += LANES)
		resume_vec(w, v, vec_load(f + v), vec_load(g + v));
	for (int r = 0; w->few && r < w->rows; r++)
		for (int64_t c = 0; c < w->p->dim_v; c += LANES) {
			float *o = w->sum.o + r * w->p->dim_v + c;
			vec_store(o, vec_fma(take_back(&w->t->out, row_of_out(w, r), c, w->p->dim_v - c), vec_set(f[r]), vec_load(o) * vec_set(g[r])));
		}
}

/* The sink is one more term of l, and of no output. */
static void take_sinks(struct flash_work *w)
{
	float unit = (float)power_unit(w);
	for (int lane = 0; lane < w->rows; lane++) {
		float sink = (float)attn_at_float(&w->t->sinks, 0, w->head[lane], 0, 0) / unit, m = w->sum.m[lane], factor = 1;
		if (sink == -INFINITY)
			continue;
		if (sink > m) {
			factor = expf((m - sink) * unit);
			w->sum.m[lane] = sink;
			for (int64_t c = 0; c < w->p->dim_v; c++)
				*(w->few ? w->sum.o + lane * w->p->dim_v + c : lanes_of(w->sum.o, w->p->dim_v, c, lane / LANES) + lane % LANES) *= factor;
		}
		for (int k = lane; k < SUMS * FLASH_ROWS; k += FLASH_ROWS)
			w->sum.l[k] = w->sum.l[k] * factor + expf((sink - w->sum.m[lane]) * unit);
	}
}

/* o / l by the reciprocal and one correction, which rounds it as division does but where l is not normal. */
static vec quotient(vec o, vec l, vec inverse)
{
	vec x = o * inverse;
	return vec_fma(vec_fma(-x, l, o), inverse, x);
}

/* LANES contiguous elements. */
INLINE void put_vec(const enum attn_dtype dtype, char *to, vec x)
{
	if (dtype == ATTN_F32)
		vec_store((float *)(void *)to, x);
	else if (dtype == ATTN_BF16)
		vec_to_bf16(to, x);
	else
		vec_to_f16(to, x);
}

/* `columns` elements of a row of out, from column c on; x holds LANES. */
INLINE void put(const struct attn_tensor *t, char *row, int64_t c, int64_t columns, vec x)
{
	int64_t step = t->stride[3] * (int64_t)flash_bytes(t->dtype);
	float some[LANES];
	row += c * step;
	if (columns == LANES && t->stride[3] == 1) {
		put_vec(t->dtype, row, x);
		return;
	}
	vec_store(some, x);
	for (int64_t i = 0; i < columns; i++, row += step) {
		uint16_t bits = t->dtype == ATTN_BF16 ? attn_f32_to_bf16(some[i]) : attn_f32_to_f16(some[i]);
		memcpy(row, t->dtype == ATTN_F32 ? (const void *)(some + i) : (const void *)&bits, flash_bytes(t->dtype));
	}
}

/* LANES columns of LANES rows of o / l, turned; 0 in the lanes where `shown` is 0. Returns NaN where one is not finite. */
INLINE vec quotients(const float *o, vec l, vec inverse, vec shown, vec x[LANES])
{
	vec zero = vec_set(0), bad = zero;
	UNROLL
	for (int i = 0; i < LANES; i++) {
		x[i] = vec_if_greater(shown, zero, quotient(vec_load(o + i * STRIP), l, inverse), zero);
		bad = bad + (x[i] - x[i]);
	}
	vec_transpose(x);
	return bad;
}

/* LANES rows of out, whose elements are contiguous, in as many columns as fill vectors. Returns what quotients() does. */
INLINE vec store_turned(const enum attn_dtype dtype, const float *o, int64_t columns, vec l, vec inverse, vec shown, char *const *row)
{
	vec bad = vec_set(0);
	for (int64_t c = 0; c + LANES <= columns; c += LANES, o += LANES * STRIP) {
		vec x[LANES];
		bad = bad + quotients(o, l, inverse, shown, x);
		UNROLL
		for (int i = 0; i < LANES; i++)
			put_vec(dtype, row[i] + c * (int64_t)flash_bytes(dtype), x[i]);
	}
	return bad;
}

static vec store_direct(enum attn_dtype dtype, const float *o, int64_t columns, vec l, vec inverse, vec shown, char *const *row)
{
	if (dtype == ATTN_F32)
		return store_turned(ATTN_F32, o, columns, l, inverse, shown, row);
	if (dtype == ATTN_BF16)
		return store_turned(ATTN_BF16, o, columns, l, inverse, shown, row);
	return store_turned(ATTN_F16, o, columns, l, inverse, shown, row);
}

/* Rows first … first + LANES - 1, divided by l. Returns those that are not finite. */
static uint64_t store_vec(struct flash_work *w, int first, vec l)
{
	const struct attn_tensor *out = &w->t->out;
	vec inverse = vec_set(1) / l, shown = vec_hide(vec_set(1), w->seen >> first);
	char *row[LANES];
	int rows = w->rows - first < LANES ? w->rows - first : LANES;
	int64_t dim = w->p->dim_v, direct = rows == LANES && out->stride[3] == 1 ? dim / LANES * LANES : 0;
	for (int i = 0; i < rows; i++)
		row[i] = row_of_out(w, first + i);
	vec bad = store_direct(out->dtype, lanes_of(w->sum.o, dim, 0, first / LANES), direct, l, inverse, shown, row);
	for (int64_t c = direct; c < dim; c += LANES) {
		int64_t columns = dim - c < LANES ? dim - c : LANES;
		const float *o = lanes_of(w->sum.o, dim, c, first / LANES);
		float some[LANES * STRIP];
		vec x[LANES];
		for (int64_t i = 0; columns < LANES && i < LANES; i++)
			vec_store(some + i * STRIP, vec_load(o + (i < columns ? i : 0) * STRIP));
		bad = bad + quotients(columns < LANES ? some : o, l, inverse, shown, x);
		for (int i = 0; i < rows; i++)
			put(out, row[i], c, columns, x[i]);
	}
	return vec_not_finite(bad) << first;
}

/* The row of lane r, of few, divided by l. Returns whether it is not finite. */
static uint64_t store_few(struct flash_work *w, int r, vec l)
{
	const struct attn_tensor *out = &w->t->out;
	char *row = row_of_out(w, r);
	vec inverse = vec_set(1) / l, zero = vec_set(0), bad = zero;
	for (int64_t c = 0; c < w->p->dim_v; c += LANES) {
		vec x = w->seen >> r & 1 ? quotient(vec_load(w->sum.o + r * w->p->dim_v + c), l, inverse) : zero;
		bad = vec_fma(x, zero, bad);
		put(out, row, c, LANES, x);
	}
	return vec_not_finite(bad) != 0;
}

/* The lanes whose m and l say that the row is not finite. Of most one glance at their vector tells that they do not; l is never negative. */
static uint64_t bad_sums(const struct flash_work *w)
{
	uint64_t unusual = ~w->seen, bad = 0;
	for (int v = 0; v < FLASH_ROWS; v += LANES) {
		vec m = vec_load(w->sum.m + v), l = vec_load(w->sum.l + v);
		unusual |= (vec_not_finite(m) | vec_not_finite(l) | vec_not_finite(vec_set(1) / l)) << v;
	}
	for (int lane = 0; unusual & w->live && lane < w->rows; lane++) {
		float m = w->sum.m[lane], l = w->sum.l[lane];
		int empty = !(w->seen >> lane & 1);
		if (empty ? l != l || m == INFINITY : !(l > 0 && l < INFINITY) || !(fabsf(m) < INFINITY))
			bad |= (uint64_t)1 << lane;
	}
	return bad;
}

/* The outputs beside out, of those that there are. */
static void put_sums(const struct flash_work *w)
{
	for (int lane = 0; lane < w->rows; lane++) {
		float before = w->sum.l[(SUMS - 1) * FLASH_ROWS + lane];
		double m = (double)w->sum.m[lane] * power_unit(w);
		if (w->t->logsumexp.data) {
			float lse = before == 0 ? -INFINITY : (float)(m + (double)logf(before));
			memcpy(attn_at(&w->t->logsumexp, w->sequence.b, w->head[lane], w->sequence.q0 + w->row[lane], 0), &lse, sizeof lse);
		}
		if (w->t->row_max.data)
			flash_put_sums(w, lane, before == 0 ? -(double)INFINITY : m, before);
	}
}

static uint64_t store(struct flash_work *w)
{
	uint64_t bad = 0;
	if (w->p->has & ATTN_HAS_SINKS)
		take_sinks(w);
	if (!w->few)
		ask_for_rows(w, &w->t->out, 1);
	for (int r = 0; w->few && r < w->rows; r++)
		bad |= store_few(w, r, vec_set(w->sum.l[r])) << r;
	for (int first = 0; !w->few && first < w->rows; first += LANES)
		bad |= store_vec(w, first, vec_load(w->sum.l + first));
	if (w->t->logsumexp.data || w->t->row_max.data)
		put_sums(w);
	return (bad | bad_sums(w)) & w->live;
}

/* o is stored as a result is, but divided by 1; rows that have seen no key are 0, as their o is. */
static void park(struct flash_work *w)
{
	for (int r = 0; w->few && r < w->rows; r++)
		store_few(w, r, vec_set(1));
	for (int first = 0; !w->few && first < w->rows; first += LANES)
		store_vec(w, first, vec_set(1));
	memcpy(w->chunk.m, w->sum.m, FLASH_ROWS * sizeof *w->sum.m);
	memcpy(w->chunk.l, w->sum.l, 2 * FLASH_ROWS * sizeof *w->sum.l);
}

#endif
