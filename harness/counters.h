/* Hardware counters of a process and its threads, through perf_event, by libpfm's names. Where there are none, or none are permitted, there is
 * nothing to read and nothing is said.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_COUNTERS_H
#define HARNESS_COUNTERS_H

#include "harness/machine.h"

#include <stddef.h>

enum { COUNTERS_MOST = 8, COUNTER_NAME_SIZE = 64 };
extern const char *const counters_usual; /* "cycles,instructions,cache-misses" */

struct counters {
	char names[COUNTERS_MOST][COUNTER_NAME_SIZE]; /* of those that count */
	int fds[COUNTERS_MOST];
	int n;
};

/* Are all names of the comma-separated list known to libpfm? 0, or -1 with why. */
int counters_check(const char *list, char *why, size_t size);

/* Begins to count what of the list is permitted, in this process and in threads that it makes from now on. Returns how many. */
int counters_open(struct counters *c, const char *list);
void counters_close(struct counters *c);

/* What was counted so far, by position; scaled where the processor had to take turns. */
void counters_read(const struct counters *c, double values[COUNTERS_MOST]);

/* machine.counters: which of the usual ones count here, or why none does. */
void facts_of_counters(struct fact_list *list);

#endif
