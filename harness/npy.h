/* NumPy's .npy files, format versions 1 to 3: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_NPY_H
#define HARNESS_NPY_H

#include <attnbench/attn.h>
#include <stdio.h>

/* Reads f32, f64, f16, bool and i64 (i32 is widened), C or Fortran order, either byte order, rank 0 to 4. Shapes of fewer
 * than 4 dimensions are padded with 1 in front. *rank is the file's own. The tensor is C-contiguous and the caller's
 * (attn_tensor_free). On an error why says file, field, found and expected; nothing is allocated then. */
enum attn_status attn_npy_read(const char *path, struct attn_tensor *t, int *rank, char *why, size_t size);

/* The same from an open stream; name is what messages call it. */
enum attn_status attn_npy_read_stream(FILE *f, const char *name, struct attn_tensor *t, int *rank, char *why, size_t size);

/* Writes the last `rank` dimensions (those before are 1) in C order; bf16 is widened to f32. The file appears whole or not
 * at all: a temporary beside it, then rename. Devices and pipes are written directly. */
enum attn_status attn_npy_write(const char *path, const struct attn_tensor *t, int rank, char *why, size_t size);

/* Whether a file of that name can be begun: for a message before the work, not after it. Nothing is left. */
enum attn_status attn_npy_probe(const char *path, char *why, size_t size);

/* The two halves of attn_npy_write, for several files of which all shall appear or none. */
struct attn_npy_staged {
	char *path, *temporary; /* temporary is NULL where path was written directly */
};
enum attn_status attn_npy_stage(const char *path, const struct attn_tensor *t, int rank, struct attn_npy_staged *staged, char *why, size_t size);
enum attn_status attn_npy_commit(struct attn_npy_staged *staged, char *why, size_t size); /* frees staged */
void attn_npy_discard(struct attn_npy_staged *staged);                                    /* removes the temporary */

#endif
