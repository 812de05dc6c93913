/* flash with AVX2 and FMA.
 * SPDX-License-Identifier: Apache-2.0 */
#define FEW_SUMS 8
#define FEW_VALUE_ROWS 4
#define FEW_CHAINS 4
#define FEW_WORDS 1
#define FEW_SIDE "impls/flash/few_avx2.h"
#define TILE_WIDENS
#define FAR 2048
#include "impls/flash/vec_avx2.h"
#include "impls/flash/operands_f32.h"

TILES_OF(1, 8, 12)
TILES_OF(2, 6, 6)
TILES_THAT_WIDEN(1, 8, 12)
TILES_THAT_WIDEN(2, 6, 6)
#define TILE_TABLE {0}, {scores_1, values_1, 8, 12}, {scores_2, values_2, 6, 6}
#define TILE_TABLE_WIDENING {0}, {scores_1_widening, values_1_widening, 8, 12}, {scores_2_widening, values_2_widening, 6, 6}
#ifdef FLASH_FAST
#define FLASH_KERNEL flash_avx2_fast
#define FLASH_KERNEL_NAME "avx2, fast exp"
#else
#define FLASH_KERNEL flash_avx2
#define FLASH_KERNEL_NAME "avx2"
#endif
#include "impls/flash/kernel.h"
