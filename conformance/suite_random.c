/* random: problems drawn over the whole space, the same for the same seed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/random.h"
#include "conformance/shrink.h"
#include "conformance/suites.h"
#include "harness/problem.h"

static int one_in(struct random *r, int64_t n) { return random_below(r, n) == 0; }

static int64_t draw_width(struct random *r)
{
	static const int64_t usual[] = {80, 96, 100, 112, 128, 192, 256};
	if (one_in(r, 2))
		return (int64_t)8 << random_below(r, 4);
	return one_in(r, 6) ? usual[random_below(r, 7)] : random_between(r, 1, 72);
}

static void draw_shape(struct attn_problem *p, struct random *r)
{
	static const int64_t groups[] = {2, 3, 4, 5, 7, 8, 16};
	int64_t group = one_in(r, 2) ? 1 : groups[random_below(r, 7)];
	p->batch = one_in(r, 8) ? random_between(r, 4, 9) : random_between(r, 1, 3);
	p->heads_kv = group > 4 ? 1 + one_in(r, 2) : random_between(r, 1, 3);
	p->heads_q = p->heads_kv * group;
	p->len_q = one_in(r, 6) ? 1 : one_in(r, 4) ? random_between(r, 1, 4) : random_between(r, 1, 80);
	p->len_kv = one_in(r, 3) ? p->len_q : random_between(r, 1, 140);
	p->dim_qk = draw_width(r);
	p->dim_v = one_in(r, 2) ? p->dim_qk : draw_width(r);
}

static void draw_masks(struct attn_problem *p, struct random *r)
{
	p->causal = one_in(r, 3);
	p->align = one_in(r, 2) ? ATTN_TOP_LEFT : ATTN_BOTTOM_RIGHT;
	if (one_in(r, 4)) {
		p->has |= ATTN_HAS_MASK;
		p->mask_dims = (uint32_t)random_below(r, 16);
	}
	if (one_in(r, 4)) {
		p->has |= ATTN_HAS_BIAS;
		p->bias_dims = (uint32_t)random_below(r, 16);
	}
	if (one_in(r, 4)) {
		p->window_left = one_in(r, 3) ? -1 : random_below(r, p->len_kv + 2);
		p->window_right = p->causal || one_in(r, 3) ? -1 : random_below(r, p->len_kv + 2);
	}
	if (!p->causal && p->window_left < 0 && p->window_right < 0)
		p->align = ATTN_TOP_LEFT;
}

/* Where the keys are: lengths, packed sequences, a cache, pages. */
static void draw_cache(struct attn_problem *p, struct random *r)
{
	switch (random_below(r, 8)) {
	case 0:
		p->has |= ATTN_HAS_KV_LEN;
		break;
	case 1:
		p->has |= ATTN_HAS_CU_SEQLENS;
		p->batch = 1;
		break;
	case 2:
		p->has |= ATTN_HAS_PAST;
		p->past_len = random_between(r, 1, 20);
		break;
	case 3:
		p->has |= ATTN_HAS_BLOCK_TABLE | ATTN_HAS_KV_LEN;
		p->page_size = one_in(r, 3) ? random_between(r, 1, 20) : (int64_t)1 << random_below(r, 6);
		break;
	case 4:
		p->has |= ATTN_HAS_PAST | ATTN_HAS_KV_LEN;
		p->past_len = random_between(r, 1, 40);
		break;
	default:
		break;
	}
}

static void draw_modifiers(struct attn_problem *p, struct random *r)
{
	static const double scales[] = {0, -0.5, 0.001, 1, 2};
	if (one_in(r, 6))
		p->scale = scales[random_below(r, 5)];
	if (one_in(r, 6))
		p->softcap = (double)random_between(r, 1, 30);
	if (one_in(r, 8))
		p->has |= ATTN_HAS_ALIBI;
	if (one_in(r, 8))
		p->has |= ATTN_HAS_SINKS;
	if (one_in(r, 8)) {
		p->has |= ATTN_HAS_BLOCK_MASK;
		p->block_q = random_between(r, 1, 16);
		p->block_kv = random_between(r, 1, 16);
	}
	if (one_in(r, 4))
		p->wants |= ATTN_WANTS_LOGSUMEXP;
	if (one_in(r, 8))
		p->wants |= ATTN_WANTS_WEIGHTS;
	if (one_in(r, 8)) {
		p->wants |= ATTN_WANTS_SCORES;
		p->score_stage = (enum attn_score_stage)random_below(r, 3);
	}
	if (p->has & ATTN_HAS_PAST && one_in(r, 2))
		p->wants |= ATTN_WANTS_PRESENT;
	if (one_in(r, 12))
		p->softmax_dtype = one_in(r, 2) ? ATTN_F32 : ATTN_F64;
}

/* Dimensions in an order of their own, columns and rows that need not follow one another. */
static void draw_strides(int64_t stride[4], const int64_t dim[4], struct random *r)
{
	static const int orders[][3] = {{2, 1, 0}, {1, 2, 0}, {0, 2, 1}, {2, 0, 1}};
	const int *order = orders[random_below(r, 4)];
	int64_t step = stride[3] = one_in(r, 3) ? 2 : 1;
	step *= dim[3];
	for (int n = 0; n < 3; n++) {
		step += one_in(r, 3) ? random_between(r, 1, 5) : 0;
		stride[order[n]] = step;
		step *= dim[order[n]];
	}
}

/* Strides of each tensor by itself; keys and values may be shared by heads, or by batch entries. */
static void draw_layout(struct attn_problem *p, struct random *r)
{
	int64_t rows = p->has & ATTN_HAS_BLOCK_TABLE ? p->page_size : p->len_kv;
	const int64_t q[] = {p->batch, p->heads_q, p->len_q, p->dim_qk}, k[] = {p->batch + 64 * (rows != p->len_kv), p->heads_kv, rows, p->dim_k},
	              v[] = {k[0], p->heads_kv, rows, p->dim_v}, out[] = {p->batch, p->heads_q, p->len_q, p->dim_v};
	draw_strides(p->stride_q, q, r);
	draw_strides(p->stride_k, k, r);
	draw_strides(p->stride_v, v, r);
	draw_strides(p->stride_out, out, r);
	int shared = (int)random_below(r, 6);
	if (shared < 2 && !(p->has & ATTN_HAS_BLOCK_TABLE))
		p->stride_k[shared] = p->stride_v[shared] = 0;
}

/* Half of the problems are of the plain kind that every implementation does. */
static void draw_problem(struct attn_problem *p, struct random *r)
{
	static const enum attn_dtype dtypes[] = {ATTN_F64, ATTN_BF16, ATTN_F16};
	attn_problem_init(p);
	draw_shape(p, r);
	draw_masks(p, r);
	if (one_in(r, 2)) {
		p->window_left = p->window_right = -1;
		if (!p->causal)
			p->align = ATTN_TOP_LEFT;
	} else {
		draw_cache(p, r);
		draw_modifiers(p, r);
		if (one_in(r, 4))
			p->dtype = dtypes[random_below(r, 3)];
		if (one_in(r, 6))
			p->score = (enum attn_score)random_below(r, 8);
		if (one_in(r, 3) && (p->score == ATTN_GENERAL || p->score == ATTN_ADDITIVE))
			p->dim_k = random_between(r, 1, 40);
		if (one_in(r, 3) && p->score == ATTN_ADDITIVE)
			p->dim_hidden = random_between(r, 1, 40);
	}
	if (p->score == ATTN_COSINE || p->score == ATTN_DOT)
		p->dim_k = p->dim_qk;
	attn_problem_resolve(p);
	if (one_in(r, 3))
		attn_problem_set_layout(p, one_in(r, 2) ? ATTN_LAYOUT_BSHD : ATTN_LAYOUT_PACKED);
	else if (one_in(r, 4))
		draw_layout(p, r);
}

/* packed interleaves rows of q with those of k and v: it needs as many of each. */
static int layout_fits(const struct attn_problem *p)
{
	return attn_problem_layout(p) != ATTN_LAYOUT_PACKED || (p->len_q == p->len_kv && !(p->has & ATTN_HAS_BLOCK_TABLE));
}

void suite_random(struct case_list *list, const struct suite_options *options)
{
	static const char *const recipes[] = {"normal", "normal", "normal", "exact", "peaked", "rising", "spike", "offset", "labelled", "outlier"};
	int64_t count = options->count > 0 ? options->count : options->deep ? 2000 : 150;
	if (options->one) {
		shrink_case_add(list, options->one);
		return;
	}
	for (int64_t n = 0; n < count; n++) {
		struct random r = random_start(options->seed, (uint64_t)n);
		struct attn_problem p;
		char why[256];
		draw_problem(&p, &r);
		if (!layout_fits(&p))
			attn_problem_set_layout(&p, ATTN_LAYOUT_BSHD);
		if (attn_problem_check(&p, why, sizeof why) == ATTN_OK)
			case_add_problem(list, &p, recipes[random_below(&r, 10)], options->seed + (uint64_t)n);
	}
}
