/* Projections of a layer, in MPFR.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#ifdef HAVE_MPFR
#include "conformance/oracle_layer.h"
#include "harness/tensor.h"

#include <stdlib.h>

struct extent {
	int64_t heads, rows, columns;
};

static struct extent extent_of(const struct attn_problem *p, int which)
{
	const struct extent all[] = {{p->heads_q, p->len_q, p->dim_qk}, {p->heads_kv, p->len_kv, p->dim_k}, {p->heads_kv, p->len_kv, p->dim_v}, {p->heads_q, p->len_q, p->dim_v}};
	return all[which];
}

static int64_t count(const struct oracle_layer *l, int which)
{
	struct extent e = extent_of(l->p, which);
	return l->p->batch * e.heads * e.rows * e.columns;
}

mpfr_t *oracle_layer_row(const struct oracle_layer *l, int which, int64_t b, int64_t h, int64_t i)
{
	struct extent e = extent_of(l->p, which);
	return l->rows[which] + ((b * e.heads + h) * e.rows + i) * e.columns;
}

/* sum += a·b; scratch is overwritten. */
static void add_product(mpfr_t sum, double a, double b, mpfr_t scratch)
{
	mpfr_set_d(scratch, a, MPFR_RNDN);
	mpfr_mul_d(scratch, scratch, b, MPFR_RNDN);
	mpfr_add(sum, sum, scratch, MPFR_RNDN);
}

/* One element of x · w + bias */
static void project(mpfr_t y, const struct attn_tensor *const in[3], const int64_t at[4], mpfr_t scratch)
{
	const struct attn_tensor *x = in[0], *w = in[1], *bias = in[2];
	mpfr_set_d(y, bias->data ? attn_tensor_get(bias, 0, at[1], 0, at[3]) : 0, MPFR_RNDN);
	for (int64_t m = 0; m < x->dim[3]; m++)
		add_product(y, attn_tensor_get(x, at[0], 0, at[2], m), attn_tensor_get(w, 0, at[1], m, at[3]), scratch);
}

static void project_all(struct oracle_layer *l, int which, const struct attn_tensor *const in[3], mpfr_t scratch)
{
	struct extent e = extent_of(l->p, which);
	for (int64_t n = 0; n < count(l, which); n++) {
		const int64_t at[4] = {n / e.columns / e.rows / e.heads, n / e.columns / e.rows % e.heads, n / e.columns % e.rows, n % e.columns};
		project(l->rows[which][n], in, at, scratch);
	}
}

enum attn_status oracle_layer_init(struct oracle_layer *l, const struct attn_problem *p, const struct attn_tensors *t, int bits)
{
	const struct attn_tensor *const in[][3] = {
		{&t->x_q, &t->proj_q, &t->proj_bias_q}, {&t->x_kv, &t->proj_k, &t->proj_bias_k}, {&t->x_kv, &t->proj_v, &t->proj_bias_v}};
	*l = (struct oracle_layer){.p = p, .bits = bits};
	if (!(p->has & ATTN_HAS_PROJECTIONS))
		return ATTN_OK;
	for (int which = 0; which < ORACLE_ROWS; which++) {
		l->rows[which] = calloc((size_t)count(l, which) + 1, sizeof *l->rows[which]);
		if (!l->rows[which])
			return ATTN_NO_MEMORY;
		for (int64_t n = 0; n < count(l, which); n++)
			mpfr_init2(l->rows[which][n], bits);
	}
	mpfr_t scratch;
	mpfr_init2(scratch, bits);
	for (int which = ORACLE_Q; which <= ORACLE_V; which++)
		project_all(l, which, in[which], scratch);
	mpfr_clear(scratch);
	return ATTN_OK;
}

void oracle_layer_free(struct oracle_layer *l)
{
	for (int which = 0; which < ORACLE_ROWS; which++) {
		for (int64_t n = 0; l->rows[which] && n < count(l, which); n++)
			mpfr_clear(l->rows[which][n]);
		free(l->rows[which]);
	}
}

void oracle_layer_join(const struct oracle_layer *l, struct attn_tensors *t)
{
	const struct attn_problem *p = l->p;
	mpfr_t sum, product;
	mpfr_inits2(l->bits, sum, product, (mpfr_ptr)0);
	for (int64_t n = 0; n < p->batch * p->len_q * p->dim_out; n++) {
		int64_t m = n % p->dim_out, i = n / p->dim_out % p->len_q, b = n / p->dim_out / p->len_q;
		mpfr_set_d(sum, t->proj_bias_o.data ? attn_tensor_get(&t->proj_bias_o, 0, 0, 0, m) : 0, MPFR_RNDN);
		for (int64_t h = 0; h < p->heads_q; h++)
			for (int64_t c = 0; c < p->dim_v; c++) {
				mpfr_mul_d(product, oracle_layer_row(l, ORACLE_HEADS, b, h, i)[c], attn_tensor_get(&t->proj_o, 0, h, c, m), MPFR_RNDN);
				mpfr_add(sum, sum, product, MPFR_RNDN);
			}
		attn_tensor_set(&t->out, b, 0, i, m, mpfr_get_d(sum, MPFR_RNDN));
	}
	mpfr_clears(sum, product, (mpfr_ptr)0);
}

#endif
