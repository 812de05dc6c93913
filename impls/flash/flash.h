/* What the parts of flash share: a block of query rows, the block of keys it meets, and the kernels.
 *
 * Up to FLASH_ROWS query rows stand side by side, one in each lane of a vector, in strips of as many lanes as a register tile
 * has. For each block of keys the scores are s[key][lane]; exp(s - m) replaces them, m the lane's reference, a maximum
 * seen so far; o[column][lane] and l[lane] are the sums over the keys of exp(s - m) v and exp(s - m). No sum ever runs
 * across lanes, so a row's bits do not depend on its neighbours. Keys are summed in chunks of FLASH_CHUNK, each from
 * zero, and chunks are merged in order: so a chunk may be computed anywhere.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_H
#define FLASH_H

#include <attnbench/view.h>

enum {
	FLASH_ROWS = 64,      /* lanes of a block */
	FLASH_KEYS = 192,     /* keys of a block at most; divides FLASH_CHUNK, as its half and its quarter do */
	FLASH_CHUNK = 1152,   /* keys summed from zero */
	FLASH_TASKS = 4,      /* blocks for each thread below which their chunks are dealt out apart */
	FLASH_GROUP = 4,      /* blocks at most that meet a block of keys in turn, which is then in a near cache for all but the first */
	FLASH_STAGE = 3072,   /* floats of converted keys or values at a time */
	FLASH_FEW = 12,       /* up to this many rows keys, not rows, stand in the lanes (few.h) */
	FLASH_PACK_ROWS = 32  /* up to this length, rows of the heads that share keys stand in one block */
};

/* How few rows ask for memory: so many keys on, for values where rows touch a block on, in the order in which lines lie; pages, which take longer, further on; by the
 * cache that __builtin_prefetch() knows as FEW_NEAR. */
enum { FEW_AHEAD = 96, FEW_WALK = 288, FEW_NEAR = 2 };

/* One sequence: rows [q0, q0 + len_q) of q against its len_kv keys, past ones counted, of batch entry b. */
struct flash_sequence {
	int64_t n, b, q0, len_q, k0, len_kv;
};

/* o[strip][column][lane], m [FLASH_ROWS] in units of the kernel, l [2][FLASH_ROWS]: of the weights as they meet v, which o is divided by, and, where
 * those are rounded, of the weights before, for the logsumexp. m is -inf where no key was seen. */
struct flash_sums {
	float *o, *m, *l;
};

/* Where the rows of a block's keys, or values, lie; NULL: a row of zeroes. The first `old` of them are past ones. */
struct flash_lines {
	const char *row[FLASH_KEYS];
	int old;
	int64_t old_step, step; /* bytes from element to element */
	enum attn_dtype dtype;
	int contiguous;         /* the elements of each row */
	int run;                /* a power of two: of so many, from a multiple of it on, all rows are evenly apart */
	const char *next;         /* the next block's first row, if rows are all as far apart; otherwise NULL */
	int64_t apart, row_bytes; /* bytes from row to row; of a row */
};

/* The keys and values that the stage holds, of one key head: those of none where keys is 0. */
struct flash_staged {
	int64_t key;
	int keys;
};

/* The rows of keys, and of values, that are to be in the stage, but are not yet: one strip's scores bring keys, another's values. */
struct flash_source {
	const char *row[2][FLASH_KEYS];
	enum attn_dtype dtype;
	int strips; /* 1: of keys only */
};

/* How keys and values of a block lie in the stage: floats from key to key and from value to value, to the first value, and of all. */
struct flash_stage_layout {
	int64_t key, value, to_values, floats;
};

/* One thread's workspace, and the blocks it holds at the moment. */
struct flash_work {
	const struct attn_problem *p;
	const struct attn_tensors *t;
	int block_keys, at_once; /* FLASH_KEYS or a part of it; the lanes that go all the way from scores to sums before others do */
	int is_staged;           /* keys and values are met in the stage */
	struct flash_stage_layout stage_layout;

	/* the query rows: head and row of each lane, the keys it may see by geometry, the key it stands at */
	struct flash_sequence sequence;
	int64_t head_kv;
	int rows, heads;                 /* heads of rows / heads consecutive rows each */
	int few, alone;                  /* the rows go the way of few.h; a single row that must not */
	uint64_t live;                   /* lanes that hold a row */
	int64_t head[FLASH_ROWS], row[FLASH_ROWS];
	struct attn_span span[FLASH_ROWS];
	struct attn_span some, all;      /* keys that at least one row sees, that each row sees */
	uint64_t seen;                   /* lanes that have seen a key */

	/* the keys: [key, key + keys), where their rows lie, which lanes see each */
	int64_t key;
	int keys, masked;
	int clear;                       /* the first keys of the block, which every row (of the vectors at hand) sees for certain */
	int to_end;                      /* each row sees the block's keys up to its own end */
	int vec, vec_end, keys_near;     /* the vectors of lanes at hand, the keys that they see at most */
	struct flash_lines *k, *v;       /* these three, and what the stage holds, are of all blocks of the group */
	uint64_t *see;                   /* [FLASH_KEYS]: valid when masked; with a bias, before it hides any */

	float *q, *s, *stage, *nothing;  /* [strip][dim_qk][lane], [strip at hand][block_keys][lane], [flash_stage()], dim_v zeroes */
	int turn, turns;                 /* which of how many blocks of rows of its group meets these keys */
	struct flash_staged *staged;
	const struct flash_source *source; /* what the scores bring into the stage on their way; NULL: nothing */
	struct flash_sums sum, chunk;    /* of all keys so far, of this chunk; or, chunk.o being NULL: of this chunk, and m and l of those before, whose o is parked in out */
};

/* A piece of work: sums of keys of a block of rows into `to`, from zero. */
struct flash_piece {
	struct flash_work *w;
	const struct flash_sums *to;
};

/* One instruction set's functions. */
struct flash_kernel {
	const char *name;
	int strip;       /* lanes of a tile, which stand together */
	int in_pairs;    /* it multiplies pairs of bf16, in place: nothing is converted */
	int64_t far;     /* rows so many bytes apart are brought together, since they share no page; 0: only those that fall on the same lines of a cache */
	/* The rows' queries, scaled, into w->q. */
	void (*load)(struct flash_work *w);
	/* Sums of the keys [first, end) of `count` <= FLASH_GROUP blocks of rows that share them. */
	void (*sum)(const struct flash_piece *piece, int count, int64_t first, int64_t end);
	/* to = to merged with from, keys of `to` first. */
	void (*merge)(const struct flash_work *w, const struct flash_sums *to, const struct flash_sums *from);
	/* Parks w->sum: o in the rows of out, which is of f32, m and l in w->chunk. */
	void (*park)(struct flash_work *w);
	/* w->sum = what is parked merged with w->sum, keys of what is parked first. */
	void (*resume)(struct flash_work *w);
	/* Divides w->sum and stores rows and logsumexps. Returns the lanes whose result is not finite. */
	uint64_t (*store)(struct flash_work *w);
	/* The weights of FLASH_ROWS scores x that are scaled, in place, where m is 0: e^x or, in_pairs, 2^x. For its test. */
	void (*weights)(float *x);
};
extern const struct flash_kernel flash_portable, flash_avx2, flash_avx512, flash_avx512_bf16;
extern const struct flash_kernel flash_portable_fast, flash_avx2_fast, flash_avx512_fast;

/* rows.c: sequences, and which rows stand in a block. */
int64_t flash_sequences(const struct attn_problem *p, const struct attn_tensors *t);
struct flash_sequence flash_sequence_at(const struct attn_problem *p, const struct attn_tensors *t, int64_t n);
int64_t flash_blocks(const struct attn_problem *p, const struct flash_sequence *s); /* of one key head */
void flash_rows_set(struct flash_work *w, const struct flash_sequence *s, int64_t head_kv, int64_t block);
void flash_rows_keep(struct flash_work *w, int lane); /* that row alone, in lane 0 */

/* keys.c: where keys and values lie; `count` elements, `step` bytes apart, as f32. */
void flash_keys_find(struct flash_work *w);
void flash_convert(enum attn_dtype dtype, const char *from, int64_t step, int64_t count, float *to);

/* visible.c: fills see and masked for the keys at hand; 0 when no row sees any. */
int flash_visible(struct flash_work *w);

/* careful.c: the row in lane 0 in two passes over the keys: for results that are not finite. */
void flash_careful_row(struct flash_work *w);

/* How keys and values are met: in place, or in a stage, where a block of them is brought together as f32 once for all blocks of rows of a group. */
struct flash_way {
	int strip, staged;
};

/* Staged are 16 bits where the tiles multiply f32, and f32 that is scattered: rows with gaps between their elements, or that compete for the same lines of
 * a cache. But not where the stage is too much beside the rest: of bf16 it may come on top of a thread's 256 KiB. */
static inline struct flash_way flash_way_of(const struct attn_problem *p, const struct flash_kernel *kernel, int scattered)
{
	int64_t longest = p->dim_qk > p->dim_v ? p->dim_qk : p->dim_v;
	int fits = longest <= (p->dtype == ATTN_BF16 ? 256 : 128), staged = !kernel->in_pairs && fits && (p->dtype != ATTN_F32 || scattered);
	return (struct flash_way){kernel->strip, staged};
}

/* Lanes that go all the way from scores to sums: a strip, whose scores stay in the nearest cache, where keys and values need not be converted for each. */
static inline int flash_at_once(const struct attn_problem *p, struct flash_way way)
{
	return p->dtype == ATTN_F32 || way.staged ? way.strip : FLASH_ROWS;
}

/* Half a block where all of it would be too much for a cache: of long rows, or of the scores of all lanes and rows that are not short; of staged
 * rows a half or a quarter, so that they are some 100 KiB. */
static inline int flash_block_keys(const struct attn_problem *p, struct flash_way way)
{
	int64_t longest = p->dim_qk > p->dim_v ? p->dim_qk : p->dim_v;
	if (way.staged)
		return longest > 128 ? FLASH_KEYS / 4 : longest > 64 ? FLASH_KEYS / 2 : FLASH_KEYS;
	return longest > (flash_at_once(p, way) < FLASH_ROWS ? 128 : 64) ? FLASH_KEYS / 2 : FLASH_KEYS;
}

/* Floats of scores, which few.h has by [row][FLASH_KEYS]. */
static inline int64_t flash_scores(const struct attn_problem *p, struct flash_way way)
{
	int64_t few = FLASH_FEW * FLASH_KEYS, all = (int64_t)flash_block_keys(p, way) * flash_at_once(p, way) * (way.staged ? 2 : 1);
	return few > all ? few : all;
}

/* Long rows lie side by side, key and value, an odd number of lines from one to the next: a tile of values meets a line of each row, and those are not to
 * fall on the same places of a cache. Short ones, of which a block has more, had better fall there: that leaves the rest of it to the weights. */
static inline struct flash_stage_layout flash_stage_layout(const struct attn_problem *p, struct flash_way way)
{
	int64_t keys = flash_block_keys(p, way), both = p->dim_qk + p->dim_v, apart = ((both + 15) / 16 | 1) * 16;
	if (keys == FLASH_KEYS)
		return (struct flash_stage_layout){p->dim_qk, p->dim_v, keys * p->dim_qk, keys * both};
	return (struct flash_stage_layout){apart, apart, p->dim_qk, keys * apart};
}

/* Floats of the stage: keys and values of a block that is staged; all values of a block in bf16, as pairs; otherwise a few of those that are not
 * f32, one row of k at least. */
static inline int64_t flash_stage(const struct attn_problem *p, struct flash_way way)
{
	int64_t pairs = p->dtype == ATTN_BF16 ? p->dim_v * flash_block_keys(p, way) / 2 : 0, most = p->dim_qk > FLASH_STAGE ? p->dim_qk : FLASH_STAGE;
	return way.staged ? flash_stage_layout(p, way).floats : pairs > most ? pairs : most;
}

/* The outputs row_max and row_sum of a lane's row. */
static inline void flash_put_sums(const struct flash_work *w, int lane, double m, float l)
{
	double sum = (double)l;
	memcpy(attn_at(&w->t->row_max, w->sequence.b, w->head[lane], w->sequence.q0 + w->row[lane], 0), &m, sizeof m);
	memcpy(attn_at(&w->t->row_sum, w->sequence.b, w->head[lane], w->sequence.q0 + w->row[lane], 0), &sum, sizeof sum);
}

static inline size_t flash_bytes(enum attn_dtype dtype)
{
	return dtype == ATTN_F64 || dtype == ATTN_I64 ? 8 : dtype == ATTN_F32 ? 4 : dtype == ATTN_BOOL ? 1 : 2;
}

#endif
