/* Greedy: each change that a smaller problem may have is tried in turn, and kept where the case still fails; then all again, until
 * none is kept.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/shrink.h"
#include "conformance/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ATTEMPTS = 250, SECONDS = 30 };

struct search {
	struct check_case best;
	shrink_fails *fails;
	void *context;
	struct shrunk *result;
	time_t end;
};

/* The problem that a change has made of another: what follows from sizes is made anew, strides of its own are kept. 0: there is none such. */
static int settle(struct attn_problem *p, const struct attn_problem *before)
{
	enum attn_layout layout = attn_problem_layout(before);
	char why[256];
	if (before->scale == attn_problem_default_scale(before))
		p->scale = attn_problem_default_scale(p);
	if (layout != ATTN_LAYOUT_STRIDED && attn_problem_layout(p) != layout && memcmp(p->stride_q, before->stride_q, sizeof p->stride_q) == 0)
		attn_problem_set_layout(p, layout);
	if (layout == ATTN_LAYOUT_PACKED && p->len_q != p->len_kv)
		attn_problem_set_layout(p, ATTN_LAYOUT_BSHD);
	return memcmp(p, before, sizeof *p) != 0 && attn_problem_check(p, why, sizeof why) == ATTN_OK;
}

/* Tries a changed problem; keeps it where it fails. */
static int try(struct search *s, const struct attn_problem *changed, const char *recipe)
{
	struct check_case c = s->best;
	char reason[sizeof s->result->reason] = "";
	c.problem = *changed;
	c.recipe = recipe;
	if (s->result->attempts >= ATTEMPTS || time(NULL) >= s->end)
		return 0;
	s->result->attempts++;
	if (!s->fails(&c, s->context, reason, sizeof reason))
		return 0;
	s->best = c;
	snprintf(s->result->reason, sizeof s->result->reason, "%s", reason);
	return s->result->is_smaller = 1;
}

static int try_problem(struct search *s, struct attn_problem *p)
{
	return settle(p, &s->best.problem) && try(s, p, s->best.recipe);
}

static int drop_inputs(struct search *s)
{
	static const uint32_t inputs[] = {ATTN_HAS_MASK, ATTN_HAS_BIAS, ATTN_HAS_ALIBI, ATTN_HAS_SINKS, ATTN_HAS_CU_SEQLENS, ATTN_HAS_BLOCK_TABLE | ATTN_HAS_KV_LEN,
	                                  ATTN_HAS_KV_LEN, ATTN_HAS_PAST, ATTN_HAS_BLOCK_MASK};
	int kept = 0;
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
		struct attn_problem p = s->best.problem;
		p.has &= ~inputs[i];
		p.mask_dims *= !!(p.has & ATTN_HAS_MASK), p.bias_dims *= !!(p.has & ATTN_HAS_BIAS);
		p.past_len *= !!(p.has & ATTN_HAS_PAST), p.page_size *= !!(p.has & ATTN_HAS_BLOCK_TABLE);
		p.block_q *= !!(p.has & ATTN_HAS_BLOCK_MASK), p.block_kv *= !!(p.has & ATTN_HAS_BLOCK_MASK);
		p.wants &= p.has & ATTN_HAS_PAST ? ~0u : ~(uint32_t)ATTN_WANTS_PRESENT;
		if (s->best.problem.has & inputs[i])
			kept += try_problem(s, &p);
	}
	for (uint32_t output = 1; output <= ATTN_WANTS_PRESENT; output <<= 1) {
		struct attn_problem p = s->best.problem;
		p.wants &= ~output;
		p.score_stage = p.wants & ATTN_WANTS_SCORES ? p.score_stage : ATTN_STAGE_RAW;
		kept += try_problem(s, &p);
	}
	return kept;
}

static void drop_causal(struct attn_problem *p) { p->causal = 0; }
static void drop_align(struct attn_problem *p) { p->align = ATTN_TOP_LEFT; }
static void drop_left(struct attn_problem *p) { p->window_left = -1; }
static void drop_right(struct attn_problem *p) { p->window_right = -1; }
static void drop_softcap(struct attn_problem *p) { p->softcap = 0; }
static void drop_scale(struct attn_problem *p) { p->scale = attn_problem_default_scale(p); }
static void drop_dtype(struct attn_problem *p) { p->dtype = ATTN_F32; }
static void drop_softmax(struct attn_problem *p) { p->softmax_dtype = ATTN_NONE; }
static void drop_layout(struct attn_problem *p) { attn_problem_set_layout(p, ATTN_LAYOUT_BHSD); }
static void drop_mask_dims(struct attn_problem *p) { p->mask_dims &= ATTN_DIM_KEY; }
static void drop_bias_dims(struct attn_problem *p) { p->bias_dims &= ATTN_DIM_KEY; }
static void drop_group(struct attn_problem *p) { p->heads_q = p->heads_kv; }
static void drop_score(struct attn_problem *p)
{
	p->score = ATTN_SCALED_DOT, p->dim_k = p->dim_qk, p->dim_hidden = 0;
	p->scale = attn_problem_default_scale(p);
}

static int drop_features(struct search *s)
{
	static void (*const drops[])(struct attn_problem *) = {drop_layout, drop_causal,  drop_align,     drop_left,      drop_right, drop_softcap, drop_scale,
	                                                       drop_dtype,  drop_softmax, drop_mask_dims, drop_bias_dims, drop_group, drop_score};
	int kept = 0;
	for (size_t i = 0; i < sizeof drops / sizeof *drops; i++) {
		struct attn_problem p = s->best.problem;
		drops[i](&p);
		kept += try_problem(s, &p);
	}
	if (s->best.recipe && strcmp(s->best.recipe, "normal"))
		kept += try(s, &s->best.problem, "normal");
	return kept;
}

/* What is a size, and what it is counted in: query heads in whole groups, all heads together. */
enum size { BATCH, KV_HEADS, GROUP, ROWS, KEYS, BOTH_LENGTHS, COLUMNS, VALUE_COLUMNS, BOTH_COLUMNS, PAST, SIZES };

static int64_t size_of(const struct attn_problem *p, enum size size)
{
	const int64_t sizes[SIZES] = {p->batch, p->heads_kv, p->heads_q / p->heads_kv, p->len_q, p->len_kv, p->len_q == p->len_kv ? p->len_q : 0, p->dim_qk, p->dim_v,
	                              p->dim_qk == p->dim_v ? p->dim_v : 0, p->past_len};
	return sizes[size];
}

static void set_columns(struct attn_problem *p, int64_t n)
{
	p->dim_k = p->dim_k == p->dim_qk ? n : p->dim_k;
	p->dim_hidden = p->dim_hidden == p->dim_qk ? n : p->dim_hidden;
	p->dim_qk = n;
}

static void set_size(struct attn_problem *p, enum size size, int64_t n)
{
	int64_t group = p->heads_q / p->heads_kv;
	switch (size) {
	case BATCH: p->batch = n; break;
	case KV_HEADS: p->heads_kv = n, p->heads_q = n * group; break;
	case GROUP: p->heads_q = n * p->heads_kv; break;
	case ROWS: p->len_q = n; break;
	case KEYS: p->len_kv = n; break;
	case BOTH_LENGTHS: p->len_q = p->len_kv = n; break;
	case COLUMNS: set_columns(p, n); break;
	case VALUE_COLUMNS: p->dim_v = n; break;
	case BOTH_COLUMNS: set_columns(p, n), p->dim_v = n; break;
	case PAST: p->past_len = n; break;
	default: break;
	}
}

/* To 1, to a half, to three quarters, to one less. */
static int reduce_sizes(struct search *s)
{
	int kept = 0;
	for (enum size size = BATCH; size < SIZES; size++)
		for (int step = 0; step < 4; step++) {
			int64_t now = size_of(&s->best.problem, size);
			const int64_t smaller[] = {1, now / 2, now * 3 / 4, now - 1};
			struct attn_problem p = s->best.problem;
			if (now < 2 || smaller[step] < 1)
				continue;
			set_size(&p, size, smaller[step]);
			kept += try_problem(s, &p);
		}
	return kept;
}

void shrink(const struct check_case *c, shrink_fails *fails, void *context, struct shrunk *result)
{
	struct search s = {*c, fails, context, result, time(NULL) + SECONDS};
	char key[ATTN_KEY_SIZE];
	while (drop_inputs(&s) + drop_features(&s) + reduce_sizes(&s) > 0 && result->attempts < ATTEMPTS && time(NULL) < s.end)
		;
	attn_problem_print(&s.best.problem, key);
	snprintf(result->name, sizeof result->name, "%s/inputs:%s/seed:%llu", key, s.best.recipe, (unsigned long long)s.best.seed);
}

struct check_case *shrink_case_add(struct case_list *list, const char *name)
{
	const char *inputs = strstr(name, "/inputs:"), *seed = inputs ? strstr(inputs, "/seed:") : NULL;
	char key[ATTN_KEY_SIZE], *end = NULL;
	const struct inputs_recipe *recipe = inputs_recipes;
	size_t n = inputs ? (size_t)(inputs - name) : 0, length = seed ? (size_t)(seed - inputs) - strlen("/inputs:") : 0;
	unsigned long long number = seed ? strtoull(seed + strlen("/seed:"), &end, 10) : 0;

	while (seed && recipe->name && (strlen(recipe->name) != length || strncmp(recipe->name, inputs + strlen("/inputs:"), length)))
		recipe++;
	if (!seed || n >= sizeof key || !recipe->name || end == seed + strlen("/seed:") || *end) {
		snprintf(list->why, sizeof list->why, "case \"%.300s\": expected KEY/inputs:RECIPE/seed:N, as the suite random prints it", name);
		return NULL;
	}
	snprintf(key, sizeof key, "%.*s", (int)n, name);
	return case_add(list, key, recipe->name, number);
}
