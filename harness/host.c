/* Memory for plans, counted. Each block remembers its size in front of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/host.h"

#include <stdlib.h>
#include <string.h>

struct block {
	void *base;
	size_t bytes;
};

/* NaNs: in every float format, signalling in f64, in bf16 and in every other f32. Numbers: 3 as f32 and bf16, 32.5 as f64, 2.125 as f16. */
static void poison(enum host_poison kind, void *memory, size_t bytes)
{
	static const uint32_t words[][2] = {[HOST_NANS] = {0x7fa07fa1, 0x7ff47fa1}, [HOST_NUMBERS] = {0x40404040, 0x40404040}};
	for (size_t at = 0; kind && at + 4 <= bytes; at += 4)
		memcpy((char *)memory + at, &words[kind][at / 4 % 2], 4);
}

static void *counted_alloc(const struct attn_host *host, size_t bytes, size_t align)
{
	struct counting_host *h = (struct counting_host *)(uintptr_t)host;
	if (align < sizeof(struct block))
		align = sizeof(struct block);
	if ((h->limit && h->bytes + bytes > h->limit) || bytes > SIZE_MAX - 2 * align)
		return NULL;
	char *base = malloc(bytes + 2 * align);
	if (!base)
		return NULL;
	char *memory = base + 2 * align - (uintptr_t)base % align;
	memory -= (uintptr_t)memory % align;
	((struct block *)memory)[-1] = (struct block){base, bytes};
	h->calls++;
	h->bytes += bytes;
	if (h->bytes > h->peak_bytes)
		h->peak_bytes = h->bytes;
	poison(h->poison, memory, bytes);
	return memory;
}

static void counted_free(const struct attn_host *host, void *memory)
{
	struct counting_host *h = (struct counting_host *)(uintptr_t)host;
	if (!memory)
		return;
	struct block block = ((struct block *)memory)[-1];
	h->bytes -= block.bytes;
	free(block.base);
}

void counting_host_init(struct counting_host *h, int threads)
{
	memset(h, 0, sizeof *h);
	h->host = (struct attn_host){sizeof h->host, threads, counted_alloc, counted_free};
}
