/* Parsing of lists and ranges of whole numbers.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/range.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t most = (int64_t)1 << 40;

static int append(struct range *r, int64_t value)
{
	int64_t *grown = r->n < RANGE_LONGEST ? realloc(r->values, (r->n + 1) * sizeof *grown) : NULL;
	if (!grown)
		return -1;
	r->values = grown;
	r->values[r->n++] = value;
	return 0;
}

static int parse_number(const char *text, int64_t *x)
{
	char *end;
	errno = 0;
	long long read = strtoll(text, &end, 10);
	if (end == text || *end || errno)
		return -1;
	*x = read;
	return 0;
}

/* "x2" or "+64". */
static int parse_step(const char *text, int *multiplies, int64_t *step)
{
	*multiplies = *text == 'x';
	if ((*text != 'x' && *text != '+') || parse_number(text + 1, step))
		return -1;
	return *step >= 1 + *multiplies ? 0 : -1;
}

/* One item of the list: a number, or FIRST:LAST[:STEP]. NULL, or what was expected. */
static const char *parse_item(char *item, int64_t least, struct range *r)
{
	char *last_text = strchr(item, ':'), *step_text = NULL;
	int64_t first, last, step = 2;
	int multiplies = 1;

	if (last_text) {
		*last_text++ = 0;
		step_text = strchr(last_text, ':');
		if (step_text)
			*step_text++ = 0;
	}
	if (parse_number(item, &first) || parse_number(last_text ? last_text : item, &last))
		return "a whole number, or FIRST:LAST:xN, or FIRST:LAST:+N";
	if (step_text && parse_step(step_text, &multiplies, &step))
		return "a step of x2 or more, or +1 or more";
	if (first < least || last < first || last > most || (multiplies && first < 1 && last > first))
		return "numbers in rising order within the allowed values";
	for (int64_t x = first; x <= last; x = multiplies ? x * step : x + step)
		if (append(r, x))
			return "at most 4096 values";
		else if (x == 0 && multiplies)
			break;
	return NULL;
}

int range_parse(const char *text, int64_t least, struct range *r, char *why, size_t size)
{
	char *copy = strdup(text), *rest = copy;
	const char *expected = copy ? NULL : "memory for it";
	*r = (struct range){NULL, 0};
	for (char *item; !expected && (item = strsep(&rest, ","));)
		expected = parse_item(item, least, r);
	free(copy);
	if (!expected)
		return 0;
	snprintf(why, size, "\"%s\": expected %s (%lld to 2^40)", text, expected, (long long)least);
	range_free(r);
	return -1;
}

int range_of(int64_t value, struct range *r)
{
	*r = (struct range){NULL, 0};
	return append(r, value);
}

void range_free(struct range *r)
{
	free(r->values);
	*r = (struct range){NULL, 0};
}
