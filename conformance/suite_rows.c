/* rows: lengths at which judging every row would take too long. Rows are drawn by the seed; where the rows are many and the
 * keys few, all are judged.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/suites.h"

void suite_rows(struct case_list *list, const struct suite_options *options)
{
	static const struct {
		const char *key, *recipe;
		int64_t rows;
	} cases[] = {
		{"b:1/hq:1/sq:4096/skv:3/d:2", "normal", -1},
		{"b:1/hq:1/sq:4096/skv:5/d:2/causal:br", "normal", -1},
		{"b:1/hq:2/sq:700/skv:1500/d:32", "normal", 24},
		{"b:1/hq:1/sq:3/skv:1500/d:8", "rising", -1},
		{"b:1/hq:1/sq:40/skv:4200/d:8", "rising", 12},
		{"b:1/hq:2/sq:1024/skv:1024/d:64/causal:tl", "normal", 24},
		{"b:2/hq:4/hkv:2/sq:300/skv:1100/d:64/causal:br", "peaked", 24},
		{"b:1/hq:2/sq:513/skv:511/d:40/mask:qk", "normal", 24},
		{"b:1/hq:1/sq:2/skv:65537/d:4", "normal", -1},
		{"b:1/hq:1/sq:1/skv:65600/d:2/dv:1", "labelled", -1},
		{"b:1/hq:8/hkv:2/sq:1/skv:8192/d:32", "normal", -1},
		{"b:1/hq:1/sq:600/skv:600/d:32/window:100,0", "outlier", 40}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct check_case *c = case_add(list, cases[i].key, cases[i].recipe, options->seed);
		if (c)
			c->rows = cases[i].rows;
	}
}
