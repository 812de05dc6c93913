/* Products and sums of sizes that stay at the largest number there is instead of wrapping: no check lets that pass, and no
 * memory is that large.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_SIZES_H
#define HARNESS_SIZES_H

#include <stdint.h>

static inline int64_t size_times(int64_t a, int64_t b)
{
	int64_t x;
	return __builtin_mul_overflow(a, b, &x) ? INT64_MAX : x;
}

static inline int64_t size_plus(int64_t a, int64_t b)
{
	int64_t x;
	return __builtin_add_overflow(a, b, &x) ? INT64_MAX : x;
}

#endif
