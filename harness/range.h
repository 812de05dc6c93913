/* Lists of whole numbers as options write them: "128,512", "128:8192:x2", "1:4:+1", and any mixture.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_RANGE_H
#define HARNESS_RANGE_H

#include <stddef.h>
#include <stdint.h>

enum { RANGE_LONGEST = 4096 }; /* values in one list */

struct range {
	int64_t *values;
	size_t n;
};

/* 0, or -1 with why: what was found and what was expected. All values are `least` or more. A range FIRST:LAST:xN
 * multiplies, FIRST:LAST:+N adds, FIRST:LAST doubles; LAST is included where a step meets it. The values are the
 * caller's, for range_free; on an error there are none. */
int range_parse(const char *text, int64_t least, struct range *r, char *why, size_t size);
/* A range of one value. */
int range_of(int64_t value, struct range *r);
void range_free(struct range *r);

#endif
