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

/* The same elements, `by` elements past an address that is a multiple of 64 bytes; *block is what to free. 0: no memory. */
static int shift_base(struct attn_tensor *t, int64_t by, void **block)
{
	size_t each = attn_dtype_bytes(t->dtype), bytes = ((size_t)(attn_tensor_extent(t) + by) * each + 127) / 64 * 64;
	struct attn_tensor moved = *t;
	*block = aligned_alloc(64, bytes);
	if (!*block)
		return 0;
	memset(*block, 0xff, bytes);
	moved.data = (char *)*block + (size_t)by * each;
	memcpy(moved.data, t->data, (size_t)attn_tensor_extent(t) * each);
	*t = moved;
	return 1;
}

/* q, k, v and out, each at bases of its own, 1, 2, 3 and 5 elements off. */
static void test_shifted_bases(struct trial *trial)
{
	static const int64_t by[] = {1, 2, 3, 5};
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	for (int turn = 0; turn < 4 && !trial_is_over(trial); turn++) {
		struct attn_tensors moved = t;
		struct attn_tensor *const of[] = {&moved.q, &moved.k, &moved.v, &moved.out};
		void *block[4] = {NULL, NULL, NULL, NULL};
		int done = 1;
		for (int n = 0; n < 4; n++)
			done &= shift_base(of[n], by[(turn + n) % 4], &block[n]);
		if (!done)
			trial_fail(trial, "no memory");
		else if (trial_run(trial, p, &moved))
			trial_judge(trial, p, &moved, NULL);
		for (int n = 0; n < 4; n++)
			free(block[n]);
	}
	attn_tensors_free(&t);
}

void property_add_views(struct case_list *list)
{
	static const char *const keys[] = {"b:2/hq:2/sq:9/skv:37/d:8/mask:bhqk", "b:2/hq:3/sq:19/skv:40/d:8/mask:qk", "b:2/hq:2/sq:9/skv:37/d:8/bias:bhqk", "b:2/hq:3/sq:9/skv:40/d:8/bias:hqk",
	                                   "b:2/hq:4/hkv:2/sq:5/skv:9/d:8/lse", "b:2/hq:2/sq:3/skv:9/d:8/causal:br/past:20", "b:2/hq:3/sq:5/skv:9/d:8/alibi", "b:2/hq:3/sq:5/skv:9/d:8/sinks",
	                                   "b:4/hq:2/sq:3/skv:19/d:8/kvlen", "b:3/hq:2/sq:2/skv:29/d:8/kvlen/page:8", "b:1/hq:2/sq:20/skv:31/d:8/varlen", "b:2/hq:2/sq:13/skv:29/d:8/blockmask:4,8",
	                                   "b:2/hq:2/sq:5/skv:9/d:8/weights", "b:2/hq:2/sq:5/skv:9/d:8/scores:masked", "b:2/hq:2/sq:3/skv:3/d:8/past:9/present", NULL};
	case_add_test(list, "b:2/hq:4/hkv:2/sq:17/skv:40/d:16", "shifted-bases", test_shifted_bases);
	case_add_test(list, "b:1/hq:2/sq:9/skv:33/d:64/causal:br", "shifted-bases", test_shifted_bases);
	case_add_test(list, "b:1/hq:2/sq:9/skv:33/d:32/bf16", "shifted-bases", test_shifted_bases);
	for (int i = 0; keys[i]; i++) {
		case_add_test(list, keys[i], "rows-apart", test_rows_apart);
		case_add_test(list, keys[i], "columns-apart", test_columns_apart);
	}
}
