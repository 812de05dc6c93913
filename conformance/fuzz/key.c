/* Any bytes as a problem's key: parsed or refused with a message, and what is parsed prints and parses as itself. For
 * libFuzzer: make fuzz-key.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/problem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char key[2 * ATTN_KEY_SIZE], printed[ATTN_KEY_SIZE], again[ATTN_KEY_SIZE], why[512] = "";
	struct attn_problem p, q;
	if (n >= sizeof key)
		return 0;
	memcpy(key, bytes, n);
	key[n] = 0;
	if (attn_problem_parse(key, &p, why, sizeof why) != ATTN_OK) {
		if (!why[0])
			abort();
		return 0;
	}
	attn_problem_print(&p, printed);
	if (attn_problem_parse(printed, &q, why, sizeof why) != ATTN_OK)
		abort();
	attn_problem_print(&q, again);
	if (strcmp(printed, again))
		abort();
	return 0;
}
