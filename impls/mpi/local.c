/* The local kernel: one block as a problem of its own, planned in memory that was taken before.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/job.h"

#include <stdio.h>
#include <stdlib.h>

/* A host whose memory is one piece, handed out from its beginning; with no piece it measures how much a plan takes. */
struct piece_host {
	struct attn_host host;
	char *memory;
	size_t bytes, used, most;
};

static size_t rounded(size_t bytes, size_t align) { return (bytes + align - 1) / align * align; }

static void *piece_alloc(const struct attn_host *host, size_t bytes, size_t align)
{
	struct piece_host *h = (struct piece_host *)host;
	size_t first = rounded(h->used, align < 64 ? 64 : align), end = first + rounded(bytes, 64);
	if (end < bytes || (h->memory && end > h->bytes))
		return NULL;
	h->used = end;
	h->most = end > h->most ? end : h->most;
	if (h->memory)
		return h->memory + first;
	return aligned_alloc(align < 64 ? 64 : align, rounded(bytes ? bytes : 1, align < 64 ? 64 : align));
}

static void piece_free(const struct attn_host *host, void *memory)
{
	if (!((const struct piece_host *)host)->memory)
		free(memory);
}

static struct piece_host piece_host(const struct mpi_local *l, char *memory)
{
	return (struct piece_host){{sizeof(struct attn_host), l->threads, piece_alloc, piece_free}, memory, l->bytes, 0, 0};
}

static struct attn_tensor rows_of(const void *data, enum attn_dtype dtype, const int64_t dim[4], int64_t all, int64_t b, int64_t row)
{
	struct attn_tensor t = {NULL, dtype, {dim[0], dim[1], dim[2], dim[3]}, {dim[1] * all * dim[3], all * dim[3], dim[3], 1}};
	t.data = (char *)data + (b * t.stride[0] + row * dim[3]) * (int64_t)mpi_bytes(dtype);
	return t;
}

static struct attn_tensors tensors_of(const struct mpi_job *job, const struct mpi_operands *o, const struct mpi_block *block)
{
	const struct attn_problem *p = &job->p;
	const int64_t q[] = {block->batch, o->heads_q, block->rows, p->dim_qk}, k[] = {block->batch, o->heads_kv, block->keys, p->dim_qk};
	const int64_t v[] = {block->batch, o->heads_kv, block->keys, p->dim_v}, out[] = {block->batch, o->heads_q, block->rows, p->dim_v};
	const int64_t sums[] = {block->batch, o->heads_q, block->rows, 1};
	int is_own = o->out_all == block->rows;
	struct attn_tensors t = {.struct_size = sizeof t};
	t.q = rows_of(o->q, o->dtype, q, o->rows_all, block->b, block->row);
	t.k = rows_of(o->k, o->dtype, k, o->keys_all, block->b, block->key);
	t.v = rows_of(o->v, o->dtype, v, o->keys_all, block->b, block->key);
	t.out = rows_of(o->out, o->dtype, out, o->out_all, is_own ? 0 : block->b, is_own ? 0 : block->row);
	if (o->logsumexp)
		t.logsumexp = rows_of(o->logsumexp, mpi_wide(p), sums, o->out_all, is_own ? 0 : block->b, is_own ? 0 : block->row);
	if (o->max) {
		t.row_max = rows_of(o->max, ATTN_F64, sums, o->out_all, is_own ? 0 : block->b, is_own ? 0 : block->row);
		t.row_sum = rows_of(o->sum, ATTN_F64, sums, o->out_all, is_own ? 0 : block->b, is_own ? 0 : block->row);
	}
	if (o->sinks)
		t.sinks = (struct attn_tensor){(void *)(uintptr_t)o->sinks, ATTN_F32, {1, o->heads_q, 1, 1}, {o->heads_q, 1, 1, 1}};
	return t;
}

void mpi_local_problem(const struct mpi_job *job, const struct mpi_operands *o, const struct mpi_block *block, struct attn_problem *p)
{
	struct attn_tensors t = tensors_of(job, o, block);
	*p = job->p;
	p->struct_size = sizeof *p;
	p->batch = block->batch, p->heads_q = o->heads_q, p->heads_kv = o->heads_kv, p->len_q = block->rows, p->len_kv = block->keys;
	p->past_len = 0;
	p->dtype = o->dtype;
	p->causal = block->right == 0;
	p->align = ATTN_TOP_LEFT;
	p->window_left = block->left;
	p->window_right = block->right == 0 ? -1 : block->right;
	p->has = o->sinks ? ATTN_HAS_SINKS : 0;
	p->wants = o->max ? ATTN_WANTS_SUMS : o->logsumexp ? ATTN_WANTS_LOGSUMEXP : 0;
	memcpy(p->stride_q, t.q.stride, sizeof p->stride_q);
	memcpy(p->stride_k, t.k.stride, sizeof p->stride_k);
	memcpy(p->stride_v, t.v.stride, sizeof p->stride_v);
	memcpy(p->stride_out, t.out.stride, sizeof p->stride_out);
}

enum attn_status mpi_local_plan(struct mpi_job *job, const struct mpi_operands *o, const struct mpi_block *block, char *why, size_t size)
{
	struct mpi_local *l = &job->local;
	struct piece_host host = piece_host(l, NULL);
	struct attn_plan *plan;
	struct attn_problem p;
	char reason[MPI_WHY / 2] = "";
	mpi_local_problem(job, o, block, &p);
	enum attn_status status = l->impl->query(&p, reason, sizeof reason);
	if (status == ATTN_OK && (status = l->impl->plan(&p, &host.host, &plan, reason, sizeof reason)) == ATTN_OK)
		l->impl->destroy(plan);
	if (status != ATTN_OK)
		snprintf(why, size, "the local kernel %s: %s", l->impl->name, *reason ? reason : "it gives no reason");
	l->most = host.most > l->most ? host.most : l->most;
	return status;
}

enum attn_status mpi_local_take(struct mpi_job *job, char *why, size_t size)
{
	enum { PAGE = 4096 }; /* no plan asks for a larger alignment */
	job->local.bytes = rounded(job->local.most, PAGE);
	char *memory = mpi_take(job, job->local.bytes + PAGE, "the local kernel", why, size);
	job->local.memory = memory ? (char *)(rounded((size_t)memory, PAGE)) : NULL;
	return memory ? ATTN_OK : ATTN_NO_MEMORY;
}

enum attn_status mpi_local_run(struct mpi_job *job, const struct mpi_operands *o, const struct mpi_block *block)
{
	struct mpi_local *l = &job->local;
	struct piece_host host = piece_host(l, l->memory);
	struct attn_tensors t = tensors_of(job, o, block);
	struct attn_plan *plan;
	struct attn_problem p;
	char why[MPI_WHY];
	double from = mpi_now();
	mpi_local_problem(job, o, block, &p);
	enum attn_status status = l->impl->plan(&p, &host.host, &plan, why, sizeof why);
	if (status == ATTN_OK) {
		status = l->impl->run(plan, &t);
		l->impl->destroy(plan);
	}
	job->traffic.compute += mpi_now() - from;
	return status;
}

void mpi_to_f32(enum attn_dtype dtype, const void *from, float *to, int64_t count)
{
	const uint16_t *bits = from;
	for (int64_t i = 0; i < count; i++)
		to[i] = dtype == ATTN_BF16 ? attn_bf16_to_f32(bits[i]) : attn_f16_to_f32(bits[i]);
}

/* f64 and f32 stay, f32 is rounded to the 16 bits of bf16 and f16. */
void mpi_from_wide(enum attn_dtype dtype, const void *from, void *to, int64_t count)
{
	const float *x = from;
	uint16_t *bits = to;
	if (mpi_bytes(dtype) != 2) {
		memcpy(to, from, (size_t)count * mpi_bytes(dtype));
		return;
	}
	for (int64_t i = 0; i < count; i++)
		bits[i] = dtype == ATTN_BF16 ? attn_f32_to_bf16(x[i]) : attn_f32_to_f16(x[i]);
}
