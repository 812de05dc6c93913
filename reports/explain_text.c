/* An explanation for a terminal: matrices, softmax row by row, the weights as shades, the output; 80 columns.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/problem.h"
#include "harness/tensor.h"
#include "reports/explain.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { LABEL = 12, CELL = 11, ACROSS = 6 }; /* 12 + 6 · 11 = 78 columns */

const char *explain_score_formula(const struct attn_problem *p)
{
	static const char *const formulas[] = {[ATTN_SCALED_DOT] = "q_i·k_j",
	                                       [ATTN_DOT] = "q_i·k_j",
	                                       [ATTN_COSINE] = "q_i·k_j / (‖q_i‖ ‖k_j‖)",
	                                       [ATTN_GENERAL] = "q_iᵀ W k_j",
	                                       [ATTN_ADDITIVE] = "v_aᵀ tanh(W_qᵀ q_i + W_kᵀ k_j)",
	                                       [ATTN_LOCATION] = "v_aᵀ k_j, the query plays no part",
	                                       [ATTN_GIVEN_SCORES] = "given",
	                                       [ATTN_GIVEN_WEIGHTS] = "given as weights: no softmax"};
	return formulas[p->score];
}

const char *explain_stage_title(const struct explanation *e, enum explain_stage s, char text[160])
{
	const struct attn_problem *p = e->p;
	const char *formula = explain_score_formula(p), *matrix = p->score <= ATTN_DOT ? "Q·Kᵀ: " : "scores: ";
	switch (s) {
	case STAGE_PRODUCT:
		snprintf(text, 160, "%s%s", matrix, formula);
		break;
	case STAGE_SCORE:
		if (e->shown[STAGE_PRODUCT])
			snprintf(text, 160, "times the scale %.6g", p->scale);
		else
			snprintf(text, 160, "%s%s", matrix, formula);
		break;
	case STAGE_CAPPED:
		snprintf(text, 160, "softcap: %g tanh(score / %g)", p->softcap, p->softcap);
		break;
	case STAGE_BIASED:
		snprintf(text, 160, "plus the bias");
		break;
	case STAGE_ALIBI:
		snprintf(text, 160, "ALiBi: minus slope × distance from the row's position");
		break;
	case STAGE_MASKED:
		snprintf(text, 160, "masks: hidden keys (·) have a score of -inf");
		break;
	case STAGE_EXP:
		snprintf(text, 160, "softmax, row by row: a_ij = exp(s_ij - max_i) / sum_i");
		break;
	default:
		snprintf(text, 160, "weights a_ij");
	}
	return text;
}

static void put_number(FILE *f, double x)
{
	fprintf(f, "%*.4g", CELL, x == 0 ? 0 : x);
}

static void put_dot(FILE *f)
{
	fprintf(f, "%*s·", CELL - 1, "");
}

static void put_columns(FILE *f, const char *name, int64_t first, int64_t count)
{
	fprintf(f, "  %-*s", LABEL - 2, name);
	for (int64_t n = 0; n < count; n++)
		fprintf(f, "%*" PRId64, CELL, first + n);
	putc('\n', f);
}

static int64_t across(int64_t begin, int64_t count)
{
	return count - begin < ACROSS ? count - begin : ACROSS;
}

/* Rows of a part's matrix. key: what is known of each element, NULL: all are there; from `dots` on hidden ones are dots too. */
struct matrix_text {
	const char *row, *column;
	const double *value;
	const unsigned char *key;
	int dots;
	struct explain_range rows, columns;
};

static void put_matrix(FILE *f, const struct matrix_text *m)
{
	for (int64_t begin = 0; begin < m->columns.count; begin += ACROSS) {
		int64_t count = across(begin, m->columns.count);
		put_columns(f, m->column, m->columns.first + begin, count);
		for (int64_t i = 0; i < m->rows.count; i++) {
			fprintf(f, "  %s %-*" PRId64, m->row, LABEL - 3 - (int)strlen(m->row), m->rows.first + i);
			for (int64_t n = 0; n < count; n++) {
				int64_t at = i * m->columns.count + begin + n;
				if (m->key && (m->key[at] == KEY_ELSEWHERE || (m->dots && m->key[at] == KEY_HIDDEN)))
					put_dot(f);
				else
					put_number(f, m->value[at]);
			}
			putc('\n', f);
		}
	}
}

static int64_t at_most(int64_t x, int64_t most)
{
	return x < most ? x : most;
}

/* The first rows and columns of an input. */
static void put_input(FILE *f, const struct explain_input *in)
{
	enum { ROWS = 8 };
	const struct attn_tensor *t = in->t;
	int64_t rows = at_most(t->dim[2], ROWS), columns = at_most(t->dim[3], ACROSS);
	fprintf(f, "%s, %" PRId64 " × %" PRId64 "%s\n", in->name, t->dim[2], t->dim[3], rows < t->dim[2] || columns < t->dim[3] ? ", its beginning" : "");
	for (int64_t i = 0; i < rows; i++) {
		fprintf(f, "%*s", LABEL, "");
		for (int64_t c = 0; c < columns; c++)
			put_number(f, attn_tensor_get(t, in->b, in->h, i, c));
		putc('\n', f);
	}
}

static void put_inputs(FILE *f, const struct explanation *e, const struct explain_part *part)
{
	struct explain_input inputs[INPUTS_MOST];
	for (size_t n = 0, count = explain_inputs(e, part, inputs); n < count; n++)
		put_input(f, &inputs[n]);
}

static void put_softmax_row(FILE *f, const struct explanation *e, const struct explain_part *part, int64_t i)
{
	static const struct {
		enum explain_stage stage;
		const char *name;
	} lines[] = {{STAGE_MASKED, "s"}, {STAGE_EXP, "exp(s-max)"}, {STAGE_WEIGHT, "a"}};
	fprintf(f, "  row %" PRId64 ": max %.6g, sum %.6g", e->rows.first + i, part->max[i], part->sum[i]);
	if (part->sink[i] > 0)
		fprintf(f, ", of which the sink %.6g (its weight %.4g)", part->sink[i] * part->sum[i], part->sink[i]);
	fputs(part->sum[i] > 0 ? "\n" : ": it sees no key\n", f);
	for (int64_t begin = 0; begin < e->keys.count && part->sum[i] > 0; begin += ACROSS)
		for (size_t l = 0; l < sizeof lines / sizeof *lines; l++) {
			fprintf(f, "    %-*s", LABEL - 4, lines[l].name);
			for (int64_t n = begin; n < begin + across(begin, e->keys.count); n++) {
				int64_t at = i * e->keys.count + n;
				if (part->key[at] == KEY_SEEN)
					put_number(f, part->stage[lines[l].stage][at]);
				else
					put_dot(f);
			}
			putc('\n', f);
		}
}

void explain_text_heat(FILE *f, const struct explain_heat *h, int colour)
{
	static const char *const shades[] = {"  ", "░░", "▒▒", "▓▓", "██"};
	static const int colours[] = {240, 25, 31, 44, 220}; /* of 256: from dark blue to yellow */
	for (int64_t r = 0; r < h->rows; r++) {
		fprintf(f, "  row %-*" PRId64 "│", LABEL - 6, h->row[r]);
		for (int64_t c = 0; c < h->columns; c++) {
			double x = fabs(h->weight[r][c]);
			int level = h->largest > 0 && x > 0 ? (int)fmin(4, 1 + floor(4 * x / h->largest * (1 - 1e-9))) : 0;
			if (isnan(x))
				fputs(" ·", f);
			else if (colour)
				fprintf(f, "\033[38;5;%dm%s\033[0m", colours[level], shades[level]);
			else
				fputs(shades[level], f);
		}
		fputs("│\n", f);
	}
	if (h->largest > 0)
		fprintf(f, "  %*s░ to %.3g   ▒ to %.3g   ▓ to %.3g   █ to %.3g   · hidden\n", LABEL - 2, "", h->largest / 4, h->largest / 2, h->largest * 3 / 4, h->largest);
	else
		fprintf(f, "  %*severy weight is 0   · hidden\n", LABEL - 2, "");
}

static void put_part(FILE *f, const struct explanation *e, const struct explain_part *part, int colour)
{
	char title[160];
	int step = 0;
	if (e->p->batch * e->p->heads_q > 1)
		fprintf(f, "\nbatch entry %" PRId64 ", head %" PRId64 "\n", part->b, part->h);
	putc('\n', f);
	put_inputs(f, e, part);
	for (int s = 0; s <= STAGE_MASKED; s++) {
		if (!e->shown[s])
			continue;
		fprintf(f, "\n%d. %s\n", ++step, explain_stage_title(e, (enum explain_stage)s, title));
		put_matrix(f, &(struct matrix_text){"row", "key", part->stage[s], part->key, s == STAGE_MASKED, e->rows, e->keys});
	}
	if (e->shown[STAGE_EXP]) {
		fprintf(f, "\n%d. %s\n", ++step, explain_stage_title(e, STAGE_EXP, title));
		for (int64_t i = 0; i < e->rows.count; i++)
			put_softmax_row(f, e, part, i);
	}
	fprintf(f, "\n%d. %s as a heat map: rows down, keys across%s\n", ++step, explain_stage_title(e, STAGE_WEIGHT, title),
	        part->heat->rows < e->p->len_q || part->heat->columns < e->keys.all ? "; of several rows one, of several keys the sum" : "");
	explain_text_heat(f, part->heat, colour);
	fprintf(f, "\n%d. output: o_i = Σ_j a_ij v_j\n", ++step);
	put_matrix(f, &(struct matrix_text){"row", "column", part->out, NULL, 0, e->rows, e->columns});
}

static void put_excerpt(FILE *f, const char *what, const char *option, const struct explain_range *r)
{
	if (r->count < r->all)
		fprintf(f, "excerpt  %s %" PRId64 " to %" PRId64 " of %" PRId64 " (others: --%s FIRST:LAST)\n", what, r->first, r->first + r->count - 1, r->all, option);
}

void explain_text(FILE *f, const struct explanation *e, int colour)
{
	char key[ATTN_KEY_SIZE];
	attn_problem_print(e->p, key);
	if (e->name)
		fprintf(f, "%s\n%s\n", e->name, e->summary);
	fprintf(f, "problem  %s\n", key);
	put_excerpt(f, "rows", "rows", &e->rows);
	put_excerpt(f, "keys", "keys", &e->keys);
	put_excerpt(f, "columns of the output", "columns", &e->columns);
	if (e->only_head < 0 && (int64_t)e->part_count < e->p->batch * e->p->heads_q)
		fprintf(f, "excerpt  the first head of %" PRId64 " (others: --head BATCH,HEAD)\n", e->p->batch * e->p->heads_q);
	for (size_t n = 0; n < e->part_count; n++)
		put_part(f, e, &e->parts[n], colour);
}
