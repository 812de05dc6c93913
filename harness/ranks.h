/* Under mpirun: rank 0 is the harness, the others serve.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_RANKS_H
#define HARNESS_RANKS_H

#include <attnbench/attn.h>

/* Before anything else of a command. Returns 1 in processes that have served as a rank and end with *status (and in all, where
 * they can't serve); 0 in the harness, also where there is no mpirun. Under mpirun it takes --local NAME out of argv. */
int ranks_enter(int *argc, char **argv, int *status);

/* Rows of the table that the ranks compute, ended by NULL; NULL where this is not under mpirun, and why. */
const struct attn_impl *const *ranks_rows(const char **why);
extern const char *const ranks_row_names[]; /* of those rows, ended by NULL */

#endif
