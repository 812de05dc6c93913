/* flash for bf16 with AVX512-BF16.
 * SPDX-License-Identifier: Apache-2.0 */
#define FEW_SUMS 16
#define FEW_VALUE_ROWS 8
#define FEW_CHAINS 1
#define FEW_WORDS 0
#define FAR 0
#include "impls/flash/vec_avx512_bf16.h"
#include "impls/flash/operands_bf16.h"

TILES_OF(1, 8, 8)
TILES_OF(2, 6, 6)
#define TILE_TABLE {0}, {scores_1, values_1, 8, 8}, {scores_2, values_2, 6, 6}
#define FLASH_KERNEL flash_avx512_bf16
#define FLASH_KERNEL_NAME "avx512-bf16"
#include "impls/flash/kernel.h"
