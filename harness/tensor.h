/* Tensors the host owns: memory, shapes, conversion.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_TENSOR_H
#define HARNESS_TENSOR_H

#include <attnbench/attn.h>

/* A contiguous tensor of that shape over zeroed memory of malloc; data is NULL where there is no memory. */
struct attn_tensor attn_tensor_new(enum attn_dtype dtype, int64_t d0, int64_t d1, int64_t d2, int64_t d3);
/* The same with strides of the caller's choice (in elements, none negative). */
struct attn_tensor attn_tensor_new_strided(enum attn_dtype dtype, const int64_t dim[4], const int64_t stride[4]);
void attn_tensor_free(struct attn_tensor *t);

int64_t attn_tensor_count(const struct attn_tensor *t);  /* elements by shape */
int64_t attn_tensor_extent(const struct attn_tensor *t); /* elements of memory, from the base to past the last one */
int attn_tensor_contiguous(const struct attn_tensor *t);

double attn_tensor_get(const struct attn_tensor *t, int64_t b, int64_t h, int64_t i, int64_t j); /* any dtype */
void attn_tensor_set(struct attn_tensor *t, int64_t b, int64_t h, int64_t i, int64_t j, double x); /* rounds to nearest even */

/* The bits of x rounded to nearest even. */
uint16_t attn_f16_from_double(double x);
uint16_t attn_bf16_from_double(double x);

/* Copies element by element between tensors of one shape, converting. */
void attn_tensor_copy(struct attn_tensor *to, const struct attn_tensor *from);

/* All tensors a problem has and wants, allocated by its shape and strides, zeroed; mask and bias with strides of 0 along
 * broadcast dimensions. sequences: how many a varlen problem packs; pages: how many a paged one has (0 where not used).
 * ATTN_NO_MEMORY leaves nothing allocated. */
enum attn_status attn_tensors_alloc(struct attn_tensors *t, const struct attn_problem *p, int64_t sequences, int64_t pages);
void attn_tensors_free(struct attn_tensors *t);

/* The tensors of a set, by name ("q", "k", "mask", …, as the members are called), for loops over them. */
struct attn_tensor_field {
	const char *name;
	size_t offset; /* of the struct attn_tensor in struct attn_tensors */
	int is_output;
};
extern const struct attn_tensor_field attn_tensor_fields[]; /* ended by a NULL name */
struct attn_tensor *attn_tensors_at(struct attn_tensors *t, const struct attn_tensor_field *field);

/* Every element of the tensor's memory, those that its strides leave out too, becomes a signalling NaN of its type (no number
 * at all for i64). */
void attn_tensor_poison(struct attn_tensor *t);
/* Whether the n-th element of its memory is still that, bit for bit. */
int attn_tensor_is_poison(const struct attn_tensor *t, int64_t n);

#endif
