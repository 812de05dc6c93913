/* blocked's two matrix products, compiled for several instruction sets.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_BLOCKED_PRODUCT_H
#define IMPLS_BLOCKED_PRODUCT_H

#include "impls/common/gemm.h"

/* Rows of a register tile; keys of a tile of the second product; the most keys, or columns of V, in a panel. */
enum { TILE_ROWS = 6, TILE_KEYS = 256, PANEL_MOST = 32 };

struct product_kernels {
	const char *isa;
	/* c = a bᵀ. panel: k × PANEL_MOST floats of workspace. */
	void (*scores)(const struct gemm *g, float *panel);
	/* c = a b. panel: TILE_KEYS × PANEL_MOST floats of workspace. */
	void (*output)(const struct gemm *g, float *panel);
};

extern const struct product_kernels product_base, product_avx2, product_avx512;

/* Floats of workspace for both products. */
static inline int64_t product_panel(int64_t dim_qk)
{
	return (dim_qk > TILE_KEYS ? dim_qk : TILE_KEYS) * PANEL_MOST;
}

#endif
