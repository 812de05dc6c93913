/* Text that grows, escapes, numbers as people read them, and files that appear together or not at all.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORTS_OUTPUT_H
#define REPORTS_OUTPUT_H

#include <stddef.h>
#include <stdio.h>

/* A stream into memory; text_end gives the text (to free), or NULL where there was no memory. */
struct text {
	FILE *out;
	char *data;
	size_t size;
};
int text_begin(struct text *t);
char *text_end(struct text *t);

/* Foreign text, made harmless in each format. Control characters become U+FFFD. */
void put_html(FILE *out, const char *text);
void put_markdown(FILE *out, const char *text);
void put_csv(FILE *out, const char *text);
/* A name as part of an anchor or a file name: letters, digits and '-'. */
void put_slug(FILE *out, const char *text);

/* Three significant digits with a unit, "1.23 ms", "45.6 GFLOP/s", "3.00 MiB"; "–" for NAN. The text is the caller's. */
enum { NUMBER_SIZE = 48 };
char *show_time(double ns, char text[NUMBER_SIZE]);
char *show_rate(double per_second, const char *unit, char text[NUMBER_SIZE]);
char *show_bytes(double bytes, char text[NUMBER_SIZE]);
char *show_number(double x, char text[NUMBER_SIZE]);
char *show_percent(double fraction, char text[NUMBER_SIZE]);
/* The shortest text that reads back as the same number; "" for NAN. */
char *show_exact(double x, char text[NUMBER_SIZE]);

/* Files to write below one folder. */
struct output {
	const char *folder, *option; /* option: whose value the folder is, for messages */
	struct output_file {
		char *name, *data, *temporary;
	} *files;
	size_t count;
};
/* Takes data, which may be NULL (no memory). 0, or -1 where there was none. */
int output_add(struct output *o, const char *name, char *data);
/* Makes the folders, writes every file beside its place, then renames them all. 0, or an exit status after a message; on
 * an error nothing new is left. */
int output_write(struct output *o);
void output_free(struct output *o);

#endif
