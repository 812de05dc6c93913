/* Which of the variants compiled for several instruction sets this machine runs.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_COMMON_KERNELS_H
#define IMPLS_COMMON_KERNELS_H

#include "config.h"
#include "impls/common/softmax.h"
#include "impls/isa.h"

/* ISA_PICK: those that were not built are not named, so that nothing links to them. */
#if defined(HAVE_AVX512) && defined(HAVE_AVX2)
#define ISA_PICK(base, avx2, avx512) (isa_to_use() >= ISA_AVX512 ? &(avx512) : isa_to_use() == ISA_AVX2 ? &(avx2) : &(base))
#elif defined(HAVE_AVX2)
#define ISA_PICK(base, avx2, avx512) (isa_to_use() >= ISA_AVX2 ? &(avx2) : &(base))
#else
#define ISA_PICK(base, avx2, avx512) (&(base))
#endif

static inline const struct softmax_kernels *softmax_to_use(void)
{
	return ISA_PICK(softmax_base, softmax_avx2, softmax_avx512);
}

#endif
