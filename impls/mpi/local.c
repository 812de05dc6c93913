/* The local kernel, planned in memory that was taken before.
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

struct attn_tensor mpi_rows_of(const void *data, enum attn_dtype dtype, const int64_t dim[4], int64_t all, int64_t b, int64_t row)
{
	struct attn_tensor t = {NULL, dtype, {dim[0], dim[1], dim[2], dim[3]}, {dim[1] * all * dim[3], all * dim[3], dim[3], 1}};
	t.data = (char *)data + (b * t.stride[0] + row * dim[3]) * (int64_t)mpi_bytes(dtype);
	return t;
}

/* Strides, by which a plan may choose its kernel. */
void mpi_local_strides(struct attn_problem *p, const struct attn_tensors *t)
{
	memcpy(p->stride_q, t->q.stride, sizeof p->stride_q);
	memcpy(p->stride_k, t->k.stride, sizeof p->stride_k);
	memcpy(p->stride_v, t->v.stride, sizeof p->stride_v);
	memcpy(p->stride_out, t->out.stride, sizeof p->stride_out);
}

enum attn_status mpi_local_plan(struct mpi_job *job, const struct attn_problem *p, char *why, size_t size)
{
	struct mpi_local *l = &job->local;
	struct piece_host host = piece_host(l, NULL);
	struct attn_plan *plan;
	char reason[MPI_WHY / 2] = "";
	enum attn_status status = l->impl->query(p, reason, sizeof reason);
	if (status == ATTN_OK && (status = l->impl->plan(p, &host.host, &plan, reason, sizeof reason)) == ATTN_OK)
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

enum attn_status mpi_local_run(struct mpi_job *job, const struct attn_problem *p, const struct attn_tensors *t)
{
	struct mpi_local *l = &job->local;
	struct piece_host host = piece_host(l, l->memory);
	struct attn_plan *plan;
	char why[MPI_WHY];
	double from = mpi_now();
	enum attn_status status = l->impl->plan(p, &host.host, &plan, why, sizeof why);
	if (status == ATTN_OK) {
		status = l->impl->run(plan, t);
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
