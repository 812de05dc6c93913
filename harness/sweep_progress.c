/* Progress with the time that is left.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_progress.h"
#include "harness/wrap.h"

#include <stdio.h>
#include <time.h>

static size_t points_done(const struct sweep *s)
{
	size_t done = 0;
	for (size_t k = 0; k < s->n_cases * s->n_impls; k++)
		done += sweep_is_done(s, &s->points[k]);
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

/* "3:07", or "2:03:07" with hours */
static void put_left(char *text, size_t size, double seconds)
{
	int s = seconds < 1e7 ? (int)(seconds + 0.5) : 0;
	if (seconds < 0 || seconds >= 1e7)
		snprintf(text, size, "time left unknown");
	else if (s < 3600)
		snprintf(text, size, "%d:%02d left", s / 60, s % 60);
	else
		snprintf(text, size, "%d:%02d:%02d left", s / 3600, s / 60 % 60, s % 60);
}

static int shown; /* a line stands on the terminal */

/* The line in place of the one before it; the last column stays free, where some terminals would begin a new line. */
static void show(const char *line)
{
	fprintf(stderr, "\r%.*s\033[K", WRAP_COLUMNS - 1, line);
	fflush(stderr);
	shown = 1;
}

void sweep_progress(const struct sweep *s, const struct sweep_case *c, const char *impl)
{
	char left[32], line[WRAP_COLUMNS * 2];
	if (!wrap_overwrites(stderr) || !is_due())
		return;
	put_left(left, sizeof left, sweep_estimate_rest(s));
	snprintf(line, sizeof line, "%zu/%zu  %s  %.16s  %.*s", points_done(s), s->n_cases * s->n_impls, left, impl, WRAP_COLUMNS, c->key);
	show(line);
}

void sweep_progress_say(const char *what)
{
	if (wrap_overwrites(stderr))
		show(what);
}

void sweep_progress_end(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = 0;
}
