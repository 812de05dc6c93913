/* Rows of any dtype and stride as f32, for kernel.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef FLASH_CONVERT_H
#define FLASH_CONVERT_H

#include "impls/flash/flash.h"

/* `count` elements, `step` bytes apart. */
static void convert(enum attn_dtype dtype, const char *from, int64_t step, int64_t count, float *to)
{
	int64_t c = 0;
	if (dtype == ATTN_F32 && step == 4)
		for (; c + LANES <= count; c += LANES)
			vec_store(to + c, vec_load((const float *)from + c));
	else if (dtype == ATTN_BF16 && step == 2)
		for (; c + LANES <= count; c += LANES)
			vec_store(to + c, vec_from_bf16(from + 2 * c));
	else if (dtype == ATTN_F16 && step == 2)
		for (; c + LANES <= count; c += LANES)
			vec_store(to + c, vec_from_f16(from + 2 * c));
	if (c < count)
		flash_convert(dtype, from + c * step, step, count - c, to + c);
}

/* Elements [column, column + columns) of rows [first, first + count), `apart` floats from row to row. */
static void convert_lines(const struct flash_lines *lines, int64_t first, int64_t count, int64_t column, int64_t columns, int64_t apart, float *to)
{
	for (int64_t j = first; j < first + count; j++, to += apart) {
		int64_t step = j < lines->old ? lines->old_step : lines->step;
		if (lines->row[j])
			convert(lines->dtype, lines->row[j] + column * step, step, columns, to);
		else
			memset(to, 0, (size_t)columns * sizeof *to);
	}
}

#endif
