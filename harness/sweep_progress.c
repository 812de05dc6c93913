/* Progress with the time that is left.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static size_t points_done(const struct sweep *s)
{
	size_t done = 0;
	for (size_t k = 0; k < s->n_cases * s->n_impls; k++)
		done += s->points[k].status != SWEEP_PENDING;
	return done;
}

/* Not more often than every tenth of a second. */
static int is_due(void)
{
	static double last;
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	double now = (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
	if (now - last < 0.1)
		return 0;
	last = now;
	return 1;
}

void sweep_progress(const struct sweep *s, const struct sweep_case *c, const char *impl)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (!c) {
		fputs("\r\033[K", stderr);
		return;
	}
	if (!is_due())
		return;
	double rest = sweep_estimate_rest(s);
	char left[32] = "time left unknown";
	if (rest >= 0)
		snprintf(left, sizeof left, "%d:%02d left", (int)rest / 60, (int)rest % 60);
	fprintf(stderr, "\r%4zu/%zu  %s  %.40s  %.16s\033[K", points_done(s), s->n_cases * s->n_impls, left, c->key, impl);
	fflush(stderr);
}
