/* flash without instructions beyond the compiler's baseline.
 * SPDX-License-Identifier: Apache-2.0 */
#define FEW_SUMS 8
#define FEW_VALUE_ROWS 8
#define FEW_CHAINS 1
#define FEW_WORDS 0
#define FAR 2048
#include "impls/flash/vec_portable.h"
#include "impls/flash/operands_f32.h"

TILES_OF(1, 8, 8)
TILES_OF(2, 6, 6)
#define TILE_TABLE {0}, {scores_1, values_1, 8, 8}, {scores_2, values_2, 6, 6}
#ifdef FLASH_FAST
#define FLASH_KERNEL flash_portable_fast
#define FLASH_KERNEL_NAME "scalar, fast exp"
#else
#define FLASH_KERNEL flash_portable
#define FLASH_KERNEL_NAME "scalar"
#endif
#include "impls/flash/kernel.h"
