/* Inputs with one thing changed that a recipe never draws, judged as any others: every length in one batch, one visible key per row,
 * overwhelming sinks, packed sequences without rows, a bias of the lowest number, keys that drown the rest but are hidden.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/property.h"
#include "conformance/trial.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <math.h>
#include <stdio.h>

struct twist {
	const char *name, *key;
	void (*change)(struct attn_tensors *t, const struct attn_problem *p);
};

/* Entry b has b keys. */
static void every_length(struct attn_tensors *t, const struct attn_problem *p)
{
	for (int64_t b = 0; b < p->batch; b++) {
		attn_tensor_set(&t->kv_len, b, 0, 0, 0, (double)b);
		for (int64_t h = 0; h < p->heads_kv; h++)
			for (int64_t j = 0; j < p->len_kv; j++)
				for (int64_t c = 0; c < p->dim_qk || c < p->dim_v; c++) {
					double x = j < b ? 0.25 * (double)((7 * j + 3 * c + b) % 11) - 1 : (double)NAN;
					if (c < p->dim_qk)
						attn_tensor_set(&t->k, b, h, j, c, x);
					if (c < p->dim_v)
						attn_tensor_set(&t->v, b, h, j, c, x);
				}
	}
}

/* Row i sees the key 7 i + 3 alone, modulo their number; every fifth row the last key, every seventh none. */
static void one_key_each(struct attn_tensors *t, const struct attn_problem *p)
{
	for (int64_t i = 0; i < p->len_q; i++)
		for (int64_t j = 0; j < p->len_kv; j++)
			attn_tensor_set(&t->mask, 0, 0, i, j, i % 7 != 6 && j == (i % 5 == 4 ? p->len_kv - 1 : (7 * i + 3) % p->len_kv));
}

/* Keys come in bands of 48, of which row i sees the band i mod their number: whole blocks are hidden before, between and after. */
static void bands(struct attn_tensors *t, const struct attn_problem *p)
{
	int64_t count = (p->len_kv + 47) / 48;
	for (int64_t i = 0; i < p->len_q; i++)
		for (int64_t j = 0; j < p->len_kv; j++)
			attn_tensor_set(&t->mask, 0, 0, i, j, j / 48 == i % count || (i % 3 == 2 && j == 0));
}

/* Sinks that dwarf all scores, or that vanish beside them, or are not there. */
static void loud_sinks(struct attn_tensors *t, const struct attn_problem *p)
{
	static const double sinks[] = {200, -300, 95, (double)-INFINITY, 12};
	for (int64_t h = 0; h < p->heads_q; h++)
		attn_tensor_set(&t->sinks, 0, h, 0, 0, sinks[h % 5]);
}

/* Sequences: whole, without rows, without keys, without either, and the rest. */
static void empty_sequences(struct attn_tensors *t, const struct attn_problem *p)
{
	int64_t n = t->cu_seqlens_q.dim[3] - 1;
	for (int64_t s = 0; s <= n; s++) {
		int64_t q = s == 0 ? 0 : s < n ? p->len_q / 3 : p->len_q, k = s == 0 ? 0 : s == 1 ? p->len_kv / 4 : s < n ? p->len_kv / 2 : p->len_kv;
		attn_tensor_set(&t->cu_seqlens_q, 0, 0, 0, s, (double)q);
		attn_tensor_set(&t->cu_seqlens_kv, 0, 0, 0, s, (double)k);
	}
}

/* Keys that causal order hides have scores in the hundreds. */
static void loud_future(struct attn_tensors *t, const struct attn_problem *p)
{
	for (int64_t b = 0; b < p->batch; b++)
		for (int64_t h = 0; h < p->heads_kv; h++)
			for (int64_t j = 0; j < p->len_kv; j++)
				attn_tensor_set(&t->k, b, h, j, 0, 40.0 * (double)j);
	for (int64_t b = 0; b < p->batch; b++)
		for (int64_t h = 0; h < p->heads_q; h++)
			for (int64_t i = 0; i < p->len_q; i++)
				attn_tensor_set(&t->q, b, h, i, 0, 3);
}

static const struct twist twists[] = {
	{"every-length", "b:67/hq:2/hkv:1/sq:3/skv:66/d:4/kvlen", every_length},
	{"every-length-causal", "b:67/hq:1/sq:3/skv:66/d:4/causal:br/kvlen", every_length},
	{"every-length-decode", "b:67/hq:4/hkv:2/sq:1/skv:66/d:8/kvlen", every_length},
	{"every-length-lse", "b:35/hq:1/sq:1/skv:34/d:4/kvlen/lse", every_length},
	{"every-length-window", "b:35/hq:1/sq:2/skv:34/d:4/align:br/window:5,-/kvlen", every_length},
	{"every-length-sinks", "b:35/hq:2/sq:1/skv:34/d:4/sinks/kvlen", every_length},
	{"one-key-each", "b:1/hq:1/sq:140/skv:130/d:8/mask:qk", one_key_each},
	{"one-key-each-softcap", "b:1/hq:1/sq:70/skv:70/d:8/softcap:2/mask:qk", one_key_each},
	{"bands", "b:1/hq:2/sq:20/skv:200/d:8/mask:qk", bands},
	{"bands-decode", "b:1/hq:2/sq:1/skv:2100/d:8/mask:qk", bands},
	{"bands-bf16", "b:1/hq:1/sq:8/skv:300/d:16/bf16/mask:qk", bands},
	{"loud-sinks", "b:2/hq:5/sq:4/skv:40/d:8/sinks", loud_sinks},
	{"loud-sinks-lse", "b:1/hq:5/sq:4/skv:9/d:8/sinks/lse", loud_sinks},
	{"loud-sinks-weights", "b:1/hq:5/sq:4/skv:9/d:8/sinks/weights", loud_sinks},
	{"empty-sequences", "b:1/hq:2/sq:20/skv:31/d:8/varlen", empty_sequences},
	{"empty-sequences-lse", "b:1/hq:4/hkv:2/sq:19/skv:31/d:8/causal:br/varlen/lse", empty_sequences},
	{"loud-future", "b:1/hq:1/sq:40/skv:40/d:4/causal:tl", loud_future},
	{"loud-future-br", "b:2/hq:2/sq:5/skv:100/d:4/causal:br", loud_future},
};

static void test_twist(struct trial *trial)
{
	const struct twist *twist = trial->c->data;
	const struct attn_problem *p = &trial->c->problem;
	struct attn_tensors t;
	if (!trial_inputs(trial, p, &t))
		return;
	twist->change(&t, p);
	trial_finish(trial, &t);
}

void property_add_twists(struct case_list *list)
{
	for (size_t i = 0; i < sizeof twists / sizeof *twists; i++) {
		struct check_case *c = case_add(list, twists[i].key, "normal", 1);
		if (!c)
			return;
		case_rename(c, twists[i].name);
		c->test = test_twist;
		c->data = &twists[i];
	}
}
