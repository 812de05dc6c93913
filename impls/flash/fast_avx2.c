/* flash-fast with AVX2.
 * SPDX-License-Identifier: Apache-2.0 */
#define FLASH_FAST
#include "impls/flash/kernel_avx2.c"
