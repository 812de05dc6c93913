/* Rotation over copies of the inputs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_cache.h"
#include "harness/machine.h"
#include "harness/problem.h"
#include "harness/sandbox.h"
#include "harness/tensor.h"

#include <stdlib.h>
#include <string.h>

int sweep_is_decode(const struct attn_problem *p)
{
	enum { FEW_ROWS = 16 };
	return p->len_q <= FEW_ROWS && attn_problem_keys(p) > p->len_q;
}

static size_t bytes_of(const struct attn_tensor *t)
{
	return (size_t)attn_tensor_extent(t) * attn_dtype_bytes(t->dtype);
}

static size_t input_bytes(const struct attn_tensors *t)
{
	struct attn_tensors all = *t;
	size_t bytes = 0;
	for (const struct attn_tensor_field *f = attn_tensor_fields; f->name; f++)
		if (!f->is_output && attn_tensors_at(&all, f)->data)
			bytes += bytes_of(attn_tensors_at(&all, f));
	return bytes;
}

/* Inputs of its own, outputs in common. 0, or -1: no memory. */
static int copy_inputs(struct attn_tensors *to, const struct attn_tensors *from)
{
	int failed = 0;
	*to = *from;
	for (const struct attn_tensor_field *f = attn_tensor_fields; f->name; f++) {
		struct attn_tensor *t = attn_tensors_at(to, f);
		const void *data = t->data;
		if (f->is_output || !data)
			continue;
		*t = attn_tensor_new_strided(t->dtype, t->dim, t->stride);
		if (t->data)
			memcpy(t->data, data, bytes_of(t));
		else
			failed = -1;
	}
	return failed;
}

void rotation_free(struct sweep_rotation *r)
{
	for (size_t i = 1; i < r->n; i++)
		for (const struct attn_tensor_field *f = attn_tensor_fields; f->name; f++)
			if (!f->is_output)
				attn_tensor_free(attn_tensors_at(&r->copies[i], f));
	free(r->copies);
	sandbox_unshare(r->next, sizeof *r->next);
	*r = (struct sweep_rotation){NULL, 0, NULL};
}

enum attn_status rotation_make(struct sweep_rotation *r, const struct attn_tensors *t, int cold)
{
	size_t each = input_bytes(t), all = 4 * machine_last_cache_bytes(), wanted = cold && each && each < all ? (all + each - 1) / each : 1;
	*r = (struct sweep_rotation){calloc(wanted, sizeof *r->copies), 0, sandbox_share(sizeof *r->next)};
	int failed = !r->copies || !r->next;
	if (!failed)
		r->copies[r->n++] = *t;
	while (!failed && r->n < wanted)
		failed = copy_inputs(&r->copies[r->n++], t);
	if (failed)
		rotation_free(r);
	return failed ? ATTN_NO_MEMORY : ATTN_OK;
}
