/* Results as the Test Anything Protocol: one point per implementation and suite, its cases as a subtest.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_TAP_H
#define CONFORMANCE_TAP_H

#include "conformance/runner.h"

/* version 14, or 13 under prove (HARNESS_ACTIVE), which refuses 14 */
void tap_begin(size_t points);
void tap_group(const struct runner_group *group, size_t number);

/* The command that runs one case again. */
void reproducer(const struct runner_group *group, const struct check_case *c, char *text, size_t size);

/* The same for a smaller case that was made of one. */
void reproducer_shrunk(const struct runner_group *group, const char *name, char *text, size_t size);

#endif
