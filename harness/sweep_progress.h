/* The line on stderr that says how far a sweep is: on a terminal only.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_SWEEP_PROGRESS_H
#define HARNESS_SWEEP_PROGRESS_H

#include "harness/sweep.h"

/* How many points are done, the time that is left, and what is measured now; not more often than every tenth of a second. */
void sweep_progress(const struct sweep *s, const struct sweep_case *c, const char *impl);
/* Something else that takes a while. */
void sweep_progress_say(const char *what);
/* Takes the line away, if there is one: before anything else is written. */
void sweep_progress_end(void);

#endif
