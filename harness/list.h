/* The parts of `attnbench list`.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_LIST_H
#define HARNESS_LIST_H

enum list_format { LIST_TEXT, LIST_NAMES, LIST_JSON };

/* Each prints one kind of thing on stdout and returns the exit status. */
int list_impls(enum list_format format);
int list_suites(enum list_format format);
int list_workloads(enum list_format format);
int list_features(enum list_format format);

/* A line of a table: the name, padded to `width`, then the text, wrapped at 80 columns. */
void list_row(const char *name, int width, const char *text);
/* The same; a line without a blank is broken after one of `joints`. */
void list_row_joined(const char *name, int width, const char *text, const char *joints);
/* The width of a column of names: the longest of them, but at most 24. */
int list_wider(int width, const char *name);

#ifdef HAVE_JANSSON
#include <jansson.h>
/* An object of strings: pairs of name and text, ended by NULL; a NULL text becomes null. */
json_t *list_object(const char *name, const char *text, ...) __attribute__((sentinel));
#endif

#endif
