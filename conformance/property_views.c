/* Tensors that are parts of larger ones: masks, caches, lengths and outputs whose rows, or columns, do not follow one another.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/property.h"
#include "conformance/trial.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <stdlib.h>
#include <string.h>

/* Those that the problem has strides of: they are laid out by it. */
static int has_own_strides(const char *name)
{
	return !strcmp(name, "q") || !strcmp(name, "k") || !strcmp(name, "v") || !strcmp(name, "out");
}

/* The same elements in larger memory, `column` apart, broadcast dimensions left so; what lies between is NaN. 0: no memory. */
static int spread_out(struct attn_tensor *t, int64_t column)
{
	int64_t stride[4], step = column;
	for (int k = 3; k >= 0; k--) {
		int is_broadcast = t->stride[k] == 0;
		stride[k] = is_broadcast ? 0 : step;
		step = is_broadcast ? step : step * t->dim[k] + 3;
	}
	struct attn_tensor wide = attn_tensor_new_strided(t->dtype, t->dim, stride);
	if (!wide.data)
		return 0;
	memset(wide.data, 0xff, (size_t)attn_tensor_extent(&wide) * attn_dtype_bytes(wide.dtype));
	attn_tensor_copy(&wide, t);
	free(t->data);
	*t = wide;
	return 1;
}

static void test_view(struct trial *trial, int64_t column)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	for (const struct attn_tensor_field *f = attn_tensor_fields; f->name && !trial_is_over(trial); f++) {
		struct attn_tensor *one = attn_tensors_at(&t, f);
		if (one->data && attn_tensor_count(one) && !has_own_strides(f->name) && !spread_out(one, column))
			trial_fail(trial, "no memory");
	}
	if (!trial_is_over(trial) && trial_run(trial, p, &t))
		trial_judge(trial, p, &t, NULL);
	attn_tensors_free(&t);
}

static void test_rows_apart(struct trial *trial) { test_view(trial, 1); }
static void test_columns_apart(struct trial *trial) { test_view(trial, 2); }

void property_add_views(struct case_list *list)
{
	static const char *const keys[] = {"b:2/hq:2/sq:9/skv:37/d:8/mask:bhqk", "b:2/hq:3/sq:19/skv:40/d:8/mask:qk", "b:2/hq:2/sq:9/skv:37/d:8/bias:bhqk", "b:2/hq:3/sq:9/skv:40/d:8/bias:hqk",
	                                   "b:2/hq:4/hkv:2/sq:5/skv:9/d:8/lse", "b:2/hq:2/sq:3/skv:9/d:8/causal:br/past:20", "b:2/hq:3/sq:5/skv:9/d:8/alibi", "b:2/hq:3/sq:5/skv:9/d:8/sinks",
	                                   "b:4/hq:2/sq:3/skv:19/d:8/kvlen", "b:3/hq:2/sq:2/skv:29/d:8/kvlen/page:8", "b:1/hq:2/sq:20/skv:31/d:8/varlen", "b:2/hq:2/sq:13/skv:29/d:8/blockmask:4,8",
	                                   "b:2/hq:2/sq:5/skv:9/d:8/weights", "b:2/hq:2/sq:5/skv:9/d:8/scores:masked", "b:2/hq:2/sq:3/skv:3/d:8/past:9/present", NULL};
	for (int i = 0; keys[i]; i++) {
		case_add_test(list, keys[i], "rows-apart", test_rows_apart);
		case_add_test(list, keys[i], "columns-apart", test_columns_apart);
	}
}
