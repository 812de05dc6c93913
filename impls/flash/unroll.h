/* UNROLL before a loop whose trips the compiler knows: it has none left, so that arrays of vectors become registers.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_UNROLL_H
#define FLASH_UNROLL_H

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 16")
#else
#define UNROLL
#endif

#endif
