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

#include "conformance/oracle_layer.h"
#include "harness/tensor.h"

/* What one row works on: exp of the scores, and a few numbers to compute with. */
struct oracle {
	const struct attn_problem *p;
	struct attn_tensors *t;
	int64_t keys;
	mpfr_t *weight;
	char *seen;
	mpfr_t x, y, z, sum;
	struct oracle_layer layer;
};

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

static void load_q(const struct oracle *o, struct spot s, int64_t c, mpfr_t to)
{
	if (o->layer.rows[ORACLE_Q])
		mpfr_set(to, oracle_layer_row(&o->layer, ORACLE_Q, s.b, s.h, s.i)[c], MPFR_RNDN);
	else
		mpfr_set_d(to, at(&o->t->q, s.b, s.h, s.i, c), MPFR_RNDN);
}

/* Element c of key j, or of value j, that head h of entry b sees. */
static void load_key(const struct oracle *o, int which, struct spot row, int64_t c, mpfr_t to)
{
	const struct attn_tensor *fresh = which == ORACLE_K ? &o->t->k : &o->t->v, *past = which == ORACLE_K ? &o->t->past_k : &o->t->past_v;
	int is_past;
	struct spot s = key_spot(o, row.b, row.h, row.i, &is_past);
	if (o->layer.rows[which])
		mpfr_set(to, oracle_layer_row(&o->layer, which, s.b, s.h, s.i)[c], MPFR_RNDN);
	else
		mpfr_set_d(to, at(is_past ? past : fresh, s.b, s.h, s.i, c), MPFR_RNDN);
}

struct pair {
	int64_t b, h, i, j;
	struct bounds s;
};

static void q_at(struct oracle *o, const struct pair *e, int64_t c, mpfr_t to) { load_q(o, (struct spot){e->b, e->h, e->i}, c, to); }
static void k_at(struct oracle *o, const struct pair *e, int64_t c, mpfr_t to) { load_key(o, ORACLE_K, (struct spot){e->b, e->h, e->j}, c, to); }

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
			load_key(o, ORACLE_V, (struct spot){e.b, e.h, j}, c, o->y);
			mpfr_fma(o->x, o->weight[j], o->y, o->x, MPFR_RNDN);
		}
		if (o->layer.rows[ORACLE_HEADS])
			mpfr_set(oracle_layer_row(&o->layer, ORACLE_HEADS, e.b, e.h, e.i)[c], o->x, MPFR_RNDN);
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

static enum attn_status oracle_init(struct oracle *o, int bits)
{
	o->weight = calloc((size_t)o->keys + 1, sizeof *o->weight);
	o->seen = calloc((size_t)o->keys + 1, 1);
	if (!o->weight || !o->seen)
		return ATTN_NO_MEMORY;
	for (int64_t j = 0; j < o->keys; j++)
		mpfr_init2(o->weight[j], bits);
	mpfr_inits2(bits, o->x, o->y, o->z, o->sum, (mpfr_ptr)0);
	return oracle_layer_init(&o->layer, o->p, o->t, bits);
}

static void oracle_clear(struct oracle *o)
{
	for (int64_t j = 0; o->weight && o->seen && j < o->keys; j++)
		mpfr_clear(o->weight[j]);
	if (o->weight && o->seen)
		mpfr_clears(o->x, o->y, o->z, o->sum, (mpfr_ptr)0);
	oracle_layer_free(&o->layer);
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
	/* Keys that are not of a row's sequence have no score. */
	for (int64_t n = 0; t->scores.data && n < attn_tensor_count(&t->scores); n++)
		((double *)t->scores.data)[n] = (double)-INFINITY;
	for (int64_t b = 0; b < p->batch; b++)
		for (int64_t h = 0; h < p->heads_q; h++)
			for (int64_t i = 0; i < p->len_q; i++) {
				struct pair e = {b, h, i, 0, bounds_of(&o, b, i)};
				finish_row(&o, e, weigh_row(&o, e));
			}
	if (o.layer.rows[ORACLE_HEADS])
		oracle_layer_join(&o.layer, t);
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
