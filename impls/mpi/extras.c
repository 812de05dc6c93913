/* Inputs besides q, k and v: every rank has them whole, each dimension that is broadcast once. A mask of all rows and keys is as large as
 * what the harness holds of it anyway; the slices that a block sees are views.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/extras.h"

#include <stddef.h>
#include <stdlib.h>

#define OFFSET(name) offsetof(struct attn_tensors, name)
static const size_t offsets[MPI_EXTRAS] = {OFFSET(mask), OFFSET(bias), OFFSET(alibi), OFFSET(sinks), OFFSET(kv_len), OFFSET(block_mask), OFFSET(given),
                                           OFFSET(w), OFFSET(w_q), OFFSET(w_k), OFFSET(v_a), OFFSET(cu_seqlens_q), OFFSET(cu_seqlens_kv)};

const struct attn_tensor *mpi_extra_at(const struct attn_tensors *t, int i)
{
	return (const struct attn_tensor *)(const void *)((const char *)t + offsets[i]);
}

static struct attn_tensor *writable(struct attn_tensors *t, int i)
{
	return (struct attn_tensor *)(void *)((char *)t + offsets[i]);
}

size_t mpi_extra_bytes(const struct mpi_extra *x)
{
	return (size_t)(x->dim[0] * x->dim[1] * x->dim[2] * x->dim[3]) * (x->dtype == ATTN_NONE ? 0 : mpi_bytes(x->dtype));
}

struct mpi_extra mpi_extra_of(const struct attn_tensor *t)
{
	struct mpi_extra x = {0, {0, 0, 0, 0}, t->data ? t->dtype : ATTN_NONE};
	for (int k = 0; t->data && k < 4; k++)
		x.dim[k] = t->stride[k] == 0 && t->dim[k] > 1 ? 1 : t->dim[k];
	return x;
}

void mpi_extra_pack(const struct mpi_extra *x, const struct attn_tensor *t, char *to)
{
	size_t bytes = x->dtype == ATTN_NONE ? 0 : mpi_bytes(x->dtype);
	for (int64_t b = 0; b < x->dim[0]; b++)
		for (int64_t h = 0; h < x->dim[1]; h++)
			for (int64_t i = 0; i < x->dim[2]; i++)
				for (int64_t j = 0; j < x->dim[3]; j++, to += bytes)
					memcpy(to, attn_at(t, b, h, i, j), bytes);
}

/* A view of the packed elements; a dimension of 1 repeats. */
static struct attn_tensor unpacked(const struct mpi_extra *x, void *data)
{
	struct attn_tensor t = {data, x->dtype, {0}, {0}};
	int64_t step = 1;
	for (int k = 3; k >= 0; k--) {
		t.dim[k] = x->dim[k];
		t.stride[k] = x->dim[k] == 1 ? 0 : step;
		step *= x->dim[k];
	}
	return t;
}

/* MPI counts in int. */
static void broadcast(char *data, size_t bytes, MPI_Comm comm)
{
	const size_t most = (size_t)1 << 30;
	MPI_Request request;
	for (size_t at = 0; at < bytes; at += most) {
		MPI_Ibcast(data + at, (int)(bytes - at < most ? bytes - at : most), MPI_BYTE, 0, comm, &request);
		mpi_finish(request);
	}
}

int mpi_extras_receive(struct attn_tensors *t, const struct mpi_extra x[MPI_EXTRAS], const char *arena, MPI_Comm comm)
{
	int mine = 1, all;
	MPI_Request request;
	*t = (struct attn_tensors){.struct_size = sizeof *t};
	for (int i = 0; i < MPI_EXTRAS; i++) {
		size_t bytes = mpi_extra_bytes(&x[i]);
		if (x[i].dtype == ATTN_NONE)
			continue;
		*writable(t, i) = unpacked(&x[i], malloc(bytes ? bytes : 1));
		mine &= writable(t, i)->data != NULL;
	}
	MPI_Iallreduce(&mine, &all, 1, MPI_INT, MPI_MIN, comm, &request);
	mpi_finish(request);
	for (int i = 0; all && i < MPI_EXTRAS; i++) {
		size_t bytes = mpi_extra_bytes(&x[i]);
		if (arena && bytes)
			memcpy(writable(t, i)->data, arena + x[i].at, bytes);
		broadcast(writable(t, i)->data, bytes, comm);
	}
	if (!all)
		mpi_extras_free(t);
	return all;
}

/* What is learned has the type of q and k: 16 bits become f32 where the local kernel computes in it. */
int mpi_extras_widen(struct attn_tensors *t)
{
	for (int i = MPI_W; i <= MPI_V_A; i++) {
		struct attn_tensor *x = writable(t, i);
		int64_t n = x->dim[0] * x->dim[1] * x->dim[2] * x->dim[3];
		if (!x->data || mpi_bytes(x->dtype) != 2)
			continue;
		float *wide = malloc((size_t)n * sizeof *wide + 1);
		if (!wide)
			return 0;
		mpi_to_f32(x->dtype, x->data, wide, n);
		free(x->data);
		x->data = wide, x->dtype = ATTN_F32;
	}
	return 1;
}

size_t mpi_extras_bytes(const struct attn_tensors *t)
{
	size_t bytes = 0;
	for (int i = 0; i < MPI_EXTRAS; i++) {
		const struct attn_tensor *x = mpi_extra_at(t, i);
		bytes += x->data ? (size_t)(x->dim[0] * x->dim[1] * x->dim[2] * x->dim[3]) * mpi_bytes(x->dtype) : 0;
	}
	return bytes;
}

static void free_all_but(struct attn_tensors *t, int but)
{
	for (int i = 0; i < MPI_EXTRAS; i++) {
		if (i == but)
			continue;
		free(writable(t, i)->data);
		*writable(t, i) = (struct attn_tensor){0};
	}
}

void mpi_extras_free(struct attn_tensors *t)
{
	free_all_but(t, MPI_EXTRAS);
}

void mpi_extras_free_masks(struct attn_tensors *t)
{
	free_all_but(t, MPI_KV_LEN);
}

/* The dimensions along which a tensor's views move: batch entries, heads, rows, keys. */
static const unsigned char moves[MPI_EXTRAS][4] = {
	[MPI_MASK] = {1, 1, 1, 1}, [MPI_BIAS] = {1, 1, 1, 1}, [MPI_GIVEN] = {1, 1, 1, 1}, [MPI_BLOCK_MASK] = {1, 1, 0, 0},
	[MPI_KV_LEN] = {1, 0, 0, 0}, [MPI_ALIBI] = {0, 1, 0, 0}, [MPI_SINKS] = {0, 1, 0, 0},
	[MPI_W] = {0, 1, 0, 0}, [MPI_W_Q] = {0, 1, 0, 0}, [MPI_W_K] = {0, 1, 0, 0}, [MPI_V_A] = {0, 1, 0, 0}};

void mpi_extras_view(struct attn_tensors *t, const struct attn_tensors *whole, unsigned which, const int64_t first[4], const int64_t dim[4])
{
	for (int i = 0; i < MPI_EXTRAS; i++) {
		const struct attn_tensor *from = mpi_extra_at(whole, i);
		struct attn_tensor *to = writable(t, i);
		int64_t offset = 0;
		if (!from->data || !(which >> i & 1))
			continue;
		*to = *from;
		for (int k = 0; k < 4; k++)
			if (moves[i][k]) {
				offset += first[k] * from->stride[k];
				to->dim[k] = dim[k];
			}
		to->data = (char *)from->data + offset * (int64_t)mpi_bytes(from->dtype);
	}
}
