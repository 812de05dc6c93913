/* Reading .npy files: the preamble, then the elements, brought to C order and this machine's byte order.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/npy.h"
#include "harness/npy_header.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MOST_HEADER = 65535, FIRST_CHUNK = 1 << 20 };

/* The preamble: "\x93NUMPY", major, minor, then the length of the dictionary in 2 bytes (version 1) or 4, little endian.
 * Not 0 on success, with *text to be freed. */
static int read_dictionary(FILE *f, char **text, size_t *length, char *why, size_t size)
{
	unsigned char head[8], count[4] = {0};
	if (fread(head, 1, sizeof head, f) != sizeof head || memcmp(head, "\x93NUMPY", 6))
		return snprintf(why, size, "it does not begin with \\x93NUMPY and a version: expected a .npy file"), 0;
	if (head[6] < 1 || head[6] > 3 || head[7] != 0)
		return snprintf(why, size, "its format version is %d.%d: expected 1.0, 2.0 or 3.0", head[6], head[7]), 0;
	size_t width = head[6] == 1 ? 2 : 4;
	size_t got = fread(count, 1, width, f);
	*length = count[0] | (size_t)count[1] << 8 | (size_t)count[2] << 16 | (size_t)count[3] << 24;
	if (got != width)
		return snprintf(why, size, "it ends within the length of its header: expected %zu bytes of length, found %zu", width, got), 0;
	if (*length > MOST_HEADER)
		return snprintf(why, size, "its header has %zu bytes: expected at most %d", *length, MOST_HEADER), 0;
	*text = malloc(*length + 1);
	if (!*text)
		return snprintf(why, size, "no memory for its header of %zu bytes", *length), 0;
	got = fread(*text, 1, *length, f);
	if (got == *length)
		return 1;
	free(*text);
	return snprintf(why, size, "it ends within its header: expected %zu bytes of header, found %zu", *length, got), 0;
}

/* All `bytes` of data. Memory grows with what the file really holds, not with what its header claims. */
static char *read_data(FILE *f, size_t bytes, char *why, size_t size)
{
	size_t room = bytes < FIRST_CHUNK ? bytes : FIRST_CHUNK, have = 0;
	char *data = malloc(room ? room : 1);
	while (data) {
		have += fread(data + have, 1, room - have, f);
		if (have < room) {
			snprintf(why, size, "its data end early: expected %zu bytes by its shape, found %zu", bytes, have);
			break;
		}
		if (have == bytes) {
			if (fgetc(f) == EOF)
				return data;
			snprintf(why, size, "it goes on after its data: expected the end of the file after %zu bytes by its shape", bytes);
			break;
		}
		room = room > bytes / 2 ? bytes : 2 * room;
		char *grown = realloc(data, room);
		if (!grown) {
			snprintf(why, size, "no memory for its data of %zu bytes", bytes);
			break;
		}
		data = grown;
	}
	if (!data)
		snprintf(why, size, "no memory for its data of %zu bytes", bytes);
	free(data);
	return NULL;
}

static enum attn_dtype dtype_of(const struct npy_header *h)
{
	if (h->kind == 'b')
		return ATTN_BOOL;
	if (h->kind == 'i')
		return ATTN_I64;
	return h->bytes == 2 ? ATTN_F16 : h->bytes == 4 ? ATTN_F32 : ATTN_F64;
}

/* One element of the file into one of the tensor. */
static void convert(const struct npy_header *h, const char *from, char *to)
{
	unsigned char raw[8];
	int32_t narrow;
	for (int k = 0; k < h->bytes; k++)
		raw[k] = (unsigned char)from[h->swapped ? h->bytes - 1 - k : k];
	if (h->kind == 'b') {
		*to = raw[0] != 0;
	} else if (h->kind == 'i' && h->bytes == 4) {
		memcpy(&narrow, raw, sizeof narrow);
		int64_t wide = narrow;
		memcpy(to, &wide, sizeof wide);
	} else {
		memcpy(to, raw, (size_t)h->bytes);
	}
}

static void convert_all(const struct npy_header *h, const char *data, struct attn_tensor *t)
{
	const int64_t *d = t->dim;
	int64_t step[4], product = 1;
	for (int n = 0; n < 4; n++) {
		int k = h->fortran ? n : 3 - n;
		step[k] = product;
		product *= d[k];
	}
	char *to = t->data;
	size_t wide = attn_dtype_bytes(t->dtype);
	for (int64_t b = 0; b < d[0]; b++)
		for (int64_t c = 0; c < d[1]; c++)
			for (int64_t i = 0; i < d[2]; i++)
				for (int64_t j = 0; j < d[3]; j++, to += wide)
					convert(h, data + (b * step[0] + c * step[1] + i * step[2] + j * step[3]) * h->bytes, to);
}

static int read_tensor(FILE *f, struct attn_tensor *t, int *rank, char *why, size_t size)
{
	struct npy_header h;
	char *text, *data;
	size_t length;

	if (!read_dictionary(f, &text, &length, why, size))
		return 0;
	int understood = npy_header_parse(text, length, &h, why, size);
	free(text);
	if (!understood)
		return 0;
	int64_t dim[4] = {1, 1, 1, 1}, count = 1;
	for (int k = 0; k < h.rank; k++)
		count *= dim[4 - h.rank + k] = h.dim[k];
	data = read_data(f, (size_t)(count * h.bytes), why, size);
	if (!data)
		return 0;
	*t = attn_tensor_new(dtype_of(&h), dim[0], dim[1], dim[2], dim[3]);
	if (t->data)
		convert_all(&h, data, t);
	else
		snprintf(why, size, "no memory for its %lld elements", (long long)count);
	free(data);
	*rank = h.rank;
	return t->data != NULL;
}

enum attn_status attn_npy_read_stream(FILE *f, const char *name, struct attn_tensor *t, int *rank, char *why, size_t size)
{
	char fault[256];
	struct attn_tensor read = {0};
	int read_rank;
	errno = 0;
	if (!read_tensor(f, &read, &read_rank, fault, sizeof fault)) {
		int error = ferror(f) ? errno : 0;
		snprintf(why, size, "%s: %s", name, error ? strerror(error) : fault);
		return ATTN_FAILED;
	}
	*t = read;
	*rank = read_rank;
	return ATTN_OK;
}

enum attn_status attn_npy_read(const char *path, struct attn_tensor *t, int *rank, char *why, size_t size)
{
	struct stat about;
	FILE *f = fopen(path, "rb");
	if (!f)
		return snprintf(why, size, "%s: %s: expected a .npy file", path, strerror(errno)), ATTN_FAILED;
	if (!fstat(fileno(f), &about) && S_ISDIR(about.st_mode)) {
		fclose(f);
		return snprintf(why, size, "%s: it is a directory: expected a .npy file", path), ATTN_FAILED;
	}
	enum attn_status status = attn_npy_read_stream(f, path, t, rank, why, size);
	fclose(f);
	return status;
}
