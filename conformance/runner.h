/* Runs groups of cases, each group (an implementation on a suite) in forked children, several groups at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_RUNNER_H
#define CONFORMANCE_RUNNER_H

#include "conformance/shrink.h"
#include "conformance/trial.h"

struct runner_group {
	const struct attn_impl *impl;
	const struct suite *suite;
	struct case_list list;
	struct attempt *attempts; /* shared; one per case */
	struct shrunk *shrunk;    /* shared: the first failure of the suite random, made smaller */
	const struct suite_options *options; /* that the list was made with */
	int threads;
	int stops_at_failure; /* the implementation is left at its first */
	double seconds; /* a case may take */
};

/* Runs all groups on `jobs` processes and calls done(group, context) for each in order, as soon as it and those before it are
 * done. 0 where it could not: no memory, no process. */
int runner_run(struct runner_group *groups, size_t count, int jobs, void (*done)(const struct runner_group *group, void *context), void *context);

const char *attempt_status_name(enum attempt_status status);

#endif
