/* Read bandwidth: loads alone, as wide as the instruction set in use has them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/roof.h"
#include "impls/isa.h"

#if defined(__x86_64__)
/* clean: vzeroupper, since code for SSE that runs next is slowed by what lies in the upper halves (3 times, seen on Zen 5). */
#define READ_LOOP(name, move, reg, step, clean)                                                               \
	static void name(const char *at, const char *end)                                                     \
	{                                                                                                     \
		__asm__ volatile(".p2align 5\n1:\n\t" step(move, reg) "add $512, %0\n\tcmp %1, %0\n\tjb 1b" clean \
		                 : "+r"(at) : "r"(end) : "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7"); \
	}
#define LOAD(move, offset, reg, i) move " " #offset "(%0), %%" reg #i "\n\t"
#define BY_64(m, r)                                                                                                   \
	LOAD(m, 0, r, 0) LOAD(m, 64, r, 1) LOAD(m, 128, r, 2) LOAD(m, 192, r, 3) LOAD(m, 256, r, 4) LOAD(m, 320, r, 5) \
	LOAD(m, 384, r, 6) LOAD(m, 448, r, 7)
#define BY_32(m, r)                                                                                                   \
	BY_64(m, r) LOAD(m, 32, r, 0) LOAD(m, 96, r, 1) LOAD(m, 160, r, 2) LOAD(m, 224, r, 3) LOAD(m, 288, r, 4)       \
	LOAD(m, 352, r, 5) LOAD(m, 416, r, 6) LOAD(m, 480, r, 7)
#define BY_16(m, r)                                                                                                   \
	BY_32(m, r) LOAD(m, 16, r, 0) LOAD(m, 48, r, 1) LOAD(m, 80, r, 2) LOAD(m, 112, r, 3) LOAD(m, 144, r, 4)        \
	LOAD(m, 176, r, 5) LOAD(m, 208, r, 6) LOAD(m, 240, r, 7) LOAD(m, 272, r, 0) LOAD(m, 304, r, 1)                 \
	LOAD(m, 336, r, 2) LOAD(m, 368, r, 3) LOAD(m, 400, r, 4) LOAD(m, 432, r, 5) LOAD(m, 464, r, 6) LOAD(m, 496, r, 7)
READ_LOOP(read_zmm, "vmovaps", "zmm", BY_64, "\n\tvzeroupper")
READ_LOOP(read_ymm, "vmovaps", "ymm", BY_32, "\n\tvzeroupper")
READ_LOOP(read_xmm, "movaps", "xmm", BY_16, "")

void roof_read(const void *memory, size_t bytes)
{
	const char *at = memory, *end = at + bytes;
	enum isa isa = isa_to_use();
	if (isa >= ISA_AVX512)
		read_zmm(at, end);
	else if (isa == ISA_AVX2)
		read_ymm(at, end);
	else
		read_xmm(at, end);
}
#else
static volatile uint64_t kept;
void roof_read(const void *memory, size_t bytes)
{
	const uint64_t *x = memory;
	uint64_t sum[8] = {0};
	for (size_t i = 0; i + 8 <= bytes / 8; i += 8)
		for (int k = 0; k < 8; k++)
			sum[k] |= x[i + (size_t)k];
	kept = sum[0] | sum[1] | sum[2] | sum[3] | sum[4] | sum[5] | sum[6] | sum[7];
}
#endif
