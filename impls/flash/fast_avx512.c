/* flash-fast with AVX-512F.
 * SPDX-License-Identifier: Apache-2.0 */
#define FLASH_FAST
#include "impls/flash/kernel_avx512.c"
