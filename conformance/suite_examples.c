/* examples: attention worked out on numbers small enough to check by hand. Where the texts that the examples come from print
 * a wrong or unusable value, the right one is here and a comment says so.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/examples.h"
#include "conformance/suites.h"
#include "conformance/trial.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <math.h>

/* One worked example: inputs, and outputs expected to the accuracy of the criterion. Arrays are [heads][rows][columns]; NULL:
 * the problem has none. */
struct example {
	const char *name, *summary, *key;
	const double *q, *k, *v, *given, *w, *w_q, *w_k, *v_a, *cu_q, *cu_kv;
	void (*expect)(double *out);
};

static const double identity3[] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
static const double values3[] = {3, 2, 1, 2, 1, 0, 1, 0, 0};

/* 1. Q = K = I: with w = e^(1/√3) the weight on the diagonal is w/(w+2), elsewhere 1/(w+2). */
static void expect_identity(double *out)
{
	double w = exp(1 / sqrt(3));
	for (int i = 0; i < 3; i++)
		for (int c = 0; c < 3; c++) {
			double sum = 0;
			for (int j = 0; j < 3; j++)
				sum += (i == j ? w : 1) * values3[3 * j + c];
			out[3 * i + c] = sum / (w + 2);
		}
}

/* Σ_j softmax(e)_j x_j for rows x of `columns` numbers. */
static void softmax_average(const double *e, const double *x, int keys, int columns, double *out)
{
	double sum = 0;
	for (int j = 0; j < keys; j++)
		sum += exp(e[j]);
	for (int c = 0; c < columns; c++) {
		out[c] = 0;
		for (int j = 0; j < keys; j++)
			out[c] += exp(e[j]) / sum * x[columns * j + c];
	}
}

/* 2. Location scores e_j = v·h_j. The text's V of 2×2 does not fit its X of 3×3: these do. */
static const double regions[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
static const double location_one[] = {1, 0.5, 0.25}, location_two[] = {1, 0.5, 0, 0, 0.5, 1};

static void location(const double *v, double *out)
{
	double e[3];
	for (int j = 0; j < 3; j++)
		e[j] = v[0] * regions[3 * j] + v[1] * regions[3 * j + 1] + v[2] * regions[3 * j + 2];
	softmax_average(e, regions, 3, 3, out);
}

static void expect_location_one(double *out) { location(location_one, out); }

static void expect_location_two(double *out)
{
	location(location_two, out);
	location(location_two + 3, out + 3);
}

/* 3. "I like to read books": similarities with the five words. The text takes them as weights as they are, which do not
 * sum to 1; here are both, the softmax, and the weighted sum with given weights. */
static const double similarities[] = {0.2, 0.5, 0.3, 1, 0.1};
static const double words[] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0};

static void expect_books_softmax(double *out) { softmax_average(similarities, words, 5, 4, out); }

static void expect_books_given(double *out)
{
	for (int c = 0; c < 4; c++)
		out[c] = similarities[c];
}

/* 4. A = Σ w_i x_i over image regions of 2, 2 and 1 elements: {1,2}, {3,4}, {9} with weights (½,½), (½,½), (1). Sequences of
 * different lengths, packed. */
static const double region_values[] = {1, 2, 3, 4, 9}, region_rows[] = {0, 1, 2, 3}, region_keys[] = {0, 2, 4, 5};
static const double region_weights[] = {0.5, 0.5, 0, 0, 0, 0, 0, 0.5, 0.5, 0, 0, 0, 0, 0, 1};

static void expect_regions(double *out) { out[0] = 1.5, out[1] = 3.5, out[2] = 9; }

/* 5. Five scores of the same two queries and three keys. */
static const double queries2[] = {1, 0, 1, 2}, keys3[] = {1, 0, 0, 1, 3, 4}, values2[] = {1, 0, 0, 1, 2, -1};
static const double bilinear[] = {1, 2, 0, -1}, add_q[] = {1, 0, 0, 1}, add_k[] = {0.5, 0, 0, -0.5}, add_v[] = {1, 2};

static double dot2(const double *q, const double *k) { return q[0] * k[0] + q[1] * k[1]; }
static double scaled2(const double *q, const double *k) { return dot2(q, k) / sqrt(2); }
static double cosine2(const double *q, const double *k) { return dot2(q, k) / sqrt(dot2(q, q) * dot2(k, k)); }
static double general2(const double *q, const double *k) { return q[0] * (k[0] + 2 * k[1]) - q[1] * k[1]; }
static double additive2(const double *q, const double *k) { return tanh(q[0] + 0.5 * k[0]) + 2 * tanh(q[1] - 0.5 * k[1]); }

static void expect_pairs(double (*score)(const double *, const double *), double *out)
{
	for (int i = 0; i < 2; i++) {
		double e[3];
		for (int j = 0; j < 3; j++)
			e[j] = score(queries2 + 2 * i, keys3 + 2 * j);
		softmax_average(e, values2, 3, 2, out + 2 * i);
	}
}

static void expect_dot(double *out) { expect_pairs(dot2, out); }
static void expect_scaled(double *out) { expect_pairs(scaled2, out); }
static void expect_cosine(double *out) { expect_pairs(cosine2, out); }
static void expect_general(double *out) { expect_pairs(general2, out); }
static void expect_additive(double *out) { expect_pairs(additive2, out); }

#define PAIRS .q = queries2, .k = keys3, .v = values2
static const struct example examples[] = {
	{"identity-matrices", "Q = K = I: with w = e^(1/√3) a row's own key weighs w/(w+2), the others 1/(w+2)",
         "b:1/hq:1/sq:3/skv:3/d:3", .q = identity3, .k = identity3, .v = values3, .expect = expect_identity},
	{"location-one-vector", "scores from the keys alone, by one learned vector: attention pooling",
         "b:1/hq:1/sq:1/skv:3/d:3/score:location", .k = regions, .v = regions, .v_a = location_one, .expect = expect_location_one},
	{"location-two-vectors", "two heads over the same keys, each with a learned vector of its own",
         "b:1/hq:2/hkv:1/sq:1/skv:3/d:3/score:location", .k = regions, .v = regions, .v_a = location_two, .expect = expect_location_two},
	{"books-softmax", "\"I like to read books\": similarities with five words become weights by softmax",
         "b:1/hq:1/sq:1/skv:5/d:1/dv:4/score:given-scores", .v = words, .given = similarities, .expect = expect_books_softmax},
	{"books-given-weights", "the same similarities taken as weights as they are: they do not sum to 1",
         "b:1/hq:1/sq:1/skv:5/d:1/dv:4/score:given-weights", .v = words, .given = similarities, .expect = expect_books_given},
	{"books-scaled-dot", "the same similarities as products of a query of 1 and keys of one element",
         "b:1/hq:1/sq:1/skv:5/d:1/dv:4/scale:1", .q = (const double[]){1}, .k = similarities, .v = words, .expect = expect_books_softmax},
	{"regions-weighted-sum", "sums over image regions of 2, 2 and 1 elements, packed one after another",
         "b:1/hq:1/sq:3/skv:5/d:1/score:given-weights/varlen", .v = region_values, .given = region_weights, .cu_q = region_rows,
         .cu_kv = region_keys, .expect = expect_regions},
	{"pairs-dot", "two queries, three keys, score q·k",
         "b:1/hq:1/sq:2/skv:3/d:2/score:dot", PAIRS, .expect = expect_dot},
	{"pairs-scaled-dot", "the same numbers, score q·k/√d: softer weights",
         "b:1/hq:1/sq:2/skv:3/d:2", PAIRS, .expect = expect_scaled},
	{"pairs-cosine", "the same numbers, score q·k/(‖q‖‖k‖): lengths do not count",
         "b:1/hq:1/sq:2/skv:3/d:2/score:cosine", PAIRS, .expect = expect_cosine},
	{"pairs-general", "the same numbers, score qᵀWk with a learned W",
         "b:1/hq:1/sq:2/skv:3/d:2/score:general", PAIRS, .w = bilinear, .expect = expect_general},
	{"pairs-additive", "the same numbers, score vᵀtanh(W_q q + W_k k)",
         "b:1/hq:1/sq:2/skv:3/d:2/score:additive", PAIRS, .w_q = add_q, .w_k = add_k, .v_a = add_v, .expect = expect_additive},
};

/* numbers, in the order of the tensor's indices; zeros where there are none */
static void put(struct attn_tensor *t, const double *numbers)
{
	for (int64_t n = 0; t->data && n < attn_tensor_count(t); n++)
		attn_tensor_set(t, 0, n / (t->dim[2] * t->dim[3]), n / t->dim[3] % t->dim[2], n % t->dim[3], numbers ? numbers[n] : 0);
}

static enum attn_status make_inputs(const struct example *x, const struct attn_problem *p, struct attn_tensors *t)
{
	if (attn_tensors_alloc(t, p, 3, 0) != ATTN_OK)
		return ATTN_NO_MEMORY;
	put(&t->q, x->q), put(&t->k, x->k), put(&t->v, x->v), put(&t->given, x->given);
	put(&t->w, x->w), put(&t->w_q, x->w_q), put(&t->w_k, x->w_k), put(&t->v_a, x->v_a);
	put(&t->cu_seqlens_q, x->cu_q), put(&t->cu_seqlens_kv, x->cu_kv);
	return ATTN_OK;
}

enum { EXAMPLES = sizeof examples / sizeof *examples };

const char *example_name(size_t i) { return i < EXAMPLES ? examples[i].name : NULL; }
const char *example_summary(size_t i) { return i < EXAMPLES ? examples[i].summary : NULL; }
const char *example_key(size_t i) { return i < EXAMPLES ? examples[i].key : NULL; }

enum attn_status example_inputs(size_t i, const struct attn_problem *p, struct attn_tensors *t) { return make_inputs(&examples[i], p, t); }

static void test_example(struct trial *trial)
{
	const struct example *x = trial->c->data;
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t, expected = {0};
	double out[16];

	if (make_inputs(x, p, &t) != ATTN_OK) {
		trial_fail(trial, "no memory");
		return;
	}
	expected.out = attn_tensor_new(ATTN_F64, 1, p->heads_q, p->len_q, p->dim_v);
	x->expect(out);
	put(&expected.out, out);
	if (trial_run(trial, p, &t))
		trial_judge(trial, p, &t, &expected);
	attn_tensors_free(&t);
	attn_tensors_free(&expected);
}

void suite_examples(struct case_list *list, const struct suite_options *options)
{
	(void)options;
	for (size_t i = 0; i < EXAMPLES; i++) {
		struct check_case *c = case_add(list, examples[i].key, "example", 1);
		if (!c)
			return;
		case_rename(c, examples[i].name);
		c->test = test_example;
		c->data = &examples[i];
	}
}
