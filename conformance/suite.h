/* Suites: sets of cases, each case a problem with a way to make its inputs and to judge what comes out.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_SUITE_H
#define CONFORMANCE_SUITE_H

#include "conformance/judge.h"

struct trial;

struct check_case {
	char *name;     /* of this case within its suite */
	struct attn_problem problem;
	const char *recipe;
	uint64_t seed;
	int64_t rows;   /* query rows to judge; < 0: all */
	void (*test)(struct trial *trial); /* what is done: trial_plain, or something of the suite's own */
	const void *data;                  /* the suite's own */
};

struct case_list {
	struct check_case *cases;
	size_t count, room;
	char why[512]; /* what kept the suite from making its list; empty: nothing */
};

struct suite_options {
	uint64_t seed;
	int64_t count;                /* of random cases; 0: as many as the suite thinks right */
	int64_t repeats;              /* of runs in the threads suite; likewise */
	int deep;                     /* minutes rather than seconds */
	const char *one;              /* name of the one case that the suite random is to hold; NULL: what it draws */
	const char *onnx;             /* folder of ONNX backend tests; NULL: none */
	const struct attn_impl *impl; /* whose declared tiles the edge suite goes round */
};

struct suite {
	const char *name, *summary;
	void (*list)(struct case_list *list, const struct suite_options *options);
	int shrinks; /* a failure is made smaller: its cases are drawn, and by trial_plain */
};
extern const struct suite suites[]; /* ended by a NULL name */

/* Adds a case of a problem, named by its key, the recipe and the seed, and returns it (good until the next is added); NULL
 * and list->why where the key can't be. */
struct check_case *case_add(struct case_list *list, const char *key, const char *recipe, uint64_t seed);
/* The same from a problem already made. */
struct check_case *case_add_problem(struct case_list *list, const struct attn_problem *p, const char *recipe, uint64_t seed);
/* A case of the recipe normal with a test of its own, named KEY/WHAT. */
struct check_case *case_add_test(struct case_list *list, const char *key, const char *what, void (*test)(struct trial *trial));
void case_rename(struct check_case *c, const char *name);
void case_list_free(struct case_list *list);

#endif
