/* Lines of TAP: as they are in files and pipes, within 80 columns on a terminal.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_TAP_TEXT_H
#define CONFORMANCE_TAP_TEXT_H

#include <stddef.h>

enum { TAP_SUBTEST = 4, TAP_YAML = TAP_SUBTEST + 2 }; /* columns before a line of a subtest, and of its YAML blocks */

/* A test point: "ok 3 - NAME # SKIP REASON". skip: the reason, or NULL. On a terminal, where that is too long, a name is cut and ends in "…",
 * and a reason stands in comments below. Returns whether the name was cut: whoever prints a YAML block says it there (a point without one
 * has it in the comments). */
struct tap_point {
	int indent, failed;
	size_t number;
	const char *name, *skip;
};
int tap_put_point(const struct tap_point *x);

/* KEY: "TEXT" of a YAML block. On a terminal a long text goes on below itself, broken at a blank or after one of `joints`: the "\" at the
 * end of a line joins it to the next for YAML, and where there is a blank before it for a shell too. */
void tap_put_yaml(const char *key, const char *text, const char *joints);

#endif
