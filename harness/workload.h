/* Named problems of real models, from a text file that a user can copy and edit (harness/workloads.txt says its format).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_WORKLOAD_H
#define HARNESS_WORKLOAD_H

#include "harness/problem.h"

struct workload {
	char name[64], source[256];
	struct attn_problem problem;
};

struct workload_list {
	struct workload *entries;
	size_t n;
};

/* The project's own file. */
const char *workload_default_path(void);

/* Appends the file's workloads. 0, or -1 with why: file, line, what was found and what was expected; the list is as before. */
int workload_read(const char *path, struct workload_list *list, char *why, size_t size);
void workload_free(struct workload_list *list);

/* Does the entry belong to what a user asked for? "llama-3-8b" names all of its lines, "llama-3-8b/decode" one,
 * and a glob what it matches. */
int workload_matches(const struct workload *w, const char *asked);

#endif
