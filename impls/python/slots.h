/* Each Python file has a slot: struct attn_impl calls functions without a context, so each slot has functions of its own.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_PYTHON_SLOTS_H
#define IMPLS_PYTHON_SLOTS_H

#include "impls/python/python.h"

struct python_slot {
	char *file;
	struct python_about about;
	struct attn_impl impl;
	void *functions; /* a Python object, in a process where the interpreter runs */
};

enum attn_status python_query(struct python_slot *slot, const struct attn_problem *p, char *why, size_t size);
enum attn_status python_plan(struct python_slot *slot, const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size);
enum attn_status python_bind(struct attn_plan *plan, const struct attn_tensors *t);
enum attn_status python_run(struct attn_plan *plan, const struct attn_tensors *t);
enum attn_status python_collect(struct attn_plan *plan, const struct attn_tensors *t);
void python_destroy(struct attn_plan *plan);
const char *python_describe(const struct attn_plan *plan);
const char *python_failure(const struct attn_plan *plan);

#endif
