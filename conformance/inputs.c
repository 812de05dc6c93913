/* Inputs from a recipe: how q, k and v are drawn. Masks, lengths, tables: inputs_masks.c.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/inputs.h"
#include "conformance/inputs_masks.h"
#include "conformance/random.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <attnbench/view.h>
#include <stdio.h>
#include <string.h>

/* One element of a tensor to draw: its row and column, among how many. */
struct place {
	int64_t b, h, i, c, rows, columns;
};

typedef double draw_function(struct random *r, const struct place *at);

static double normal(struct random *r, const struct place *at) { return (void)at, random_normal(r); }
static double unit(struct random *r, const struct place *at) { return (void)at, random_unit(r); }
static double peaked(struct random *r, const struct place *at) { return (void)at, 6 * random_normal(r); }
static double tiny(struct random *r, const struct place *at) { return (void)at, 0x1p-140 * random_normal(r); }
static double huge(struct random *r, const struct place *at) { return (void)at, 0x1p40 * random_normal(r); }
static double offset(struct random *r, const struct place *at) { return (void)at, 100 + random_normal(r); }
static double zero(struct random *r, const struct place *at) { return (void)r, (void)at, 0; }
static double one(struct random *r, const struct place *at) { return (void)r, (void)at, 1; }

/* a projection's matrix: what is projected stays of the size it was; or -1, 0, 1, for exact sums */
static double projection(struct random *r, const struct place *at) { return random_normal(r) / sqrt((double)at->rows); }
static double unit_integer(struct random *r, const struct place *at) { return (void)at, (double)random_between(r, -1, 1); }

/* -3 … 3: sums of products are exact in any order */
static double small_integer(struct random *r, const struct place *at) { return (void)at, (double)random_between(r, -3, 3); }

/* column c is 1 at the keys that are c modulo the number of columns: the output is sums of weights */
static double one_hot(struct random *r, const struct place *at) { return (void)r, at->i % at->columns == at->c; }

/* neighbouring keys cancel but for little */
static double cancelling(struct random *r, const struct place *at) { return (at->i % 2 ? -1 : 1) * (1 + 0x1p-10 * random_normal(r)); }

/* with q = 1 in column 0: scores that rise, fall, or leap along the keys */
static double first_column(struct random *r, const struct place *at) { return at->c ? 0.25 * random_normal(r) : 1; }
static double rising(struct random *r, const struct place *at) { return at->c ? 0.25 * random_normal(r) : 0.5 * (double)at->i; }
static double falling(struct random *r, const struct place *at) { return at->c ? 0.25 * random_normal(r) : -0.5 * (double)at->i; }
static double spike(struct random *r, const struct place *at) { return at->c ? 0.25 * random_normal(r) : at->i % 7 == 3 ? 40 + (double)at->i : 0; }
static double very_negative(struct random *r, const struct place *at) { return at->c ? 0.25 * random_normal(r) : -1e5; }

/* one channel is a hundred times the others, as in real activations */
static double outlier(struct random *r, const struct place *at) { return (at->c == at->columns / 2 ? 30 : 0.3) * random_normal(r); }

/* with q = 1 in column 0 and 0 elsewhere: exact scores far from 0, on both sides */
static double at_1e4(struct random *r, const struct place *at) { return (void)r, at->c ? 0 : at->i % 3 ? -1e4 : 1e4; }
static double at_1e9(struct random *r, const struct place *at) { return (void)r, at->c ? 0 : at->i % 3 ? -1e9 : 1e9; }

/* products beyond the largest f32 on both sides: all weight is with those above */
static double first_huge(struct random *r, const struct place *at) { return (void)r, at->c ? 0 : 0x1p63; }
static double overflowing(struct random *r, const struct place *at) { return (void)r, at->c ? 0 : at->i % 5 == 3 ? 0x1p67 : at->i % 5 == 1 ? -0x1p67 : 1; }

/* with q = 1: scores that lie together below 0, near -softcap where there is one of some 10 */
static double minus_three(struct random *r, const struct place *at) { return (void)at, -3 + 0.05 * random_normal(r); }

static double signed_zero(struct random *r, const struct place *at) { return (void)r, (at->i + at->c) % 2 ? -0.0 : 0.0; }

/* V: the row's head and number, so that a row taken from elsewhere shows */
static double labelled(struct random *r, const struct place *at) { return (void)r, (double)(1 + at->h) + 0.001 * (double)at->i + 10 * (double)at->b; }

/* every second key lies 84 below the others, with a value so large that it counts all the same: exp(-84) is a normal f32 */
static double deep(struct random *r, const struct place *at) { return (void)r, at->c == 0 && at->i % 2 ? -84 : 0; }
static double only_first(struct random *r, const struct place *at) { return (void)r, at->c == 0; }
static double deep_value(struct random *r, const struct place *at) { return at->i % 2 ? 1e35 * (1.5 + 0.25 * random_normal(r)) : random_normal(r); }

/* subnormal q and enormous k, exact products all the same; and the same for f16, with subnormal values */
static double tiny_integer(struct random *r, const struct place *at) { return 0x1p-130 * small_integer(r, at); }
static double vast_integer(struct random *r, const struct place *at) { return 0x1p126 * small_integer(r, at); }
static double tiny_half(struct random *r, const struct place *at) { return 0x1p-20 * small_integer(r, at); }
static double vast_half(struct random *r, const struct place *at) { return 0x1p14 * small_integer(r, at); }
static double tiny_half_value(struct random *r, const struct place *at) { return (void)at, 0x1p-17 * random_normal(r); }

static double small(struct random *r, const struct place *at) { return (void)at, 0x1p-14 * random_normal(r); }

/* eight keys apart by about 11: arguments of exp all over its range, and v shows each weight by itself */
static double far_apart(struct random *r, const struct place *at) { return at->c ? 0 : -10.7 * ((double)(at->i % 8) + random_unit(r)); }

/* scores that rise by 1 every 16 keys, and one in 97 that leaps */
static double slowly_rising(struct random *r, const struct place *at) { return (void)r, at->c ? 0 : (double)(at->i / 16) + (at->i % 97 == 96 ? 20 : 0); }

static const struct recipe {
	const char *name;
	draw_function *q, *k, *v;
} recipes[] = {
	{"normal", normal, normal, normal},
	{"unit", unit, unit, unit},
	{"peaked", peaked, normal, normal},
	{"exact", small_integer, small_integer, normal},
	{"one-hot", small_integer, small_integer, one_hot},
	{"uniform", zero, normal, one_hot},
	{"ones", normal, normal, one},
	{"labelled", normal, normal, labelled},
	{"offset", normal, normal, offset},
	{"cancelling", normal, normal, cancelling},
	{"rising", first_column, rising, normal},
	{"falling", first_column, falling, normal},
	{"spike", first_column, spike, normal},
	{"negative", first_column, very_negative, normal},
	{"outlier", outlier, outlier, normal},
	{"tiny-v", normal, normal, tiny},
	{"huge-scores", huge, normal, normal},
	{"at-1e4", only_first, at_1e4, normal},
	{"at-1e9", only_first, at_1e9, normal},
	{"overflow", first_huge, overflowing, normal},
	{"minus-three", one, minus_three, normal},
	{"tiny-qk", tiny, tiny, normal},
	{"signed-zero", signed_zero, normal, normal},
	{"equal", one, one, one_hot},
	{"deep", only_first, deep, deep_value},
	{"tiny-q", tiny_integer, vast_integer, normal},
	{"half-subnormal", tiny_half, vast_half, tiny_half_value},
	{"small", small, small, normal},
	{"sweep", only_first, far_apart, one_hot},
	{"slowly-rising", only_first, slowly_rising, normal},
	{NULL, NULL, NULL, NULL}};

const struct inputs_recipe inputs_recipes[] = {
	{"normal", "q, k, v ~ N(0,1)"},
	{"unit", "q, k, v uniform in [0,1)"},
	{"peaked", "q ~ 6 N(0,1): a few keys take all the weight"},
	{"exact", "q, k integers of -3..3: exact scores when the scale is a power of two"},
	{"one-hot", "as exact, and v is the identity: the output is the weights"},
	{"uniform", "q = 0, and v is the identity: equal weights"},
	{"ones", "v = 1: the output is the sum of the weights"},
	{"labelled", "v tells its batch entry, head and row"},
	{"offset", "v ~ 100 + N(0,1)"},
	{"cancelling", "v of neighbouring keys cancels"},
	{"rising", "scores rise along the keys: the running maximum changes all the time"},
	{"falling", "scores fall along the keys"},
	{"spike", "ever larger scores at every seventh key"},
	{"negative", "all scores near -1e5"},
	{"outlier", "one channel is a hundred times the others"},
	{"tiny-v", "v below the smallest normal f32"},
	{"huge-scores", "scores of 1e12"},
	{"at-1e4", "scores of 1e4 and -1e4 times the scale, exactly"},
	{"at-1e9", "scores of 1e9 and -1e9 times the scale, exactly"},
	{"overflow", "products of q and k, near 1e19 and 1e20, beyond the largest f32"},
	{"minus-three", "q = 1, k near -3"},
	{"tiny-qk", "q, k below the smallest normal f32"},
	{"signed-zero", "q of 0 and -0"},
	{"equal", "q = k = 1, and v is the identity: equal scores that are not 0"},
	{"deep", "keys of weight e^-84 with values of 1e35"},
	{"tiny-q", "subnormal q, k up to the largest f32: exact scores of the usual size"},
	{"half-subnormal", "the same for f16, with subnormal v and output"},
	{"small", "q, k ~ 2^-14 N(0,1)"},
	{"sweep", "eight keys whose arguments of exp cover its range, v is the identity"},
	{"slowly-rising", "scores rise by 1 every 16 keys, and leap at every 97th"},
	{NULL, NULL}};

static const struct recipe *find(const char *name)
{
	for (const struct recipe *r = recipes; r->name; r++)
		if (!strcmp(r->name, name ? name : "normal"))
			return r;
	return NULL;
}

static void draw(struct attn_tensor *t, draw_function *f, uint64_t seed, uint64_t stream)
{
	struct random r = random_start(seed, stream);
	attn_tensor_poison(t); /* what the strides leave out stays so: whoever reads it shows */
	for (int64_t b = 0; b < t->dim[0]; b++)
		for (int64_t h = 0; h < t->dim[1]; h++)
			for (int64_t i = 0; i < t->dim[2]; i++)
				for (int64_t c = 0; c < t->dim[3]; c++) {
					struct place at = {b, h, i, c, t->dim[2], t->dim[3]};
					attn_tensor_set(t, b, h, i, c, f(&r, &at));
				}
}

/* Past rows come first: the row number that recipes see runs on from there. */
static void draw_past(struct attn_tensor *past, struct attn_tensor *fresh, draw_function *f, uint64_t seed, uint64_t stream)
{
	struct random r = random_start(seed, stream);
	int64_t past_rows = past->data ? past->dim[2] : 0, rows = past_rows + fresh->dim[2];
	attn_tensor_poison(fresh);
	for (int64_t b = 0; b < fresh->dim[0]; b++)
		for (int64_t h = 0; h < fresh->dim[1]; h++)
			for (int64_t i = 0; i < rows; i++)
				for (int64_t c = 0; c < fresh->dim[3]; c++) {
					struct place at = {b, h, i, c, rows, fresh->dim[3]};
					double x = f(&r, &at);
					if (i < past_rows)
						attn_tensor_set(past, b, h, i, c, x);
					else
						attn_tensor_set(fresh, b, h, i - past_rows, c, x);
				}
}

/* x_q is drawn as queries are, x_kv as keys. */
static void fill_layer(struct attn_tensors *t, const struct recipe *recipe, uint64_t seed)
{
	draw_function *matrix = recipe->k == small_integer ? unit_integer : projection;
	struct attn_tensor *drawn[] = {&t->proj_q, &t->proj_k, &t->proj_v, &t->proj_o, &t->proj_bias_q, &t->proj_bias_k, &t->proj_bias_v, &t->proj_bias_o};
	draw(&t->x_q, recipe->q, seed, 1);
	draw(&t->x_kv, recipe->k, seed, 2);
	for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++)
		if (drawn[i]->data)
			draw(drawn[i], matrix, seed, 20 + i);
}

static void fill_rows(struct attn_tensors *t, const struct recipe *recipe, uint64_t seed)
{
	draw(&t->q, recipe->q, seed, 1);
	draw_past(&t->past_k, &t->k, recipe->k, seed, 2);
	draw_past(&t->past_v, &t->v, recipe->v, seed, 3);
}

static void fill(struct attn_tensors *t, const struct recipe *recipe, uint64_t seed)
{
	struct attn_tensor *learned[] = {&t->w, &t->w_q, &t->w_k, &t->v_a, &t->given};
	(t->x_q.data ? fill_layer : fill_rows)(t, recipe, seed);
	for (size_t i = 0; i < sizeof learned / sizeof *learned; i++)
		if (learned[i]->data)
			draw(learned[i], normal, seed, 10 + i);
}

enum attn_status inputs_make(struct attn_tensors *t, const struct attn_problem *p, const char *recipe_name, uint64_t seed, char *why, size_t size)
{
	const struct recipe *recipe = find(recipe_name);
	char key[ATTN_KEY_SIZE];

	if (!recipe)
		return snprintf(why, size, "inputs \"%s\": there is no recipe of that name", recipe_name), ATTN_FAILED;
	if (attn_tensors_alloc(t, p, inputs_sequences(p), inputs_pages(p)) != ATTN_OK) {
		attn_problem_print(p, key);
		return snprintf(why, size, "no memory for the tensors of %s", key), ATTN_NO_MEMORY;
	}
	fill(t, recipe, seed);
	inputs_fill_masks(t, p, seed);
	return ATTN_OK;
}
