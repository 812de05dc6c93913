/* Which lanes see which keys of a block: one 64-bit word a key, one bit a lane. Bias is the kernel's: it changes scores too.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/flash/flash.h"

static uint64_t ones(int n)
{
	return n >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << n) - 1;
}

/* first and end rise with the row, so the lanes that see a key are those from `a` to `b`, which rise with the key. The
 * heads of a block repeat one pattern. */
static void see_by_geometry(struct flash_work *w)
{
	int rows = w->rows / w->heads, a = 0, b = 0;
	for (int j = 0; j < w->clear; j++)
		w->see[j] = w->live;
	for (int j = w->clear; j < w->keys; j++) {
		while (a < rows && w->span[a].end <= w->key + j)
			a++;
		while (b < rows && w->span[b].first <= w->key + j)
			b++;
		uint64_t bits = a < b ? ones(b) & ~ones(a) : 0, all = 0;
		for (int h = 0; h < w->heads; h++)
			all |= bits << h * rows;
		w->see[j] = all;
	}
}

/* bits[i] bit j becomes bits[j] bit i: Warren, Hacker's Delight, §7-3. */
static void transpose_bits(uint64_t bits[64])
{
	uint64_t mask = 0x00000000ffffffff;
	for (int step = 32; step; step >>= 1, mask ^= mask << step)
		for (int k = 0; k < 64; k = (k + step + 1) & ~step) {
			uint64_t moved = (bits[k] >> step ^ bits[k + step]) & mask;
			bits[k] ^= moved << step;
			bits[k + step] ^= moved;
		}
}

/* Bit i of the result: byte i of x is not 0. */
static uint64_t bytes_to_bits(uint64_t x)
{
	const uint64_t low = 0x7f7f7f7f7f7f7f7f;
	return ((((x & low) + low) | x) >> 7 & 0x0101010101010101) * 0x0102040810204080 >> 56;
}

/* n <= 64 bytes, `stride` apart, as bits. */
static uint64_t pack(const unsigned char *from, int64_t stride, int n)
{
	uint64_t bits = 0, eight;
	int j = 0;
	for (; stride == 1 && j + 8 <= n; j += 8) {
		memcpy(&eight, from + j, sizeof eight);
		bits |= bytes_to_bits(eight) << j;
	}
	for (; j < n; j++)
		bits |= (uint64_t)(from[j * stride] != 0) << j;
	return bits;
}

static void see_by_mask(struct flash_work *w)
{
	const struct attn_tensor *mask = &w->t->mask;
	int64_t k0 = w->sequence.k0 + w->key;
	int one_row = (mask->stride[2] == 0 || w->rows == w->heads) && (mask->stride[1] == 0 || w->heads == 1);
	if (one_row) {
		const unsigned char *row = attn_at(mask, w->sequence.b, w->head[0], w->sequence.q0 + w->row[0], k0);
		for (int j = 0; j < w->keys; j++)
			w->see[j] &= row[j * mask->stride[3]] ? ~(uint64_t)0 : 0;
		return;
	}
	for (int j0 = 0; j0 < w->keys; j0 += 64) {
		uint64_t bits[64] = {0};
		int n = w->keys - j0 < 64 ? w->keys - j0 : 64;
		for (int lane = 0; lane < w->rows; lane++)
			bits[lane] = pack(attn_at(mask, w->sequence.b, w->head[lane], w->sequence.q0 + w->row[lane], k0 + j0), mask->stride[3], n);
		transpose_bits(bits);
		for (int j = 0; j < n; j++)
			w->see[j0 + j] &= bits[j];
	}
}

/* Lanes that share a row of the block mask are asked about once. */
static void see_by_block_mask(struct flash_work *w)
{
	const struct attn_tensor *mask = &w->t->block_mask;
	int64_t k0 = w->sequence.k0 + w->key, block_kv = w->p->block_kv;
	for (int lane = 0, next; lane < w->rows; lane = next) {
		int64_t block = (w->sequence.q0 + w->row[lane]) / w->p->block_q;
		for (next = lane + 1; next < w->rows && w->head[next] == w->head[lane] && (w->sequence.q0 + w->row[next]) / w->p->block_q == block;)
			next++;
		for (int j = 0, end; j < w->keys; j = end) {
			int64_t left = block_kv - (k0 + j) % block_kv;
			end = left < w->keys - j ? j + (int)left : w->keys;
			if (!attn_at_bool(mask, w->sequence.b, w->head[lane], block, (k0 + j) / block_kv))
				for (int k = j; k < end; k++)
					w->see[k] &= ~(ones(next) & ~ones(lane));
		}
	}
}

int flash_visible(struct flash_work *w)
{
	uint64_t some = 0, all = w->live;
	w->masked = 0;
	if (w->key >= w->some.end || w->key + w->keys <= w->some.first)
		return 0;
	int inside = w->key >= w->all.first && w->key + w->keys <= w->all.end, geometry = !(w->p->has & (ATTN_HAS_MASK | ATTN_HAS_BLOCK_MASK | ATTN_HAS_BIAS));
	w->clear = w->key < w->all.first || w->key > w->all.end ? 0 : inside ? w->keys : (int)(w->all.end - w->key);
	if (inside && geometry) {
		w->seen |= w->live;
		return 1;
	}
	if (inside)
		for (int j = 0; j < w->keys; j++)
			w->see[j] = w->live;
	else
		see_by_geometry(w);
	if (w->p->has & ATTN_HAS_MASK)
		see_by_mask(w);
	if (w->p->has & ATTN_HAS_BLOCK_MASK)
		see_by_block_mask(w);
	w->clear = geometry ? w->clear : 0;
	w->to_end = geometry && w->key >= w->all.first;
	some = w->clear ? w->live : 0;
	for (int j = w->clear; j < w->keys; j++)
		some |= w->see[j], all &= w->see[j];
	w->masked = all != w->live || w->p->has & ATTN_HAS_BIAS;
	if (!(w->p->has & ATTN_HAS_BIAS))
		w->seen |= some;
	return some != 0;
}
