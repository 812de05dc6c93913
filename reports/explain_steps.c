/* The steps of an explanation, taken from the reference: problems that lack the later steps give the values of the earlier ones.
 * Computed in a child, since inputs of a user may need more memory or time than there is.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/reference.h"
#include "harness/command.h"
#include "harness/problem.h"
#include "harness/sandbox.h"
#include "harness/tensor.h"
#include "reports/explain.h"

#include <math.h>
#include <string.h>

/* A row of the reference on a problem of its own. */
struct variant {
	struct attn_problem p;
	struct attn_tensors t;
	struct reference_row row;
};
enum { PLAIN, SCALED, BIASED, SHIFTED, WHOLE, VARIANTS };

static void hide_nothing(struct variant *v)
{
	v->p.causal = 0;
	v->p.window_left = v->p.window_right = -1;
	v->t.mask.data = v->t.block_mask.data = NULL;
}

/* PLAIN: the product, not scaled. SCALED: with softcap. BIASED: with bias. SHIFTED: with ALiBi. WHOLE: with all that hides. */
static enum attn_status variants_make(struct variant v[VARIANTS], const struct explanation *e)
{
	enum attn_status status = ATTN_OK;
	for (int i = 0; i < VARIANTS; i++) {
		v[i].p = *e->p, v[i].t = *e->t;
		if (i < WHOLE)
			hide_nothing(&v[i]);
		if (i < SHIFTED)
			v[i].t.alibi.data = NULL;
		if (i < BIASED)
			v[i].t.bias.data = NULL;
		if (reference_row_init(&v[i].row, e->p) != ATTN_OK)
			status = ATTN_NO_MEMORY;
	}
	v[PLAIN].p.scale = 1;
	return status;
}

static void variants_free(struct variant v[VARIANTS])
{
	for (int i = 0; i < VARIANTS; i++)
		reference_row_free(&v[i].row);
}

static double stage_value(const struct variant v[VARIANTS], enum explain_stage s, int64_t j)
{
	const struct reference_row *whole = &v[WHOLE].row;
	switch (s) {
	case STAGE_PRODUCT:
		return (double)v[PLAIN].row.raw[j];
	case STAGE_SCORE:
		return (double)v[SCALED].row.raw[j];
	case STAGE_CAPPED:
		return (double)v[SCALED].row.capped[j];
	case STAGE_BIASED:
		return (double)v[BIASED].row.score[j];
	case STAGE_ALIBI:
		return (double)v[SHIFTED].row.score[j];
	case STAGE_MASKED:
		return (double)whole->score[j];
	case STAGE_EXP:
		return whole->value[j] ? (double)(whole->weight[j] * expl(whole->logsumexp - whole->max)) : 0;
	default:
		return whole->value[j] ? (double)whole->weight[j] : 0;
	}
}

static void fill_keys(const struct explanation *e, struct explain_part *part, int64_t i, const struct variant v[VARIANTS])
{
	const struct reference_row *whole = &v[WHOLE].row;
	for (int64_t n = 0; n < e->keys.count; n++) {
		int64_t j = e->keys.first + n - whole->first_key, at = i * e->keys.count + n;
		if (j < 0 || j >= whole->keys)
			continue;
		part->key[at] = whole->value[j] ? KEY_SEEN : KEY_HIDDEN;
		for (int s = 0; s < STAGES; s++)
			part->stage[s][at] = stage_value(v, (enum explain_stage)s, j);
	}
}

static void fill_row(const struct explanation *e, struct explain_part *part, int64_t i, struct variant v[VARIANTS])
{
	struct reference_place at = {part->b, part->h, e->rows.first + i};
	for (int n = 0; n < VARIANTS; n++)
		if (!reference_row_make(&v[n].row, &v[n].p, &v[n].t, at, 0))
			return;
	const struct reference_row *whole = &v[WHOLE].row;
	part->max[i] = (double)whole->max;
	part->sum[i] = whole->seen || whole->sink_weight > 0 ? (double)expl(whole->logsumexp - whole->max) : 0;
	part->sink[i] = (double)whole->sink_weight;
	fill_keys(e, part, i, v);
	for (int64_t c = 0; c < e->columns.count; c++)
		part->out[i * e->columns.count + c] = whole->seen ? (double)reference_output(whole, e->t, e->columns.first + c) : 0;
}

static void fill_heat(struct explain_part *part, struct variant *v)
{
	struct explain_heat *h = part->heat;
	for (int64_t r = 0; r < h->rows; r++) {
		int belongs = reference_row_make(&v->row, &v->p, &v->t, (struct reference_place){part->b, part->h, h->row[r]}, 0);
		for (int64_t c = 0; c < h->columns; c++) {
			int64_t first = h->key[c] - v->row.first_key, end = h->key[c + 1] - v->row.first_key;
			double *cell = &h->weight[r][c];
			*cell = (double)NAN;
			for (int64_t j = first < 0 ? 0 : first; belongs && j < end && j < v->row.keys; j++)
				if (v->row.value[j])
					*cell = (isnan(*cell) ? 0 : *cell) + (double)v->row.weight[j];
			h->largest = fmax(h->largest, fabs(*cell));
		}
	}
}

static int work(void *context)
{
	struct explanation *e = context;
	struct variant v[VARIANTS] = {0};
	enum attn_status status = variants_make(v, e);
	for (size_t n = 0; status == ATTN_OK && n < e->part_count; n++) {
		for (int64_t i = 0; i < e->rows.count; i++)
			fill_row(e, &e->parts[n], i, v);
		fill_heat(&e->parts[n], &v[WHOLE]);
	}
	variants_free(v);
	return status == ATTN_OK ? 0 : EXIT_ENVIRONMENT;
}

static void lay_out_heat(const struct explanation *e, struct explain_heat *h)
{
	int64_t rows = e->p->len_q, keys = attn_problem_keys(e->p);
	h->rows = rows < HEAT_MOST ? rows : HEAT_MOST;
	h->columns = keys < HEAT_MOST ? keys : HEAT_MOST;
	for (int64_t r = 0; r < h->rows; r++)
		h->row[r] = r * rows / h->rows;
	for (int64_t c = 0; c <= h->columns; c++)
		h->key[c] = h->columns ? c * keys / h->columns : 0;
}

/* The matrices of all parts, one after another in the shared memory; with base NULL only their size is found. */
static size_t lay_out(struct explanation *e, char *base)
{
	size_t rows = (size_t)e->rows.count, square = rows * (size_t)e->keys.count, at = 0;
	for (size_t n = 0; n < e->part_count; n++) {
		struct explain_part *part = &e->parts[n];
		part->heat = base ? (struct explain_heat *)(base + at) : NULL;
		at += sizeof *part->heat;
		double **arrays[STAGES + 4] = {&part->out, &part->max, &part->sum, &part->sink};
		size_t counts[STAGES + 4] = {rows * (size_t)e->columns.count, rows, rows, rows};
		for (int s = 0; s < STAGES; s++)
			arrays[4 + s] = &part->stage[s], counts[4 + s] = square;
		for (int a = 0; a < STAGES + 4; a++, at += counts[a - 1] * sizeof(double))
			*arrays[a] = base ? (double *)(base + at) : NULL;
		part->key = base ? (unsigned char *)(base + at) : NULL;
		at += (square + 7) / 8 * 8;
		if (base)
			lay_out_heat(e, part->heat);
	}
	return at;
}

static void choose_parts(struct explanation *e)
{
	int64_t all = e->p->batch * e->p->heads_q;
	e->part_count = e->only_head >= 0 ? 1 : all <= PARTS_MOST ? (size_t)all : 1;
	for (size_t n = 0; n < e->part_count; n++) {
		int64_t head = e->only_head >= 0 ? e->only_head : (int64_t)n;
		e->parts[n].b = head / e->p->heads_q, e->parts[n].h = head % e->p->heads_q;
	}
}

/* Is any key of the excerpt hidden? */
static int hides(const struct explanation *e)
{
	for (size_t n = 0; n < e->part_count; n++)
		for (int64_t at = 0; at < e->rows.count * e->keys.count; at++)
			if (e->parts[n].key[at] == KEY_HIDDEN)
				return 1;
	return 0;
}

static void choose_stages(struct explanation *e)
{
	const struct attn_problem *p = e->p;
	int scaled = (p->score == ATTN_SCALED_DOT || p->score == ATTN_COSINE) && p->scale != 1;
	int softmax = p->score != ATTN_GIVEN_WEIGHTS;
	int shown[STAGES] = {scaled, 1, p->softcap > 0, e->t->bias.data != NULL, e->t->alibi.data != NULL, hides(e), softmax, softmax};
	memcpy(e->shown, shown, sizeof shown);
}

int explain_make(struct explanation *e)
{
	char how[128];
	choose_parts(e);
	e->bytes = lay_out(e, NULL);
	e->memory = sandbox_share(e->bytes);
	if (!e->memory)
		return command_fail(EXIT_ENVIRONMENT, "no memory for %lld rows of %lld keys: expected fewer by --rows and --keys", (long long)e->rows.count, (long long)e->keys.count);
	lay_out(e, e->memory);
	struct sandbox_outcome outcome = sandbox_run(work, e, NULL);
	sandbox_describe(&outcome, how, sizeof how);
	if (outcome.end == SANDBOX_EXITED && outcome.code == EXIT_ENVIRONMENT)
		return command_fail(EXIT_ENVIRONMENT, "no memory for a row of %lld keys", (long long)attn_problem_keys(e->p));
	if (outcome.end != SANDBOX_OK)
		return command_fail(EXIT_ENVIRONMENT, "the reference %s", how);
	choose_stages(e);
	return EXIT_OK;
}

size_t explain_inputs(const struct explanation *e, const struct explain_part *part, struct explain_input inputs[INPUTS_MOST])
{
	const struct attn_problem *p = e->p;
	const struct attn_tensors *t = e->t;
	int64_t kv = part->h * p->heads_kv / p->heads_q;
	const struct {
		struct explain_input input;
		int used;
	} all[INPUTS_MOST] = {{{"Q", &t->q, part->b, part->h}, p->score < ATTN_LOCATION}, {{"K", &t->k, part->b, kv}, p->score < ATTN_GIVEN_SCORES}, {{"V", &t->v, part->b, kv}, 1},
	                      {{"W", &t->w, 0, part->h}, 1},                              {{"W_q", &t->w_q, 0, part->h}, 1},                  {{"W_k", &t->w_k, 0, part->h}, 1},
	                      {{"v_a", &t->v_a, 0, part->h}, 1}};
	size_t count = 0;
	for (size_t n = 0; n < INPUTS_MOST; n++)
		if (all[n].used && all[n].input.t->data && attn_tensor_count(all[n].input.t) > 0)
			inputs[count++] = all[n].input;
	return count;
}

void explain_free(struct explanation *e)
{
	sandbox_unshare(e->memory, e->bytes);
	e->memory = NULL;
}
