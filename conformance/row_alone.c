/* One row after the other as a problem of its own.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/row_alone.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <attnbench/view.h>
#include <string.h>

/* The row's own problem on the batch's memory; room for its output is `out`. */
static void take_row(const struct attn_problem *p, const struct attn_tensors *all, const int64_t at[3], const struct attn_tensor *out, struct attn_problem *alone,
                     struct attn_tensors *row)
{
	int64_t kv_head = at[1] / (p->heads_q / p->heads_kv);
	*alone = *p;
	*row = *all;
	alone->batch = alone->heads_q = alone->heads_kv = alone->len_q = 1;
	row->q.data = attn_at(&all->q, at[0], at[1], at[2], 0);
	row->k.data = attn_at(&all->k, at[0], kv_head, 0, 0);
	row->v.data = attn_at(&all->v, at[0], kv_head, 0, 0);
	row->out = *out;
	row->q.dim[0] = row->q.dim[1] = row->q.dim[2] = row->k.dim[0] = row->k.dim[1] = row->v.dim[0] = row->v.dim[1] = 1;
	memcpy(alone->stride_out, out->stride, sizeof alone->stride_out);
}

static int has_same_bits(const struct attn_tensor *row, const struct attn_tensor *all, const int64_t at[3])
{
	for (int64_t c = 0; c < all->dim[3]; c++)
		if (memcmp(attn_at(row, 0, 0, 0, c), attn_at(all, at[0], at[1], at[2], c), attn_dtype_bytes(all->dtype)))
			return 0;
	return 1;
}

static int compare_rows(struct trial *trial, const struct attn_problem *p, int64_t step, struct attn_tensors *t, int64_t *different, int64_t different_at[3])
{
	struct attn_problem alone;
	struct attn_tensors row;
	struct attn_tensor out = attn_tensor_new(p->dtype, 1, 1, 1, p->dim_v);
	if (!out.data)
		return trial_fail(trial, "no memory"), 0;
	int ran = trial_run(trial, p, t) && trial_judge(trial, p, t, NULL);
	for (int64_t n = 0; ran && n < p->batch * p->heads_q * p->len_q; n += step) {
		int64_t at[] = {n / (p->heads_q * p->len_q), n / p->len_q % p->heads_q, n % p->len_q};
		take_row(p, t, at, &out, &alone, &row);
		ran = trial_run(trial, &alone, &row) && trial_judge(trial, &alone, &row, NULL);
		if (ran && !has_same_bits(&out, &t->out, at) && !(*different)++)
			memcpy(different_at, at, sizeof at);
	}
	attn_tensor_free(&out);
	return ran;
}

int row_alone_compare(struct trial *trial, const struct attn_problem *p, int64_t step, int64_t *different, int64_t different_at[3])
{
	struct attn_tensors t;
	*different = 0;
	if (!trial_inputs(trial, p, &t))
		return 0;
	int ran = compare_rows(trial, p, step, &t, different, different_at);
	attn_tensors_free(&t);
	return ran;
}
