/* What a Python file's bind made of tensors, kept by their addresses: sweeps rotate over copies of the inputs.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_PYTHON_VIEWS_H
#define IMPLS_PYTHON_VIEWS_H

#include "impls/python/interpreter.h"

#include <attnbench/attn.h>
#include <stddef.h>

struct view {
	struct attn_tensors of;
	PyObject *tensors, *bound; /* the NumPy views, and what bind returned for them; NULL: it failed */
};

struct views {
	struct view *all;
	size_t n, room, last; /* last: the one that was added or found */
};

/* One without objects yet, in place of that of the same tensors. NULL: no memory. */
struct view *views_add(struct views *v, const struct attn_tensors *t);
/* NULL: these tensors were not bound. */
struct view *views_find(struct views *v, const struct attn_tensors *t);
/* The one that was found or added last; there must be one. */
struct view *views_last(const struct views *v);
void views_free(struct views *v);

#endif
