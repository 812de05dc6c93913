/* Arithmetic peaks. Inline assembly, since compilers change loops of C; 12 accumulators, so that latency (4 cycles, two
 * units) is hidden; values stay finite, normal and not zero: x → x/2 + 1 goes to 2.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/roof.h"
#include "impls/isa.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#define CLOBBERED "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13"
#define TWELVE(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)

/* accumulator = half · accumulator + one. */
#define FMA_LOOP(name, type, load, step, reg)                                                       \
	static void name(uint64_t turns)                                                            \
	{                                                                                           \
		type half = (type)0.5, one = 1;                                                     \
		__asm__ volatile(load " %1, %%" reg "12\n\t" load " %2, %%" reg "13\n\t" TWELVE(step##_INIT) \
		                 ".p2align 5\n1:\n\t" TWELVE(step) "dec %0\n\tjnz 1b\n\tvzeroupper" \
		                 : "+r"(turns) : "m"(half), "m"(one) : "cc", CLOBBERED);            \
	}
#define ZMM_F32_INIT(i) "vmovaps %%zmm13, %%zmm" #i "\n\t"
#define ZMM_F32(i) "vfmadd213ps %%zmm13, %%zmm12, %%zmm" #i "\n\t"
#define ZMM_F64_INIT(i) "vmovapd %%zmm13, %%zmm" #i "\n\t"
#define ZMM_F64(i) "vfmadd213pd %%zmm13, %%zmm12, %%zmm" #i "\n\t"
#define YMM_F32_INIT(i) "vmovaps %%ymm13, %%ymm" #i "\n\t"
#define YMM_F32(i) "vfmadd213ps %%ymm13, %%ymm12, %%ymm" #i "\n\t"
#define YMM_F64_INIT(i) "vmovapd %%ymm13, %%ymm" #i "\n\t"
#define YMM_F64(i) "vfmadd213pd %%ymm13, %%ymm12, %%ymm" #i "\n\t"
FMA_LOOP(zmm_f32, float, "vbroadcastss", ZMM_F32, "zmm")
FMA_LOOP(zmm_f64, double, "vbroadcastsd", ZMM_F64, "zmm")
FMA_LOOP(ymm_f32, float, "vbroadcastss", YMM_F32, "ymm")
FMA_LOOP(ymm_f64, double, "vbroadcastsd", YMM_F64, "ymm")

/* accumulator (f32) += two products of bf16 pairs, each 2^-20: it grows to 2^4 and stays. */
#define ZMM_BF16_INIT(i) "vmovaps %%zmm13, %%zmm" #i "\n\t"
#define ZMM_BF16(i) "vdpbf16ps %%zmm12, %%zmm12, %%zmm" #i "\n\t"
static void zmm_bf16(uint64_t turns)
{
	uint32_t small = 0x3a803a80; /* 2^-10, twice */
	float one = 1;
	__asm__ volatile("vpbroadcastd %1, %%zmm12\n\tvbroadcastss %2, %%zmm13\n\t" TWELVE(ZMM_BF16_INIT)
	                 ".p2align 5\n1:\n\t" TWELVE(ZMM_BF16) "dec %0\n\tjnz 1b\n\tvzeroupper"
	                 : "+r"(turns) : "m"(small), "m"(one) : "cc", CLOBBERED);
}

/* Without FMA: six chains of products by 1, six of sums. */
#define SSE_LOOP(name, type, load, p)                                                                                  \
	static void name(uint64_t turns)                                                                               \
	{                                                                                                              \
		type one[4] __attribute__((aligned(16))) = {1, 1, 1, 1};                                               \
		__asm__ volatile(load " %1, %%xmm12\n\t"                                                               \
		                 "movaps %%xmm12, %%xmm0\n\tmovaps %%xmm12, %%xmm1\n\tmovaps %%xmm12, %%xmm2\n\t"      \
		                 "movaps %%xmm12, %%xmm3\n\tmovaps %%xmm12, %%xmm4\n\tmovaps %%xmm12, %%xmm5\n\t"      \
		                 "movaps %%xmm12, %%xmm6\n\tmovaps %%xmm12, %%xmm7\n\tmovaps %%xmm12, %%xmm8\n\t"      \
		                 "movaps %%xmm12, %%xmm9\n\tmovaps %%xmm12, %%xmm10\n\tmovaps %%xmm12, %%xmm11\n\t"    \
		                 ".p2align 5\n1:\n\t"                                                                  \
		                 "mul" p " %%xmm12, %%xmm0\n\tadd" p " %%xmm12, %%xmm1\n\t"                            \
		                 "mul" p " %%xmm12, %%xmm2\n\tadd" p " %%xmm12, %%xmm3\n\t"                            \
		                 "mul" p " %%xmm12, %%xmm4\n\tadd" p " %%xmm12, %%xmm5\n\t"                            \
		                 "mul" p " %%xmm12, %%xmm6\n\tadd" p " %%xmm12, %%xmm7\n\t"                            \
		                 "mul" p " %%xmm12, %%xmm8\n\tadd" p " %%xmm12, %%xmm9\n\t"                            \
		                 "mul" p " %%xmm12, %%xmm10\n\tadd" p " %%xmm12, %%xmm11\n\t"                          \
		                 "dec %0\n\tjnz 1b"                                                                    \
		                 : "+r"(turns) : "m"(one) : "cc", CLOBBERED);                                          \
	}
SSE_LOOP(sse_f32, float, "movaps", "ps")
SSE_LOOP(sse_f64, double, "movapd", "pd")

const struct roof_kernel roof_kernels[] = {
	{"f32", "scalar", 12 * 4, sse_f32},       {"f64", "scalar", 12 * 2, sse_f64},
	{"f32", "avx2", 12 * 8 * 2, ymm_f32},     {"f64", "avx2", 12 * 4 * 2, ymm_f64},
	{"f32", "avx512", 12 * 16 * 2, zmm_f32},  {"f64", "avx512", 12 * 8 * 2, zmm_f64},
	{"bf16", "avx512-bf16", 12 * 16 * 4, zmm_bf16}, {NULL, NULL, 0, NULL}};
#else
/* Elsewhere: what the compiler makes of 64 independent chains; a lower bound of the peak. */
static volatile float kept;
static void chains(uint64_t turns)
{
	float x[64], half = 0.5f, one = 1;
	for (int i = 0; i < 64; i++)
		x[i] = one;
	for (; turns; turns--) {
		for (int i = 0; i < 64; i++)
			x[i] = x[i] * half + one;
		__asm__ volatile("" : "+m"(x));
	}
	kept = x[0];
}
const struct roof_kernel roof_kernels[] = {{"f32", "scalar", 128, chains}, {NULL, NULL, 0, NULL}};
#endif

int roof_kernel_runs(const struct roof_kernel *k)
{
	for (int isa = 0; isa <= (int)isa_to_use(); isa++)
		if (!strcmp(isa_name((enum isa)isa), k->isa))
			return 1;
	return 0;
}
