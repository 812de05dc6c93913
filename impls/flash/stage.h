/* The stage of flash: a block of keys and values brought together as f32, for tiles that multiply f32 and meet it several times. Copying it takes as
 * long as an eighth of one meeting of 64 rows; so where it can, the scores of two strips do it on the way, between their multiplications.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_STAGE_H
#define FLASH_STAGE_H

/* Rows of k or v, as the stage holds them. */
static void stage_lines(struct flash_lines *lines, int64_t count, int64_t apart, float *to)
{
	for (int64_t j = 0; j < count; j++)
		lines->row[j] = (const char *)(to + j * apart);
	lines->dtype = ATTN_F32;
	lines->contiguous = 1;
}

/* Keys of a tile of a whole strip, in the TILE_TABLE of every kernel that stages; of STAGE_KEYS and more each tile has as many or one less: see
 * next_tiles(). */
enum { STAGE_MOST = 6, STAGE_KEYS = (STAGE_MOST - 1) * (STAGE_MOST - 1) + 1 };

/* How many strips' scores bring the block together, the first one's keys and the second one's values: rows in whole vectors, all of which they meet,
 * and as long for both. Not all strips, since those do not ask for the next block. (One strip that brings both is no faster than copying first.) */
static int staging_strips(const struct flash_work *w)
{
	int64_t dim = w->p->dim_qk;
	if (w->masked || w->keys < STAGE_KEYS || dim % LANES || !w->k->contiguous || !w->v->contiguous)
		return 0;
	return dim == w->p->dim_v ? most_staging_strips(w) : most_staging_strips(w) > 0;
}

/* The block's keys and values as f32, or what is still to come of them; what another block of rows has staged just before, which came earlier as it sees
 * no fewer keys, serves again. */
static void stage(struct flash_work *w, struct flash_source *source)
{
	int is_there = w->staged->key == w->key && w->staged->keys >= w->keys, strips = is_there ? 0 : staging_strips(w);
	const struct flash_stage_layout *at = &w->stage_layout;
	float *k = w->stage, *v = w->stage + at->to_values;
	if (strips) {
		memcpy(source->row[0], w->k->row, (size_t)w->keys * sizeof *w->k->row);
		memcpy(source->row[1], w->v->row, (size_t)w->keys * sizeof *w->v->row);
		source->dtype = w->k->dtype;
		source->strips = strips;
		w->source = source;
	}
	if (!is_there && strips < 1)
		convert_lines(w->k, 0, w->keys, 0, w->p->dim_qk, at->key, k);
	if (!is_there && strips < 2)
		convert_lines(w->v, 0, w->keys, 0, w->p->dim_v, at->value, v);
	stage_lines(w->k, w->keys, at->key, k);
	stage_lines(w->v, w->keys, at->value, v);
	if (!is_there)
		*w->staged = (struct flash_staged){w->key, w->keys};
}

/* LANES elements of some rows, from element c on, to `apart` floats behind the rows of the stage that are given. */
INLINE void stage_columns(const enum attn_dtype dtype, const int rows, const char *const *from, int64_t c, float *const *to, int64_t apart)
{
	UNROLL
	for (int r = 0; r < rows; r++)
		vec_store(to[r] + apart + c, vec_from(dtype, from[r], c));
}

/* scores_tile() that brings the rows `from` into the stage, its keys just before it needs them or, `apart` floats behind, their values. */
INLINE void staging_tile(const enum attn_dtype dtype, const int rows, struct scores_tile *t, const char *const *from, int64_t apart)
{
	vec acc[16][4];
	const char *k[16];
	float *to[16];
	int64_t steps = t->steps;
	UNROLL
	for (int r = 0; r < rows; r++) {
		k[r] = t->key[r];
		to[r] = (float *)(uintptr_t)k[r];
		UNROLL
		for (int v = 0; v < TILE_VECS; v++)
			acc[r][v] = vec_set(0);
	}
	stage_columns(dtype, rows, from, 0, to, apart);
	for (int64_t c = 0; c < steps; c += LANES) {
		if (c + LANES < steps)
			stage_columns(dtype, rows, from, c + LANES, to, apart);
		UNROLL
		for (int64_t i = 0; i < LANES; i++)
			scores_step(0, rows, TILE_VECS, k, t->q, c + i, acc);
	}
	scores_end(rows, TILE_VECS, t, acc);
}

/* `count` tiles of as many rows each, from row `from` on. */
#define STAGING_CASE(dtype, rows) \
	case rows: \
		for (; count--; t->key += rows, t->s += rows * STRIP, from += rows) \
			staging_tile(dtype, rows, t, from, apart); \
		break;
#define STAGING_OF(name, dtype) \
	static void staging_##name(int64_t rows, int64_t count, struct scores_tile *t, const char *const *from, int64_t apart) \
	{ \
		switch (rows) { STAGING_CASE(dtype, 6) STAGING_CASE(dtype, 5) } \
	}
STAGING_OF(f32, ATTN_F32)
STAGING_OF(bf16, ATTN_BF16)
STAGING_OF(f16, ATTN_F16)

/* Tiles of key j of the block and those behind it, of the first or the second strip. */
static void scores_while_staging(const struct flash_work *w, int strip, int64_t j, int64_t rows, int64_t count, struct scores_tile *first)
{
	const struct flash_source *s = w->source;
	int64_t apart = strip * w->stage_layout.to_values;
	(s->dtype == ATTN_F32 ? staging_f32 : s->dtype == ATTN_BF16 ? staging_bf16 : staging_f16)(rows, count, first, s->row[strip] + j, apart);
}

#endif
