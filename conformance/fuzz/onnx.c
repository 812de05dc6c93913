/* Any bytes as the files of an ONNX test: read or refused with a message, never a crash; what is read becomes a problem and
 * its tensors. The input is a row of files, each after its length in two bytes, little endian: model.onnx, input_0.pb and on,
 * and, after one of length 0, output_0.pb and on. For libFuzzer: make fuzz-onnx.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/onnx.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { MOST_FILES = 12, MOST_ELEMENTS = 1 << 20 };

static char folder[64];

static void remove_folder(void) { rmdir(folder); }

/* In memory where there is such a place: the files are written millions of times. */
static void make_folder(void)
{
	if (folder[0])
		return;
	snprintf(folder, sizeof folder, "%s/fuzz-onnx-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (!mkdtemp(folder))
		abort();
	atexit(remove_folder);
}

struct row {
	const uint8_t *at, *end;
	char path[MOST_FILES][128];
	int count;
};

/* The next file of the row goes to folder/name. 0: there is none. */
static int write_next(struct row *r, const char *name)
{
	if (r->end - r->at < 2 || r->count == MOST_FILES)
		return 0;
	size_t bytes = (size_t)(r->at[0] | r->at[1] << 8), left = (size_t)(r->end - r->at) - 2;
	bytes = bytes < left ? bytes : left;
	snprintf(r->path[r->count], sizeof r->path[0], "%s/%s", folder, name);
	int f = open(r->path[r->count++], O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (f < 0 || write(f, r->at + 2, bytes) != (ssize_t)bytes || close(f))
		abort();
	r->at += 2 + bytes;
	return bytes > 0;
}

static void use(const struct onnx_case *c)
{
	struct attn_problem p;
	struct attn_tensors t;
	char why[1024] = "";
	if (onnx_problem_make(&p, c, why, sizeof why) != ATTN_OK) {
		if (!why[0])
			abort();
		return;
	}
	if (p.batch * p.heads_q * (p.len_q + 1) * (attn_problem_keys(&p) + p.dim_v + 1) > MOST_ELEMENTS)
		return;
	if (onnx_tensors_make(&t, &p, c) == ATTN_OK)
		attn_tensors_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct row r = {.at = bytes, .end = bytes + n};
	char name[64], data_set[128], why[1024] = "";
	struct onnx_case c;

	make_folder();
	snprintf(data_set, sizeof data_set, "%s/.", folder); /* model.onnx lies in the folder above it: here */
	write_next(&r, "model.onnx");
	for (int i = 0; snprintf(name, sizeof name, "input_%d.pb", i), write_next(&r, name); i++)
		;
	for (int i = 0; snprintf(name, sizeof name, "output_%d.pb", i), write_next(&r, name); i++)
		;
	if (onnx_case_read(&c, data_set, why, sizeof why) == ATTN_OK) {
		use(&c);
		onnx_case_free(&c);
	} else if (strncmp(why, folder, strlen(folder))) {
		abort();
	}
	for (int i = 0; i < r.count; i++)
		unlink(r.path[i]);
	return 0;
}
