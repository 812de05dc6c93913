/* Where the rows of keys and values lie: behind one another, in a past tensor, or in pages.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/flash/flash.h"

/* Rows j in [from, to) of the block, whose first is `first`, `stride` elements apart. */
static void fill(const char **rows, int64_t from, int64_t to, const char *first, int64_t stride)
{
	for (; from + 4 <= to; from += 4, first += 4 * stride) {
		rows[from] = first;
		rows[from + 1] = first + stride;
		rows[from + 2] = first + 2 * stride;
		rows[from + 3] = first + 3 * stride;
	}
	for (; from < to; from++, first += stride)
		rows[from] = first;
}

static void find_pages(struct flash_work *w, const struct attn_tensor *t, struct flash_lines *lines)
{
	int64_t page_size = w->p->page_size, bytes = (int64_t)flash_bytes(t->dtype);
	for (int64_t j = 0; j < w->keys;) {
		int64_t key = w->key + j, in = key % page_size, end = j + page_size - in < w->keys ? j + page_size - in : w->keys;
		int64_t page = attn_at_i64(&w->t->block_table, w->sequence.b, 0, 0, key / page_size);
		fill(lines->row, j, end, attn_at(t, page, w->head_kv, in, 0), t->stride[2] * bytes);
		j = end;
	}
}

/* Where the next block begins, if it goes on as this one does. */
static void find_next(const struct flash_work *w, struct flash_lines *lines, int64_t columns)
{
	int64_t last = w->keys - 1;
	lines->row_bytes = columns * (int64_t)flash_bytes(lines->dtype);
	lines->apart = last > 0 ? lines->row[last] - lines->row[last - 1] : 0;
	lines->next = lines->apart >= lines->row_bytes && lines->row[last] - lines->row[0] == last * lines->apart ? lines->row[0] + w->block_keys * lines->apart : NULL;
}

/* The largest power of two that divides n, and 2^30. */
static int lowest_bit(int64_t n)
{
	uint64_t bits = (uint64_t)n | (uint64_t)1 << 30;
	return (int)(bits & -bits);
}

static void find(struct flash_work *w, const struct attn_tensor *fresh, const struct attn_tensor *past, struct flash_lines *lines)
{
	int64_t past_len = w->p->has & ATTN_HAS_PAST ? w->p->past_len : 0, bytes = (int64_t)flash_bytes(fresh->dtype), old = 0;
	if (w->key < past_len)
		old = past_len - w->key < w->keys ? past_len - w->key : w->keys;
	lines->old = (int)old;
	lines->old_step = past->stride[3] * bytes;
	lines->step = fresh->stride[3] * bytes;
	lines->dtype = fresh->dtype;
	lines->contiguous = fresh->stride[3] == 1 && (!old || past->stride[3] == 1);
	lines->run = lowest_bit(w->p->has & ATTN_HAS_BLOCK_TABLE ? w->p->page_size | w->key : old < w->keys ? old : 0);
	if (w->p->has & ATTN_HAS_BLOCK_TABLE) {
		find_pages(w, fresh, lines);
		return;
	}
	if (old)
		fill(lines->row, 0, old, attn_at(past, w->sequence.b, w->head_kv, w->key, 0), past->stride[2] * bytes);
	if (old < w->keys)
		fill(lines->row, old, w->keys, attn_at(fresh, w->sequence.b, w->head_kv, w->sequence.k0 + w->key + old - past_len, 0),
		     fresh->stride[2] * bytes);
}

void flash_keys_find(struct flash_work *w)
{
	find(w, &w->t->k, &w->t->past_k, w->k);
	find(w, &w->t->v, &w->t->past_v, w->v);
	find_next(w, w->k, w->p->dim_qk);
	find_next(w, w->v, w->p->dim_v);
}

static float widen_f16(uint16_t bits)
{
	/* exponent and fraction moved into place, then 2^112 too small; what was inf or NaN becomes it again */
	uint32_t wide = (uint32_t)(bits & 0x7fff) << 13, sign = (uint32_t)(bits & 0x8000) << 16;
	float x;
	memcpy(&x, &wide, sizeof x);
	x *= 0x1p112f;
	memcpy(&wide, &x, sizeof wide);
	if ((bits & 0x7c00) == 0x7c00)
		wide |= 0x7f800000;
	wide |= sign;
	memcpy(&x, &wide, sizeof x);
	return x;
}

void flash_convert(enum attn_dtype dtype, const char *from, int64_t step, int64_t count, float *to)
{
	uint16_t bits;
	if (dtype == ATTN_F32)
		for (int64_t c = 0; c < count; c++)
			memcpy(to + c, from + c * step, sizeof *to);
	else if (dtype == ATTN_BF16)
		for (int64_t c = 0; c < count; c++)
			memcpy(&bits, from + c * step, sizeof bits), to[c] = attn_bf16_to_f32(bits);
	else
		for (int64_t c = 0; c < count; c++)
			memcpy(&bits, from + c * step, sizeof bits), to[c] = widen_f16(bits);
}
