/* An array, searched from the one after the last: copies of inputs come in the order in which they were bound.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/python/views.h"

#include <stdlib.h>
#include <string.h>

static struct view *slot_of(struct views *v, const struct attn_tensors *t)
{
	for (size_t k = 0; k < v->n; k++) {
		size_t i = v->last + k < v->n ? v->last + k : v->last + k - v->n;
		if (v->all[i].of.k.data == t->k.data && !memcmp(&v->all[i].of, t, sizeof *t))
			return &v->all[v->last = i];
	}
	return NULL;
}

struct view *views_find(struct views *v, const struct attn_tensors *t)
{
	struct view *found = slot_of(v, t);
	return found && found->bound ? found : NULL;
}

static int grow(struct views *v)
{
	size_t room = v->room ? 2 * v->room : 4;
	struct view *grown = realloc(v->all, room * sizeof *grown);
	if (!grown)
		return -1;
	v->all = grown;
	v->room = room;
	return 0;
}

struct view *views_add(struct views *v, const struct attn_tensors *t)
{
	struct view *view = slot_of(v, t);
	if (view) {
		Py_CLEAR(view->bound);
		Py_CLEAR(view->tensors);
		return view;
	}
	if (v->n == v->room && grow(v))
		return NULL;
	view = &v->all[v->last = v->n++];
	view->tensors = view->bound = NULL;
	memcpy(&view->of, t, sizeof view->of); /* its padding too, which is compared */
	return view;
}

struct view *views_last(const struct views *v)
{
	return &v->all[v->last];
}

void views_free(struct views *v)
{
	for (size_t i = 0; i < v->n; i++) {
		Py_CLEAR(v->all[i].bound);
		Py_CLEAR(v->all[i].tensors);
	}
	free(v->all);
	*v = (struct views){NULL, 0, 0, 0};
}
