/* SHA-256 of files against a SHA256SUMS file.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_SUMS_H
#define CONFORMANCE_SUMS_H

#include <attnbench/attn.h>

enum { SUM_SIZE = 65 };

/* The hexadecimal SHA-256 of a file; ATTN_REFUSED where the build has no libmd. */
enum attn_status sum_file(const char *path, char sum[SUM_SIZE], char *why, size_t size);

/* Whether folder/SHA256SUMS says of the file folder/relative what it is. ATTN_OK also where the build has no libmd. */
enum attn_status sum_verify(const char *folder, const char *relative, char *why, size_t size);

#endif
