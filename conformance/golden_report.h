/* What `attnbench golden` found or did, as text or JSON.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_GOLDEN_REPORT_H
#define CONFORMANCE_GOLDEN_REPORT_H

#include <stddef.h>

struct golden_report {
	int json;
	const char *action, *folder; /* "verify" or "update"; of the stored cases */
	size_t goldens, files;
	double largest;              /* how far the oracles are apart, as a fraction of the f64 bound; < 0: not compared */
	void *differences;           /* for JSON: what golden_report_difference said */
};

/* A stored file, or a golden, that is not what it should be: a message on stderr, and noted. Returns EXIT_CHECK_FAILED. */
int golden_report_difference(struct golden_report *r, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Prints the report of an action that ended with EXIT_OK or EXIT_CHECK_FAILED, and frees what it holds. Returns the status to end with. */
int golden_report_end(struct golden_report *r, int status);

#endif
