/* Keys, or values, whose offsets pass 2^31 elements, in memory that is reserved but not there: an offset kept in 32 bits reads what is
 * elsewhere, or ends the child.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/rows_far.h"
#include "conformance/trial.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <string.h>
#include <sys/mman.h>

enum { FAR_BATCH = 0, FAR_ROWS = 2 };

/* bf16 elements, so that 2^31 of them fit the address space a child may have. 0: there is no room. */
static int move_apart(struct attn_tensor *t, int dimension)
{
	struct attn_tensor wide = *t;
	wide.stride[dimension] = ((int64_t)1 << 31) / (t->dim[dimension] - 1) + 8 * t->stride[dimension];
	size_t bytes = (size_t)attn_tensor_extent(&wide) * attn_dtype_bytes(t->dtype);
	wide.data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (wide.data == MAP_FAILED)
		return 0;
	attn_tensor_copy(&wide, t);
	*t = wide;
	return 1;
}

/* Not by trial_run: it reads all memory between the elements. The mapping ends with the child. */
static void run_far(struct trial *trial, const struct attn_problem *p, struct attn_tensors *t)
{
	struct counting_host host;
	struct attn_plan *plan;
	trial_poison_outputs(t);
	if (!trial_plan(trial, p, &host, &plan))
		return;
	if (trial_run_plan(trial, plan, t))
		trial_judge(trial, p, t, NULL);
	trial->impl->destroy(plan);
}

static void test_far(struct trial *trial, int is_value, int dimension)
{
	struct attn_problem p = trial->c->problem;
	struct attn_tensors t;
	char why[256] = "no reason given";
	if (!trial_inputs(trial, &p, &t))
		return;
	struct attn_tensor *far = is_value ? &t.v : &t.k, near = *far;
	int is_there = move_apart(far, dimension);
	memcpy(is_value ? p.stride_v : p.stride_k, far->stride, sizeof p.stride_k);
	if (!is_there)
		trial_skip(trial, "refused: no address space for elements so far apart");
	else if (trial->impl->query(&p, why, sizeof why) == ATTN_REFUSED)
		trial_skip(trial, "refused: %s", why);
	else
		run_far(trial, &p, &t);
	if (is_there)
		munmap(far->data, (size_t)attn_tensor_extent(far) * attn_dtype_bytes(far->dtype));
	*far = near;
	attn_tensors_free(&t);
}

static void test_far_keys(struct trial *trial) { test_far(trial, 0, FAR_ROWS); }
static void test_far_values(struct trial *trial) { test_far(trial, 1, FAR_ROWS); }
static void test_far_entries(struct trial *trial) { test_far(trial, 0, FAR_BATCH); }

void rows_add_far_apart(struct case_list *list)
{
	case_add_test(list, "b:1/hq:1/sq:2/skv:3/d:4/bf16", "keys-far-apart", test_far_keys);
	case_add_test(list, "b:1/hq:1/sq:2/skv:3/d:4/bf16", "values-far-apart", test_far_values);
	case_add_test(list, "b:3/hq:2/sq:2/skv:3/d:4/bf16", "entries-far-apart", test_far_entries);
	case_add_test(list, "b:1/hq:1/sq:2/skv:3/d:4/f16", "keys-far-apart", test_far_keys);
}
