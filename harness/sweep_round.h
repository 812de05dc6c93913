/* The measuring of one case: contenders, and rounds over them in random order.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_SWEEP_ROUND_H
#define HARNESS_SWEEP_ROUND_H

#include "harness/sweep_worker.h"

/* One case while a pass measures it. Contender n_impls is the canary. */
struct contender {
	struct sweep_point *point; /* NULL: the canary */
	struct worker worker;
	uint64_t iterations;       /* of a repetition */
	int is_calibrated;         /* its number is found */
	double call_s;
	size_t wanted, n;          /* samples of this pass */
	double *samples, *cpu, *waited, *pace;
	double counters[COUNTERS_MOST], calls; /* of all samples, sums */
};

struct round_of {
	struct sweep *s;
	struct sweep_case *c;
	struct attn_tensors tensors;
	struct sweep_rotation rotation;
	struct contender *contenders;
	size_t n;
	uint64_t *random;
};

/* The numbers 0 … n - 1 in random order; *random is the state of the generator. */
void round_shuffle(size_t *order, size_t n, uint64_t *random);

/* How long a request may take whose call takes that long. */
double round_patience(const struct round_of *r, double call_s);

/* The status a point ends with, and why; NULL: the canary, which has none. contender_drop: of one that has no time to show. */
void point_settle(struct sweep_point *p, enum sweep_status status, const char *reason);
void contender_drop(struct contender *x, const struct worker_reply *reply);

/* Repetitions until each contender has what it wants. order: room for as many numbers as there are contenders. */
void round_measure(struct round_of *r, size_t *order);

/* Appends the samples: to the sweep's those of the canary, to its point's those of an implementation. contender_keep: 0, or -1: no memory. */
void round_keep_canary(const struct round_of *r, const struct contender *x);
int contender_keep(struct contender *x);

#endif
