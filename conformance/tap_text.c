/* Lines of TAP, cut and continued where a person reads them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/tap_text.h"
#include "harness/wrap.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* '#' and '\' begin directives and escapes in a description. */
static void escape_name(FILE *f, const char *name)
{
	for (; *name; name++) {
		if (*name == '#' || *name == '\\')
			putc('\\', f);
		putc(*name, f);
	}
}

/* As between the double quotes of a YAML string. */
static void escape_yaml(FILE *f, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', f);
		if ((unsigned char)*text < ' ')
			fprintf(f, "\\x%02x", (unsigned)(unsigned char)*text);
		else
			putc(*text, f);
	}
}

/* To free; NULL: no memory. */
static char *escaped(void (*escape)(FILE *f, const char *text), const char *text)
{
	char *made = NULL;
	size_t size;
	FILE *f = open_memstream(&made, &size);
	if (!f)
		return NULL;
	escape(f, text);
	return fclose(f) ? (free(made), NULL) : made;
}

/* The first `room` columns of a name that has more: the last is "…". An escape is not torn apart. */
static void put_cut(const char *name, int room)
{
	size_t n = 0;
	for (int columns = 0; name[n]; n++) {
		columns += ((unsigned char)name[n] & 0xc0) != 0x80;
		if (columns >= room)
			break;
	}
	n -= n && name[n - 1] == '\\';
	printf("%.*s…", (int)n, name);
}

static void put_comment(int indent, const char *text)
{
	printf("%*s# ", indent, "");
	wrap_put(stdout, text, &(struct wrap){wrap_columns(stdout), indent + 2, indent, "# ", "/"});
}

int tap_put_point(const struct tap_point *x)
{
	static const char directive[] = " # SKIP";
	char head[64], *name = escaped(escape_name, x->name);
	const char *whole = name ? name : x->name;
	int columns = wrap_columns(stdout);
	snprintf(head, sizeof head, "%*s%sok %zu - ", x->indent, "", x->failed ? "not " : "", x->number);
	int room = columns - wrap_width(head) - (x->skip ? (int)strlen(directive) : 0);
	int cut = wrap_width(whole) > room, apart = cut || (x->skip && wrap_width(whole) + 1 + wrap_width(x->skip) > room);
	fputs(head, stdout);
	if (cut)
		put_cut(whole, room);
	else
		fputs(whole, stdout);
	if (x->skip)
		printf("%s%s%s", directive, apart ? "" : " ", apart ? "" : x->skip);
	putchar('\n');
	if (cut && x->skip)
		put_comment(x->indent, x->name);
	if (apart && x->skip)
		put_comment(x->indent, x->skip);
	free(name);
	return cut;
}

void tap_put_yaml(const char *key, const char *text, const char *joints)
{
	char *quoted = escaped(escape_yaml, text);
	int columns = wrap_columns(stdout), at = TAP_YAML + (int)strlen(key) + 3;
	printf("%*s%s: \"", TAP_YAML, "", key);
	for (const char *rest = quoted ? quoted : ""; *rest;) {
		size_t n = wrap_length(rest, columns == INT_MAX ? INT_MAX : columns - at - 2, joints);
		n += strspn(rest + n, " ");
		printf("%.*s", (int)n, rest);
		rest += n;
		at = TAP_YAML + 2;
		if (*rest)
			printf("\\\n%*s", at, "");
	}
	puts("\"");
	free(quoted);
}
