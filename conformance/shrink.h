/* A failed case made smaller: the least problem that still fails.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_SHRINK_H
#define CONFORMANCE_SHRINK_H

#include "conformance/suite.h"
#include "harness/problem.h"

enum { SHRINK_NAME_SIZE = ATTN_KEY_SIZE + 64 };

struct shrunk {
	size_t of;     /* number of the case in its list */
	int attempts;  /* 0: nothing was tried */
	int is_smaller;
	char name[SHRINK_NAME_SIZE]; /* KEY/inputs:RECIPE/seed:N, as --case takes it */
	char reason[400];
};

/* Whether a case still fails, and why. It is run as every case is, in a child of its own. */
typedef int shrink_fails(struct check_case *c, void *context, char *reason, size_t size);

/* Drops features and reduces sizes as long as the case still fails, at most `attempts` runs and `seconds`. */
void shrink(const struct check_case *c, shrink_fails *fails, void *context, struct shrunk *result);

/* The case that such a name stands for, added to the list; NULL and list->why where it is no such name. */
struct check_case *shrink_case_add(struct case_list *list, const char *name);

#endif
