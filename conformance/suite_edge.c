/* edge: where code paths change. Every length around the tiles that an implementation declares, odd widths, extreme scores.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/suite_edge.h"
#include "conformance/suites.h"
#include "harness/registry.h"

#include <stdio.h>
#include <stdlib.h>

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

/* Every key with inputs of every recipe. Both lists end with NULL. */
static void add_each(struct case_list *list, const char *const *keys, const char *const *recipes)
{
	for (int i = 0; recipes[i]; i++)
		for (int k = 0; keys[k]; k++)
			case_add(list, keys[k], recipes[i], 1);
}

enum { MOST_LENGTHS = 64, LONGEST = 2048, LONGEST_SQUARE = 256 };

static int compare_lengths(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* Adds those of a list that ends with 0. */
static size_t gather(const int64_t *tiles, int64_t *lengths, size_t count)
{
	for (; tiles && *tiles && count < MOST_LENGTHS; tiles++)
		if (*tiles > 0 && *tiles < LONGEST)
			lengths[count++] = *tiles;
	return count;
}

/* Every length at which some implementation here, or some common kernel, changes its path: rising, ended by 0. */
static void all_tiles(int64_t lengths[MOST_LENGTHS + 1])
{
	static const int64_t common[] = {8, 16, 32, 64, 0};
	size_t count = gather(common, lengths, 0), kept = 0;
	for (size_t i = 0; i < registry_count(); i++)
		if (registry_at(i)->impl)
			count = gather(registry_at(i)->impl->tiles, lengths, count);
	qsort(lengths, count, sizeof *lengths, compare_lengths);
	for (size_t i = 0; i < count; i++)
		if (!kept || lengths[kept - 1] != lengths[i])
			lengths[kept++] = lengths[i];
	lengths[kept] = 0;
}

static int is_among(const int64_t *tiles, int64_t n)
{
	while (tiles && *tiles && *tiles != n)
		tiles++;
	return tiles && *tiles;
}

/* Lengths of 0 and 1, and one off each tile; causal both ways, so that diagonals cross tile borders. own: the implementation's;
 * others far from the diagonal only where they are long. */
static void add_lengths(struct case_list *list, const int64_t *tiles, const int64_t *own)
{
	static const char *const small[] = {"sq:0/skv:5", "sq:5/skv:0", "sq:1/skv:1", "sq:1/skv:2", "sq:2/skv:1", "sq:0/skv:0", NULL};
	long long last = 0;
	for (int i = 0; small[i]; i++) {
		add_format(list, "normal", "b:2/hq:2/%s/d:8", small[i]);
		add_format(list, "normal", "b:1/hq:2/%s/d:8/causal:br", small[i]);
	}
	add_format(list, "normal", "b:0/hq:2/sq:3/skv:4/d:8");
	for (const int64_t *tile = tiles; *tile; tile++)
		for (long long n = *tile > 1 ? *tile - 1 : 1; n <= *tile + 1; n++) {
			if (n <= last) /* two tiles are neighbours */
				continue;
			last = n;
			add_format(list, "normal", "b:1/hq:1/sq:3/skv:%lld/d:8", n);
			if (n <= LONGEST_SQUARE || is_among(own, *tile))
				add_format(list, "rising", "b:1/hq:1/sq:%lld/skv:%lld/d:8/causal:tl", n, n);
			add_format(list, "normal", "b:1/hq:1/sq:%lld/skv:5/d:8", n);
			add_format(list, "exact", "b:1/hq:1/sq:5/skv:%lld/d:16/causal:br", n);
		}
}

static void add_widths(struct case_list *list)
{
	static const int widths[] = {1, 3, 8, 40, 63, 64, 65, 72, 80, 96, 100, 112, 128, 136, 192, 256, 512, 576, 0};
	for (const int *d = widths; *d; d++) {
		add_format(list, "normal", "b:1/hq:2/sq:4/skv:19/d:%d", *d);
		add_format(list, "normal", "b:1/hq:1/sq:3/skv:21/d:16/dv:%d", *d);
	}
}

/* Rows, keys and columns that fill tiles all at once, and what is left over beside them, of every type that tiles may convert: a kernel has a path for
 * blocks that are full, and may have one for rows of keys that are a multiple of 4 KiB apart. */
static void add_blocks(struct case_list *list)
{
	static const char *const types[] = {"", "/bf16", "/f16", NULL};
	static const char *const shapes[] = {"b:1/hq:1/sq:66/skv:130/d:64", "b:1/hq:2/hkv:1/sq:50/skv:97/d:128", "b:2/hq:1/sq:70/skv:40/d:32/dv:64",
	                                     "b:1/hq:1/sq:34/skv:210/d:40/dv:24", "b:1/hq:2/sq:130/skv:128/d:32/causal:tl", NULL};
	for (int t = 0; types[t]; t++)
		for (int i = 0; shapes[i]; i++) {
			add_format(list, "normal", "%s%s", shapes[i], types[t]);
			add_format(list, "labelled", "%s%s/layout:bshd", shapes[i], types[t]);
		}
	add_format(list, "normal", "b:1/hq:8/sq:66/skv:130/d:128/layout:bshd");
	add_format(list, "normal", "b:1/hq:16/sq:33/skv:66/d:128/bf16/layout:bshd");
}

/* Scores that rise, fall, leap, overflow, are all equal; scales of zero and below; values that vanish or cancel. */
static void add_values(struct case_list *list)
{
	static const char *const recipes[] = {"rising", "falling", "spike", "negative", "peaked", "outlier", "offset", "cancelling",
	                                      "ones",   "uniform", "one-hot", "tiny-v", "huge-scores", "labelled",
	                                      "at-1e4", "at-1e9", "overflow", "tiny-qk", "signed-zero", "equal", NULL};
	static const char *const keys[] = {"b:1/hq:2/sq:9/skv:70/d:16", "b:1/hq:1/sq:70/skv:70/d:16/causal:tl", "b:2/hq:4/hkv:2/sq:3/skv:130/d:64", NULL};
	static const char *const scales[] = {"0", "-1", "0.001", "7", "1", NULL};
	add_each(list, keys, recipes);
	for (int i = 0; scales[i]; i++) {
		add_format(list, "normal", "b:1/hq:2/sq:5/skv:37/d:16/scale:%s", scales[i]);
		add_format(list, "normal", "b:1/hq:2/sq:37/skv:37/d:16/scale:%s/causal:br", scales[i]);
	}
	add_format(list, "one-hot", "b:1/hq:1/sq:16/skv:16/d:16");
	add_format(list, "deep", "b:1/hq:1/sq:3/skv:70/d:4/scale:1");
	add_format(list, "exact", "b:1/hq:2/sq:33/skv:257/d:64");
}

/* The softmax's maximum and sum, or its logsumexp, as outputs, with scores of every size, sinks, and rows that see nothing; of one row, a few and blocks. */
static void add_sums(struct case_list *list)
{
	static const char *const recipes[] = {"normal", "exact", "rising", "huge-scores", "at-1e4", "at-1e9", "overflow", NULL};
	static const char *const keys[] = {"b:2/hq:4/hkv:2/sq:9/skv:70/d:16/sums", "b:1/hq:2/sq:70/skv:67/d:16/causal:br/sums", "b:2/hq:2/sq:9/skv:70/d:16/sinks/kvlen/sums",
	                                   "b:1/hq:2/sq:9/skv:70/d:16/bf16/sums", NULL};
	static const char *const rounded[] = {"b:1/hq:2/sq:3/skv:70/d:32", "b:1/hq:6/hkv:1/sq:1/skv:201/d:64", "b:1/hq:2/sq:70/skv:201/d:32/causal:br", NULL}; /* weights of 16 bits */
	add_each(list, keys, recipes);
	for (int i = 0; rounded[i]; i++) {
		add_format(list, "normal", "%s/bf16/sums", rounded[i]);
		add_format(list, "rising", "%s/bf16/lse", rounded[i]);
		add_format(list, "normal", "%s/f16/lse", rounded[i]);
	}
	case_add(list, "b:2/hq:2/sq:9/skv:70/d:16/f64/bias:bhqk/sums", "normal", 1);
}

/* What happens to scores where inputs have 16 bits, for which a kernel may scale, modify and sum them on paths of their own: of a few rows and of blocks, and
 * with so many keys that sums of some are merged with those of others. */
static void add_rounded(struct case_list *list)
{
	static const char *const types[] = {"bf16", "f16", NULL};
	static const char *const rows[] = {"sq:3", "sq:40", NULL};
	static const char *const modifiers[] = {"softcap:2", "alibi", "bias:hqk", "sinks", "scale:-1", "scale:3", "causal:br/window:20,-/softcap:2/sinks", NULL};
	for (int t = 0; types[t]; t++)
		for (int i = 0; rows[i]; i++) {
			for (int k = 0; modifiers[k]; k++)
				add_format(list, "normal", "b:1/hq:2/%s/skv:70/d:32/%s/%s", rows[i], types[t], modifiers[k]);
			add_format(list, "normal", "b:1/hq:2/%s/skv:2400/d:32/%s", rows[i], types[t]);
		}
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

/* The inputs on which kernels of others have gone wrong: docs/bugs-covered.md says which. */
static void add_known(struct case_list *list)
{
	static const struct {
		const char *recipe, *key;
	} cases[] = {{"minus-three", "b:1/hq:1/sq:2/skv:65/d:16/softcap:10"},
	             {"minus-three", "b:1/hq:1/sq:2/skv:113/d:16/softcap:10"},
	             {"minus-three", "b:1/hq:1/sq:2/skv:130/d:16/softcap:10"},
	             {"minus-three", "b:1/hq:1/sq:1/skv:1000/d:16/softcap:10"},
	             {"ones", "b:1/hq:1/sq:1/skv:4096/d:8/f16"},
	             {"ones", "b:1/hq:1/sq:1/skv:8192/d:8/f16"},
	             {"normal", "b:1/hq:1/sq:600/skv:600/d:8/window:10,10"},
	             {"uniform", "b:1/hq:1/sq:16/skv:16/d:16/causal:tl/window:0,-"},
	             {"uniform", "b:1/hq:1/sq:16/skv:16/d:16/causal:tl/window:1,-"},
	             {"uniform", "b:1/hq:1/sq:16/skv:16/d:16/causal:tl/window:2,-"},
	             {"uniform", "b:1/hq:1/sq:1/skv:16/d:16/causal:br/window:2,-"},
	             {"uniform", "b:1/hq:1/sq:16/skv:16/d:16/causal:tl/window:16,-"},
	             {"normal", "b:1/hq:1/sq:40/skv:20/d:8/window:-,2147483647"},
	             {"normal", "b:1/hq:1/sq:40/skv:20/d:8/window:2147483647,2147483647"},
	             {"labelled", "b:1/hq:2/sq:3/skv:64/d:8/qs:48,24,8,1/ks:0,0,8,1/vs:0,0,8,1/os:48,24,8,1"},
	             {"labelled", "b:1/hq:2/sq:3/skv:65/d:8/qs:48,24,8,1/ks:0,0,8,1/vs:0,0,8,1/os:48,24,8,1"},
	             {"labelled", "b:1/hq:2/sq:3/skv:66/d:8/qs:48,24,8,1/ks:0,0,8,1/vs:0,0,8,1/os:48,24,8,1"},
	             {"uniform", "b:1/hq:4/sq:1/skv:16/d:16/sinks"},
	             {"uniform", "b:1/hq:4/sq:4/skv:16/d:16/causal:br/sinks"},
	             {"labelled", "b:1/hq:40/hkv:2/sq:2/skv:5/d:8"},
	             {"labelled", "b:1/hq:48/hkv:2/sq:2/skv:5/d:8"},
	             {"labelled", "b:1/hq:64/hkv:8/sq:2/skv:5/d:8"},
	             {"labelled", "b:1/hq:5/hkv:5/sq:2/skv:5/d:8"},
	             {"uniform", "b:1/hq:3/sq:4/skv:16/d:16/align:br/alibi"},
	             {"uniform", "b:1/hq:6/sq:16/skv:16/d:16/causal:tl/alibi"},
	             {"uniform", "b:1/hq:12/sq:4/skv:16/d:16/causal:br/alibi"},
	             {"uniform", "b:1/hq:40/sq:1/skv:16/d:16/causal:br/alibi"},
	             {"normal", "b:1/hq:2/sq:3/skv:65537/d:1"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		case_add(list, cases[i].key, cases[i].recipe, 1);
}

/* A mask, and a bias, broadcast along every choice of dimensions. */
static void add_broadcasts(struct case_list *list)
{
	for (int dims = 0; dims < 16; dims++) {
		char letters[5] = "", *at = letters;
		for (int k = 0; k < 4; k++)
			if (dims & 1 << k)
				*at++ = "bhqk"[k];
		*at = 0;
		add_format(list, "normal", "b:2/hq:2/sq:5/skv:9/d:8/mask:%s", dims ? letters : "1");
		add_format(list, "normal", "b:2/hq:2/sq:5/skv:9/d:8/bias:%s", dims ? letters : "1");
	}
}

void suite_edge(struct case_list *list, const struct suite_options *options)
{
	int64_t tiles[MOST_LENGTHS + 1];
	all_tiles(tiles);
	add_lengths(list, tiles, options->impl ? options->impl->tiles : NULL);
	suite_edge_keys(list, tiles);
	add_widths(list);
	add_blocks(list);
	add_values(list);
	add_sums(list);
	add_rounded(list);
	add_masks(list);
	add_broadcasts(list);
	add_known(list);
}
