/* What attnbench list lists.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/suite.h"
#include "harness/list.h"
#include "harness/problem.h"
#include "harness/registry.h"

#include <stdio.h>
#include <string.h>

void list_impls(struct list_rows *rows)
{
	for (size_t i = 0; i < registry_count(); i++) {
		const struct registry_entry *e = registry_at(i);
		const char *off[] = {e->name, e->origin};
		if (e->impl)
			list_add(rows, (const char *[]){e->name, e->origin, e->impl->summary, e->impl->version, e->impl->licence, e->impl->url, e->impl->limit}, 7);
		else
			list_add(rows, off, 2);
	}
}

void list_suites(struct list_rows *rows)
{
	for (const struct suite *s = suites; s->name; s++)
		list_add(rows, (const char *[]){s->name, s->summary}, 2);
}

/* One problem for each feature: an implementation has the feature when it does not refuse the problem. */
static const struct {
	const char *name, *key;
} features[] = {
	{"f32", "b:1/hq:2/sq:8/skv:8/d:16"},
	{"f64", "b:1/hq:2/sq:8/skv:8/d:16/f64"},
	{"bf16", "b:1/hq:2/sq:8/skv:8/d:16/bf16"},
	{"f16", "b:1/hq:2/sq:8/skv:8/d:16/f16"},
	{"gqa", "b:1/hq:4/hkv:2/sq:8/skv:8/d:16"},
	{"cross", "b:1/hq:2/sq:8/skv:12/d:16"},
	{"dv", "b:1/hq:2/sq:8/skv:8/d:16/dv:8"},
	{"bshd", "b:1/hq:2/sq:8/skv:8/d:16/layout:bshd"},
	{"scale", "b:1/hq:2/sq:8/skv:8/d:16/scale:7"},
	{"causal-top-left", "b:1/hq:2/sq:8/skv:12/d:16/causal:tl"},
	{"causal-bottom-right", "b:1/hq:2/sq:8/skv:12/d:16/causal:br"},
	{"window", "b:1/hq:2/sq:8/skv:8/d:16/window:2,2"},
	{"mask", "b:1/hq:2/sq:8/skv:8/d:16/mask:qk"},
	{"bias", "b:1/hq:2/sq:8/skv:8/d:16/bias:hqk"},
	{"softcap", "b:1/hq:2/sq:8/skv:8/d:16/softcap:30"},
	{"alibi", "b:1/hq:2/sq:8/skv:8/d:16/alibi"},
	{"sinks", "b:1/hq:2/sq:8/skv:8/d:16/sinks"},
	{"kv-length", "b:2/hq:2/sq:8/skv:8/d:16/kvlen"},
	{"varlen", "b:1/hq:2/sq:8/skv:8/d:16/varlen"},
	{"kv-cache", "b:1/hq:2/sq:1/skv:1/d:16/past:7"},
	{"paged", "b:1/hq:2/sq:1/skv:8/d:16/page:4"},
	{"block-mask", "b:1/hq:2/sq:8/skv:8/d:16/blockmask:4,4"},
	{"weights", "b:1/hq:2/sq:8/skv:8/d:16/weights"},
	{"logsumexp", "b:1/hq:2/sq:8/skv:8/d:16/lse"},
	{"scores", "b:1/hq:2/sq:8/skv:8/d:16/scores:raw"},
	{"dot", "b:1/hq:2/sq:8/skv:8/d:16/score:dot"},
	{"cosine", "b:1/hq:2/sq:8/skv:8/d:16/score:cosine"},
	{"general", "b:1/hq:2/sq:8/skv:8/d:16/score:general"},
	{"additive", "b:1/hq:2/sq:8/skv:8/d:16/score:additive"},
	{"location", "b:1/hq:2/sq:8/skv:8/d:16/score:location"}};

/* Names of the implementations that take a problem, in text. Limits take everything and are left out. */
static void who_takes(const struct attn_problem *p, char *text, size_t size)
{
	char why[512];
	*text = 0;
	for (size_t i = 0; i < registry_count(); i++) {
		const struct attn_impl *impl = registry_at(i)->impl;
		size_t n = strlen(text);
		if (impl && !impl->limit && impl->query(p, why, sizeof why) == ATTN_OK)
			snprintf(text + n, size - n, "%s%s", n ? "," : "", impl->name);
	}
}

void list_features(struct list_rows *rows)
{
	for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
		struct attn_problem p;
		char why[512], names[1024];
		if (attn_problem_parse(features[i].key, &p, why, sizeof why) != ATTN_OK)
			snprintf(names, sizeof names, "no such problem: %s", why);
		else
			who_takes(&p, names, sizeof names);
		list_add(rows, (const char *[]){features[i].name, *names ? names : "none", features[i].key}, 3);
	}
}
