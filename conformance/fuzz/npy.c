/* Any bytes as a .npy file: read or refused with a message, never a crash. For libFuzzer: make fuzz-npy.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/npy.h"
#include "harness/tensor.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char why[512] = "";
	struct attn_tensor t;
	int rank;
	FILE *f = n ? fmemopen((void *)(uintptr_t)bytes, n, "rb") : NULL;
	if (!f)
		return 0;
	if (attn_npy_read_stream(f, "f", &t, &rank, why, sizeof why) == ATTN_OK) {
		if (rank < 0 || rank > 4 || !attn_tensor_contiguous(&t))
			abort();
		attn_tensor_free(&t);
	} else if (strncmp(why, "f: ", 3)) {
		abort();
	}
	fclose(f);
	return 0;
}
