/* By how much an implementation is to be faster than the best other of each case, and where it is not.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/compare_within.h"

#ifdef HAVE_JANSSON
#include <fnmatch.h>
#include <stdio.h>

void within_aim(struct within *w, const struct within_goal *goals, size_t n)
{
	for (size_t i = 0; i < w->n; i++)
		for (size_t g = 0; g < n; g++)
			if (!fnmatch(goals[g].glob, w->rows[i].workload, 0))
				w->rows[i].goal = goals[g].ratio;
}

/* A row without a time misses; one without another to compare with does not. */
static int misses(const struct within_row *r)
{
	return r->goal > 0 && (*r->reason || (r->other && !(r->ratio.ratio >= r->goal)));
}

size_t within_missed(const struct within *w)
{
	size_t n = 0;
	for (size_t i = 0; i < w->n; i++)
		n += (size_t)misses(&w->rows[i]);
	return n;
}

static void print_miss(const struct within_row *r, int format)
{
	if (format == 'm')
		printf("| `%s` | `%s` | %.2f | ", r->workload, r->problem, r->goal);
	else
		printf("  %s, %s: asked for x%.2f, ", r->workload, r->problem, r->goal);
	if (*r->reason)
		printf("%s", r->reason);
	else
		printf("%s%.2f of %s%s", format == 'm' ? "" : "found x", r->ratio.ratio, r->other, r->ratio.high >= r->goal ? ", whose interval reaches it" : "");
	puts(format == 'm' ? " |" : "");
}

void within_print_goals(const struct within *w, int format)
{
	size_t asked = 0, alone = 0, missed = within_missed(w);
	for (size_t i = 0; i < w->n; i++) {
		asked += w->rows[i].goal > 0;
		alone += w->rows[i].goal > 0 && !*w->rows[i].reason && !w->rows[i].other;
	}
	if (!asked)
		return;
	printf("\ngoals: %zu met, %zu missed", asked - missed - alone, missed);
	if (alone)
		printf(", %zu of cases that no other does", alone);
	puts("");
	if (format == 'm' && missed)
		puts("\n| missed | problem | asked for | found |\n| --- | --- | --: | --- |");
	for (size_t i = 0; i < w->n; i++)
		if (misses(&w->rows[i]))
			print_miss(&w->rows[i], format);
}
#endif
