/* How fast is the processor just now? On a virtual machine a neighbour may use the other half of the core, on a laptop the frequency may fall: the
 * same work takes a fifth longer for milliseconds or minutes, and no clock, load or steal time tells. A fixed piece of work on the thread that is
 * measured, right before and after each repetition, does.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_SWEEP_PACE_H
#define HARNESS_SWEEP_PACE_H

/* Nanoseconds of that work: the shortest of a few tries of some microseconds each, so that an interrupt is no slow processor: reads
 * from the first-level cache, of a few KiB of it. */
double pace_ns(void);

#endif
