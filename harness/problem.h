/* The problem: defaults, consistency, and its text form, the key, which is the only name a case has.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_PROBLEM_H
#define HARNESS_PROBLEM_H

#include <attnbench/attn.h>

enum { ATTN_KEY_SIZE = 1024 }; /* bytes that hold any key */

/* b:1, hq:1, f32, scaled dot product of scale 1/√d, no masks, BHSD. The caller sets the shape before or after; fields that
 * follow from others (heads_kv, dim_v, scale, strides) are filled by attn_problem_resolve. */
void attn_problem_init(struct attn_problem *p);

/* Fills what was left at "follows from the rest": heads_kv, dim_v, dim_k, dim_hidden, dim_model_kv, dim_out and len_kv of -1,
 * a scale of NaN, strides that are all 0 (BHSD contiguous). */
void attn_problem_resolve(struct attn_problem *p);

/* ATTN_OK, or ATTN_FAILED with why naming the field, what it is and what it may be. */
enum attn_status attn_problem_check(const struct attn_problem *p, char *why, size_t size);

/* The key: fields name:value joined by '/', canonical order, defaults omitted. Parsing and printing are inverse. */
void attn_problem_print(const struct attn_problem *p, char key[ATTN_KEY_SIZE]);
enum attn_status attn_problem_parse(const char *key, struct attn_problem *p, char *why, size_t size);

/* Named layouts of a [batch][heads][rows][columns] tensor. packed: q, k and v interleaved per row, [batch][row][3][head]. */
enum attn_layout { ATTN_LAYOUT_BHSD, ATTN_LAYOUT_BSHD, ATTN_LAYOUT_PACKED, ATTN_LAYOUT_STRIDED };
void attn_problem_set_layout(struct attn_problem *p, enum attn_layout layout);
enum attn_layout attn_problem_layout(const struct attn_problem *p);

/* 1/√dim_qk, or 1 for scores that are not scaled. */
double attn_problem_default_scale(const struct attn_problem *p);

/* Keys in all, past ones counted. */
int64_t attn_problem_keys(const struct attn_problem *p);

/* The shape of out: a row per head, or one for all heads of a layer that joins them. */
void attn_problem_out_dim(const struct attn_problem *p, int64_t dim[4]);

const char *attn_score_name(enum attn_score score);
const char *attn_dtype_name(enum attn_dtype dtype);
size_t attn_dtype_bytes(enum attn_dtype dtype);
/* -1 where there is none of that name. */
int attn_score_parse(const char *name);
int attn_dtype_parse(const char *name);

#endif
