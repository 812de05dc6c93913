/* Attention by its definition, in MPFR.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/oracle.h"

#include <stdio.h>

#ifdef HAVE_MPFR
#include <math.h>
#include <mpfr.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tensor.h"

/* What one row works on: exp of the scores, and a few numbers to compute with. */
struct oracle {
	const struct attn_problem *p;
	struct attn_tensors *t;
	int64_t keys;
	mpfr_t *weight;
	char *seen;
	mpfr_t x, y, z, sum;
	mpfr_t *made[3], *heads; /* of a layer: its q, k and v, [batch][heads][rows][columns]; outputs [batch][heads_q][len_q][dim_v] */
};

enum { MADE_Q, MADE_K, MADE_V };

static double at(const struct attn_tensor *t, int64_t b, int64_t h, int64_t i, int64_t j)
{
	return attn_tensor_get(t, b, h, i, j);
}

/* Numbers of the rows and keys of one sequence: those of q from q0 to q1, those of k from k0 to k1 (past ones among them). */
struct bounds {
	int64_t q0, q1, k0, k1;
};

static struct bounds bounds_of(const struct oracle *o, int64_t b, int64_t i)
{
	struct bounds s = {0, o->p->len_q, 0, o->keys};
	const struct attn_tensor *cq = &o->t->cu_seqlens_q, *ck = &o->t->cu_seqlens_kv;
	if (o->t->kv_len.data)
		s.k1 = (int64_t)at(&o->t->kv_len, b, 0, 0, 0);
	for (int64_t n = 0; cq->data && n < cq->dim[3] - 1; n++)
		if ((double)i >= at(cq, 0, 0, 0, n) && (double)i < at(cq, 0, 0, 0, n + 1))
			s = (struct bounds){(int64_t)at(cq, 0, 0, 0, n), (int64_t)at(cq, 0, 0, 0, n + 1), (int64_t)at(ck, 0, 0, 0, n), (int64_t)at(ck, 0, 0, 0, n + 1)};
	return s;
}

/* Number of the key, counted as in masks, that row i stands at. */
static int64_t stands_at(const struct oracle *o, const struct bounds *s, int64_t i)
{
	if (o->p->align == ATTN_BOTTOM_RIGHT)
		return s->k1 - 1 - (s->q1 - 1 - i);
	return s->k0 + o->p->past_len + (i - s->q0);
}

static int may_see(const struct oracle *o, const struct bounds *s, int64_t b, int64_t h, int64_t i, int64_t j)
{
	const struct attn_problem *p = o->p;
	int64_t position = stands_at(o, s, i);
	if (j < s->k0 || j >= s->k1)
		return 0;
	if (p->causal && j > position)
		return 0;
	if (p->window_left >= 0 && j < position && position - j > p->window_left)
		return 0;
	if (p->window_right >= 0 && j > position && j - position > p->window_right)
		return 0;
	if (p->has & ATTN_HAS_MASK && at(&o->t->mask, b, h, i, j) == 0)
		return 0;
	if (p->has & ATTN_HAS_BLOCK_MASK && at(&o->t->block_mask, b, h, i / p->block_q, j / p->block_kv) == 0)
		return 0;
	return !(p->has & ATTN_HAS_BIAS && isinf(at(&o->t->bias, b, h, i, j)) && at(&o->t->bias, b, h, i, j) < 0);
}

/* A place in a tensor. */
struct spot {
	int64_t b, h, i;
};

/* Where row j of the keys, or values, lies; *past tells that it is an old one. */
static struct spot key_spot(const struct oracle *o, int64_t b, int64_t h, int64_t j, int *past)
{
	int64_t group = o->p->heads_q / o->p->heads_kv, old = o->p->has & ATTN_HAS_PAST ? o->p->past_len : 0;
	*past = j < old;
	if (o->p->has & ATTN_HAS_BLOCK_TABLE)
		return (struct spot){(int64_t)at(&o->t->block_table, b, 0, 0, j / o->p->page_size), h / group, j % o->p->page_size};
	return (struct spot){b, h / group, *past ? j : j - old};
}

/* Index in what a layer has made, of `heads` heads, `rows` rows and `columns` columns. */
static int64_t made_index(struct spot s, int64_t heads, int64_t rows, int64_t columns)
{
	return ((s.b * heads + s.h) * rows + s.i) * columns;
}

static void load_q(const struct oracle *o, struct spot s, int64_t c, mpfr_t to)
{
	if (o->made[MADE_Q])
		mpfr_set(to, o->made[MADE_Q][made_index(s, o->p->heads_q, o->p->len_q, o->p->dim_qk) + c], MPFR_RNDN);
	else
		mpfr_set_d(to, at(&o->t->q, s.b, s.h, s.i, c), MPFR_RNDN);
}

/* Element c of key j, or of value j, that head h of entry b sees. */
static void load_key(const struct oracle *o, int which, struct spot row, int64_t c, mpfr_t to)
{
	const struct attn_tensor *fresh = which == MADE_K ? &o->t->k : &o->t->v, *past = which == MADE_K ? &o->t->past_k : &o->t->past_v;
	int is_past;
	struct spot s = key_spot(o, row.b, row.h, row.i, &is_past);
	if (o->made[which])
		mpfr_set(to, o->made[which][made_index(s, o->p->heads_kv, o->p->len_kv, which == MADE_K ? o->p->dim_k : o->p->dim_v) + c], MPFR_RNDN);
	else
		mpfr_set_d(to, at(is_past ? past : fresh, s.b, s.h, s.i, c), MPFR_RNDN);
}

struct pair {
	int64_t b, h, i, j;
	struct bounds s;
};

static void q_at(struct oracle *o, const struct pair *e, int64_t c, mpfr_t to) { load_q(o, (struct spot){e->b, e->h, e->i}, c, to); }
static void k_at(struct oracle *o, const struct pair *e, int64_t c, mpfr_t to) { load_key(o, MADE_K, (struct spot){e->b, e->h, e->j}, c, to); }

/* x += a·z, by the precision of all */
static void add_scaled(struct oracle *o, mpfr_t x, double a)
{
	mpfr_mul_d(o->z, o->z, a, MPFR_RNDN);
	mpfr_add(x, x, o->z, MPFR_RNDN);
}

static void dot_score(struct oracle *o, const struct pair *e)
{
	for (int64_t c = 0; c < o->p->dim_qk; c++) {
		q_at(o, e, c, o->z);
		k_at(o, e, c, o->y);
		mpfr_fma(o->x, o->z, o->y, o->x, MPFR_RNDN);
	}
}

static void cosine_score(struct oracle *o, const struct pair *e)
{
	mpfr_t qq, kk;
	mpfr_inits2(mpfr_get_prec(o->x), qq, kk, (mpfr_ptr)0);
	mpfr_set_zero(qq, 1);
	mpfr_set_zero(kk, 1);
	for (int64_t c = 0; c < o->p->dim_qk; c++) {
		q_at(o, e, c, o->z);
		mpfr_fma(qq, o->z, o->z, qq, MPFR_RNDN);
		k_at(o, e, c, o->z);
		mpfr_fma(kk, o->z, o->z, kk, MPFR_RNDN);
	}
	dot_score(o, e);
	mpfr_mul(qq, qq, kk, MPFR_RNDN);
	mpfr_sqrt(qq, qq, MPFR_RNDN);
	if (mpfr_zero_p(qq))
		mpfr_set_zero(o->x, 1);
	else
		mpfr_div(o->x, o->x, qq, MPFR_RNDN);
	mpfr_clears(qq, kk, (mpfr_ptr)0);
}

static void general_score(struct oracle *o, const struct pair *e)
{
	for (int64_t r = 0; r < o->p->dim_qk; r++)
		for (int64_t c = 0; c < o->p->dim_k; c++) {
			q_at(o, e, r, o->z);
			k_at(o, e, c, o->y);
			mpfr_mul(o->z, o->z, o->y, MPFR_RNDN);
			add_scaled(o, o->x, at(&o->t->w, 0, e->h, r, c));
		}
}

static void additive_score(struct oracle *o, const struct pair *e)
{
	for (int64_t a = 0; a < o->p->dim_hidden; a++) {
		mpfr_set_zero(o->y, 1);
		for (int64_t c = 0; c < o->p->dim_qk; c++)
			q_at(o, e, c, o->z), add_scaled(o, o->y, at(&o->t->w_q, 0, e->h, c, a));
		for (int64_t c = 0; c < o->p->dim_k; c++)
			k_at(o, e, c, o->z), add_scaled(o, o->y, at(&o->t->w_k, 0, e->h, c, a));
		mpfr_tanh(o->y, o->y, MPFR_RNDN);
		mpfr_mul_d(o->y, o->y, at(&o->t->v_a, 0, e->h, 0, a), MPFR_RNDN);
		mpfr_add(o->x, o->x, o->y, MPFR_RNDN);
	}
}

static void location_score(struct oracle *o, const struct pair *e)
{
	for (int64_t c = 0; c < o->p->dim_k; c++)
		k_at(o, e, c, o->z), add_scaled(o, o->x, at(&o->t->v_a, 0, e->h, 0, c));
}

static void note_score(struct oracle *o, const struct pair *e, enum attn_score_stage stage)
{
	if (o->p->wants & ATTN_WANTS_SCORES && o->p->score_stage == stage)
		attn_tensor_set(&o->t->scores, e->b, e->h, e->i, e->j, mpfr_get_d(o->x, MPFR_RNDN));
}

/* The score of one pair, into o->x. */
static void score_pair(struct oracle *o, const struct pair *e)
{
	static void (*const scores[])(struct oracle *, const struct pair *) = {dot_score, dot_score, cosine_score, general_score, additive_score, location_score};
	const struct attn_problem *p = o->p;
	mpfr_set_zero(o->x, 1);
	if (p->score >= ATTN_GIVEN_SCORES) {
		mpfr_set_d(o->x, at(&o->t->given, e->b, e->h, e->i, e->j), MPFR_RNDN);
	} else {
		scores[p->score](o, e);
		mpfr_mul_d(o->x, o->x, p->scale, MPFR_RNDN);
	}
	note_score(o, e, ATTN_STAGE_RAW);
	if (p->softcap != 0) {
		mpfr_div_d(o->x, o->x, p->softcap, MPFR_RNDN);
		mpfr_tanh(o->x, o->x, MPFR_RNDN);
		mpfr_mul_d(o->x, o->x, p->softcap, MPFR_RNDN);
	}
	note_score(o, e, ATTN_STAGE_SOFTCAP);
	if (p->has & ATTN_HAS_BIAS)
		mpfr_add_d(o->x, o->x, at(&o->t->bias, e->b, e->h, e->i, e->j), MPFR_RNDN);
	if (p->has & ATTN_HAS_ALIBI) {
		mpfr_set_d(o->z, fabs((double)(e->j - stands_at(o, &e->s, e->i))), MPFR_RNDN);
		add_scaled(o, o->x, -at(&o->t->alibi, 0, e->h, 0, 0));
	}
}

/* Weights e^s of the row's keys, and their sum with the sink's; the number of keys seen. */
static int64_t weigh_row(struct oracle *o, struct pair e)
{
	int64_t seen = 0;
	mpfr_set_zero(o->sum, 1);
	for (e.j = 0; e.j < o->keys; e.j++) {
		int in_sequence = e.j >= e.s.k0 && e.j < e.s.k1;
		o->seen[e.j] = (char)may_see(o, &e.s, e.b, e.h, e.i, e.j);
		if (o->seen[e.j] || (in_sequence && o->p->wants & ATTN_WANTS_SCORES))
			score_pair(o, &e);
		if (!o->seen[e.j])
			mpfr_set_inf(o->x, -1);
		if (in_sequence)
			note_score(o, &e, ATTN_STAGE_MASKED);
		if (o->p->score == ATTN_GIVEN_WEIGHTS)
			mpfr_set_d(o->weight[e.j], o->seen[e.j] ? mpfr_get_d(o->x, MPFR_RNDN) : 0, MPFR_RNDN);
		else
			mpfr_exp(o->weight[e.j], o->x, MPFR_RNDN);
		mpfr_add(o->sum, o->sum, o->weight[e.j], MPFR_RNDN);
		seen += o->seen[e.j];
	}
	if (o->p->has & ATTN_HAS_SINKS) {
		mpfr_set_d(o->x, at(&o->t->sinks, 0, e.h, 0, 0), MPFR_RNDN);
		mpfr_exp(o->x, o->x, MPFR_RNDN);
		mpfr_add(o->sum, o->sum, o->x, MPFR_RNDN);
	}
	return seen;
}

static void finish_row(struct oracle *o, struct pair e, int64_t seen)
{
	int softmax = o->p->score != ATTN_GIVEN_WEIGHTS;
	if (o->p->wants & ATTN_WANTS_LOGSUMEXP) {
		mpfr_log(o->x, o->sum, MPFR_RNDN);
		attn_tensor_set(&o->t->logsumexp, e.b, e.h, e.i, 0, softmax ? mpfr_get_d(o->x, MPFR_RNDN) : 0);
	}
	for (int64_t j = 0; j < o->keys; j++) {
		if (softmax && seen && o->seen[j])
			mpfr_div(o->weight[j], o->weight[j], o->sum, MPFR_RNDN);
		if (o->p->wants & ATTN_WANTS_WEIGHTS)
			attn_tensor_set(&o->t->weights, e.b, e.h, e.i, j, o->seen[j] ? mpfr_get_d(o->weight[j], MPFR_RNDN) : 0);
	}
	for (int64_t c = 0; c < o->p->dim_v; c++) {
		mpfr_set_zero(o->x, 1);
		for (int64_t j = 0; j < o->keys; j++) {
			if (!o->seen[j])
				continue;
			load_key(o, MADE_V, (struct spot){e.b, e.h, j}, c, o->y);
			mpfr_fma(o->x, o->weight[j], o->y, o->x, MPFR_RNDN);
		}
		if (o->heads)
			mpfr_set(o->heads[made_index((struct spot){e.b, e.h, e.i}, o->p->heads_q, o->p->len_q, o->p->dim_v) + c], o->x, MPFR_RNDN);
		else
			attn_tensor_set(&o->t->out, e.b, e.h, e.i, c, mpfr_get_d(o->x, MPFR_RNDN));
	}
}

static void write_present(struct oracle *o, struct attn_tensor *to, const struct attn_tensor *past, const struct attn_tensor *fresh)
{
	for (int64_t b = 0; b < to->dim[0]; b++)
		for (int64_t h = 0; h < to->dim[1]; h++)
			for (int64_t j = 0; j < to->dim[2]; j++)
				for (int64_t c = 0; c < to->dim[3]; c++)
					attn_tensor_set(to, b, h, j, c, j < o->p->past_len ? at(past, b, h, j, c) : at(fresh, b, h, j - o->p->past_len, c));
}

/* Elements of a layer's q, k, v and heads' outputs. */
static size_t made_count(const struct attn_problem *p, int which)
{
	int64_t q = p->heads_q * p->len_q, k = p->heads_kv * p->len_kv;
	return (size_t)(p->batch * (which == MADE_Q ? q * p->dim_qk : which == MADE_K ? k * p->dim_k : which == MADE_V ? k * p->dim_v : q * p->dim_v));
}

static mpfr_t *new_numbers(size_t n, int bits)
{
	mpfr_t *made = calloc(n + 1, sizeof *made);
	for (size_t i = 0; made && i < n; i++)
		mpfr_init2(made[i], bits);
	return made;
}

static void free_numbers(mpfr_t *made, size_t n)
{
	for (size_t i = 0; made && i < n; i++)
		mpfr_clear(made[i]);
	free(made);
}

/* made = x · w + bias, each [..][heads][rows][columns] */
static void project(struct oracle *o, mpfr_t *made, const struct attn_tensor *x, const struct attn_tensor *w, const struct attn_tensor *bias)
{
	for (int64_t b = 0; b < x->dim[0]; b++)
		for (int64_t h = 0; h < w->dim[1]; h++)
			for (int64_t i = 0; i < x->dim[2]; i++)
				for (int64_t c = 0; c < w->dim[3]; c++, made++) {
					mpfr_set_d(*made, bias->data ? at(bias, 0, h, 0, c) : 0, MPFR_RNDN);
					for (int64_t m = 0; m < x->dim[3]; m++) {
						mpfr_set_d(o->z, at(x, b, 0, i, m), MPFR_RNDN);
						add_scaled(o, *made, at(w, 0, h, m, c));
					}
				}
}

static enum attn_status layer_begin(struct oracle *o, int bits)
{
	for (int which = MADE_Q; which <= MADE_V; which++)
		o->made[which] = new_numbers(made_count(o->p, which), bits);
	o->heads = new_numbers(made_count(o->p, MADE_V + 1), bits);
	if (!o->made[MADE_Q] || !o->made[MADE_K] || !o->made[MADE_V] || !o->heads)
		return ATTN_NO_MEMORY;
	project(o, o->made[MADE_Q], &o->t->x_q, &o->t->proj_q, &o->t->proj_bias_q);
	project(o, o->made[MADE_K], &o->t->x_kv, &o->t->proj_k, &o->t->proj_bias_k);
	project(o, o->made[MADE_V], &o->t->x_kv, &o->t->proj_v, &o->t->proj_bias_v);
	return ATTN_OK;
}

/* out = heads · proj_o + bias */
static void join_heads(struct oracle *o)
{
	const struct attn_problem *p = o->p;
	for (int64_t b = 0; b < p->batch; b++)
		for (int64_t i = 0; i < p->len_q; i++)
			for (int64_t m = 0; m < p->dim_out; m++) {
				mpfr_set_d(o->x, o->t->proj_bias_o.data ? at(&o->t->proj_bias_o, 0, 0, 0, m) : 0, MPFR_RNDN);
				for (int64_t h = 0; h < p->heads_q; h++)
					for (int64_t c = 0; c < p->dim_v; c++) {
						mpfr_set(o->z, o->heads[made_index((struct spot){b, h, i}, p->heads_q, p->len_q, p->dim_v) + c], MPFR_RNDN);
						add_scaled(o, o->x, at(&o->t->proj_o, 0, h, c, m));
					}
				attn_tensor_set(&o->t->out, b, 0, i, m, mpfr_get_d(o->x, MPFR_RNDN));
			}
}

static enum attn_status oracle_init(struct oracle *o, int bits)
{
	o->weight = calloc((size_t)o->keys + 1, sizeof *o->weight);
	o->seen = calloc((size_t)o->keys + 1, 1);
	if (!o->weight || !o->seen)
		return ATTN_NO_MEMORY;
	for (int64_t j = 0; j < o->keys; j++)
		mpfr_init2(o->weight[j], bits);
	mpfr_inits2(bits, o->x, o->y, o->z, o->sum, (mpfr_ptr)0);
	return o->p->has & ATTN_HAS_PROJECTIONS ? layer_begin(o, bits) : ATTN_OK;
}

static void oracle_clear(struct oracle *o)
{
	for (int64_t j = 0; o->weight && o->seen && j < o->keys; j++)
		mpfr_clear(o->weight[j]);
	if (o->weight && o->seen)
		mpfr_clears(o->x, o->y, o->z, o->sum, (mpfr_ptr)0);
	for (int which = MADE_Q; which <= MADE_V; which++)
		free_numbers(o->made[which], made_count(o->p, which));
	free_numbers(o->heads, made_count(o->p, MADE_V + 1));
	free(o->weight);
	free(o->seen);
	mpfr_free_cache();
}

enum attn_status oracle_run(const struct attn_problem *p, struct attn_tensors *t, int bits, char *why, size_t size)
{
	struct oracle o = {.p = p, .t = t, .keys = p->len_kv + (p->has & ATTN_HAS_PAST ? p->past_len : 0)};
	if (oracle_init(&o, bits) != ATTN_OK) {
		oracle_clear(&o);
		return snprintf(why, size, "the oracle has no memory for %lld keys", (long long)o.keys), ATTN_NO_MEMORY;
	}
	for (int64_t b = 0; b < p->batch; b++)
		for (int64_t h = 0; h < p->heads_q; h++)
			for (int64_t i = 0; i < p->len_q; i++) {
				struct pair e = {b, h, i, 0, bounds_of(&o, b, i)};
				finish_row(&o, e, weigh_row(&o, e));
			}
	if (o.heads)
		join_heads(&o);
	if (p->wants & ATTN_WANTS_PRESENT) {
		write_present(&o, &t->present_k, &t->past_k, &t->k);
		write_present(&o, &t->present_v, &t->past_v, &t->v);
	}
	oracle_clear(&o);
	return ATTN_OK;
}

#else

enum attn_status oracle_run(const struct attn_problem *p, struct attn_tensors *t, int bits, char *why, size_t size)
{
	(void)p, (void)t, (void)bits;
	snprintf(why, size, "this build has no MPFR: " WHY_MPFR);
	return ATTN_REFUSED;
}

#endif
