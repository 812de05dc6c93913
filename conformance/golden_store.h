/* Goldens on disk: one folder a case, with case.txt, an .npy file for each input, and each output as f64 (out.f64.npy) and in
 * the problem's own dtype (out.npy; bf16 is kept in f32 files). SHA256SUMS, in the format of sha256sum(1), covers every file.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_GOLDEN_STORE_H
#define CONFORMANCE_GOLDEN_STORE_H

#include "harness/problem.h"

struct golden {
	char name[128], key[ATTN_KEY_SIZE], recipe[32];
	uint64_t seed;
	struct attn_problem problem;
};

/* Reads goldens.txt: lines "NAME KEY RECIPE SEED", '#' begins a comment. The array is the caller's. */
enum attn_status golden_list(const char *path, struct golden **list, size_t *count, char *why, size_t size);

/* Inputs by the recipe, outputs (f64, in expected) by the oracle, checked at twice its precision. Free both with
 * golden_free. */
enum attn_status golden_compute(const struct golden *g, struct attn_tensors *inputs, struct attn_tensors *expected, char *why, size_t size);
void golden_free(struct attn_tensors *inputs, struct attn_tensors *expected);

/* Writes folder/NAME/…; the folder exists. Appends lines to sums. */
enum attn_status golden_write(const char *folder, const struct golden *g, char *why, size_t size);

/* Reads case.txt, inputs and expected outputs of folder/NAME, each file's SHA-256 compared with the folder's SHA256SUMS. */
enum attn_status golden_read_case(const char *folder, const char *name, struct golden *g, char *why, size_t size);
enum attn_status golden_read(const char *folder, const struct golden *g, struct attn_tensors *inputs, struct attn_tensors *expected, char *why, size_t size);

#endif
