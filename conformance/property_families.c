/* Families of inputs under which faults of arithmetic stand out from its rounding (docs/accuracy.md): each weight by itself over the
 * whole range of exp and of tanh, subnormal numbers, small norms.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/property.h"

void property_add_families(struct case_list *list)
{
	static const struct {
		const char *key, *recipe;
	} cases[] = {
		{"b:4/hq:4/sq:1/skv:8/d:4/dv:8/scale:1", "sweep"},
		{"b:4/hq:4/sq:1/skv:8/d:4/dv:8/scale:0.5", "sweep"},
		{"b:4/hq:4/sq:1/skv:8/d:4/dv:8/scale:0.125", "sweep"},
		{"b:4/hq:4/sq:1/skv:8/d:4/dv:8/scale:0.015625", "sweep"},
		{"b:4/hq:4/sq:1/skv:8/d:4/dv:8/scale:1/softcap:64", "sweep"},
		{"b:4/hq:4/sq:1/skv:8/d:4/dv:8/scale:0.0625/softcap:2", "sweep"},
		{"b:4/hq:1/sq:40/skv:40/d:16/dv:40", "one-hot"},
		{"b:2/hq:2/sq:9/skv:33/d:16", "tiny-q"},
		{"b:1/hq:2/sq:9/skv:33/d:16/f16", "half-subnormal"},
		{"b:1/hq:2/sq:9/skv:33/d:16/bf16", "exact"},
		{"b:1/hq:2/sq:9/skv:33/d:16/f16", "exact"},
		{"b:1/hq:2/sq:9/skv:33/d:16/score:cosine", "small"},
		{"b:1/hq:2/sq:5/skv:9/d:7/score:additive/hidden:7", "normal"},
		{"b:1/hq:4/sq:9/skv:40/d:16/alibi", "exact"},
		{"b:1/hq:2/sq:2/skv:33/d:4/qs:16,8,4,1/ks:132,0,4,1/vs:132,0,4,1/os:16,8,4,1", "normal"},
		{"b:2/hq:2/sq:1/skv:65/d:8/qs:16,8,8,1/ks:0,0,8,1/vs:0,0,8,1/os:16,8,8,1", "normal"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		case_add(list, cases[i].key, cases[i].recipe, 1);
}
