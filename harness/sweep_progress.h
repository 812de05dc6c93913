/* The line on stderr that says how far a sweep is: on a terminal only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_SWEEP_PROGRESS_H
#define HARNESS_SWEEP_PROGRESS_H

#include "harness/sweep.h"

/* c NULL: takes the line away. */
void sweep_progress(const struct sweep *s, const struct sweep_case *c, const char *impl);

#endif
