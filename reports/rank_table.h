/* Tables of what ranks do, in Markdown and HTML: a row's first cell is its name, the second a problem's key, the rest are numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORTS_RANK_TABLE_H
#define REPORTS_RANK_TABLE_H

#include <stdio.h>

enum { RANK_CELL = 160 };

struct rank_table {
	const char *label, *legend; /* of HTML: for those who hear the page, and the caption */
	const char *const *heads;
	int columns;
};

void markdown_rank_head(FILE *out, const struct rank_table *t);
void markdown_rank_row(FILE *out, const struct rank_table *t, char cell[][RANK_CELL]);

void html_rank_head(FILE *out, const struct rank_table *t);
void html_rank_row(FILE *out, const struct rank_table *t, char cell[][RANK_CELL]);
void html_rank_end(FILE *out);

#endif
