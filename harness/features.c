/* The table of features.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/features.h"
#include "harness/problem.h"
#include "harness/registry.h"
#include "harness/sandbox.h"

#include <stdio.h>
#include <string.h>

#define SMALL "b:2/hq:4/sq:8/skv:8/d:16"
const struct feature features[] = {
	{"f32", "single precision", SMALL},
	{"f64", "double precision", SMALL "/f64"},
	{"bf16", "bfloat16", SMALL "/bf16"},
	{"f16", "half precision", SMALL "/f16"},
	{"softmax-f32", "a softmax in f32 asked for with bf16", SMALL "/bf16/softmax:f32"},
	{"cross", "other lengths of queries and keys", "b:2/hq:4/sq:3/skv:9/d:16"},
	{"gqa", "fewer heads of keys than of queries", "b:2/hq:4/hkv:2/sq:8/skv:8/d:16"},
	{"mqa", "one head of keys", "b:2/hq:4/hkv:1/sq:8/skv:8/d:16"},
	{"dv", "other columns of values than of keys", SMALL "/dv:24"},
	{"scale", "any scale", SMALL "/scale:0.3"},
	{"causal-top-left", "causal, the first row at the first key", "b:2/hq:4/sq:3/skv:9/d:16/causal:tl"},
	{"causal-bottom-right", "causal, the last row at the last key", "b:2/hq:4/sq:3/skv:9/d:16/causal:br"},
	{"window", "a window of keys before and after", SMALL "/window:2,2"},
	{"mask", "bool mask", SMALL "/mask:bhqk"},
	{"mask-broadcast", "bool mask broadcast over batch and heads", SMALL "/mask:qk"},
	{"bias", "float mask added to the scores", SMALL "/bias:bhqk"},
	{"block-mask", "block-sparse mask", SMALL "/blockmask:4,4"},
	{"kv-len", "a number of valid keys per batch entry", SMALL "/kvlen"},
	{"varlen", "packed sequences of different lengths", "b:1/hq:4/sq:8/skv:8/d:16/varlen"},
	{"past", "a KV cache before the new keys", SMALL "/past:8"},
	{"present", "the cache and the new keys, joined, as outputs", SMALL "/past:8/present"},
	{"paged", "keys and values in pages", SMALL "/page:4"},
	{"softcap", "scores capped by tanh", SMALL "/softcap:20"},
	{"alibi", "a linear penalty of distance", SMALL "/alibi"},
	{"sinks", "a logit per head that takes part in the sum only", SMALL "/sinks"},
	{"dot", "score q.k", SMALL "/score:dot"},
	{"cosine", "score q.k/(|q||k|)", SMALL "/score:cosine"},
	{"general", "score qWk", SMALL "/score:general"},
	{"additive", "score va tanh(Wq q + Wk k)", SMALL "/score:additive"},
	{"location", "score va k", SMALL "/score:location"},
	{"given-scores", "the scores are given", SMALL "/score:given-scores"},
	{"given-weights", "the weights are given", SMALL "/score:given-weights"},
	{"layer", "a multi-head layer with its projections", SMALL "/model:64"},
	{"bshd", "layout [batch][row][head][column]", SMALL "/layout:bshd"},
	{"packed", "q, k and v interleaved", SMALL "/layout:packed"},
	{"strided", "any strides", SMALL "/qs:700,160,17,1/ks:700,160,17,1/vs:700,160,17,1/os:700,160,17,1"},
	{"weights", "the weights as an output", SMALL "/weights"},
	{"lse", "the logsumexp as an output", SMALL "/lse"},
	{"sums", "the softmax's maximum and sum as outputs", SMALL "/sums"},
	{"scores", "the raw scores as an output", SMALL "/scores:raw"},
	{NULL, NULL, NULL}};

size_t features_count(void)
{
	return sizeof features / sizeof *features - 1;
}

struct question {
	const struct attn_impl *impl;
	struct feature_answer *answers; /* shared with the parent */
};

static int ask(void *context)
{
	const struct question *q = context;
	for (size_t i = 0; features[i].name; i++) {
		struct feature_answer *a = &q->answers[i];
		struct attn_problem p;
		char why[sizeof a->why] = "";
		enum attn_status status = attn_problem_parse(features[i].key, &p, why, sizeof why);
		if (status == ATTN_OK)
			status = registry_query(q->impl, &p, why, sizeof why);
		memcpy(a->why, why, sizeof why);
		a->status = status;
	}
	return 0;
}

enum attn_status features_ask(const struct attn_impl *impl, struct feature_answer *answers)
{
	const struct sandbox_limits limits = {10, 0};
	size_t bytes = features_count() * sizeof *answers;
	struct question q = {impl, sandbox_share(bytes)};
	char how[128];
	if (!q.answers)
		return ATTN_NO_MEMORY;
	for (size_t i = 0; i < features_count(); i++)
		q.answers[i].status = ATTN_FAILED;
	struct sandbox_outcome outcome = sandbox_run(ask, &q, &limits);
	memcpy(answers, q.answers, bytes);
	sandbox_unshare(q.answers, bytes);
	sandbox_describe(&outcome, how, sizeof how);
	for (size_t i = 0; i < features_count(); i++)
		if (outcome.end != SANDBOX_OK && answers[i].status == ATTN_FAILED)
			snprintf(answers[i].why, sizeof answers[i].why, "its query() %s", how);
	return ATTN_OK;
}
