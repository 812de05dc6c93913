/* The instruction set to use: what CPU and system offer, capped by ATTNBENCH_ISA=scalar|avx2|avx512|avx512-bf16.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_ISA_H
#define IMPLS_ISA_H

#include <stdlib.h>
#include <string.h>

enum isa { ISA_SCALAR, ISA_AVX2, ISA_AVX512, ISA_AVX512_BF16 };

/* The compiler's own check of CPUID, which asks XCR0 too whether the system saves the registers. */
static inline enum isa isa_of_cpu(void)
{
#if defined(__x86_64__)
	__builtin_cpu_init();
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
		return ISA_SCALAR;
	if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
	    !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl"))
		return ISA_AVX2;
	return __builtin_cpu_supports("avx512bf16") ? ISA_AVX512_BF16 : ISA_AVX512;
#else
	return ISA_SCALAR;
#endif
}

static inline const char *isa_name(enum isa isa)
{
	static const char *const names[] = {"scalar", "avx2", "avx512", "avx512-bf16"};
	return names[isa];
}

/* The set of that name; -1: there is none. */
static inline int isa_named(const char *name)
{
	for (int i = ISA_SCALAR; i <= ISA_AVX512_BF16; i++)
		if (!strcmp(name, isa_name((enum isa)i)))
			return i;
	return -1;
}

/* A cap that is none, or above what the CPU has, caps nothing; the program refuses the former. */
static inline enum isa isa_to_use(void)
{
	enum isa isa = isa_of_cpu();
	const char *name = getenv("ATTNBENCH_ISA");
	int cap = name ? isa_named(name) : -1;
	return cap >= 0 && cap < (int)isa ? (enum isa)cap : isa;
}

#endif
