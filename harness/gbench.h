/* Google Benchmark behind a C interface: times one callback. The only part of the project in C++ is gbench.cc.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_GBENCH_H
#define HARNESS_GBENCH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gbench_time {
	double real_ns, cpu_ns; /* per call; cpu: of all threads of the process */
	uint64_t iterations;
};

/* What is timed: calls, which answer 0, or else end the measurement. begin and end are called right before and right after the timed calls, and may be
 * called more than once: the last time counts. */
struct gbench_work {
	int (*call)(void *context);
	void (*begin)(void *context), (*end)(void *context);
	void *context;
};

/* Measures one repetition; the answer of a call that was not 0 is returned. iterations 0: as many as fill min_seconds. Else exactly that many.
 * -1: Google Benchmark ran nothing. */
int gbench_measure(const struct gbench_work *work, double min_seconds, uint64_t iterations, struct gbench_time *time);

/* Its version, as far as it says. */
const char *gbench_version(void);

#ifdef __cplusplus
}
#endif
#endif
