/* The kernels' exp against the C library's in double: at most 1 ulp for every float up to 88, itself less than 2^-126 where
 * e^x is, 0 from e^-88.1 on, NaN for NaN. `exp_test --all` takes every float; without it every 499th, and all of those next to where the result changes
 * its exponent.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "impls/flash/flash.h"
#include "impls/isa.h"

#include <stdio.h>

static const float largest = 88, least = -87.33654f, none = -88.1f;

struct worst {
	double ulps;
	float x;
	long wrong; /* results that are not even of the right kind */
};

static float from_bits(uint32_t bits)
{
	float x;
	memcpy(&x, &bits, sizeof x);
	return x;
}

static void judge(struct worst *worst, float x, float got)
{
	double exact = exp((double)x);
	int exponent;
	if (x != x || x < least) {
		worst->wrong += x != x ? got == got : !(got >= 0 && got < (x < none ? 0x1p-149f : 0x1p-126f));
		return;
	}
	frexp(exact, &exponent);
	double ulps = fabs((double)got - exact) / ldexp(1, exponent - 24);
	if (!(ulps <= worst->ulps))
		worst->ulps = ulps, worst->x = x;
}

/* FLASH_ROWS floats from `bits` on, `step` apart, of those that exp is for. */
static void try_some(const struct flash_kernel *kernel, uint32_t bits, uint32_t step, struct worst *worst)
{
	float x[FLASH_ROWS], y[FLASH_ROWS];
	for (int i = 0; i < FLASH_ROWS; i++) {
		x[i] = from_bits(bits + (uint32_t)i * step);
		if (x[i] > largest)
			x[i] = largest;
		y[i] = x[i];
	}
	kernel->exp(y);
	for (int i = 0; i < FLASH_ROWS; i++)
		judge(worst, x[i], y[i]);
}

static struct worst try_all(const struct flash_kernel *kernel, uint32_t step)
{
	struct worst worst = {0, 0, 0};
	for (uint64_t bits = 0; bits < (uint64_t)1 << 32; bits += (uint64_t)step * FLASH_ROWS)
		try_some(kernel, (uint32_t)bits, step, &worst);
	for (int n = -126; n <= 127; n++) {
		float border = (float)((n + 0.5) * 0.6931471805599453);
		uint32_t bits;
		memcpy(&bits, &border, sizeof bits);
		try_some(kernel, bits - FLASH_ROWS / 2, 1, &worst);
	}
	return worst;
}

int main(int argc, char **argv)
{
	static const struct {
		const struct flash_kernel *kernel;
		enum isa isa;
	} kernels[] = {
		{&flash_portable, ISA_SCALAR},
#ifdef HAVE_AVX2
		{&flash_avx2, ISA_AVX2},
#endif
#ifdef HAVE_AVX512
		{&flash_avx512, ISA_AVX512},
#endif
	};
	int count = (int)(sizeof kernels / sizeof *kernels), failed = 0;
	uint32_t step = argc > 1 && !strcmp(argv[1], "--all") ? 1 : 499;
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		if (kernels[i].isa > isa_to_use()) {
			printf("ok %d - exp of %s # SKIP this processor, or ATTNBENCH_ISA, has it not\n", i + 1, kernels[i].kernel->name);
			continue;
		}
		struct worst worst = try_all(kernels[i].kernel, step);
		int good = worst.ulps <= 1 && worst.wrong == 0;
		failed += !good;
		printf("%sok %d - exp of %s: at most %.4f ulp, at %a; %ld of the wrong kind\n", good ? "" : "not ", i + 1, kernels[i].kernel->name, worst.ulps,
		       (double)worst.x, worst.wrong);
	}
	return failed != 0;
}
