/* Roofs: what this machine reaches at best, measured. Arithmetic by loops of FMA alone, memory by loops of loads alone.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_ROOF_H
#define HARNESS_ROOF_H

#include <stddef.h>
#include <stdint.h>

enum { ROOF_MOST = 256 };

/* One measured value: FLOP/s of name "f32", "f64", "bf16" with an instruction set, or bytes/s read from "l1" … "dram". */
struct roof {
	char name[8], isa[16]; /* isa "" for bandwidth */
	int threads;
	double value;
};

struct roofs {
	struct roof roofs[ROOF_MOST];
	size_t n;
};

/* Measures, in a child (the parent never computes). threads: the numbers of threads to measure with, n of them. seconds:
 * roughly for each value. every: each instruction set and cache level, not only those that fractions need. 0, or -1 with why;
 * *r holds what was measured. */
struct roof_request {
	const int *threads;
	size_t n;
	double seconds;
	int every;
};
int roofs_measure(const struct roof_request *request, struct roofs *r, char *why, size_t size);

/* Into r the better of both for each value: what disturbed one measurement did not the other. */
void roofs_keep_best(struct roofs *r, const struct roofs *again);

/* 0: not measured. The peak is that of the instruction set in use. */
double roof_peak(const struct roofs *r, const char *dtype, int threads);
double roof_bandwidth(const struct roofs *r, const char *level, int threads);

/* Which level holds that many bytes, shared by that many threads: "l2", "l3" or "dram". */
const char *roof_level(double bytes, int threads);

/* Loops that do nothing but the work: FLOPs, or bytes, of `count` turns. roof_flops.c, roof_read.c. */
struct roof_kernel {
	const char *name, *isa;
	double per_turn;           /* FLOPs */
	void (*run)(uint64_t turns);
};
extern const struct roof_kernel roof_kernels[]; /* ended by a NULL name; best instruction set last for each name */
int roof_kernel_runs(const struct roof_kernel *k); /* does this CPU have it, and the cap allow it? */

/* Reads bytes (a multiple of 512) from memory of 64-byte alignment, once. */
void roof_read(const void *memory, size_t bytes);

#endif
