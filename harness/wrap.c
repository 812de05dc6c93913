/* Breaking lines.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/wrap.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int wrap_columns(FILE *f)
{
	return isatty(fileno(f)) ? WRAP_COLUMNS : INT_MAX;
}

int wrap_overwrites(FILE *f)
{
	const char *kind = getenv("TERM");
	return isatty(fileno(f)) && kind && strcmp(kind, "dumb");
}

int wrap_colour(FILE *f)
{
	const char *no = getenv("NO_COLOR");
	return wrap_overwrites(f) && !(no && *no);
}

/* Does a column begin here? Not at the bytes that continue a character. */
static int is_column(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

int wrap_width(const char *text)
{
	int columns = 0;
	for (; *text; text++)
		columns += is_column(*text);
	return columns;
}

size_t wrap_length(const char *text, int room, const char *joints)
{
	size_t n = 0, cut = 0, joint = 0;
	for (int columns = 0; text[n] && columns <= room; n++) {
		columns += is_column(text[n]);
		if (columns > room)
			break;
		if (text[n + 1] == ' ' || !text[n + 1])
			cut = n + 1;
		if (strchr(joints, text[n]))
			joint = n + 1;
	}
	if (cut || joint)
		return cut ? cut : joint;
	while (text[n] && text[n] != ' ')
		n++;
	return n;
}

void wrap_put(FILE *f, const char *text, const struct wrap *w)
{
	for (int at = w->at;; at = w->indent + wrap_width(w->prefix)) {
		size_t n = wrap_length(text, w->columns - at, w->joints);
		fprintf(f, "%.*s\n", (int)n, text);
		text += n;
		text += strspn(text, " ");
		if (!*text)
			return;
		fprintf(f, "%*s%s", w->indent, "", w->prefix);
	}
}
