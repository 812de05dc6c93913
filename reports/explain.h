/* attnbench explain: attention worked out step by step, and where two implementations part ways.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORTS_EXPLAIN_H
#define REPORTS_EXPLAIN_H

#include "conformance/judge.h"
#include "harness/attempt.h"

#include <stdio.h>

/* What a score goes through on its way to a weight. */
enum explain_stage { STAGE_PRODUCT, STAGE_SCORE, STAGE_CAPPED, STAGE_BIASED, STAGE_ALIBI, STAGE_MASKED, STAGE_EXP, STAGE_WEIGHT, STAGES };

enum explain_key { KEY_ELSEWHERE, KEY_HIDDEN, KEY_SEEN }; /* of another sequence or beyond kv_len; hidden by a mask; seen */

/* From first to first + count - 1, of all. */
struct explain_range {
	int64_t first, count, all;
};

/* The heat map has at most so many rows and columns: a row is one query row of several, a column the sum over several keys. */
enum { HEAT_MOST = 32 };
struct explain_heat {
	int64_t rows, columns;
	int64_t row[HEAT_MOST], key[HEAT_MOST + 1]; /* the query row; keys key[c] to key[c + 1] - 1 */
	double weight[HEAT_MOST][HEAT_MOST], largest; /* NAN where none of the keys is seen */
};

/* One head. Matrices are rows × keys of the excerpt, in memory that the child filled. */
struct explain_part {
	int64_t b, h;
	double *stage[STAGES], *out; /* out: rows × columns */
	double *max, *sum, *sink;    /* of each row: the largest score; Σ exp(s - max), the sink's part included; the sink's weight */
	unsigned char *key;          /* enum explain_key, rows × keys */
	struct explain_heat *heat;
};

enum { PARTS_MOST = 4 };
struct explanation {
	const char *name, *summary; /* of a worked example; NULL: tensors of files */
	const struct attn_problem *p;
	const struct attn_tensors *t;
	struct explain_range rows, keys, columns; /* the excerpt that is shown */
	int64_t only_head;                        /* b · heads_q + h; < 0: all, or the first where there are more than PARTS_MOST */
	int shown[STAGES];
	struct explain_part parts[PARTS_MOST];
	size_t part_count;
	void *memory; /* shared with the child */
	size_t bytes;
};

/* Fills all below only_head. EXIT_OK, or a message was printed and its status is returned. */
int explain_make(struct explanation *e);
void explain_free(struct explanation *e);

/* "q_i·k_j", what makes the score. */
const char *explain_score_formula(const struct attn_problem *p);
/* The title of a stage: "times the scale 0.577". */
const char *explain_stage_title(const struct explanation *e, enum explain_stage s, char text[160]);

/* The inputs of a part's head that its score uses, those that are absent left out; returns how many. */
enum { INPUTS_MOST = 7 };
struct explain_input {
	const char *name;
	const struct attn_tensor *t;
	int64_t b, h; /* where in it */
};
size_t explain_inputs(const struct explanation *e, const struct explain_part *part, struct explain_input inputs[INPUTS_MOST]);

/* One of the two implementations, or the reference where impl is NULL. */
struct explain_side {
	const char *name;
	const struct attn_impl *impl;
	struct attempt attempt;
	struct attn_tensors t; /* the inputs, and outputs of its own */
	int gave_weights, gave_scores; /* asked again, it gave its weights and masked scores too */
};

enum { TERMS_MOST = 8 };
/* A term of the sum that makes the element: weight × value of a key. Scores and weights of the two sides: NAN where not given. */
struct explain_term {
	int64_t key;
	double score, weight, value, side_score[2], side_weight[2];
};
struct explain_divergence {
	int found;
	int64_t rows_searched;           /* < 0: all */
	int64_t at[4], more;             /* the first element; how many more of its row are beyond */
	double exact, got[2], bound[2];  /* bound of the reference: 0 */
	struct judge_terms terms[2];
	double max, logsumexp, sink_weight;
	int64_t keys, seen;
	struct explain_term term[TERMS_MOST]; /* the largest of the row's terms, by key */
	size_t term_count;
	char first_wrong[80]; /* the first stage of the wrong side that is beyond its bound: "scores[0,0,1,4]"; empty: not known */
	char as_if[96];       /* what the wrong side's whole row is as if of: "the mask were not there"; empty: nothing found */
	int wrong;            /* the side that is beyond its own bound of the exact value; -1: neither */
};

/* Runs both sides, each in a child. EXIT_OK with the divergence, or a message was printed. */
int explain_compare(struct explain_side sides[2], const struct attn_problem *p, const struct attn_tensors *t, int threads, double seconds,
                    struct explain_divergence *d);
/* Which assumption explains got, the row's output? "" where none of those tried does. */
void explain_guess(const struct attn_problem *p, const struct attn_tensors *t, struct reference_place at, const double *got, const double *bound, char *guess, size_t size);

/* Writers. Divergence may be NULL. Those that return an int print a message where they can't. */
void explain_text(FILE *f, const struct explanation *e, int colour);
void explain_text_divergence(FILE *f, const struct explain_side sides[2], const struct explain_divergence *d);
void explain_text_heat(FILE *f, const struct explain_heat *h, int colour);
int explain_json(FILE *f, const struct explanation *e, const struct explain_side sides[2], const struct explain_divergence *d);
int explain_html(const char *path, const struct explanation *e, const struct explain_side sides[2], const struct explain_divergence *d);
int explain_svg(const char *path, const struct explanation *e);

#endif
