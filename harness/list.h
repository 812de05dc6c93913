/* The lists behind attnbench list: rows of text fields.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_LIST_H
#define HARNESS_LIST_H

#include <stddef.h>

enum { LIST_COLUMNS = 8 };

struct list_row {
	char *fields[LIST_COLUMNS]; /* NULL: has none */
};

struct list_rows {
	struct list_row *rows;
	size_t count;
};

struct list_thing {
	const char *name, *summary;
	const char *columns[LIST_COLUMNS]; /* names of the fields in JSON */
	size_t shown;                      /* how many of them the table shows */
	void (*fill)(struct list_rows *rows);
};

/* Adds a row; the fields are copied. */
void list_add(struct list_rows *rows, const char *const *fields, size_t n);

void list_impls(struct list_rows *rows);
void list_suites(struct list_rows *rows);
void list_features(struct list_rows *rows);

#endif
