/* Text that grows, and foreign text made harmless in each format.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/output.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int text_begin(struct text *t)
{
	t->data = NULL;
	t->out = open_memstream(&t->data, &t->size);
	return t->out ? 0 : -1;
}

char *text_end(struct text *t)
{
	if (!t->out)
		return NULL;
	int bad = ferror(t->out);
	if (fclose(t->out) || bad) {
		free(t->data);
		return NULL;
	}
	return t->data;
}

struct escape {
	char from;
	const char *to;
};

static void put_escaped(FILE *out, const char *text, const struct escape *table)
{
	for (; *text; text++) {
		const struct escape *e = table;
		while (e->from && e->from != *text)
			e++;
		if (e->from)
			fputs(e->to, out);
		else if ((unsigned char)*text < ' ' || *text == 127)
			fputs("\xef\xbf\xbd", out);
		else
			putc(*text, out);
	}
}

void put_html(FILE *out, const char *text)
{
	static const struct escape table[] = {{'&', "&amp;"}, {'<', "&lt;"},  {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"},
	                                      {'\n', "\n"},   {'\t', "\t"}, {0, ""}};
	put_escaped(out, text, table);
}

/* Inside a table cell too: no line breaks, no bars. */
void put_markdown(FILE *out, const char *text)
{
	static const struct escape table[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'|', "\\|"}, {'*', "\\*"}, {'_', "\\_"}, {'`', "\\`"},
	                                      {'[', "\\["},   {']', "\\]"},  {'~', "\\~"},  {'\\', "\\\\"}, {'#', "\\#"}, {'@', "&#64;"}, {'\n', " "}, {'\t', " "}, {0, ""}};
	put_escaped(out, text, table);
}

/* RFC 4180; a field is quoted where it must be. */
void put_csv(FILE *out, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		fputs(text, out);
		return;
	}
	putc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', out);
		putc(*text, out);
	}
	putc('"', out);
}

void put_slug(FILE *out, const char *text)
{
	for (; *text; text++)
		putc(isalnum((unsigned char)*text) ? *text : '-', out);
}
