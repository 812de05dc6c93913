/* c = a bᵀ and c = a b by panels of PANEL columns: a tile of rows × PANEL sums stays in registers while it runs down the
 * panel. Plain C that a compiler vectorises along the panel, compiled once for each instruction set.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/blocked/product.h"

/* Columns of a panel: two vectors, so that TILE_ROWS × PANEL sums fit in the registers. */
#if defined(__AVX512F__)
enum { PANEL = 32 };
#elif defined(__AVX2__)
enum { PANEL = 16 };
#else
enum { PANEL = 8 };
#endif

#define ALWAYS_INLINE inline __attribute__((always_inline))

/* c[i][l] (+)= Σ_c a[i][c] panel[c][l],  0 <= i < rows, 0 <= l < columns.  rows is a constant where this is inlined, so that
 * the sums become registers; all PANEL columns are computed, `columns` of them stored. */
static ALWAYS_INLINE void tile(const int rows, const struct gemm *g, const float *panel, int64_t step, int64_t columns, int add)
{
	float sum[TILE_ROWS][PANEL] = {{0}};
	for (int64_t c = 0; c < g->k; c++)
#pragma GCC unroll 6 /* TILE_ROWS: the sums are registers once no index is left */
		for (int i = 0; i < rows; i++)
#pragma omp simd /* else a compiler unrolls this loop before it looks for vectors */
			for (int l = 0; l < PANEL; l++)
				sum[i][l] += g->a[i * g->lda + c] * panel[c * step + l];
	for (int i = 0; i < rows; i++)
		for (int64_t l = 0; l < columns; l++)
			g->c[i * g->ldc + l] = add ? g->c[i * g->ldc + l] + sum[i][l] : sum[i][l];
}

/* All rows of a against one panel. */
static void panel_product(const struct gemm *g, const float *panel, int64_t step, int64_t columns, int add)
{
	struct gemm t = *g;
	for (; t.m >= TILE_ROWS; t.m -= TILE_ROWS) {
		tile(TILE_ROWS, &t, panel, step, columns, add);
		t.a += TILE_ROWS * t.lda;
		t.c += TILE_ROWS * t.ldc;
	}
	for (; t.m; t.m--) {
		tile(1, &t, panel, step, columns, add);
		t.a += t.lda;
		t.c += t.ldc;
	}
}

/* Few rows do not pay for turning the keys: Σ_c a[c] b[c], PANEL partial sums. */
static float dot(const float *a, const float *b, int64_t n)
{
	float lane[PANEL] = {0}, sum = 0;
	int64_t c = 0;
	for (; c + PANEL <= n; c += PANEL)
		for (int l = 0; l < PANEL; l++)
			lane[l] += a[c + l] * b[c + l];
	for (; c < n; c++)
		sum += a[c] * b[c];
	for (int l = 0; l < PANEL; l++)
		sum += lane[l];
	return sum;
}

static void thin_scores(const struct gemm *g)
{
	for (int64_t j = 0; j < g->n; j++)
		for (int64_t i = 0; i < g->m; i++)
			g->c[i * g->ldc + j] = dot(g->a + i * g->lda, g->b + j * g->ldb, g->k);
}

static void scores(const struct gemm *g, float *panel)
{
	if (g->m < TILE_ROWS / 2) {
		thin_scores(g);
		return;
	}
	for (int64_t j = 0; j < g->n; j += PANEL) {
		int64_t columns = g->n - j < PANEL ? g->n - j : PANEL;
		for (int64_t l = 0; l < PANEL; l++) /* keys past the end: any row will do, its sums are not stored */
			for (int64_t c = 0; c < g->k; c++)
				panel[c * PANEL + l] = g->b[(j + (l < columns ? l : 0)) * g->ldb + c];
		struct gemm part = *g;
		part.c += j;
		panel_product(&part, panel, PANEL, columns, 0);
	}
}

/* Columns that do not fill a panel are copied into one, so that nothing beyond a row of b is read. */
static void output(const struct gemm *g, float *panel)
{
	for (int64_t l = 0; l < g->n; l += PANEL) {
		int64_t columns = g->n - l < PANEL ? g->n - l : PANEL;
		for (int64_t j = 0; j < g->k; j += TILE_KEYS) {
			struct gemm part = *g;
			part.k = g->k - j < TILE_KEYS ? g->k - j : TILE_KEYS;
			part.a += j;
			part.b += j * g->ldb + l;
			part.c += l;
			for (int64_t c = 0; columns < PANEL && c < part.k; c++)
				for (int64_t x = 0; x < PANEL; x++)
					panel[c * PANEL + x] = part.b[c * g->ldb + (x < columns ? x : 0)];
			panel_product(&part, columns < PANEL ? panel : part.b, columns < PANEL ? PANEL : g->ldb, columns, j > 0);
		}
	}
}

#define JOIN(a, b) a##_##b
#define EXPAND(a, b) JOIN(a, b)
#define VARIANT(name) EXPAND(name, VARIANT_ISA)
#define TEXT(a) #a
#define NAME_OF(a) TEXT(a)
const struct product_kernels VARIANT(product) = {NAME_OF(VARIANT_ISA), scores, output};
