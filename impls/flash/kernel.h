/* The algorithm of flash over the vectors of one instruction set: a kernel_*.c includes vec_*.h, names its tiles, and
 * operands_*.h, and includes this. Dao et al. 2022 (FlashAttention), Milakov & Gimelshein 2018 (online softmax).
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/flash/few.h"

#ifndef TILE_WIDENS
#define TILE_TABLE_WIDENING {0}
#endif

/* The tiles of 1 … TILE_VECS vectors, the keys and the columns each may have; and those that widen bf16. */
static const struct tile {
	scores_function *scores;
	values_function *values;
	int keys, columns;
} tile_kinds[][TILE_VECS + 1] = {{TILE_TABLE}, {TILE_TABLE_WIDENING}};

enum { NEAR_BYTES = 3 << 17 }; /* what stays in a second-level cache while blocks of rows pass; twice as much where there is one alone */

/* The head's keys and values are more. */
static int is_beyond_l2(const struct flash_work *w)
{
	return w->sequence.len_kv * (w->p->dim_qk + w->p->dim_v) * (int64_t)flash_bytes(w->p->dtype) > NEAR_BYTES * (w->turns > 1 ? 1 : 2);
}

/* Asks for the block's rows of q, or of out, all at once where they come from afar: transposing meets but a few of their lines at a time. */
INLINE void ask_for_rows(const struct flash_work *w, const struct attn_tensor *t, const int writes)
{
	int64_t bytes = t->dim[3] * (int64_t)flash_bytes(t->dtype);
	if (t->stride[3] != 1 || w->p->batch * w->p->heads_q * w->p->len_q * bytes <= 2 * NEAR_BYTES)
		return;
	for (int lane = 0; lane < w->rows; lane++) {
		const char *row = attn_at(t, w->sequence.b, w->head[lane], w->sequence.q0 + w->row[lane], 0);
		for (int64_t c = 0; c < bytes; c += 64)
			if (writes) /* two calls, since clang wants constants before functions are inlined */
				__builtin_prefetch(row + c, 1, 2);
			else
				__builtin_prefetch(row + c, 0, 2);
	}
}

/* The part of the next block of keys, or values, that a strip asks the second-level cache for: all strips of all blocks of rows of the group share
 * it, each in `times` tiles of `steps`; where they are many, only one in so many asks that each time is for another line, since a tile that asks takes
 * longer. Nothing where rows lie anywhere, or the head is near anyway. */
static struct asks part_of_next(const struct flash_work *w, const struct flash_lines *lines, int v, int64_t times, int64_t steps)
{
	const struct asks nothing = {{(const char *)w->s, 0}, NULL, 0, 0};
	int64_t strips = w->turns * strips_of(w) - most_staging_strips(w), asks = (steps + 3) / 4;
	int64_t share = w->turns * strips_of(w) - 1 - w->turn * strips_of(w) - v / TILE_VECS; /* those that stage come first: they have the last ones */
	if (share >= strips)
		return nothing;
	if (!is_beyond_l2(w) || !lines->next || w->key + w->block_keys >= w->some.end || times * steps < 1)
		return nothing;
	int together = lines->apart == lines->row_bytes;
	int64_t all = w->block_keys * (together ? lines->row_bytes : (lines->row_bytes + 127) / 128 * 64) / 64; /* lines, or pairs of lines */
	int64_t every = strips * times * asks / all;
	every = every > 1 ? every : 1;
	if (share % every)
		return nothing;
	int64_t shares = (strips + every - 1) / every;
	share /= every;
	if (together) {
		int64_t bytes = w->block_keys * lines->row_bytes / shares;
		return (struct asks){{lines->next + bytes * share, bytes / (times * asks)}, NULL, 0, 0};
	}
	int64_t pairs = all / shares, first = pairs * share, end = w->block_keys * lines->apart;
	const char *at = lines->next + first / w->block_keys * 128 + first % w->block_keys * lines->apart;
	return (struct asks){{at, lines->apart}, lines->next + end, 128 - end, pairs / asks + 1};
}

/* How many of the block's keys the rows up to those of vector v may see: behind a causal edge the later keys are of no use to
 * the first rows, whose end rises with the row. */
static int keys_up_to(const struct flash_work *w, int v)
{
	int last = (v + 1) * LANES < w->rows ? (v + 1) * LANES - 1 : w->rows - 1;
	int64_t keys = w->span[last].end - w->key;
	return !w->masked || w->heads > 1 || keys > w->keys ? w->keys : keys < 0 ? 0 : (int)keys;
}

/* Keys [first, first + count) of the block, their rows, against the vectors [v, v + n), a strip of those at hand. */
struct scores_piece {
	const char *const *key;
	int64_t first, count;
	int v, n;
	float *max;
};

INLINE void scores_of_strip(struct flash_work *w, struct scores_piece p)
{
	const struct tile *tiles = tile_kinds[is_widened(w->k)];
	float nobody[FLASH_ROWS];
	int64_t steps = score_steps(w), near = keys_up_to(w, p.v + p.n - 1) - p.first, end = near < p.count ? near : p.count;
	int64_t clear = w->masked ? w->clear - p.first : end, most = tiles[p.n].keys;
	struct asks asks = part_of_next(w, w->k, p.v, (w->keys + most - 1) / most, steps);
	if (w->masked)
		memset(nobody, 0, sizeof nobody);
	for (int64_t j = 0, rows, left; j < end; j += rows) {
		float *largest = p.max;
		int v = p.v;
		while (keys_up_to(w, v) <= p.first + j)
			v++;
		left = p.v + p.n - v;
		struct tile_run run = next_tiles((j < clear && clear < end ? clear : end) - j, tiles[left].keys, j < clear ? end : 1);
		rows = run.rows * run.count;
		if (w->masked && p.first + j + rows > w->clear) {
			w->clear = p.first + j < w->clear ? (int)(p.first + j) : w->clear;
			largest = nobody;
		}
		struct scores_tile at = {asks, p.key + j, steps, score_scale(w), lanes_of(w->q, steps, 0, v), scores_of(w, p.first + j, v), largest + v * LANES};
		if (w->source && v / TILE_VECS < w->source->strips)
			scores_while_staging(w, v / TILE_VECS, p.first + j, run.rows, run.count, &at);
		else
			tiles[left].scores(run.rows, run.count, &at);
		asks = at.asks;
	}
}

/* s[key][lane] of the block and the vectors at hand, and the largest of each lane over w->clear keys at least, which becomes those it is of where
 * some are hidden; keys that a vector of rows does not see may be left as they are. */
static void scores(struct flash_work *w, float *max)
{
	const char *staged[FLASH_KEYS];
	int64_t most = keys_at_once(w);
	for (int64_t first = 0; first < w->keys; first += most) {
		int64_t count = w->keys - first < most ? w->keys - first : most;
		const char *const *key = key_operands(w, first, count, staged);
		for (int v = w->vec, n; v < w->vec_end; v += n) {
			n = w->vec_end - v < TILE_VECS ? w->vec_end - v : TILE_VECS;
			scores_of_strip(w, (struct scores_piece){key, first, count, v, n, max});
		}
	}
}

/* Functions of their own, so that their constants have registers. */
__attribute__((noinline)) static void weights_of_strip(int sums, int keys, float scale, float *s, const float *m, float *l)
{
	if (SUMS > 1 && sums < SUMS)
		weights_of(1, TILE_VECS, keys, scale, s, m, l);
	else
		weights_of(SUMS, TILE_VECS, keys, scale, s, m, l);
}

__attribute__((noinline)) static void weights_of_vec(int keys, float scale, float *s, const float *m, float *l)
{
	weights_of(SUMS, 1, keys, scale, s, m, l);
}

/* The weights in place of s, and their sum into l. */
static void weights(struct flash_work *w, const struct flash_sums *to)
{
	int v = w->vec;
	for (; v + TILE_VECS <= w->vec_end; v += TILE_VECS)
		weights_of_strip(sums_of(w), w->keys_near, power_scale(w), scores_of(w, 0, v), to->m + v * LANES, to->l + v * LANES);
	for (; v < w->vec_end; v++)
		weights_of_vec(w->keys_near, power_scale(w), scores_of(w, 0, v), to->m + v * LANES, to->l + v * LANES);
}

/* o[column][lane] += Σ_j p[j][lane] v_j[column] of the block and the vectors at hand. */
static void values(struct flash_work *w, float *o, int fresh)
{
	const struct tile *tiles = tile_kinds[is_widened(w->v)];
	const char *staged[FLASH_KEYS];
	int64_t most = columns_at_once(w);
	for (int64_t first = 0; first < w->p->dim_v; first += most) {
		int64_t count = w->p->dim_v - first < most ? w->p->dim_v - first : most;
		const char *const *value = value_operands(w, first, count, staged);
		for (int v = w->vec, n; v < w->vec_end; v += n) {
			n = w->vec_end - v < TILE_VECS ? w->vec_end - v : TILE_VECS;
			struct asks asks = part_of_next(w, w->v, v, (w->p->dim_v + tiles[n].columns - 1) / tiles[n].columns, value_steps(w->keys));
			for (int64_t c = 0, columns; c < count; c += columns) {
				struct tile_run run = next_tiles(count - c, tiles[n].columns, count);
				columns = run.rows * run.count;
				struct values_tile at = {asks, value, first + c, value_steps(keys_up_to(w, v + n - 1)), scores_of(w, 0, v), lanes_of(o, w->p->dim_v, first + c, v), fresh};
				tiles[n].values(run.rows, run.count, &at);
				asks = at.asks;
			}
		}
	}
}

/* A new reference for lanes whose weights would rise above 2^8: their sums shrink. The first is a lane's first maximum. */
static void refer(struct flash_work *w, const float *max, const struct flash_sums *to, int fresh)
{
	float factor[FLASH_ROWS];
	int any = 0;
	for (int v = w->vec; v < w->vec_end; v++) {
		vec m = vec_load(to->m + v * LANES), top = vec_load(max + v * LANES) * vec_set(power_scale(w));
		vec risen = vec_if_greater(top, m + vec_set(SLACK), top, m);
		any |= vec_any_greater(risen, m);
		vec f = vec_if_greater(risen, m, power_of(m - risen), vec_set(1));
		vec_store(factor + v * LANES, f);
		vec_store(to->m + v * LANES, risen);
		for (int k = 0; k < SUMS; k++) {
			float *l = to->l + k * FLASH_ROWS + v * LANES;
			vec_store(l, vec_load(l) * f);
		}
	}
	if (w->few && any && !fresh)
		few_rescale(w, to->o, factor);
	for (int v = w->vec; any && !fresh && !w->few && v < w->vec_end; v++)
		for (int64_t c = 0; c < w->p->dim_v; c++) {
			float *at = lanes_of(to->o, w->p->dim_v, c, v);
			vec_store(at, vec_load(at) * vec_load(factor + v * LANES));
		}
}

/* What no row at hand sees is not read: there is a row of zeroes instead. */
static void leave_out_unseen(struct flash_work *w, const char *zeroes)
{
	uint64_t lanes = w->live & lanes_at_hand(w);
	for (int j = w->clear; w->masked && j < w->keys_near; j++)
		if (!(w->see[j] & lanes))
			w->v->row[j] = zeroes;
}

/* sum_block() of few rows. */
static int few_block(struct flash_work *w, const struct flash_sums *to, float *max, int fresh)
{
	w->keys_near = w->keys;
	few_scores(w);
	if (w->masked || w->p->softcap > 0 || w->p->has & (ATTN_HAS_ALIBI))
		few_modify(w);
	for (int r = 0; r < w->rows; r++)
		max[r] = few_largest(w->s + r * FLASH_KEYS, w->keys);
	refer(w, max, to, fresh);
	for (int r = 0; r < w->rows; r++)
		few_exp(w->s + r * FLASH_KEYS, w->keys, power_scale(w), to->m[r]);
	few_weights(w, w->s, to->l);
	leave_out_unseen(w, (const char *)w->nothing);
	few_values(w, to, fresh);
	return 0;
}

/* The vectors at hand, all the way from their scores to their sums. */
static void sum_vecs(struct flash_work *w, const struct flash_sums *to, float *max, int fresh)
{
	w->keys_near = keys_up_to(w, w->vec_end - 1);
	scores(w, max);
	if (w->p->softcap > 0 || w->p->has & (ATTN_HAS_ALIBI | ATTN_HAS_BIAS))
		modify(w, max);
	else if (w->masked)
		hide(w, w->clear, max);
	refer(w, max, to, fresh);
	weights(w, to);
	leave_out_unseen(w, is_direct(w->v) ? (const char *)w->nothing : NULL);
	values(w, to->o, fresh);
}

/* Whether the block is brought together first: not for a few rows that can read it in place, since that takes as long as what they do with it. */
static int is_staged(const struct flash_work *w)
{
	return w->is_staged && (w->rows > FLASH_ROWS / 2 || !is_direct(w->k) || !is_direct(w->v));
}

/* The first keys of the block that every row of the vectors at hand sees: `all`, which every row of the block does, or more behind a causal edge. */
static int clear_of_vecs(const struct flash_work *w, int all)
{
	int64_t end = w->key + w->keys;
	if (!w->masked || !w->to_end)
		return all;
	for (int lane = w->vec * LANES; lane < w->vec_end * LANES; lane++)
		end = w->span[lane].end < end ? w->span[lane].end : end;
	return end - w->key > all ? (int)(end - w->key) : all;
}

/* Returns whether `to` holds nothing afterwards either. */
static int sum_block(struct flash_work *w, const struct flash_sums *to, int fresh)
{
	float max[FLASH_ROWS];
	const char *row[FLASH_KEYS];
	if (!flash_visible(w))
		return fresh;
	flash_keys_find(w);
	for (int lane = 0; lane < FLASH_ROWS; lane++)
		max[lane] = -INFINITY;
	w->vec = 0, w->vec_end = vecs_of(w);
	if (w->few)
		return few_block(w, to, max, fresh);
	if (w->turns == 1 && is_far(w->p)) /* each block is met once, so that memory is waited for */
		walk_ahead(w, 0, w->keys);
	struct flash_source source;
	w->source = NULL;
	if (is_staged(w))
		stage(w, &source);
	int clear = w->masked ? w->clear : w->keys;
	size_t unclear = (size_t)(w->keys - clear) * sizeof *row;
	memcpy(row, w->v->row + clear, unclear);
	for (int vecs = vecs_of(w), n; w->vec < vecs; w->vec += n) {
		n = w->source ? w->source->strips * TILE_VECS : w->at_once / LANES;
		w->vec_end = vecs - w->vec < n ? vecs : w->vec + n;
		w->clear = clear_of_vecs(w, clear);
		memcpy(w->v->row + clear, row, unclear);
		sum_vecs(w, to, max, fresh);
		w->source = NULL;
	}
	return 0;
}

/* Block of keys by block of keys, each met by one block of rows after the other. */
static void sum(const struct flash_piece *piece, int count, int64_t first, int64_t end)
{
	int fresh[FLASH_GROUP];
	int64_t from = end, to = first;
	for (int i = 0; i < count; i++) {
		const struct flash_work *w = piece[i].w;
		const struct flash_sums *sums = piece[i].to;
		int64_t start = w->some.first / w->block_keys * w->block_keys;
		fresh[i] = 1;
		for (int lane = 0; lane < FLASH_ROWS; lane++)
			sums->m[lane] = -INFINITY, sums->l[lane] = sums->l[FLASH_ROWS + lane] = 0;
		from = start < from ? start : from;
		to = w->some.end > to ? w->some.end : to;
	}
	from = from > first ? from : first;
	to = to < end ? to : end;
	piece->w->staged->keys = 0;
	for (int64_t key = from; key < to; key += piece->w->block_keys)
		for (int i = 0; i < count; i++) {
			struct flash_work *w = piece[i].w;
			int64_t left = (end < w->some.end ? end : w->some.end) - key;
			if (left <= 0 || key + w->block_keys <= w->some.first)
				continue;
			w->key = key, w->keys = left < w->block_keys ? (int)left : w->block_keys;
			w->turn = i, w->turns = count;
			fresh[i] = sum_block(w, piece[i].to, fresh[i]);
		}
	for (int i = 0; i < count; i++)
		if (fresh[i])
			memset(piece[i].to->o, 0, (size_t)piece[i].w->p->dim_v * FLASH_ROWS * sizeof(float));
}

#include "impls/flash/finish.h"

static void weights_of_scores(float *x)
{
	const vec top = vec_set(0);
	for (int i = 0; i < FLASH_ROWS; i += LANES) {
		vec some = vec_load(x + i);
		weights_each(1, 1, &some, &top);
		vec_store(x + i, some);
	}
}

/* Which way the rows go is settled when they are loaded. */
static void load_either(struct flash_work *w)
{
	w->few = is_few(w);
	if (w->few) {
		few_load(w);
		return;
	}
	ask_for_rows(w, &w->t->q, 0);
	load(w);
}

const struct flash_kernel FLASH_KERNEL = {FLASH_KERNEL_NAME, STRIP, IN_PAIRS, FAR, load_either, sum, merge, park, resume, store, weights_of_scores};
