/* The host side of struct attn_host: counts what a plan takes.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_HOST_H
#define HARNESS_HOST_H

#include <attnbench/attn.h>

/* What new memory holds. Numbers are found by what they do to a result that NaN would not reach: where what is not finite is computed once more. */
enum host_poison { HOST_UNTOUCHED, HOST_NANS /* signalling */, HOST_NUMBERS /* of moderate size in every format */ };

struct counting_host {
	struct attn_host host; /* first: alloc and free get its address back */
	size_t bytes, peak_bytes;
	size_t calls;
	size_t limit; /* bytes at which alloc answers NULL; 0: none */
	enum host_poison poison;
};
void counting_host_init(struct counting_host *h, int threads);

#endif
