/* Checksums, by libmd.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/sums.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBMD
#include <sys/types.h>
#include <sha256.h>

enum attn_status sum_file(const char *path, char sum[SUM_SIZE], char *why, size_t size)
{
	char text[SHA256_DIGEST_STRING_LENGTH];
	if (!SHA256File(path, text))
		return snprintf(why, size, "%s: %s", path, strerror(errno)), ATTN_FAILED;
	memcpy(sum, text, SUM_SIZE);
	return ATTN_OK;
}

/* The sum that folder/SHA256SUMS has for a name; empty: it has none. */
static enum attn_status sum_noted(const char *folder, const char *relative, char sum[SUM_SIZE], char *why, size_t size)
{
	char path[4096], line[1024];
	snprintf(path, sizeof path, "%s/SHA256SUMS", folder);
	FILE *f = fopen(path, "r");
	sum[0] = 0;
	if (!f)
		return snprintf(why, size, "%s: %s", path, strerror(errno)), ATTN_FAILED;
	while (!sum[0] && fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		if (strlen(line) > 66 && !strcmp(line + 66, relative))
			memcpy(sum, line, 64), sum[64] = 0;
	}
	fclose(f);
	if (!sum[0])
		return snprintf(why, size, "%s: it has no line for %s", path, relative), ATTN_FAILED;
	return ATTN_OK;
}

enum attn_status sum_verify(const char *folder, const char *relative, char *why, size_t size)
{
	char path[4096], noted[SUM_SIZE], found[SUM_SIZE];
	snprintf(path, sizeof path, "%s/%s", folder, relative);
	enum attn_status status = sum_noted(folder, relative, noted, why, size);
	if (status == ATTN_OK)
		status = sum_file(path, found, why, size);
	if (status == ATTN_OK && strcmp(noted, found)) {
		snprintf(why, size, "%s: its SHA-256 is %.12s…: expected %.12s… (it was changed since it was made)", path, found, noted);
		status = ATTN_FAILED;
	}
	return status;
}

#else

enum attn_status sum_file(const char *path, char sum[SUM_SIZE], char *why, size_t size)
{
	(void)path;
	sum[0] = 0;
	snprintf(why, size, "this build has no libmd: " WHY_LIBMD);
	return ATTN_REFUSED;
}

enum attn_status sum_verify(const char *folder, const char *relative, char *why, size_t size)
{
	(void)folder, (void)relative, (void)why, (void)size;
	return ATTN_OK;
}

#endif
