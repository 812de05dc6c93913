/* Random numbers that are the same on every machine: integers only, no libm.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_RANDOM_H
#define CONFORMANCE_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

/* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
static inline uint64_t random_bits(struct random *r)
{
	uint64_t x = r->state += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* A stream of its own for each (seed, stream). */
static inline struct random random_start(uint64_t seed, uint64_t stream)
{
	struct random r = {seed};
	r.state = random_bits(&r) ^ stream * 0xd1342543de82ef95;
	return r;
}

/* 0 … n-1; n > 0. The bias of the remainder is below n / 2^64. */
static inline int64_t random_below(struct random *r, int64_t n)
{
	return (int64_t)(random_bits(r) % (uint64_t)n);
}

static inline int64_t random_between(struct random *r, int64_t low, int64_t high)
{
	return low + random_below(r, high - low + 1);
}

/* [0, 1) in steps of 2^-24. */
static inline double random_unit(struct random *r)
{
	return (double)(random_bits(r) >> 40) * 0x1p-24;
}

/* Nearly N(0, 1): the sum of twelve uniform numbers less 6, exact in double. It reaches ±6. */
static inline double random_normal(struct random *r)
{
	int64_t sum = 0;
	for (int i = 0; i < 4; i++) {
		uint64_t x = random_bits(r);
		sum += (int64_t)((x & 0x1fffff) + (x >> 21 & 0x1fffff) + (x >> 42 & 0x1fffff));
	}
	return (double)sum * 0x1p-21 - 6;
}

#endif
