/* The kernels' exp against the C library's in double: at most 1 ulp for every float up to 88; of the fast variants, and of powers of two that are
 * rounded to bf16 afterwards, what is said where they are. Itself less than 2^-126 where e^x is, soon after 0, NaN for NaN. `exp_test --all` takes every
 * float; without it every 499th, and all of those next to where the result changes its exponent.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/flash/flash.h"
#include "impls/isa.h"

#include <stdio.h>

/* base^x, right to `some + more |x|` times 2^-24 of itself or, where that is 0, to 1 ulp; 0 from `none` on. The exponent of what a polynomial is
 * multiplied by changes at each n + border powers of two. */
struct kind {
	double base_log, some, more, border;
	float largest, none;
};

static const struct kind usual = {1, 0, 0, 0.5, 88, -88.1f}, fast = {1, 10, 2, 0.5, 88, -88.1f}, coarse = {0.69314718055994531, 64, 0, 0, 127, -150};

struct worst {
	double error; /* in ulps; or as a fraction of the bound */
	float x;
	long wrong; /* results that are not even of the right kind */
};

static float from_bits(uint32_t bits)
{
	float x;
	memcpy(&x, &bits, sizeof x);
	return x;
}

static void judge(const struct kind *kind, struct worst *worst, float x, float got)
{
	double exact = exp((double)x * kind->base_log), relative = (kind->some + kind->more * fabs((double)x)) * 0x1p-24;
	int exponent;
	if (x != x || exact < 0x1p-126) {
		worst->wrong += x != x ? got == got : !(got >= 0 && (double)got < (x < kind->none ? 0x1p-149 : 0x1p-126 * (1 + relative)));
		return;
	}
	frexp(exact, &exponent);
	double error = fabs((double)got - exact) / (relative > 0 ? exact * relative : ldexp(1, exponent - 24));
	if (!(error <= worst->error))
		worst->error = error, worst->x = x;
}

/* FLASH_ROWS floats from `bits` on, `step` apart, of those that exp is for. */
static void try_some(const struct flash_kernel *kernel, const struct kind *kind, uint32_t bits, uint32_t step, struct worst *worst)
{
	float x[FLASH_ROWS], y[FLASH_ROWS];
	for (int i = 0; i < FLASH_ROWS; i++) {
		x[i] = from_bits(bits + (uint32_t)i * step);
		if (x[i] > kind->largest)
			x[i] = kind->largest;
		y[i] = x[i];
	}
	kernel->weights(y);
	for (int i = 0; i < FLASH_ROWS; i++)
		judge(kind, worst, x[i], y[i]);
}

static struct worst try_all(const struct flash_kernel *kernel, const struct kind *kind, uint32_t step)
{
	struct worst worst = {0, 0, 0};
	for (uint64_t bits = 0; bits < (uint64_t)1 << 32; bits += (uint64_t)step * FLASH_ROWS)
		try_some(kernel, kind, (uint32_t)bits, step, &worst);
	for (int n = -126; n <= 127; n++) {
		float border = (float)((n + kind->border) * 0.69314718055994531 / kind->base_log);
		uint32_t bits;
		memcpy(&bits, &border, sizeof bits);
		try_some(kernel, kind, bits - FLASH_ROWS / 2, 1, &worst);
	}
	return worst;
}

int main(int argc, char **argv)
{
	static const struct {
		const struct flash_kernel *kernel;
		const struct kind *kind;
		enum isa isa;
	} kernels[] = {
		{&flash_portable, &usual, ISA_SCALAR}, {&flash_portable_fast, &fast, ISA_SCALAR},
#ifdef HAVE_AVX2
		{&flash_avx2, &usual, ISA_AVX2},       {&flash_avx2_fast, &fast, ISA_AVX2},
#endif
#ifdef HAVE_AVX512
		{&flash_avx512, &usual, ISA_AVX512},   {&flash_avx512_fast, &fast, ISA_AVX512},
#endif
#ifdef HAVE_AVX512_BF16
		{&flash_avx512_bf16, &coarse, ISA_AVX512_BF16},
#endif
	};
	int count = (int)(sizeof kernels / sizeof *kernels), failed = 0;
	uint32_t step = argc > 1 && !strcmp(argv[1], "--all") ? 1 : 499;
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		const struct kind *kind = kernels[i].kind;
		const char *name = kernels[i].kernel->name;
		if (kernels[i].isa > isa_to_use()) {
			printf("ok %d - exp of %s # SKIP this processor, or ATTNBENCH_ISA, has it not\n", i + 1, name);
			continue;
		}
		struct worst worst = try_all(kernels[i].kernel, kind, step);
		int good = worst.error <= 1 && worst.wrong == 0;
		failed += !good;
		printf("%sok %d - exp of %s: at most %.4f %s, at %a; %ld of the wrong kind\n", good ? "" : "not ", i + 1, name, worst.error,
		       kind->some > 0 ? "of its bound" : "ulp", (double)worst.x, worst.wrong);
	}
	return failed != 0;
}
