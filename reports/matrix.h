/* The conformance matrix: implementations × suites, from checks, and from the error ratios of the sweeps.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORTS_MATRIX_H
#define REPORTS_MATRIX_H

#include "reports/report.h"

struct matrix_cell {
	size_t passed, failed, refused, left_out; /* failed counts crashes and timeouts; left_out: too slow to run */
	const char *why;                          /* the first reason of a failure, else of a refusal */
};

struct matrix {
	const char **suites; /* of the checks, in order of appearance, then one "sweep" a result set */
	char **names;        /* of the columns */
	size_t suite_count, impl_count;
	const char **impls;          /* rows: no limits */
	struct matrix_cell *cells;   /* impl_count × suite_count */
};

/* 0, or -1 where there is no memory. */
int matrix_make(const struct report *r, struct matrix *m);
void matrix_free(struct matrix *m);
/* "✓ 12", "✗ 2 of 14", "– refused 3", joined by ", ". */
void matrix_cell_text(const struct matrix_cell *c, FILE *out);
/* "passed", "failed", "refused" or "none": for colour. */
const char *matrix_cell_class(const struct matrix_cell *c);
int check_failed(const json_t *entry);

#endif
