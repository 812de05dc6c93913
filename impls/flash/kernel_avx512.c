/* flash with AVX-512F.
 * SPDX-License-Identifier: Apache-2.0 */
#define FEW_SUMS 16
#define FEW_VALUE_ROWS 8
#define FEW_CHAINS 2
#define FEW_WORDS 0
#define FEW_STREAM "impls/flash/few_avx512.h"
#define FAR 0
#include "impls/flash/vec_avx512.h"
#include "impls/flash/operands_f32.h"

TILES_OF(1, 8, 8)
TILES_OF(2, 6, 8)
#define TILE_TABLE {0}, {scores_1, values_1, 8, 8}, {scores_2, values_2, 6, 8}
#ifdef FLASH_FAST
#define FLASH_KERNEL flash_avx512_fast
#define FLASH_KERNEL_NAME "avx512, fast exp"
#else
#define FLASH_KERNEL flash_avx512
#define FLASH_KERNEL_NAME "avx512"
#endif
#include "impls/flash/kernel.h"
