/* The projections of a multi-head layer, compiled once for float and once for double: REAL, NAME(x).
 * SPDX-License-Identifier: Apache-2.0 */

/* to[b][h][i][c] = Σ_m x[b][0][i][m] · w[0][h][m][c] (+ bias[0][h][0][c]); `to` holds REAL. */
static void NAME(project)(const struct attn_tensor *x, const struct attn_tensor *w, const struct attn_tensor *bias, const struct attn_tensor *to, int threads)
{
	int64_t rows = to->dim[0] * to->dim[1] * to->dim[2];
	(void)threads;
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads)
#endif
	for (int64_t n = 0; n < rows; n++) {
		int64_t i = n % to->dim[2], h = n / to->dim[2] % to->dim[1], b = n / to->dim[2] / to->dim[1];
		for (int64_t c = 0; c < to->dim[3]; c++) {
			REAL sum = bias->data ? (REAL)attn_at_float(bias, 0, h, 0, c) : 0;
			for (int64_t m = 0; m < x->dim[3]; m++)
				sum += (REAL)attn_at_float(x, b, 0, i, m) * (REAL)attn_at_float(w, 0, h, m, c);
			*(REAL *)attn_at(to, b, h, i, c) = sum;
		}
	}
}

/* out[b][0][i][m] = Σ_h Σ_c o[b][h][i][c] · w[0][h][c][m] (+ bias[0][0][0][m]); o holds REAL. */
static void NAME(join_heads)(const struct attn_tensor *o, const struct attn_tensor *w, const struct attn_tensor *bias, const struct attn_tensor *out, int threads)
{
	(void)threads;
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads)
#endif
	for (int64_t n = 0; n < out->dim[0] * out->dim[2]; n++) {
		int64_t b = n / out->dim[2], i = n % out->dim[2];
		for (int64_t m = 0; m < out->dim[3]; m++) {
			REAL sum = bias->data ? (REAL)attn_at_float(bias, 0, 0, 0, m) : 0;
			for (int64_t h = 0; h < o->dim[1]; h++)
				for (int64_t c = 0; c < o->dim[3]; c++)
					sum += *(const REAL *)attn_at(o, b, h, i, c) * (REAL)attn_at_float(w, 0, h, c, m);
			store(out, b, 0, i, m, (double)sum);
		}
	}
}

/* q, k, v and the heads' outputs as tensors over `rows`, filled by the projections. */
static void NAME(layer_begin)(const struct attn_problem *p, const struct attn_tensors *t, struct attn_tensors *heads, REAL *rows, int threads)
{
	enum attn_dtype dtype = sizeof(REAL) == 8 ? ATTN_F64 : ATTN_F32;
	const int64_t dim[4][4] = {{p->batch, p->heads_q, p->len_q, p->dim_qk},
	                           {p->batch, p->heads_kv, p->len_kv, p->dim_k},
	                           {p->batch, p->heads_kv, p->len_kv, p->dim_v},
	                           {p->batch, p->heads_q, p->len_q, p->dim_v}};
	struct attn_tensor *made[] = {&heads->q, &heads->k, &heads->v, &heads->out};
	for (int n = 0; n < 4; n++) {
		const int64_t *d = dim[n];
		*made[n] = (struct attn_tensor){rows, dtype, {d[0], d[1], d[2], d[3]}, {d[1] * d[2] * d[3], d[2] * d[3], d[3], 1}};
		rows += d[0] * d[1] * d[2] * d[3];
	}
	NAME(project)(&t->x_q, &t->proj_q, &t->proj_bias_q, &heads->q, threads);
	NAME(project)(&t->x_kv, &t->proj_k, &t->proj_bias_k, &heads->k, threads);
	NAME(project)(&t->x_kv, &t->proj_v, &t->proj_bias_v, &heads->v, threads);
}
