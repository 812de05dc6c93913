/* edge: where code paths change. Every length around the tiles that an implementation declares, odd widths, extreme scores.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/suites.h"

#include <stdio.h>

static void add_format(struct case_list *list, const char *recipe, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void add_format(struct case_list *list, const char *recipe, const char *format, ...)
{
	char key[256];
	__builtin_va_list arguments;
	__builtin_va_start(arguments, format);
	vsnprintf(key, sizeof key, format, arguments);
	__builtin_va_end(arguments);
	case_add(list, key, recipe, 1);
}

/* Lengths of 0 and 1, and one off each declared tile; causal both ways, so that diagonals cross tile borders. */
static void add_lengths(struct case_list *list, const int64_t *tiles)
{
	static const int64_t common[] = {8, 16, 32, 64, 0};
	static const char *const small[] = {"sq:0/skv:5", "sq:5/skv:0", "sq:1/skv:1", "sq:1/skv:2", "sq:2/skv:1", "sq:0/skv:0", NULL};
	for (int i = 0; small[i]; i++) {
		add_format(list, "normal", "b:2/hq:2/%s/d:8", small[i]);
		add_format(list, "normal", "b:1/hq:2/%s/d:8/causal:br", small[i]);
	}
	add_format(list, "normal", "b:0/hq:2/sq:3/skv:4/d:8");
	for (int set = 0; set < 2; set++)
		for (const int64_t *tile = set ? tiles : common; tile && *tile; tile++)
			for (int64_t off = -1; off <= 1; off++) {
				long long n = *tile + off;
				if (n < 1 || n > 2048)
					continue;
				add_format(list, "normal", "b:1/hq:1/sq:3/skv:%lld/d:8", n);
				add_format(list, "rising", "b:1/hq:1/sq:%lld/skv:%lld/d:8/causal:tl", n, n);
				add_format(list, "normal", "b:1/hq:1/sq:%lld/skv:5/d:8", n);
				add_format(list, "exact", "b:1/hq:1/sq:5/skv:%lld/d:16/causal:br", n);
			}
}

static void add_widths(struct case_list *list)
{
	static const int widths[] = {1, 3, 8, 40, 63, 64, 65, 72, 80, 96, 100, 128, 192, 256, 512, 576, 0};
	for (const int *d = widths; *d; d++) {
		add_format(list, "normal", "b:1/hq:2/sq:4/skv:19/d:%d", *d);
		add_format(list, "normal", "b:1/hq:1/sq:3/skv:21/d:16/dv:%d", *d);
	}
}

/* Scores that rise, fall, leap, overflow, are all equal; scales of zero and below; values that vanish or cancel. */
static void add_values(struct case_list *list)
{
	static const char *const recipes[] = {"rising", "falling", "spike", "negative", "peaked", "outlier", "offset", "cancelling",
	                                      "ones",   "uniform", "one-hot", "tiny-v", "huge-scores", "labelled", NULL};
	static const char *const keys[] = {"b:1/hq:2/sq:9/skv:70/d:16", "b:1/hq:1/sq:70/skv:70/d:16/causal:tl", "b:2/hq:4/hkv:2/sq:3/skv:130/d:64", NULL};
	static const char *const scales[] = {"0", "-1", "0.001", "7", "1", NULL};
	for (int i = 0; recipes[i]; i++)
		for (int k = 0; keys[k]; k++)
			case_add(list, keys[k], recipes[i], 1);
	for (int i = 0; scales[i]; i++) {
		add_format(list, "normal", "b:1/hq:2/sq:5/skv:37/d:16/scale:%s", scales[i]);
		add_format(list, "normal", "b:1/hq:2/sq:37/skv:37/d:16/scale:%s/causal:br", scales[i]);
	}
	add_format(list, "one-hot", "b:1/hq:1/sq:16/skv:16/d:16");
	add_format(list, "deep", "b:1/hq:1/sq:3/skv:70/d:4/scale:1");
	add_format(list, "exact", "b:1/hq:2/sq:33/skv:257/d:64");
}

/* Masks, alignments, layouts: each that a kernel may treat by a path of its own. */
static void add_masks(struct case_list *list)
{
	static const char *const masks[] = {"mask:bhqk", "mask:qk", "mask:k", "mask:1", "mask:bk", "mask:hq", "bias:bhqk", "bias:hqk", "bias:k", "bias:1",
	                                    "bias:q", "mask:qk/bias:hk", "causal:tl/mask:bhqk", "causal:br/bias:qk", NULL};
	static const char *const layouts[] = {"layout:bshd", "layout:packed", NULL};
	static const char *const shapes[] = {"sq:2/skv:5", "sq:5/skv:2", "sq:1/skv:9", "sq:9/skv:1", "sq:40/skv:33", "sq:33/skv:70", NULL};
	for (int i = 0; masks[i]; i++) {
		add_format(list, "normal", "b:2/hq:4/hkv:2/sq:13/skv:37/d:8/%s", masks[i]);
		add_format(list, "normal", "b:2/hq:2/sq:70/skv:67/d:8/%s", masks[i]);
	}
	for (int i = 0; shapes[i]; i++) {
		add_format(list, "labelled", "b:2/hq:2/%s/d:8/causal:tl", shapes[i]);
		add_format(list, "labelled", "b:2/hq:2/%s/d:8/causal:br", shapes[i]);
	}
	for (int i = 0; layouts[i]; i++) {
		add_format(list, "normal", "b:2/hq:3/sq:17/skv:17/d:16/%s", layouts[i]);
		add_format(list, "normal", "b:2/hq:6/hkv:2/sq:17/skv:17/d:16/dv:8/causal:br/%s", layouts[i]);
	}
	add_format(list, "labelled", "b:2/hq:6/hkv:2/sq:3/skv:9/d:8");
	add_format(list, "labelled", "b:1/hq:28/hkv:4/sq:2/skv:9/d:8");
	add_format(list, "labelled", "b:1/hq:5/hkv:1/sq:2/skv:9/d:8");
}

void suite_edge(struct case_list *list, const struct suite_options *options)
{
	add_lengths(list, options->impl ? options->impl->tiles : NULL);
	add_widths(list);
	add_values(list);
	add_masks(list);
}
