/* Facts and roofs as JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_MACHINE_JSON_H
#define HARNESS_MACHINE_JSON_H

#include "harness/machine.h"
#include "harness/roof.h"

/* One object on stdout, of the groups and "roofs" (NULL: left out). An exit status, after its message. */
int facts_print_json(const struct fact_list *list, const struct roofs *r);

#ifdef HAVE_JANSSON
#include <jansson.h>
/* The facts of one group, name: value. */
json_t *facts_json(const struct fact_list *list, const char *group);
/* {"flops": {"f32": {"1": …}}, "flops_by_isa": {"avx2": {"f32": {"1": …}}}, "bandwidth": {"dram": {"1": …}}}; the first
 * holds the best instruction set of each. */
json_t *roofs_json(const struct roofs *r);
#endif

#endif
