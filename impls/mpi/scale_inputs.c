/* Each rank's own share of q, k and v: made, element by element, from the seed and the place, or read from its slice of a file by
 * MPI-IO.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/npy_header.h"
#include "impls/mpi/scale.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct slice_file {
	MPI_File file;
	MPI_Offset data;
	int is_open;
};
static struct slice_file files[SCALE_INPUTS]; /* read-only once scale_open is done */
static int read_failed;

static const char names[] = "qkv";

/* Steele, Lea & Flood 2014 (SplitMix64), the sum of four 16-bit uniforms: near a normal distribution of variance 1. */
static double made(uint64_t seed, int input, int64_t index)
{
	uint64_t x = (seed * UINT64_C(3) + (uint64_t)input) * UINT64_C(0xd1342543de82ef95) + (uint64_t)index * UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	x ^= x >> 31;
	uint64_t sum = (x & 0xffff) + (x >> 16 & 0xffff) + (x >> 32 & 0xffff) + (x >> 48);
	return ((double)sum / 65536 - 2) * sqrt(3.0);
}

static int64_t heads_of(const struct attn_problem *p, int input) { return input == SCALE_Q ? p->heads_q : p->heads_kv; }
static int64_t columns_of(const struct attn_problem *p, int input) { return input == SCALE_V ? p->dim_v : p->dim_qk; }
static int64_t length_of(const struct attn_problem *p, int input) { return input == SCALE_Q ? p->len_q : p->len_kv; }

static void store(enum attn_dtype dtype, void *memory, int64_t i, double x)
{
	if (dtype == ATTN_F32)
		((float *)memory)[i] = (float)x;
	else
		((uint16_t *)memory)[i] = dtype == ATTN_BF16 ? attn_f32_to_bf16((float)x) : attn_f32_to_f16((float)x);
}

static double load(enum attn_dtype dtype, const void *memory, int64_t i)
{
	if (dtype == ATTN_F32)
		return (double)((const float *)memory)[i];
	return (double)(dtype == ATTN_BF16 ? attn_bf16_to_f32(((const uint16_t *)memory)[i]) : attn_f16_to_f32(((const uint16_t *)memory)[i]));
}

/* Rows [first, first + count) of one head. */
static void read_rows(const struct attn_problem *p, int input, int64_t head, int64_t first, int64_t count, void *memory)
{
	MPI_Datatype row;
	int64_t bytes = columns_of(p, input) * (int64_t)mpi_bytes(p->dtype);
	MPI_Type_contiguous((int)bytes, MPI_BYTE, &row);
	MPI_Type_commit(&row);
	MPI_Status status;
	int got = 0;
	if (MPI_File_read_at(files[input].file, files[input].data + (head * length_of(p, input) + first) * bytes, memory, (int)count, row, &status) == MPI_SUCCESS)
		MPI_Get_count(&status, row, &got);
	read_failed |= got != count;
	MPI_Type_free(&row);
}

static void make_rows(const struct scale_options *o, const struct attn_problem *p, int input, int64_t head, const struct mpi_part *part, void *memory)
{
	int64_t columns = columns_of(p, input), from = (head * length_of(p, input) + part->first) * columns;
	for (int64_t i = 0; i < (part->end - part->first) * columns; i++)
		store(p->dtype, memory, i, made(o->seed, input, from + i));
}

static void fill_one(const struct scale_options *o, struct mpi_job *job, int input, char *memory, const struct mpi_share *share)
{
	size_t row = (size_t)columns_of(&job->p, input) * mpi_bytes(job->p.dtype);
	for (int64_t head = 0; head < job->p.batch * heads_of(&job->p, input); head++)
		for (int i = 0; i < share->parts; i++) {
			int64_t rows = share->part[i].end - share->part[i].first;
			if (o->file[input])
				read_rows(&job->p, input, head, share->part[i].first, rows, memory);
			else
				make_rows(o, &job->p, input, head, &share->part[i], memory);
			memory += (size_t)rows * row;
		}
}

void scale_fill(const struct scale_options *o, struct mpi_job *job)
{
	fill_one(o, job, SCALE_Q, job->q, &job->own.rows);
	fill_one(o, job, SCALE_K, job->k, &job->own.keys);
	fill_one(o, job, SCALE_V, job->v, &job->own.keys);
}

void scale_row(const struct scale_options *o, const struct attn_problem *p, int input, const int64_t at[3], double *row)
{
	int64_t columns = columns_of(p, input), head = at[0] * heads_of(p, input) + at[1];
	char *memory = malloc((size_t)columns * mpi_bytes(p->dtype) + 1);
	if (!memory)
		MPI_Abort(MPI_COMM_WORLD, 3);
	if (o->file[input])
		read_rows(p, input, head, at[2], 1, memory);
	else
		make_rows(o, p, input, head, &(struct mpi_part){at[2], at[2] + 1}, memory);
	for (int64_t c = 0; c < columns; c++)
		row[c] = load(p->dtype, memory, c);
	free(memory);
}

enum attn_status scale_failed(char *why, size_t size)
{
	int any = 0;
	MPI_Allreduce(&read_failed, &any, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
	if (any)
		snprintf(why, size, "a share of the inputs could not be read: the file is shorter than its header says, or the file system failed");
	return any ? ATTN_FAILED : ATTN_OK;
}

/* The header; its length and where the data begins. */
static int read_header(struct slice_file *f, struct npy_header *h, char *why, size_t size)
{
	unsigned char head[12];
	char text[4096];
	int got = 0;
	MPI_Status status;
	MPI_File_read_at(f->file, 0, head, sizeof head, MPI_BYTE, &status);
	MPI_Get_count(&status, MPI_BYTE, &got);
	if (got < 12 || memcmp(head, "\223NUMPY", 6) || head[6] < 1 || head[6] > 3)
		return snprintf(why, size, "it does not begin like a .npy file"), 0;
	size_t length = head[8] | (size_t)head[9] << 8, before = 10;
	if (head[6] > 1)
		length |= (size_t)head[10] << 16 | (size_t)head[11] << 24, before = 12;
	if (length >= sizeof text)
		return snprintf(why, size, "its header has %zu characters: expected fewer than %zu", length, sizeof text), 0;
	MPI_File_read_at(f->file, (MPI_Offset)before, text, (int)length, MPI_BYTE, MPI_STATUS_IGNORE);
	f->data = (MPI_Offset)(before + length);
	return npy_header_parse(text, length, h, why, size);
}

/* The shape (batch, heads, rows, columns), dimensions in front left out. */
static enum attn_status take_shape(struct attn_problem *p, int input, const struct npy_header *h, char *why, size_t size)
{
	int64_t dim[] = {1, 1, 1, 1};
	if (h->kind != 'f' || h->swapped || h->fortran || (h->bytes != 4 && h->bytes != 2) || h->rank < 2)
		return snprintf(why, size, "its type or order is another: expected f32 or f16 of this machine's byte order, in C order, rank 2 to 4"), ATTN_FAILED;
	for (int k = 0; k < h->rank; k++)
		dim[4 - h->rank + k] = h->dim[k];
	if (input == SCALE_Q) {
		p->dtype = h->bytes == 4 ? ATTN_F32 : ATTN_F16;
		p->batch = dim[0], p->heads_q = dim[1], p->len_q = dim[2], p->dim_qk = p->dim_k = dim[3];
		p->scale = 1 / sqrt((double)dim[3]);
	} else if (input == SCALE_K) {
		p->heads_kv = dim[1], p->len_kv = dim[2];
	} else {
		p->dim_v = dim[3];
	}
	int64_t expected[] = {p->batch, heads_of(p, input), length_of(p, input), columns_of(p, input)};
	if (memcmp(dim, expected, sizeof dim) || (size_t)h->bytes != mpi_bytes(p->dtype) || p->heads_kv < 1 || p->heads_q % p->heads_kv)
		return snprintf(why, size, "its shape (%lld, %lld, %lld, %lld) of %d bytes each does not fit the other files", (long long)dim[0], (long long)dim[1],
		                (long long)dim[2], (long long)dim[3], h->bytes),
		       ATTN_FAILED;
	return ATTN_OK;
}

enum attn_status scale_open(const struct scale_options *o, struct attn_problem *p, char *why, size_t size)
{
	char text[MPI_WHY / 2];
	int given = (o->file[0] != NULL) + (o->file[1] != NULL) + (o->file[2] != NULL);
	if (given == 0)
		return ATTN_OK;
	if (given != SCALE_INPUTS)
		return snprintf(why, size, "of --q, --k and --v some are given and some are not: expected all three or none"), ATTN_FAILED;
	p->heads_kv = p->heads_q;
	for (int i = 0; i < SCALE_INPUTS; i++) {
		struct npy_header h;
		if (!files[i].is_open && MPI_File_open(MPI_COMM_WORLD, o->file[i], MPI_MODE_RDONLY, MPI_INFO_NULL, &files[i].file) != MPI_SUCCESS)
			return snprintf(why, size, "--%c %s: the file cannot be opened on every rank", names[i], o->file[i]), ATTN_FAILED;
		files[i].is_open = 1;
		if (!read_header(&files[i], &h, text, sizeof text) || take_shape(p, i, &h, text, sizeof text) != ATTN_OK)
			return snprintf(why, size, "--%c %s: %s", names[i], o->file[i], text), ATTN_FAILED;
	}
	return ATTN_OK;
}
