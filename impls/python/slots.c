/* The slots, and the implementation of a file.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/python/slots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct python_slot slots[PYTHON_FILES];
static int taken;

static struct attn_numerics numerics_of(const struct python_slot *slot, const struct attn_problem *p)
{
	switch (p->dtype) {
	case ATTN_F64: return slot->about.numerics[1];
	case ATTN_BF16: return slot->about.numerics[2];
	case ATTN_F16: return slot->about.numerics[3];
	default: return slot->about.numerics[0];
	}
}

/* The functions of slot n, and the table of them. */
#define SLOT(n)                                                                                                                              \
	static struct attn_numerics numerics_##n(const struct attn_problem *p) { return numerics_of(&slots[0x##n], p); }                     \
	static enum attn_status query_##n(const struct attn_problem *p, char *why, size_t size) { return python_query(&slots[0x##n], p, why, size); } \
	static enum attn_status plan_##n(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size) \
	{                                                                                                                                    \
		return python_plan(&slots[0x##n], p, host, plan, why, size);                                                                 \
	}
#define ROW(n) {numerics_##n, query_##n, plan_##n},
#define EIGHT(X, t) X(t##0) X(t##1) X(t##2) X(t##3) X(t##4) X(t##5) X(t##6) X(t##7)
#define SIXTEEN(X, t) EIGHT(X, t) X(t##8) X(t##9) X(t##a) X(t##b) X(t##c) X(t##d) X(t##e) X(t##f)

SIXTEEN(SLOT, 0)
SIXTEEN(SLOT, 1)

static const struct {
	struct attn_numerics (*numerics)(const struct attn_problem *p);
	enum attn_status (*query)(const struct attn_problem *p, char *why, size_t size);
	enum attn_status (*plan)(const struct attn_problem *p, const struct attn_host *host, struct attn_plan **plan, char *why, size_t size);
} functions[PYTHON_FILES] = {SIXTEEN(ROW, 0) SIXTEEN(ROW, 1)};

const struct attn_impl *python_impl_make(const char *file, const struct python_about *about, char *why, size_t size)
{
	if (taken == PYTHON_FILES)
		return snprintf(why, size, "there are %d Python files already: expected no more", PYTHON_FILES), NULL;
	struct python_slot *slot = &slots[taken];
	slot->file = strdup(file);
	if (!slot->file)
		return snprintf(why, size, "no memory"), NULL;
	slot->about = *about;
	const struct python_about *a = &slot->about;
	slot->impl = (struct attn_impl){
		.abi = ATTN_ABI, .struct_size = sizeof slot->impl, .name = a->name, .version = a->version, .summary = a->summary, .licence = a->licence, .url = a->url,
		.policy = a->policy, .tiles = a->tiles[0] ? a->tiles : NULL, .numerics = functions[taken].numerics, .query = functions[taken].query,
		.plan = functions[taken].plan, .run = python_run, .destroy = python_destroy, .describe = python_describe, .limit = *a->limit ? a->limit : NULL,
		.bind = python_bind, .collect = python_collect, .failure = python_failure};
	taken++;
	return &slot->impl;
}
