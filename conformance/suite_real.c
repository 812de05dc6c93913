/* real: Q, K, V captured from a layer of a trained transformer (conformance/real/README.md). Their scores are far larger than
 * those of normal inputs, and one key often takes nearly all the weight.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/inputs_masks.h"
#include "conformance/suites.h"
#include "conformance/trial.h"
#include "harness/command.h"
#include "harness/npy.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <stdio.h>

/* What is asked of the captured tensors; %s is their shape. bf16 and f16: rounded to that. */
static const char *const variants[] = {"", "/causal:tl", "/causal:br", "/mask:qk", "/bias:hqk", "/window:16,16", "/softcap:20", "/kvlen", "/bf16", "/f16", "/lse", NULL};

static enum attn_status read_captured(const char *name, struct attn_tensor *t, char *why, size_t size)
{
	char relative[64];
	int rank;
	snprintf(relative, sizeof relative, "conformance/real/%s.npy", name);
	return attn_npy_read(data_path(relative), t, &rank, why, size);
}

static void test_real(struct trial *trial)
{
	static const char *const names[] = {"q", "k", "v"};
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	char why[512];

	if (attn_tensors_alloc(&t, p, 0, 0) != ATTN_OK) {
		trial_fail(trial, "no memory");
		return;
	}
	struct attn_tensor *to[] = {&t.q, &t.k, &t.v};
	for (int n = 0; n < 3; n++) {
		struct attn_tensor captured;
		if (read_captured(names[n], &captured, why, sizeof why) != ATTN_OK) {
			trial_fail(trial, "%s", why);
			break;
		}
		attn_tensor_copy(to[n], &captured);
		attn_tensor_free(&captured);
	}
	inputs_fill_masks(&t, p, trial->c->seed);
	if (!trial_is_over(trial) && trial_run(trial, p, &t))
		trial_judge(trial, p, &t, NULL);
	attn_tensors_free(&t);
}

void suite_real(struct case_list *list, const struct suite_options *options)
{
	struct attn_tensor q, k;
	char key[256];

	(void)options;
	if (read_captured("q", &q, list->why, sizeof list->why) != ATTN_OK)
		return;
	if (read_captured("k", &k, list->why, sizeof list->why) == ATTN_OK) {
		for (int i = 0; variants[i]; i++) {
			snprintf(key, sizeof key, "b:%lld/hq:%lld/hkv:%lld/sq:%lld/skv:%lld/d:%lld%s", (long long)q.dim[0], (long long)q.dim[1], (long long)k.dim[1],
			         (long long)q.dim[2], (long long)k.dim[2], (long long)q.dim[3], variants[i]);
			struct check_case *c = case_add(list, key, "captured", 1);
			if (c)
				c->test = test_real;
		}
		attn_tensor_free(&k);
	}
	attn_tensor_free(&q);
}
