/* Which rows and keys a rank owns, and which blocks of them see each other.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/mpi/job.h"

int64_t mpi_keys(const struct attn_problem *p)
{
	return p->len_kv + (p->has & ATTN_HAS_PAST ? p->past_len : 0);
}

/* Piece i of n, as even as whole numbers allow. */
static struct mpi_part piece(int64_t length, int64_t n, int64_t i)
{
	return (struct mpi_part){length / n * i + length % n * i / n, length / n * (i + 1) + length % n * (i + 1) / n};
}

struct mpi_share mpi_share_all(int64_t length)
{
	return (struct mpi_share){1, {{0, length}, {length, length}}};
}

struct mpi_share mpi_share_even(int64_t length, int ranks, int rank)
{
	return (struct mpi_share){1, {piece(length, ranks, rank), {length, length}}};
}

/* Pieces r and 2n-1-r of 2n: with a causal mask each rank has as many pairs of row and key as any other. */
struct mpi_share mpi_share_zigzag(int64_t length, int ranks, int rank)
{
	struct mpi_share s = {2, {piece(length, 2 * (int64_t)ranks, rank), piece(length, 2 * (int64_t)ranks, 2 * (int64_t)ranks - 1 - rank)}};
	if (s.part[0].end == s.part[1].first) {
		s.parts = 1;
		s.part[0].end = s.part[1].end;
	}
	return s;
}

int64_t mpi_share_length(const struct mpi_share *s)
{
	int64_t n = 0;
	for (int i = 0; i < s->parts; i++)
		n += s->part[i].end - s->part[i].first;
	return n;
}

/* Windows wider than any sequence are as good as none, and their sums do not overflow. */
static int64_t limited(int64_t window)
{
	const int64_t widest = (int64_t)1 << 48;
	return window < 0 || window > widest ? widest : window;
}

struct visit {
	const struct mpi_job *job;
	mpi_block_work *work;
	void *context;
	struct mpi_block at; /* b, batch, and where row and key lie; of a piece its side */
	int64_t offset;
};

/* The rows [row.first, row.end) against the keys [key.first, key.end), row i at position i + offset. Rows at the beginning that see
 * nothing yet and keys at the beginning that no row sees any more are cut off, then those at the end. 0: nothing is left. */
static int cut(const struct attn_problem *p, int64_t offset, struct mpi_part row, struct mpi_part key, struct mpi_block *block)
{
	int64_t o = row.first + offset - key.first;
	int64_t left = limited(p->window_left) - o, right = p->causal ? o : limited(p->window_right) + o;
	block->rows = row.end - row.first;
	block->keys = key.end - key.first;
	block->row_at = row.first;
	block->key_at = key.first;
	if (right < 0) {
		block->row -= right;
		block->row_at -= right;
		block->rows += right;
		left += right;
		right = 0;
	}
	if (left < 0) {
		block->key -= left;
		block->key_at -= left;
		block->keys += left;
		right += left;
		left = 0;
	}
	if (block->rows > block->keys + left)
		block->rows = block->keys + left;
	if (block->keys > block->rows + right)
		block->keys = block->rows + right;
	block->apart = block->row_at + offset - block->key_at;
	block->left = left >= block->rows - 1 ? -1 : left;
	block->right = right >= block->keys - 1 ? -1 : right;
	return block->rows > 0 && block->keys > 0;
}

static int visit_piece(const struct visit *v, struct mpi_part row, struct mpi_part key)
{
	struct mpi_block block = v->at;
	return row.first < row.end && key.first < key.end && cut(&v->job->p, v->offset, row, key, &block) ? v->work(v->context, &block) : 0;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

/* ALiBi: keys before all rows, rows before all keys, and what is left, which begins at one position. */
static int visit_sides(const struct visit *v, struct mpi_part row, struct mpi_part key)
{
	struct visit piece = *v;
	int64_t first_key = most(key.first, least(key.end, row.first + v->offset)), first_row = most(row.first, least(row.end, first_key - v->offset));
	piece.at.side = -1;
	int answer = visit_piece(&piece, row, (struct mpi_part){key.first, first_key});
	piece.at.key += first_key - key.first;
	piece.at.side = 1;
	if (!answer)
		answer = visit_piece(&piece, (struct mpi_part){row.first, first_row}, (struct mpi_part){first_key, key.end});
	piece.at.row += first_row - row.first;
	piece.at.side = 0;
	return answer ? answer : visit_piece(&piece, (struct mpi_part){first_row, row.end}, (struct mpi_part){first_key, key.end});
}

/* A part of the rows against a part of the keys, so many rows at a time. */
static int visit_part(const struct visit *v, struct mpi_part row, struct mpi_part key)
{
	for (struct mpi_part some = row; some.first < row.end; some.first = some.end) {
		struct visit one = *v;
		one.at.row += some.first - row.first;
		some.end = row.end - some.first > MPI_BLOCK_ROWS ? some.first + MPI_BLOCK_ROWS : row.end;
		int answer = (v->job->p.has & ATTN_HAS_ALIBI ? visit_sides : visit_piece)(&one, some, key);
		if (answer)
			return answer;
	}
	return 0;
}

int mpi_blocks(const struct mpi_job *job, const struct mpi_share *rows, const struct mpi_share *keys, mpi_block_work *work, void *context)
{
	const struct attn_problem *p = &job->p;
	int64_t together = job->kv_len ? 1 : p->batch;
	for (int64_t b = 0; b < p->batch; b += together) {
		int64_t valid = job->kv_len ? job->kv_len[b] : mpi_keys(p);
		struct visit v = {job, work, context, {.b = b, .batch = together}, p->align == ATTN_BOTTOM_RIGHT ? valid - p->len_q : mpi_keys(p) - p->len_kv};
		for (int i = 0; i < rows->parts; i++) {
			v.at.key = 0;
			for (int j = 0; j < keys->parts; j++) {
				struct mpi_part seen = keys->part[j];
				seen.end = seen.end < valid ? seen.end : valid;
				int answer = seen.first < seen.end ? visit_part(&v, rows->part[i], seen) : 0;
				if (answer)
					return answer;
				v.at.key += keys->part[j].end - keys->part[j].first;
			}
			v.at.row += rows->part[i].end - rows->part[i].first;
		}
	}
	return 0;
}
