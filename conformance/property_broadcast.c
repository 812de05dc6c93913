/* A mask or bias of every shape that broadcasting allows equals the whole one that it stands for.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/property.h"
#include "conformance/trial.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <stdio.h>

/* A whole mask or bias with the elements of a broadcast one. */
static int make_whole(struct attn_tensor *t, struct attn_tensor *whole)
{
	*whole = attn_tensor_new(t->dtype, t->dim[0], t->dim[1], t->dim[2], t->dim[3]);
	if (!whole->data)
		return 0;
	attn_tensor_copy(whole, t);
	return 1;
}

/* Runs the problem, then the one whose mask is whole, on the same inputs, and judges both. */
static void test_broadcast(struct trial *trial)
{
	const struct attn_problem *p = &trial->c->problem;
	struct attn_problem full = *p;
	struct attn_tensors t, u;
	if (!trial_inputs(trial, p, &t))
		return;
	u = t;
	full.mask_dims = full.bias_dims = 15;
	full.mask_dims *= !!t.mask.data;
	full.bias_dims *= !!t.bias.data;
	struct attn_tensor *from = t.mask.data ? &t.mask : &t.bias, *to = t.mask.data ? &u.mask : &u.bias;
	if (!make_whole(from, to))
		trial_fail(trial, "no memory");
	else if (trial_run(trial, p, &t) && trial_judge(trial, p, &t, NULL) && trial_run(trial, &full, &u))
		trial_judge(trial, &full, &u, NULL);
	attn_tensor_free(to);
	attn_tensors_free(&t);
}

void property_add_broadcast(struct case_list *list)
{
	static const char *const kinds[] = {"mask", "bias"};
	for (int kind = 0; kind < 2; kind++)
		for (int dims = 0; dims < 16; dims++) {
			char letters[5] = "", key[96];
			snprintf(letters, sizeof letters, "%s%s%s%s", dims & ATTN_DIM_BATCH ? "b" : "", dims & ATTN_DIM_HEAD ? "h" : "", dims & ATTN_DIM_QUERY ? "q" : "",
			         dims & ATTN_DIM_KEY ? "k" : "");
			snprintf(key, sizeof key, "b:3/hq:4/hkv:2/sq:7/skv:19/d:8/%s:%s", kinds[kind], dims ? letters : "1");
			case_add_test(list, key, "is-whole", test_broadcast);
		}
}
