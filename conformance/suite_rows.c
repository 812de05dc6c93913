/* rows: lengths at which judging every row would take too long. Rows are drawn by the seed; where the rows are many and the
 * keys few, all are judged.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/rows_far.h"
#include "conformance/suites.h"

/* Long in rows, in keys, in both; many heads, many batch entries. */
static const struct rows_case {
	const char *key, *recipe;
	int64_t rows;
} cases[] = {
	{"b:1/hq:1/sq:4096/skv:3/d:2", "normal", -1},
	{"b:1/hq:1/sq:4096/skv:5/d:2/causal:br", "normal", -1},
	{"b:1/hq:1/sq:6000/skv:3/d:1", "normal", -1},
	{"b:1/hq:1/sq:33000/skv:2/d:1", "normal", -1},
	{"b:1/hq:1/sq:128/skv:5/d:2", "normal", -1},
	{"b:1/hq:1/sq:257/skv:5/d:2", "normal", -1},
	{"b:1/hq:1/sq:1024/skv:4/d:2", "normal", -1},
	{"b:1/hq:2/sq:700/skv:1500/d:32", "normal", 24},
	{"b:1/hq:1/sq:3/skv:1500/d:8", "rising", -1},
	{"b:1/hq:1/sq:40/skv:4200/d:8", "rising", 12},
	{"b:1/hq:1/sq:1/skv:9000/d:4/scale:1", "slowly-rising", -1},
	{"b:1/hq:1/sq:1/skv:70000/d:4/dv:2/scale:1", "slowly-rising", -1},
	{"b:1/hq:2/sq:1024/skv:1024/d:64/causal:tl", "normal", 24},
	{"b:2/hq:4/hkv:2/sq:300/skv:1100/d:64/causal:br", "peaked", 24},
	{"b:1/hq:2/sq:513/skv:511/d:40/mask:qk", "normal", 24},
	{"b:1/hq:1/sq:2/skv:65537/d:4", "normal", -1},
	{"b:1/hq:1/sq:1/skv:65600/d:2/dv:1", "labelled", -1},
	{"b:1/hq:8/hkv:2/sq:1/skv:8192/d:32", "normal", -1},
	{"b:1/hq:8/hkv:1/sq:1/skv:97/d:16", "normal", -1},
	{"b:1/hq:48/hkv:2/sq:1/skv:9/d:8", "labelled", -1},
	{"b:1/hq:140/sq:1/skv:5/d:4", "labelled", -1},
	{"b:70/hq:2/sq:1/skv:5/d:4", "labelled", -1},
	{"b:1/hq:1/sq:20/skv:70/d:128", "normal", -1},
	{"b:1/hq:1/sq:20/skv:40/d:256", "normal", -1},
	{"b:1/hq:1/sq:20/skv:20/d:96/causal:tl", "normal", -1},
	{"b:1/hq:1/sq:2/skv:9/d:4/dv:1000", "normal", -1},
	{"b:1/hq:1/sq:20/skv:300/d:8/bf16", "labelled", -1},
	{"b:1/hq:2/sq:300/skv:300/d:4/window:20,0", "normal", -1},
	{"b:1/hq:1/sq:600/skv:600/d:32/window:100,0", "outlier", 40}};

static const struct rows_case deep_cases[] = {
	{"b:1/hq:1/sq:65600/skv:3/d:1", "normal", -1},
	{"b:1/hq:1/sq:2100/skv:2100/d:8/causal:tl", "normal", 400},
	{"b:1/hq:1/sq:1500/skv:2100/d:8/causal:br", "rising", 400},
	{"b:1/hq:2/sq:16384/skv:16384/d:16/causal:tl", "normal", 40},
	{"b:1/hq:1/sq:8192/skv:65536/d:8/causal:br/window:512,-", "normal", 60},
	{"b:1/hq:1/sq:4/skv:65536/d:128", "peaked", -1},
	{"b:1/hq:1/sq:1/skv:40000/d:4/scale:1", "slowly-rising", -1},
	{"b:1/hq:32/hkv:8/sq:1/skv:16385/d:128", "normal", -1}};

static void add(struct case_list *list, const struct rows_case *from, size_t n, uint64_t seed)
{
	for (size_t i = 0; i < n; i++) {
		struct check_case *c = case_add(list, from[i].key, from[i].recipe, seed);
		if (c)
			c->rows = from[i].rows;
	}
}

void suite_rows(struct case_list *list, const struct suite_options *options)
{
	add(list, cases, sizeof cases / sizeof *cases, options->seed);
	if (options->deep)
		add(list, deep_cases, sizeof deep_cases / sizeof *deep_cases, options->seed);
	rows_add_far_apart(list);
}
