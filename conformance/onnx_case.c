/* The files of a case.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/onnx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGEST_FILE = 1 << 30 };

struct bytes {
	unsigned char *at;
	size_t count;
};

static enum attn_status read_all(FILE *f, struct bytes *b, char *why, size_t size)
{
	struct stat s;
	if (fstat(fileno(f), &s) != 0 || !S_ISREG(s.st_mode))
		return onnx_fail(why, size, "it is no file");
	if (s.st_size > LARGEST_FILE)
		return onnx_fail(why, size, "it has %lld bytes: expected 2^30 or fewer", (long long)s.st_size);
	b->at = malloc((size_t)s.st_size + 1);
	if (!b->at)
		return onnx_fail(why, size, "no memory for its %lld bytes", (long long)s.st_size), ATTN_NO_MEMORY;
	b->count = fread(b->at, 1, (size_t)s.st_size, f);
	if (b->count == (size_t)s.st_size)
		return ATTN_OK;
	free(b->at);
	return onnx_fail(why, size, "%zu of its %lld bytes could be read", b->count, (long long)s.st_size);
}

static enum attn_status read_file(const char *path, struct bytes *b, char *why, size_t size)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return onnx_fail(why, size, "%s", strerror(errno));
	enum attn_status status = read_all(f, b, why, size);
	fclose(f);
	return status;
}

/* What is read, from where; the message begins with the path. */
static enum attn_status name_file(enum attn_status status, const char *path, const char *inner, char *why, size_t size)
{
	if (status != ATTN_OK)
		snprintf(why, size, "%s: %s", path, inner);
	return status;
}

static enum attn_status read_model(struct onnx_model *model, const char *data_set, char *why, size_t size)
{
	char path[4200], inner[400];
	struct bytes b;
	snprintf(path, sizeof path, "%s", data_set);
	char *slash = strrchr(path, '/');
	slash = slash ? slash + 1 : path;
	snprintf(slash, sizeof path - (size_t)(slash - path), "model.onnx");
	enum attn_status status = read_file(path, &b, inner, sizeof inner);
	if (status == ATTN_OK) {
		status = onnx_model_decode(model, b.at, b.count, inner, sizeof inner);
		free(b.at);
	}
	return name_file(status, path, inner, why, size);
}

static enum attn_status read_tensor(struct onnx_tensor *tensor, const char *path, char *why, size_t size)
{
	char inner[400];
	struct bytes b;
	enum attn_status status = read_file(path, &b, inner, sizeof inner);
	if (status == ATTN_OK) {
		status = onnx_tensor_decode(tensor, b.at, b.count, inner, sizeof inner);
		free(b.at);
	}
	return name_file(status, path, inner, why, size);
}

/* How many of input_0.pb, input_1.pb, … there are. */
static int count_inputs(const char *data_set)
{
	char path[4200];
	for (int n = 0;; n++) {
		snprintf(path, sizeof path, "%s/input_%d.pb", data_set, n);
		if (access(path, F_OK))
			return n;
	}
}

static enum attn_status read_inputs(struct onnx_case *c, const char *data_set, char *why, size_t size)
{
	const struct onnx_files *files = count_inputs(data_set) == c->model.required.count ? &c->model.required : &c->model.every;
	enum attn_status status = ATTN_OK;
	char path[4200];
	for (int n = 0; status == ATTN_OK && n < ONNX_INPUTS; n++) {
		snprintf(path, sizeof path, "%s/input_%d.pb", data_set, files->of[n]);
		if (files->of[n] >= 0)
			status = read_tensor(&c->input[n], path, why, size);
		else
			c->input[n] = c->model.constant[n], c->model.constant[n] = (struct onnx_tensor){0};
	}
	return status;
}

enum attn_status onnx_case_read(struct onnx_case *c, const char *data_set, char *why, size_t size)
{
	char path[4200];
	memset(c, 0, sizeof *c);
	enum attn_status status = read_model(&c->model, data_set, why, size);
	if (status == ATTN_OK)
		status = read_inputs(c, data_set, why, size);
	for (int n = 0; status == ATTN_OK && n < ONNX_OUTPUTS; n++) {
		snprintf(path, sizeof path, "%s/output_%d.pb", data_set, c->model.output_file[n]);
		if (c->model.output_file[n] >= 0)
			status = read_tensor(&c->output[n], path, why, size);
	}
	if (status != ATTN_OK)
		onnx_case_free(c);
	return status;
}

void onnx_case_free(struct onnx_case *c)
{
	onnx_model_free(&c->model);
	for (int n = 0; n < ONNX_INPUTS; n++)
		onnx_tensor_free(&c->input[n]);
	for (int n = 0; n < ONNX_OUTPUTS; n++)
		onnx_tensor_free(&c->output[n]);
}
