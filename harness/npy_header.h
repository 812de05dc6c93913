/* The dictionary at the head of a .npy file.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_NPY_HEADER_H
#define HARNESS_NPY_HEADER_H

#include <stddef.h>
#include <stdint.h>

struct npy_header {
	char kind;     /* 'f', 'i' or 'b' */
	int bytes;     /* of one element */
	int swapped;   /* the file's byte order is not this machine's */
	int fortran;   /* the first index varies fastest */
	int rank;      /* 0 to 4 */
	int64_t dim[4]; /* the first `rank` are the shape; their product and the bytes of all elements fit in 2^47 */
};

/* Parses the n characters of the dictionary with all that pads it. Not 0 on success; else why says field, found and
 * expected. */
int npy_header_parse(const char *text, size_t n, struct npy_header *h, char *why, size_t size);

#endif
