/* The workspace: at most 256 KiB a thread for rows of up to 256 elements, and what bf16 is converted in on top of it, however many threads there are,
 * whatever the shape; and the same for long sequences as for very long ones.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <attnbench/attn.h>
#include <stdio.h>

extern const struct attn_impl attn_flash;

enum { MOST = 256 << 10, STAGE = 96 << 10, LONG = 1 << 14, LONGER = 1 << 20 };

static size_t bytes_of(enum attn_dtype dtype, int64_t heads_q, int64_t heads_kv, int64_t len_q, int64_t len_kv, int64_t dim, int threads)
{
	struct attn_problem p = {.struct_size = sizeof p, .batch = 1, .heads_q = heads_q, .heads_kv = heads_kv, .len_q = len_q, .len_kv = len_kv, .dim_qk = dim, .dim_v = dim,
	                         .dim_k = dim, .dtype = dtype, .score = ATTN_SCALED_DOT, .scale = 1, .window_left = -1, .window_right = -1};
	return attn_flash.analytic_bytes(&p, threads);
}

/* Of one dtype and one number of columns: the largest workspace of a thread. */
static int check(enum attn_dtype dtype, const char *name, int64_t dim)
{
	static const int64_t heads[][2] = {{1, 1}, {2, 1}, {8, 8}, {32, 8}, {64, 1}}, rows[] = {1, 2, 16, 17, 63, 64, 65, 400, 4096}, keys[] = {1, 1152, 1153, LONG, LONGER};
	static const int threads[] = {1, 2, 3, 7, 16, 64, 128, 1000};
	size_t most = 0, allowed = MOST + (dtype == ATTN_BF16 ? STAGE : 0);
	int grows = 0, at = 0;
	for (size_t h = 0; h < sizeof heads / sizeof *heads; h++)
		for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
			for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
				size_t before = 0;
				for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
					size_t all = bytes_of(dtype, heads[h][0], heads[h][1], rows[r], keys[k], dim, threads[t]), each = (all + (size_t)threads[t] - 1) / (size_t)threads[t];
					grows |= keys[k] == LONGER && all != before;
					at = each > most ? threads[t] : at;
					most = each > most ? each : most;
					before = all;
				}
			}
	printf("# %s, %d columns: at most %zu bytes a thread, with %d threads\n", name, (int)dim, most, at);
	return most <= allowed && !grows;
}

int main(void)
{
	static const struct {
		enum attn_dtype dtype;
		const char *name;
	} dtypes[] = {{ATTN_F32, "f32"}, {ATTN_F16, "f16"}, {ATTN_BF16, "bf16"}};
	static const int64_t dims[] = {1, 40, 64, 80, 96, 128, 192, 256};
	int failed = 0;
	printf("1..3\n");
	for (int i = 0; i < 3; i++) {
		int good = 1;
		for (size_t d = 0; d < sizeof dims / sizeof *dims; d++)
			good &= check(dtypes[i].dtype, dtypes[i].name, dims[d]);
		failed += !good;
		printf("%sok %d - %s: the workspace is within its bound and does not grow with the sequence\n", good ? "" : "not ", i + 1, dtypes[i].name);
	}
	return failed != 0;
}
