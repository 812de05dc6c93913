/* UNROLL before a loop whose trips the compiler knows: it has none left, so that arrays of vectors become registers.
 * UNROLL_4 before one whose trips it does not know: a quarter of the branches.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_UNROLL_H
#define FLASH_UNROLL_H

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#define UNROLL_4 _Pragma("clang loop unroll_count(4)")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 16")
#define UNROLL_4 _Pragma("GCC unroll 4")
#else
#define UNROLL
#define UNROLL_4
#endif

#endif
