/* A result set: one JSON file, Google Benchmark's format with more members (results/schema.json).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_SWEEP_SET_H
#define HARNESS_SWEEP_SET_H

#include "harness/sweep.h"

/* Can a file be made at that path? 0, or errno. Nothing stays behind. */
int set_can_write(const char *path);

#ifdef HAVE_JANSSON
#include <jansson.h>

/* The whole set of what is done so far. complete: nothing is pending. The caller decrefs. NULL: no memory. */
json_t *set_of_sweep(const struct sweep *s);                              /* sweep_context.c */
json_t *set_context(const struct sweep *s);                               /* sweep_context.c */
json_t *set_entry(const struct sweep *s, const struct sweep_point *p);    /* sweep_entry.c */

/* Writes a set, one entry of "benchmarks" a line: whole, or not at all (a temporary file, flushed to the disk, renamed).
 * 0, or errno; nothing stays behind then. */
int set_write(const char *path, json_t *set);

/* Reads one. NULL with why: file, line, what was found and expected. */
json_t *set_read(const char *path, char *why, size_t size);

/* Takes over what the set at --out, or what an interrupted run left beside it, has of this sweep. How many points, or an
 * exit status as a negative number after its message: the set is of another machine or build. */
int set_resume(struct sweep *s);

/* What other processes took and moved for a point, in its entry; and out of one (NULL: there were none). */
json_t *set_processes(const struct sweep_processes *p); /* sweep_processes.c */
void set_take_processes(struct sweep_processes *p, const json_t *all);

/* Exponents of the growth of time and memory with the length, of entries; and as a table on stdout. */
json_t *set_growth(const json_t *entries);       /* sweep_growth.c */
void set_print_growth(const json_t *growth);

/* Numbers; null where unknown. set_waited: shares, to four digits. */
json_t *set_numbers(const double *x, size_t n);      /* sweep_entry.c */
json_t *set_waited(const double *waited, size_t n); /* sweep_entry.c */

/* The canary's samples, how long they waited, their paces, and how much they vary: half the central 90 %, relative to their median. Takes the arrays
 * over; paces NULL: none. */
json_t *set_canary(json_t *samples, json_t *waited, json_t *paces); /* sweep_set.c */

/* Bad conditions of the run, as texts: a load, steal time, a powersave governor, a build with sanitizers. */
json_t *set_warnings(const struct sweep *s, const struct machine_load *after);
#endif

#endif
