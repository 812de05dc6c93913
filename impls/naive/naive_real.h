/* naive's arithmetic, compiled once for float and once for double: REAL, NAME(x), MATH(x).
 * SPDX-License-Identifier: Apache-2.0 */

/* What one head works on: its rows gathered one after the other, and room for the weights. */
struct NAME(head) {
	REAL *q, *k, *v;      /* len_q × dim_qk, len_kv × dim_k, len_kv × dim_v */
	REAL *w, *w_q, *w_k, *v_a; /* what the score learned, for this head */
	REAL *weights;        /* len_q × len_kv */
	REAL *out;            /* dim_v */
	unsigned char *seen;  /* len_kv: may the row of the moment see this key? */
};

/* Σ_c x_c y_c */
static REAL NAME(dot)(const REAL *x, const REAL *y, int64_t n)
{
	REAL sum = 0;
	for (int64_t c = 0; c < n; c++)
		sum += x[c] * y[c];
	return sum;
}

static REAL NAME(largest)(const REAL *x, int64_t n)
{
	REAL m = 0;
	for (int64_t c = 0; c < n; c++)
		m = MATH(fabs)(x[c]) > m || x[c] != x[c] ? MATH(fabs)(x[c]) : m;
	return m;
}

/* q·k / (‖q‖ ‖k‖); 0 where one of them is 0. Both are divided by their largest element first, so that no square overflows
 * or vanishes. */
static REAL NAME(cosine)(const REAL *q, const REAL *k, int64_t n)
{
	REAL mq = NAME(largest)(q, n), mk = NAME(largest)(k, n), qq = 0, kk = 0, qk = 0;
	if (mq == 0 || mk == 0)
		return 0;
	for (int64_t c = 0; c < n; c++) {
		REAL x = q[c] / mq, y = k[c] / mk;
		qq += x * x, kk += y * y, qk += x * y;
	}
	return qk / (MATH(sqrt)(qq) * MATH(sqrt)(kk));
}

/* qᵀ W k, W of n × m */
static REAL NAME(general)(const REAL *q, const REAL *w, const REAL *k, int64_t n, int64_t m)
{
	REAL sum = 0;
	for (int64_t r = 0; r < n; r++)
		sum += q[r] * NAME(dot)(w + r * m, k, m);
	return sum;
}

/* vaᵀ tanh(Wqᵀ q + Wkᵀ k) */
static REAL NAME(additive)(const struct attn_problem *p, const struct NAME(head) *x, const REAL *q, const REAL *k)
{
	REAL sum = 0;
	for (int64_t a = 0; a < p->dim_hidden; a++) {
		REAL inner = 0;
		for (int64_t c = 0; c < p->dim_qk; c++)
			inner += x->w_q[c * p->dim_hidden + a] * q[c];
		for (int64_t c = 0; c < p->dim_k; c++)
			inner += x->w_k[c * p->dim_hidden + a] * k[c];
		sum += x->v_a[a] * MATH(tanh)(inner);
	}
	return sum;
}

/* The score of a row and a key before softcap, bias and mask. */
static REAL NAME(score)(const struct attn_problem *p, const struct NAME(head) *x, int64_t i, int64_t j)
{
	const REAL *q = x->q + i * p->dim_qk, *k = x->k + j * p->dim_k;
	switch (p->score) {
	case ATTN_COSINE:
		return (REAL)p->scale * NAME(cosine)(q, k, p->dim_qk);
	case ATTN_GENERAL:
		return (REAL)p->scale * NAME(general)(q, x->w, k, p->dim_qk, p->dim_k);
	case ATTN_ADDITIVE:
		return (REAL)p->scale * NAME(additive)(p, x, q, k);
	case ATTN_LOCATION:
		return (REAL)p->scale * NAME(dot)(x->v_a, k, p->dim_k);
	default:
		return (REAL)p->scale * NAME(dot)(q, k, p->dim_qk);
	}
}

/* Stores into an optional output. */
static void NAME(put)(const struct attn_tensor *t, const struct sequence *s, int64_t i, int64_t j, REAL x)
{
	if (t->data)
		store(t, s->b, s->h, s->q0 + i, s->k0 + j, (double)x);
}

/* The scores of one row, -inf where the key is hidden. Returns the largest. */
static REAL NAME(row_scores)(const struct attn_problem *p, const struct attn_tensors *t, const struct sequence *s, const struct NAME(head) *x, int64_t i,
                             REAL *e)
{
	struct attn_span span = attn_span_of(p, s->len_q, s->len_kv, i);
	REAL max = (REAL)-INFINITY;
	for (int64_t j = 0; j < s->len_kv; j++) {
		REAL raw = p->score >= ATTN_GIVEN_SCORES ? (REAL)attn_at_float(&t->given, s->b, s->h, s->q0 + i, s->k0 + j) : NAME(score)(p, x, i, j);
		REAL capped = p->softcap > 0 ? (REAL)p->softcap * MATH(tanh)(raw / (REAL)p->softcap) : raw;
		x->seen[j] = (unsigned char)is_visible(p, t, s, &span, i, j);
		e[j] = x->seen[j] ? capped : (REAL)-INFINITY;
		if (x->seen[j] && p->has & ATTN_HAS_BIAS)
			e[j] += (REAL)attn_at_float(&t->bias, s->b, s->h, s->q0 + i, s->k0 + j);
		if (x->seen[j] && p->has & ATTN_HAS_ALIBI)
			e[j] -= (REAL)attn_at_float(&t->alibi, 0, s->h, 0, 0) * (REAL)(span.position > j ? span.position - j : j - span.position);
		NAME(put)(&t->scores, s, i, j, p->score_stage == ATTN_STAGE_RAW ? raw : p->score_stage == ATTN_STAGE_SOFTCAP ? capped : e[j]);
		max = e[j] > max || e[j] != e[j] ? e[j] : max;
	}
	return max;
}

/* exp(x - max), where x = max = ±inf is a difference of 0. */
static REAL NAME(exp_below)(REAL x, REAL max)
{
	return x == max ? 1 : MATH(exp)(x - max);
}

/* Scores become weights. Returns the largest score, and in *all the sum of exp(score - that). Scores of +inf share all the weight. */
static REAL NAME(softmax)(const struct NAME(head) *x, REAL max, REAL sink, REAL *e, int64_t n, REAL *all)
{
	REAL sum = 0;
	max = sink > max ? sink : max;
	for (int64_t j = 0; j < n; j++) {
		e[j] = x->seen[j] ? NAME(exp_below)(e[j], max) : 0;
		sum += e[j];
	}
	if (sink != (REAL)-INFINITY)
		sum += NAME(exp_below)(sink, max);
	for (int64_t j = 0; j < n && sum != 0; j++)
		e[j] /= sum;
	*all = sum;
	return max;
}

/* out_i = Σ_j w_j v_j over the keys that the row sees: what a hidden value holds never counts. */
static void NAME(row_output)(const struct attn_problem *p, const struct NAME(head) *x, const REAL *weights, int64_t n)
{
	for (int64_t c = 0; c < p->dim_v; c++)
		x->out[c] = 0;
	for (int64_t j = 0; j < n; j++)
		for (int64_t c = 0; x->seen[j] && c < p->dim_v; c++)
			x->out[c] += weights[j] * x->v[j * p->dim_v + c];
}

static REAL *NAME(gather)(const struct attn_tensor *t, const struct sequence *s, int64_t h, int64_t first, int64_t rows, int64_t columns, REAL *to)
{
	for (int64_t i = 0; i < rows; i++)
		for (int64_t c = 0; c < columns; c++)
			to[i * columns + c] = (REAL)attn_at_float(t, s->b, h, first + i, c);
	return to + rows * columns;
}

/* Key rows, or value rows, of a sequence, wherever they lie: past, pages, packed. */
static REAL *NAME(gather_keys)(const struct attn_problem *p, const struct attn_tensors *t, const struct sequence *s, const struct attn_tensor *fresh,
                               const struct attn_tensor *past, int64_t columns, REAL *to)
{
	for (int64_t j = 0; j < s->len_kv; j++) {
		struct key_row row = key_row_of(p, t, s, fresh, past, j);
		for (int64_t c = 0; c < columns; c++)
			*to++ = (REAL)attn_at_float(row.in, row.b, row.h, row.i, c);
	}
	return to;
}

/* Learned weights of the head; they belong to no batch entry. */
static REAL *NAME(gather_learned)(const struct attn_problem *p, const struct attn_tensors *t, const struct sequence *s, struct NAME(head) *x, REAL *at)
{
	struct sequence any = *s;
	any.b = 0;
	x->w = at;
	if (p->score == ATTN_GENERAL)
		at = NAME(gather)(&t->w, &any, s->h, 0, p->dim_qk, p->dim_k, at);
	x->w_q = at;
	if (p->score == ATTN_ADDITIVE)
		at = NAME(gather)(&t->w_q, &any, s->h, 0, p->dim_qk, p->dim_hidden, at);
	x->w_k = at;
	if (p->score == ATTN_ADDITIVE)
		at = NAME(gather)(&t->w_k, &any, s->h, 0, p->dim_k, p->dim_hidden, at);
	x->v_a = at;
	if (p->score == ATTN_ADDITIVE || p->score == ATTN_LOCATION)
		at = NAME(gather)(&t->v_a, &any, s->h, 0, 1, p->score == ATTN_ADDITIVE ? p->dim_hidden : p->dim_k, at);
	return at;
}

/* Keys of other sequences and beyond the length: no weight, and no score at any stage. */
static void NAME(put_outside)(const struct attn_problem *p, const struct attn_tensors *t, const struct sequence *s, int64_t i)
{
	struct sequence all = *s;
	all.k0 = 0;
	for (int64_t j = 0; j < all_keys(p); j++)
		if (j < s->k0 || j >= s->k0 + s->len_kv) {
			NAME(put)(&t->weights, &all, i, j, 0);
			NAME(put)(&t->scores, &all, i, j, (REAL)-INFINITY);
		}
}

/* One head of one sequence, in a workspace of workspace_elements. */
static void NAME(head_run)(const struct attn_problem *p, const struct attn_tensors *t, const struct sequence *s, REAL *workspace)
{
	struct NAME(head) x;
	x.q = workspace;
	x.k = NAME(gather)(&t->q, s, s->h, s->q0, s->len_q, p->dim_qk, x.q);
	x.v = NAME(gather_keys)(p, t, s, &t->k, &t->past_k, p->dim_k, x.k);
	x.weights = NAME(gather_learned)(p, t, s, &x, NAME(gather_keys)(p, t, s, &t->v, &t->past_v, p->dim_v, x.v));
	x.out = x.weights + s->len_q * s->len_kv;
	x.seen = (unsigned char *)(x.out + p->dim_v);

	REAL sink = p->has & ATTN_HAS_SINKS ? (REAL)attn_at_float(&t->sinks, 0, s->h, 0, 0) : (REAL)-INFINITY;
	for (int64_t i = 0; i < s->len_q; i++) {
		REAL *e = x.weights + i * s->len_kv;
		REAL max = NAME(row_scores)(p, t, s, &x, i, e), sum = 1;
		max = p->score == ATTN_GIVEN_WEIGHTS ? 0 : NAME(softmax)(&x, max, sink, e, s->len_kv, &sum);
		for (int64_t j = 0; j < s->len_kv; j++)
			NAME(put)(&t->weights, s, i, j, x.seen[j] ? e[j] : 0);
		if (t->weights.data || t->scores.data)
			NAME(put_outside)(p, t, s, i);
		if (t->logsumexp.data)
			store(&t->logsumexp, s->b, s->h, s->q0 + i, 0, (double)(max + MATH(log)(sum)));
		if (t->row_max.data) {
			store(&t->row_max, s->b, s->h, s->q0 + i, 0, (double)max);
			store(&t->row_sum, s->b, s->h, s->q0 + i, 0, (double)sum);
		}
		NAME(row_output)(p, &x, e, s->len_kv);
		for (int64_t c = 0; c < p->dim_v; c++)
			store(&t->out, s->b, s->h, s->q0 + i, c, (double)x.out[c]);
	}
}
