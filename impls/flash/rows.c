/* The query rows of a block: one head's, or, of short sequences, those of several heads that share their keys.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/flash/flash.h"

int64_t flash_sequences(const struct attn_problem *p, const struct attn_tensors *t)
{
	return p->has & ATTN_HAS_CU_SEQLENS ? t->cu_seqlens_q.dim[3] - 1 : p->batch;
}

struct flash_sequence flash_sequence_at(const struct attn_problem *p, const struct attn_tensors *t, int64_t n)
{
	struct flash_sequence s = {n, n, 0, p->len_q, 0, p->len_kv + (p->has & ATTN_HAS_PAST ? p->past_len : 0)};
	if (p->has & ATTN_HAS_CU_SEQLENS) {
		s.b = 0;
		s.q0 = attn_at_i64(&t->cu_seqlens_q, 0, 0, 0, n);
		s.len_q = attn_at_i64(&t->cu_seqlens_q, 0, 0, 0, n + 1) - s.q0;
		s.k0 = attn_at_i64(&t->cu_seqlens_kv, 0, 0, 0, n);
		s.len_kv = attn_at_i64(&t->cu_seqlens_kv, 0, 0, 0, n + 1) - s.k0;
	}
	if (p->has & ATTN_HAS_KV_LEN)
		s.len_kv = attn_at_i64(&t->kv_len, n, 0, 0, 0);
	return s;
}

static int64_t heads_together(const struct attn_problem *p, int64_t len_q)
{
	int64_t group = p->heads_q / p->heads_kv;
	if (len_q < 1 || len_q > FLASH_PACK_ROWS)
		return 1;
	return group < FLASH_ROWS / len_q ? group : FLASH_ROWS / len_q;
}

int64_t flash_blocks(const struct attn_problem *p, const struct flash_sequence *s)
{
	int64_t group = p->heads_q / p->heads_kv, together = heads_together(p, s->len_q);
	return (group + together - 1) / together * ((s->len_q + FLASH_ROWS - 1) / FLASH_ROWS);
}

/* Whether what a row sees depends on its place. */
static int is_cut(const struct attn_problem *p)
{
	return p->causal || p->window_left >= 0 || p->window_right >= 0;
}

/* What follows from head and row of the lanes. Lanes without a row repeat the last one. */
static void set_spans(struct flash_work *w)
{
	struct attn_span span = attn_span_of(w->p, w->sequence.len_q, w->sequence.len_kv, w->row[0]);
	struct attn_span some = {INT64_MAX, 0, 0}, all = {0, INT64_MAX, 0};
	int cut = is_cut(w->p);
	int64_t before = span.position - w->row[0];
	for (int lane = 0; lane < w->rows; lane++) {
		if (cut)
			span = attn_span_of(w->p, w->sequence.len_q, w->sequence.len_kv, w->row[lane]);
		span.position = before + w->row[lane];
		if (span.first < span.end) {
			some.first = span.first < some.first ? span.first : some.first;
			some.end = span.end > some.end ? span.end : some.end;
		}
		all.first = span.first > all.first ? span.first : all.first;
		all.end = span.end < all.end ? span.end : all.end;
		w->span[lane] = span;
	}
	for (int lane = w->rows; lane < FLASH_ROWS; lane++) {
		w->span[lane] = w->span[lane - 1];
		w->head[lane] = w->head[lane - 1];
		w->row[lane] = w->row[lane - 1];
	}
	w->some = some;
	w->all = all;
	w->live = w->rows == FLASH_ROWS ? ~(uint64_t)0 : ((uint64_t)1 << w->rows) - 1;
	w->seen = 0;
}

/* Later blocks first: with a causal mask they are the longer ones. */
void flash_rows_set(struct flash_work *w, const struct flash_sequence *s, int64_t head_kv, int64_t block)
{
	int64_t group = w->p->heads_q / w->p->heads_kv, together = heads_together(w->p, s->len_q);
	int64_t per_head = (s->len_q + FLASH_ROWS - 1) / FLASH_ROWS, slices = (group + together - 1) / together;
	int64_t first_head = block % slices * together, first_row = (per_head - 1 - block / slices) * FLASH_ROWS;
	int64_t rows = s->len_q - first_row < FLASH_ROWS ? s->len_q - first_row : FLASH_ROWS;
	w->sequence = *s;
	w->head_kv = head_kv;
	w->alone = 0;
	w->heads = (int)(group - first_head < together ? group - first_head : together);
	w->rows = (int)rows * w->heads;
	for (int lane = 0, head = 0; head < w->heads; head++)
		for (int64_t row = 0; row < rows; row++, lane++) {
			w->head[lane] = head_kv * group + first_head + head;
			w->row[lane] = first_row + row;
		}
	set_spans(w);
}

void flash_rows_keep(struct flash_work *w, int lane)
{
	w->head[0] = w->head[lane];
	w->row[0] = w->row[lane];
	w->rows = w->heads = w->alone = 1;
	set_spans(w);
}
