/* A strict parser of the one Python literal that a .npy file's header is:
 *     {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
 * Keys may come in any order, each once. Nothing else is understood, so nothing else is accepted.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/npy_header.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MOST_BYTES ((int64_t)1 << 47) /* more than any machine has: products below never overflow */

struct text {
	const char *at, *end;
	char *why;
	size_t size;
};

/* Always 0, so that a parser can end with it. */
static int __attribute__((format(printf, 2, 3))) complain(struct text *t, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(t->why, t->size, format, arguments);
	va_end(arguments);
	return 0;
}

/* The next characters, made fit for a message. */
static const char *found(const struct text *t, char shown[33])
{
	size_t n = 0;
	for (const char *c = t->at; c < t->end && n < 32; c++)
		shown[n++] = isprint((unsigned char)*c) ? *c : '?';
	shown[n] = 0;
	return n ? shown : "nothing";
}

static void skip_blanks(struct text *t)
{
	while (t->at < t->end && (*t->at == ' ' || *t->at == '\t' || *t->at == '\n'))
		t->at++;
}

static int accept(struct text *t, char c)
{
	skip_blanks(t);
	if (t->at == t->end || *t->at != c)
		return 0;
	t->at++;
	return 1;
}

static int expect(struct text *t, char c, const char *where)
{
	char shown[33];
	return accept(t, c) || complain(t, "its header has \"%s\" %s: expected '%c'", found(t, shown), where, c);
}

/* A quoted string without escapes, of fewer than `size` characters. */
static int parse_string(struct text *t, char *string, size_t size, const char *what)
{
	char shown[33];
	skip_blanks(t);
	struct text start = *t;
	char quote = accept(t, '\'') ? '\'' : accept(t, '"') ? '"' : 0;
	size_t n = 0;
	while (quote && t->at < t->end && *t->at != quote && *t->at != '\\' && *t->at != '\n' && n + 1 < size)
		string[n++] = *t->at++;
	string[n] = 0;
	if (!quote || t->at == t->end || *t->at != quote)
		return complain(t, "its header has \"%s\" where %s should be: expected a short quoted string", found(&start, shown), what);
	t->at++;
	return 1;
}

static const struct {
	const char *code;
	char kind;
	int bytes;
} element_types[] = {{"f4", 'f', 4}, {"f8", 'f', 8}, {"f2", 'f', 2}, {"b1", 'b', 1}, {"i8", 'i', 8}, {"i4", 'i', 4}};

static int is_big_endian(void)
{
	const uint16_t one = 1;
	return *(const unsigned char *)&one == 0;
}

static int parse_descr(struct text *t, struct npy_header *h)
{
	char descr[32];
	skip_blanks(t);
	if (t->at < t->end && *t->at == '[')
		return complain(t, "descr is a structured type: expected f2, f4, f8, b1, i4 or i8");
	if (!parse_string(t, descr, sizeof descr, "the value of descr"))
		return 0;
	for (size_t i = 0; *descr && i < sizeof element_types / sizeof *element_types; i++)
		if (strchr("<>|=", *descr) && !strcmp(descr + 1, element_types[i].code)) {
			h->kind = element_types[i].kind;
			h->bytes = element_types[i].bytes;
			h->swapped = h->bytes > 1 && *descr == (is_big_endian() ? '<' : '>');
			return 1;
		}
	struct text value = {descr, descr + strlen(descr), NULL, 0};
	char shown[33];
	return complain(t, "descr is '%s': expected f2, f4, f8 (float), b1 (bool), i4 or i8 (int) after < or >", found(&value, shown));
}

static int parse_order(struct text *t, struct npy_header *h)
{
	static const char *const words[] = {"False", "True"};
	char shown[33];
	skip_blanks(t);
	for (int i = 0; i < 2; i++) {
		size_t n = strlen(words[i]);
		if ((size_t)(t->end - t->at) >= n && !memcmp(t->at, words[i], n)) {
			t->at += n;
			h->fortran = i;
			return 1;
		}
	}
	return complain(t, "fortran_order is \"%s\": expected True or False", found(t, shown));
}

/* A whole number from 0 to MOST_BYTES. */
static int parse_dim(struct text *t, int64_t *dim)
{
	char shown[33];
	struct text start = *t;
	int64_t x = 0;
	while (t->at < t->end && isdigit((unsigned char)*t->at) && x <= MOST_BYTES)
		x = 10 * x + (*t->at++ - '0');
	if (t->at == start.at || x > MOST_BYTES)
		return complain(t, "shape has \"%s\": expected a whole number from 0 to 2^47", found(&start, shown));
	if (t->at < t->end && *t->at == 'L') /* a long of Python 2 */
		t->at++;
	*dim = x;
	return 1;
}

static int parse_shape(struct text *t, struct npy_header *h)
{
	int comma = 1;
	if (!expect(t, '(', "where the shape should begin"))
		return 0;
	for (h->rank = 0; !accept(t, ')'); h->rank++) {
		if (!comma)
			return expect(t, ',', "after a number of the shape");
		if (h->rank == 4)
			return complain(t, "shape has more than 4 dimensions: expected 0 to 4");
		if (!parse_dim(t, &h->dim[h->rank]))
			return 0;
		comma = accept(t, ',');
	}
	return h->rank != 1 || comma || complain(t, "shape is a number in parentheses: expected a tuple, (n,)");
}

static const struct {
	const char *name;
	int (*parse)(struct text *, struct npy_header *);
} fields[] = {{"descr", parse_descr}, {"fortran_order", parse_order}, {"shape", parse_shape}};
enum { FIELDS = sizeof fields / sizeof *fields };

static int parse_field(struct text *t, struct npy_header *h, int seen[FIELDS])
{
	char name[32], shown[33];
	if (!parse_string(t, name, sizeof name, "a key"))
		return 0;
	if (!expect(t, ':', "after a key"))
		return 0;
	for (int i = 0; i < FIELDS; i++)
		if (!strcmp(name, fields[i].name))
			return seen[i]++ ? complain(t, "its header has %s twice: expected it once", name) : fields[i].parse(t, h);
	struct text key = {name, name + strlen(name), NULL, 0};
	return complain(t, "its header has the key '%s': expected descr, fortran_order and shape", found(&key, shown));
}

/* No product of dimensions may overflow, those beside a dimension of 0 included: strides are such products. */
static int check_extent(struct text *t, const struct npy_header *h)
{
	int64_t bytes = h->bytes;
	for (int k = 0; k < h->rank; k++) {
		int64_t dim = h->dim[k] > 0 ? h->dim[k] : 1;
		if (dim > MOST_BYTES / bytes)
			return complain(t, "shape has more than 2^47 bytes: expected what fits in memory");
		bytes *= dim;
	}
	return 1;
}

int npy_header_parse(const char *text, size_t n, struct npy_header *h, char *why, size_t size)
{
	struct text whole = {text, text + n, why, size}, *t = &whole;
	int seen[FIELDS] = {0}, comma = 1;
	char shown[33];

	memset(h, 0, sizeof *h);
	if (!expect(t, '{', "at its beginning"))
		return 0;
	while (!accept(t, '}')) {
		if (!comma)
			return expect(t, ',', "after a value");
		if (!parse_field(t, h, seen))
			return 0;
		comma = accept(t, ',');
	}
	skip_blanks(t);
	if (t->at < t->end)
		return complain(t, "its header has \"%s\" after the dictionary: expected blanks and the end of the line", found(t, shown));
	for (int i = 0; i < FIELDS; i++)
		if (!seen[i])
			return complain(t, "its header has no %s: expected descr, fortran_order and shape", fields[i].name);
	return check_extent(t, h);
}
