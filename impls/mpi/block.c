/* One block of a method that merges parts of the keys, as a problem of its own for the local kernel.
 *
 * A block's first row and first key are position 0 to the kernel. Causal masks and windows are told so (struct mpi_block), masks and biases are
 * slices. ALiBi's distance |i - j| is the kernel's own where rows and keys stand at the same positions. Elsewhere all keys lie on one side of
 * all rows (shares.c cuts them so), and with e the key next to the rows
 *     -m |i - j| = -m |i - e| - m |e - j|:
 * the second term is a bias along the keys, added to the problem's own if there is one; the first is the same for a row's whole softmax and
 * moves its maximum.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/extras.h"

static enum attn_dtype bias_dtype(const struct mpi_operands *o) { return o->dtype == ATTN_F64 ? ATTN_F64 : ATTN_F32; }

static int has_moved_alibi(const struct mpi_job *job, const struct mpi_block *block)
{
	return job->p.has & ATTN_HAS_ALIBI && block->side;
}

/* Of the bias that stands for ALiBi: a problem's own bias adds its dimensions. */
static void slopes_shape(const struct attn_problem *p, const struct mpi_block *block, int64_t dim[4])
{
	uint32_t dims = p->has & ATTN_HAS_BIAS ? p->bias_dims : 0;
	dim[0] = dims & ATTN_DIM_BATCH ? block->batch : 1;
	dim[1] = p->heads_q;
	dim[2] = dims & ATTN_DIM_QUERY ? block->rows : 1;
	dim[3] = block->keys;
}

/* Seen from the rows, the position of the block's nearest key less that of its first row. */
static int64_t nearest(const struct mpi_block *block)
{
	return block->side < 0 ? block->keys - 1 - block->apart : -block->apart;
}

static struct attn_tensors tensors_of(const struct mpi_job *job, const struct mpi_operands *o, const struct mpi_block *block)
{
	const struct attn_problem *p = &job->p;
	const int64_t q[] = {block->batch, o->heads_q, block->rows, p->dim_qk}, k[] = {block->batch, o->heads_kv, block->keys, p->dim_k};
	const int64_t v[] = {block->batch, o->heads_kv, block->keys, p->dim_v}, out[] = {block->batch, o->heads_q, block->rows, p->dim_v};
	const int64_t sums[] = {block->batch, o->heads_q, block->rows, 1};
	struct attn_tensors t = {.struct_size = sizeof t};
	t.q = mpi_rows_of(o->q, o->dtype, q, o->rows_all, block->b, block->row);
	t.k = mpi_rows_of(o->k, o->dtype, k, o->keys_all, block->b, block->key);
	t.v = mpi_rows_of(o->v, o->dtype, v, o->keys_all, block->b, block->key);
	t.out = mpi_rows_of(o->out, o->dtype, out, block->rows, 0, 0);
	t.row_max = mpi_rows_of(o->max, ATTN_F64, sums, block->rows, 0, 0);
	t.row_sum = mpi_rows_of(o->sum, ATTN_F64, sums, block->rows, 0, 0);
	return t;
}

static void add_extras(const struct mpi_job *job, const struct mpi_operands *o, const struct mpi_block *block, struct attn_tensors *t)
{
	const int64_t first[] = {block->b, 0, block->row_at, block->key_at}, dim[] = {block->batch, o->heads_q, block->rows, block->keys};
	unsigned which = 1u << MPI_MASK | 1u << MPI_BIAS | 1u << MPI_ALIBI | 1u << MPI_GIVEN | 1u << MPI_W | 1u << MPI_W_Q | 1u << MPI_W_K | 1u << MPI_V_A;
	if (has_moved_alibi(job, block)) {
		int64_t n[4];
		slopes_shape(&job->p, block, n);
		which &= ~(1u << MPI_ALIBI | 1u << MPI_BIAS);
		t->bias = (struct attn_tensor){job->slopes, bias_dtype(o), {block->batch, o->heads_q, block->rows, block->keys},
		                               {n[0] > 1 ? n[1] * n[2] * n[3] : 0, n[2] * n[3], n[2] > 1 ? n[3] : 0, 1}};
	}
	mpi_extras_view(t, &job->extras, which, first, dim);
}

void mpi_block_problem(const struct mpi_job *job, const struct mpi_operands *o, const struct mpi_block *block, struct attn_problem *p)
{
	const struct attn_tensors t = tensors_of(job, o, block);
	*p = job->p;
	p->struct_size = sizeof *p;
	p->batch = block->batch, p->heads_q = o->heads_q, p->heads_kv = o->heads_kv, p->len_q = block->rows, p->len_kv = block->keys;
	p->past_len = 0;
	p->dtype = o->dtype;
	p->causal = block->right == 0;
	p->align = ATTN_TOP_LEFT;
	p->window_left = block->left;
	p->window_right = block->right == 0 ? -1 : block->right;
	p->has = job->p.has & MPI_BLOCK_HAS;
	p->wants = ATTN_WANTS_SUMS;
	if (has_moved_alibi(job, block)) {
		p->has = (p->has & ~(uint32_t)ATTN_HAS_ALIBI) | ATTN_HAS_BIAS;
		p->bias_dims = (job->p.has & ATTN_HAS_BIAS ? p->bias_dims : 0) | ATTN_DIM_HEAD | ATTN_DIM_KEY;
	}
	mpi_local_strides(p, &t);
}

static void fill_slopes(const struct mpi_job *job, const struct mpi_operands *o, const struct mpi_block *block)
{
	int64_t n[4], at = 0;
	slopes_shape(&job->p, block, n);
	for (int64_t b = 0; b < n[0]; b++)
		for (int64_t h = 0; h < n[1]; h++)
			for (int64_t i = 0; i < n[2]; i++)
				for (int64_t j = 0; j < n[3]; j++, at++) {
					double x = -attn_at_float(&job->extras.alibi, 0, h, 0, 0) * (double)(block->side < 0 ? block->keys - 1 - j : j);
					if (job->extras.bias.data)
						x += attn_at_float(&job->extras.bias, block->b + b, h, block->row_at + i, block->key_at + j);
					if (bias_dtype(o) == ATTN_F64)
						((double *)job->slopes)[at] = x;
					else
						((float *)job->slopes)[at] = (float)x;
				}
}

static void move_maxima(const struct mpi_job *job, const struct mpi_operands *o, const struct mpi_block *block)
{
	for (int64_t n = 0; n < block->batch * o->heads_q; n++)
		for (int64_t i = 0; i < block->rows; i++) {
			int64_t distance = block->side < 0 ? i - nearest(block) : nearest(block) - i;
			o->max[n * block->rows + i] -= attn_at_float(&job->extras.alibi, 0, n % o->heads_q, 0, 0) * (double)distance;
		}
}

enum attn_status mpi_block_plan(struct mpi_job *job, const struct mpi_operands *o, const struct mpi_block *block, char *why, size_t size)
{
	struct attn_problem p;
	mpi_block_problem(job, o, block, &p);
	return mpi_local_plan(job, &p, why, size);
}

enum attn_status mpi_block_run(struct mpi_job *job, const struct mpi_operands *o, const struct mpi_block *block)
{
	struct attn_tensors t = tensors_of(job, o, block);
	struct attn_problem p;
	int is_moved = has_moved_alibi(job, block) && !job->is_simulated;
	mpi_block_problem(job, o, block, &p);
	add_extras(job, o, block, &t);
	if (is_moved)
		fill_slopes(job, o, block);
	enum attn_status status = mpi_local_run(job, &p, &t);
	if (is_moved)
		move_maxima(job, o, block);
	return status;
}

enum attn_status mpi_block_take(struct mpi_job *job, int64_t keys, char *why, size_t size)
{
	const struct attn_problem *p = &job->p;
	int64_t n[4], rows = mpi_share_length(&job->own.rows);
	slopes_shape(p, &(struct mpi_block){.batch = p->batch, .rows = rows < MPI_BLOCK_ROWS ? rows : MPI_BLOCK_ROWS, .keys = keys}, n);
	if (p->has & ATTN_HAS_ALIBI && !(job->slopes = mpi_take(job, (size_t)(n[0] * n[1] * n[2] * n[3]) * mpi_bytes(mpi_wide(p)), "ALiBi's slopes along the keys", why, size)))
		return ATTN_NO_MEMORY;
	return mpi_local_take(job, why, size);
}
