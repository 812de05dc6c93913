/* Writing .npy files, format version 1.0, so that a file appears whole or not at all.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/npy.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <attnbench/view.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* By enum attn_dtype; NumPy has no bf16, so that becomes f32, which holds it exactly. */
static const char *const codes[] = {"", "f4", "f8", "f4", "f2", "b1", "i8"};

static const char *byte_order(enum attn_dtype dtype)
{
	const uint16_t one = 1;
	return dtype == ATTN_BOOL ? "|" : *(const unsigned char *)&one ? "<" : ">";
}

/* The preamble and the dictionary, padded so that the data begin at a multiple of 64 bytes. */
static void write_header(FILE *f, const struct attn_tensor *t, int rank)
{
	char text[256];
	int n = snprintf(text, sizeof text, "{'descr': '%s%s', 'fortran_order': False, 'shape': (", byte_order(t->dtype), codes[t->dtype]);
	for (int k = 4 - rank; k < 4; k++)
		n += snprintf(text + n, sizeof text - (size_t)n, k < 3 ? "%lld, " : rank == 1 ? "%lld," : "%lld", (long long)t->dim[k]);
	n += snprintf(text + n, sizeof text - (size_t)n, "), }");
	int length = (10 + n + 1 + 63) / 64 * 64 - 10;
	fwrite("\x93NUMPY\1\0", 1, 8, f);
	fputc(length & 255, f);
	fputc(length >> 8, f);
	fprintf(f, "%-*s\n", length - 1, text);
}

static void write_elements(FILE *f, const struct attn_tensor *t)
{
	size_t bytes = attn_dtype_bytes(t->dtype);
	for (int64_t b = 0; b < t->dim[0]; b++)
		for (int64_t h = 0; h < t->dim[1]; h++)
			for (int64_t i = 0; i < t->dim[2]; i++)
				for (int64_t j = 0; j < t->dim[3]; j++) {
					float wide = t->dtype == ATTN_BF16 ? (float)attn_at_float(t, b, h, i, j) : 0;
					if (t->dtype == ATTN_BF16)
						fwrite(&wide, sizeof wide, 1, f);
					else
						fwrite(attn_at(t, b, h, i, j), bytes, 1, f);
				}
}

/* Where the file is to appear: what a symbolic link points to, not the link itself. */
static char *destination(const char *path)
{
	char *real = realpath(path, NULL);
	return real ? real : strdup(path);
}

static int is_special(const char *path)
{
	struct stat about;
	return !stat(path, &about) && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

static char *temporary_for(const char *path)
{
	size_t size = strlen(path) + 32;
	char *name = malloc(size);
	if (name)
		snprintf(name, size, "%s.%ld.tmp", path, (long)getpid());
	return name;
}

static FILE *open_staged(const struct attn_npy_staged *staged)
{
	struct stat about;
	if (!staged->temporary)
		return fopen(staged->path, "wb");
	if (!stat(staged->path, &about) && S_ISDIR(about.st_mode))
		return errno = EISDIR, NULL;
	int fd = open(staged->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return fd < 0 ? NULL : fdopen(fd, "wb");
}

/* Opens what a file's bytes go to; NULL with why and nothing left to free or remove. */
static FILE *begin(const char *path, struct attn_npy_staged *staged, char *why, size_t size)
{
	staged->path = destination(path);
	int special = staged->path && is_special(staged->path);
	staged->temporary = staged->path && !special ? temporary_for(staged->path) : NULL;
	errno = ENOMEM;
	FILE *f = staged->path && (special || staged->temporary) ? open_staged(staged) : NULL;
	if (f)
		return f;
	snprintf(why, size, "%s: can't be written: %s", path, strerror(errno));
	free(staged->temporary); /* another's, if it exists */
	staged->temporary = NULL;
	attn_npy_discard(staged);
	return NULL;
}

enum attn_status attn_npy_probe(const char *path, char *why, size_t size)
{
	struct attn_npy_staged staged;
	FILE *f = begin(path, &staged, why, size);
	if (!f)
		return ATTN_FAILED;
	fclose(f);
	attn_npy_discard(&staged);
	return ATTN_OK;
}

enum attn_status attn_npy_stage(const char *path, const struct attn_tensor *t, int rank, struct attn_npy_staged *staged, char *why, size_t size)
{
	FILE *f = begin(path, staged, why, size);
	if (!f)
		return ATTN_FAILED;
	write_header(f, t, rank);
	write_elements(f, t);
	int failed = ferror(f), error = errno;
	if (fclose(f) && !failed)
		failed = 1, error = errno;
	if (!failed)
		return ATTN_OK;
	attn_npy_discard(staged);
	return snprintf(why, size, "%s: can't be written: %s", path, strerror(error)), ATTN_FAILED;
}

enum attn_status attn_npy_commit(struct attn_npy_staged *staged, char *why, size_t size)
{
	int failed = staged->temporary && rename(staged->temporary, staged->path);
	if (failed)
		snprintf(why, size, "%s: can't be written: %s", staged->path, strerror(errno));
	else
		free(staged->temporary), staged->temporary = NULL;
	attn_npy_discard(staged);
	return failed ? ATTN_FAILED : ATTN_OK;
}

void attn_npy_discard(struct attn_npy_staged *staged)
{
	if (staged->temporary)
		unlink(staged->temporary);
	free(staged->temporary);
	free(staged->path);
	*staged = (struct attn_npy_staged){NULL, NULL};
}

enum attn_status attn_npy_write(const char *path, const struct attn_tensor *t, int rank, char *why, size_t size)
{
	struct attn_npy_staged staged;
	enum attn_status status = attn_npy_stage(path, t, rank, &staged, why, size);
	return status == ATTN_OK ? attn_npy_commit(&staged, why, size) : status;
}
