/* NumPy's .npy files, format versions 1 to 3.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_NPY_H
#define HARNESS_NPY_H

#include <attnbench/attn.h>

/* Reads f32, f64, f16, bool and i64 (i32 is widened), C or Fortran order, either byte order, rank 0 to 4. Shapes of fewer
 * than 4 dimensions are padded with 1 in front. *rank is the file's own. The tensor is C-contiguous and the caller's.
 * On an error why says file, field, found and expected; nothing is allocated. */
enum attn_status attn_npy_read(const char *path, struct attn_tensor *t, int *rank, char *why, size_t size);

/* Writes the tensor in C order (bf16 is widened to f32) with its first `rank` trailing dimensions … all 4 when rank is 4.
 * The file appears whole or not at all (a temporary beside it, then rename). */
enum attn_status attn_npy_write(const char *path, const struct attn_tensor *t, int rank, char *why, size_t size);

#endif
