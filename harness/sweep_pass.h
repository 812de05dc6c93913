/* What the next pass of a sweep measures.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_SWEEP_PASS_H
#define HARNESS_SWEEP_PASS_H

#include "harness/sweep.h"

#include <stdint.h>

/* Samples that the next pass takes of a point whose `wanted` is known; 0: none. Planned passes take equal shares; further ones come where samples
 * were disturbed, and with --ci. */
size_t pass_share(const struct sweep *s, const struct sweep_point *p);

/* Is there a point of this case for pass number `pass`, from 0? One that had as many already waits for the others. */
int pass_wants_point(const struct sweep *s, const struct sweep_point *p, size_t pass);
int pass_wants_case(const struct sweep *s, size_t c, size_t pass);

/* Why a point that was measured has no more samples: "repetitions", so many were asked for; "interval", it is as small as --ci asks; "time",
 * --max-seconds was reached, or --budget. */
const char *pass_stopped(const struct sweep *s, const struct sweep_point *p);

/* Keeps to --budget on a slow or busy machine: after half of it the first pass takes the fewest samples, and only of what is short; after four fifths
 * whichever pass it is is the last, as far as it has come. */
void pass_hurry(struct sweep_options *o, size_t pass, double seconds);

/* The order of the cases. The first pass goes from little work to much, since what is slow shows on little work whether more is affordable; each
 * other one is in random order. */
void pass_order(const struct sweep *s, size_t pass, uint64_t *random, size_t *order);

/* Was nothing in the way of a sample: did it wait for no processor, and was the processor as fast as it can be? */
int pass_is_calm(const struct sweep *s, double waited, double pace_ns);
/* The longest pace that counts as that: near the shortest of those measured, of which some may be luckier still. 0: none is known. */
double pass_calm_ns(const struct sweep *s);

#endif
