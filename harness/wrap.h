/* What people read on a terminal: lines fit 80 columns, colour where it is wanted. Where programs read, in files and pipes, what is one line
 * stays one.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_WRAP_H
#define HARNESS_WRAP_H

#include <stdio.h>

enum { WRAP_COLUMNS = 80 };

/* How long lines may be: 80 columns on a terminal, elsewhere any length. */
int wrap_columns(FILE *f);

/* May what goes there be coloured? On a terminal that can, unless NO_COLOR says no (https://no-color.org). */
int wrap_colour(FILE *f);

/* May a line there be written over? */
int wrap_overwrites(FILE *f);

/* Columns that UTF-8 text takes. */
int wrap_width(const char *text);

/* Bytes of text that fit into `room` columns, cut at a blank where there is one, else after one of `joints`. A word longer than the line
 * stays whole. */
size_t wrap_length(const char *text, int room, const char *joints);

/* The rest of a line that has got to column `at`, and an end of line. Where it goes on, `indent` blanks and `prefix` stand before it. */
struct wrap {
	int columns, at, indent;
	const char *prefix, *joints;
};
void wrap_put(FILE *f, const char *text, const struct wrap *w);

#endif
