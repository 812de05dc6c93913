/* Two result sets against each other.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_COMPARE_H
#define HARNESS_COMPARE_H

#include "harness/stats_compare.h"

enum verdict { VERDICT_SAME, VERDICT_FASTER, VERDICT_SLOWER, VERDICT_UNKNOWN, VERDICT_BROKEN, VERDICT_APPEARED, VERDICT_VANISHED, VERDICTS };
const char *verdict_name(enum verdict v);
int verdict_is_regression(enum verdict v); /* slower, or no answer any more */

enum { COMPARE_NAME_SIZE = 1200, COMPARE_REASON_SIZE = 256 };

/* One point: an implementation on a problem with a number of threads. */
struct pair {
	char name[COMPARE_NAME_SIZE], reason[COMPARE_REASON_SIZE];
	int timed;                /* both have times */
	double floor;             /* the least difference that counts here: what the machine may have changed is no less */
	int disturbed;            /* by other work, too much to say anything */
	double base_ns, new_ns;   /* medians */
	struct stats_ratio ratio; /* new / base */
	double p;                 /* of the rank test, adjusted over all pairs; 1 where there is none */
	struct stats_ratio low_ratio; /* the same of the least disturbed samples; ratio 0: there are too few */
	double low_p;
	int by_low;               /* they decided */
	enum verdict verdict;
};

struct comparison {
	struct pair *pairs;
	size_t n;
	double floor;             /* the least difference that counts, relative */
	double low_floor;         /* for the least disturbed samples */
	double canary;            /* ratio of the canary's medians: what the machine itself did; 0: unknown */
	char differences[16][COMPARE_REASON_SIZE];
	size_t n_differences;     /* why the sets can't be compared */
};

#ifdef HAVE_JANSSON
#include <jansson.h>
/* Two entries' samples by rank test and ratio: those that waited for no processor, at the pace of the processor that the two have in common
 * (stats_common_pace), where both have enough of them; else all, which shows the machine rather than the code. The interval is widened to that of the
 * passes' medians, at 99 %, where both have three passes or more. 0, or -1 where one has none. */
enum { COMPARE_FEWEST = 6 };
struct sample_test {
	struct stats_ratio ratio; /* fresh / base */
	double p;
	size_t fewest;            /* samples of the smaller one */
	int disturbed;            /* all had to be taken */
};
int compare_samples(const json_t *base, const json_t *fresh, struct sample_test *t);
/* The same of the samples that least was in the way of: at the lowest pace at which both have enough, what they waited for processors taken off, by
 * the lower quartiles of their passes' least. -1: there are too few of them, or their
 * paces are not known. */
int compare_low(const json_t *base, const json_t *fresh, struct sample_test *t);
/* 0, or -1: no memory. compare_free frees either way. */
int compare_sets(const json_t *base, const json_t *fresh, double threshold, struct comparison *c);
#endif
void compare_free(struct comparison *c);

/* On stdout. */
void compare_print_text(const struct comparison *c);
void compare_print_markdown(const struct comparison *c);
int compare_print_json(const struct comparison *c);

#endif
