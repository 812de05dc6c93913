/* The processes of a point in its entry, and back.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_set.h"

#include <stddef.h>

#ifdef HAVE_JANSSON
static const struct member {
	const char *name;
	size_t at;
	int is_size; /* size_t, SIZE_MAX unknown; else double */
} members[] = {{"announced_bytes", offsetof(struct attn_process, announced_bytes), 1}, {"peak_extra_bytes", offsetof(struct attn_process, peak_bytes), 1},
               {"transport_bytes", offsetof(struct attn_process, transport_bytes), 1}, {"sent_bytes", offsetof(struct attn_process, sent_bytes), 0},
               {"received_bytes", offsetof(struct attn_process, received_bytes), 0},   {"analytic_bytes", offsetof(struct attn_process, analytic_bytes), 0}};
enum { MEMBERS = sizeof members / sizeof *members };

static json_t *get(const struct member *m, const struct attn_process *p)
{
	const void *at = (const char *)p + m->at;
	if (!m->is_size)
		return json_integer((json_int_t) * (const double *)at);
	size_t bytes = *(const size_t *)at;
	return bytes == SIZE_MAX ? json_null() : json_integer((json_int_t)bytes);
}

static void put(const struct member *m, struct attn_process *p, const json_t *x)
{
	void *at = (char *)p + m->at;
	if (m->is_size)
		*(size_t *)at = json_is_integer(x) ? (size_t)json_integer_value(x) : SIZE_MAX;
	else
		*(double *)at = json_number_value(x);
}

static int told(const struct sweep_processes *p) { return p->n < SWEEP_MOST_PROCESSES ? p->n : SWEEP_MOST_PROCESSES; }

json_t *set_processes(const struct sweep_processes *p)
{
	json_t *all = json_pack("{si sI}", "count", p->n, "shared_bytes", (json_int_t)p->shared_bytes);
	for (size_t m = 0; m < MEMBERS; m++) {
		json_t *list = json_array();
		for (int i = 0; i < told(p); i++)
			json_array_append_new(list, get(&members[m], &p->each[i]));
		json_object_set_new(all, members[m].name, list);
	}
	return all;
}

void set_take_processes(struct sweep_processes *p, const json_t *all)
{
	*p = (struct sweep_processes){.n = (int)json_integer_value(json_object_get(all, "count"))};
	p->shared_bytes = (size_t)json_integer_value(json_object_get(all, "shared_bytes"));
	for (size_t m = 0; m < MEMBERS; m++)
		for (int i = 0; i < told(p); i++)
			put(&members[m], &p->each[i], json_array_get(json_object_get(all, members[m].name), (size_t)i));
}
#endif
