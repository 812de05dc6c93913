/* What `sweep --json` says on stdout. The result set itself is the file that --out names (sweep_set.h).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_SWEEP_JSON_H
#define HARNESS_SWEEP_JSON_H

#include "harness/sweep_set.h"

#ifdef HAVE_JANSSON
/* The table of a sweep whose set that is. written: the set lies at --out. NULL: no memory. */
json_t *sweep_json(const struct sweep *s, const json_t *set, int written);

/* What would be measured. */
json_t *sweep_json_plan(const struct sweep *s);
#endif

#endif
