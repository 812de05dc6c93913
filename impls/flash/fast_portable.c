/* flash-fast with the compiler's baseline.
 * SPDX-License-Identifier: Apache-2.0 */
#define FLASH_FAST
#include "impls/flash/kernel_portable.c"
