/* Goldens: made by the oracle, written, read.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/golden_store.h"
#include "conformance/inputs.h"
#include "conformance/oracle.h"
#include "conformance/sums.h"
#include "harness/npy.h"
#include "harness/tensor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ORACLE_BITS = 256 };

enum attn_status golden_list(const char *path, struct golden **list, size_t *count, char *why, size_t size)
{
	char line[2048], reason[512];
	enum attn_status status = ATTN_OK;
	FILE *f = fopen(path, "r");
	*list = NULL;
	*count = 0;
	if (!f)
		return snprintf(why, size, "%s: %s", path, strerror(errno)), ATTN_FAILED;
	for (int number = 1; status == ATTN_OK && fgets(line, sizeof line, f); number++) {
		struct golden g = {0};
		unsigned long long seed;
		line[strcspn(line, "#\n")] = 0;
		int fields = sscanf(line, "%127s %1023s %31s %llu", g.name, g.key, g.recipe, &seed);
		if (fields <= 0)
			continue;
		g.seed = fields == 4 ? seed : 0;
		struct golden *grown = realloc(*list, (*count + 1) * sizeof g);
		if (!grown) {
			status = ATTN_NO_MEMORY;
		} else if (*list = grown, fields != 4) {
			status = ATTN_FAILED;
			snprintf(why, size, "%s:%d: expected NAME KEY RECIPE SEED, found \"%.80s\"", path, number, line);
		} else if ((status = attn_problem_parse(g.key, &g.problem, reason, sizeof reason)) != ATTN_OK) {
			snprintf(why, size, "%s:%d: %s", path, number, reason);
		} else {
			(*list)[(*count)++] = g;
		}
	}
	fclose(f);
	if (status != ATTN_OK)
		free(*list);
	return status;
}

void golden_free(struct attn_tensors *inputs, struct attn_tensors *expected)
{
	for (const struct attn_tensor_field *f = attn_tensor_fields; f->name; f++)
		if (f->is_output)
			attn_tensor_free(attn_tensors_at(expected, f));
	attn_tensors_free(inputs);
}

/* The inputs' tensors with outputs of f64 of their own. */
static enum attn_status wide_outputs(const struct attn_tensors *inputs, struct attn_tensors *expected)
{
	enum attn_status status = ATTN_OK;
	*expected = *inputs;
	for (const struct attn_tensor_field *f = attn_tensor_fields; f->name; f++) {
		struct attn_tensor *one = attn_tensors_at(expected, f);
		if (f->is_output && one->data) {
			*one = attn_tensor_new(ATTN_F64, one->dim[0], one->dim[1], one->dim[2], one->dim[3]);
			status = one->data ? status : ATTN_NO_MEMORY;
		}
	}
	return status;
}

static int same_outputs(struct attn_tensors *a, struct attn_tensors *b)
{
	for (const struct attn_tensor_field *f = attn_tensor_fields; f->name; f++) {
		const struct attn_tensor *x = attn_tensors_at(a, f), *y = attn_tensors_at(b, f);
		if (f->is_output && x->data && memcmp(x->data, y->data, (size_t)attn_tensor_count(x) * sizeof(double)))
			return 0;
	}
	return 1;
}

/* Twice, the second time at twice the precision: what is not the same in f64 was not precise enough. */
static enum attn_status consult_oracle(const struct golden *g, struct attn_tensors *expected, char *why, size_t size)
{
	struct attn_tensors finer;
	if (wide_outputs(expected, &finer) != ATTN_OK)
		return snprintf(why, size, "%s: no memory", g->name), ATTN_NO_MEMORY;
	enum attn_status status = oracle_run(&g->problem, expected, ORACLE_BITS, why, size);
	if (status == ATTN_OK)
		status = oracle_run(&g->problem, &finer, 2 * ORACLE_BITS, why, size);
	if (status == ATTN_OK && !same_outputs(expected, &finer)) {
		snprintf(why, size, "%s: the oracle's f64 results at %d and %d bits differ", g->name, ORACLE_BITS, 2 * ORACLE_BITS);
		status = ATTN_FAILED;
	}
	for (const struct attn_tensor_field *f = attn_tensor_fields; f->name; f++)
		if (f->is_output)
			attn_tensor_free(attn_tensors_at(&finer, f));
	return status;
}

enum attn_status golden_compute(const struct golden *g, struct attn_tensors *inputs, struct attn_tensors *expected, char *why, size_t size)
{
	enum attn_status status = inputs_make(inputs, &g->problem, g->recipe, g->seed, why, size);
	if (status != ATTN_OK)
		return status;
	status = wide_outputs(inputs, expected);
	if (status == ATTN_OK)
		status = consult_oracle(g, expected, why, size);
	if (status != ATTN_OK)
		golden_free(inputs, expected);
	return status;
}

static enum attn_status write_file(const char *folder, const struct golden *g, const char *file, const struct attn_tensor *t, char *why, size_t size)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s/%s.npy", folder, g->name, file);
	return attn_npy_write(path, t, 4, why, size);
}

static enum attn_status write_case(const char *folder, const struct golden *g, char *why, size_t size)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s/case.txt", folder, g->name);
	FILE *f = fopen(path, "w");
	if (!f || fprintf(f, "problem: %s\ninputs: %s\nseed: %llu\noracle: MPFR, %d bits, the same at %d bits\n", g->key, g->recipe, (unsigned long long)g->seed,
	                  ORACLE_BITS, 2 * ORACLE_BITS) < 0 ||
	    fclose(f))
		return snprintf(why, size, "%s: %s", path, strerror(errno)), ATTN_FAILED;
	return ATTN_OK;
}

/* An output twice: as f64, and in the dtype that the problem has it in. */
static enum attn_status write_output(const char *folder, const struct golden *g, const char *name, const struct attn_tensor *wide, const struct attn_tensor *own,
                                     char *why, size_t size)
{
	char file[64];
	struct attn_tensor narrow = attn_tensor_new(own->dtype, own->dim[0], own->dim[1], own->dim[2], own->dim[3]);
	snprintf(file, sizeof file, "%s.f64", name);
	enum attn_status status = narrow.data ? write_file(folder, g, file, wide, why, size) : ATTN_NO_MEMORY;
	if (status == ATTN_OK) {
		attn_tensor_copy(&narrow, wide);
		status = write_file(folder, g, name, &narrow, why, size);
	}
	attn_tensor_free(&narrow);
	return status;
}

enum attn_status golden_write(const char *folder, const struct golden *g, char *why, size_t size)
{
	struct attn_tensors inputs, expected;
	char path[4096];
	enum attn_status status = golden_compute(g, &inputs, &expected, why, size);

	if (status != ATTN_OK)
		return status;
	snprintf(path, sizeof path, "%s/%s", folder, g->name);
	if (mkdir(path, 0777)) {
		snprintf(why, size, "%s: %s", path, strerror(errno));
		status = ATTN_FAILED;
	}
	if (status == ATTN_OK)
		status = write_case(folder, g, why, size);
	for (const struct attn_tensor_field *f = attn_tensor_fields; status == ATTN_OK && f->name; f++) {
		const struct attn_tensor *one = attn_tensors_at(&inputs, f);
		if (one->data)
			status = f->is_output ? write_output(folder, g, f->name, attn_tensors_at(&expected, f), one, why, size)
			                      : write_file(folder, g, f->name, one, why, size);
	}
	golden_free(&inputs, &expected);
	return status;
}

/* The value of "name: value" in a line; NULL: the line is of another name. */
static const char *value_of(const char *line, const char *name)
{
	size_t n = strlen(name);
	return !strncmp(line, name, n) && line[n] == ':' && line[n + 1] == ' ' ? line + n + 2 : NULL;
}

enum attn_status golden_read_case(const char *folder, const char *name, struct golden *g, char *why, size_t size)
{
	char path[4096], relative[256], line[2048], reason[512];
	snprintf(relative, sizeof relative, "%s/case.txt", name);
	snprintf(path, sizeof path, "%s/%s", folder, relative);
	enum attn_status status = sum_verify(folder, relative, why, size);
	FILE *f = status == ATTN_OK ? fopen(path, "r") : NULL;
	if (status != ATTN_OK || !f)
		return status != ATTN_OK ? status : (snprintf(why, size, "%s: %s", path, strerror(errno)), ATTN_FAILED);
	*g = (struct golden){.name = ""};
	snprintf(g->name, sizeof g->name, "%s", name);
	while (fgets(line, sizeof line, f)) {
		const char *value;
		line[strcspn(line, "\n")] = 0;
		if ((value = value_of(line, "problem")))
			snprintf(g->key, sizeof g->key, "%s", value);
		if ((value = value_of(line, "inputs")))
			snprintf(g->recipe, sizeof g->recipe, "%s", value);
		if ((value = value_of(line, "seed")))
			g->seed = strtoull(value, NULL, 10);
	}
	fclose(f);
	if (!g->key[0])
		return snprintf(why, size, "%s: it has no line \"problem: KEY\"", path), ATTN_FAILED;
	if (attn_problem_parse(g->key, &g->problem, reason, sizeof reason) != ATTN_OK)
		return snprintf(why, size, "%s: %s", path, reason), ATTN_FAILED;
	return ATTN_OK;
}

/* One file into a tensor that is already allocated: the shape must be its own. */
static enum attn_status read_file(const char *folder, const struct golden *g, const char *file, struct attn_tensor *t, char *why, size_t size)
{
	char relative[256], path[4096];
	struct attn_tensor read;
	int rank;
	snprintf(relative, sizeof relative, "%s/%s.npy", g->name, file);
	snprintf(path, sizeof path, "%s/%s", folder, relative);
	enum attn_status status = sum_verify(folder, relative, why, size);
	if (status == ATTN_OK)
		status = attn_npy_read(path, &read, &rank, why, size);
	if (status != ATTN_OK)
		return status;
	if (memcmp(read.dim, t->dim, sizeof t->dim)) {
		snprintf(why, size, "%s: its shape is (%lld, %lld, %lld, %lld): the problem's is (%lld, %lld, %lld, %lld)", path, (long long)read.dim[0],
		         (long long)read.dim[1], (long long)read.dim[2], (long long)read.dim[3], (long long)t->dim[0], (long long)t->dim[1], (long long)t->dim[2],
		         (long long)t->dim[3]);
		status = ATTN_FAILED;
	} else {
		attn_tensor_copy(t, &read);
	}
	attn_tensor_free(&read);
	return status;
}

enum attn_status golden_read(const char *folder, const struct golden *g, struct attn_tensors *inputs, struct attn_tensors *expected, char *why, size_t size)
{
	char file[64];
	enum attn_status status = inputs_make(inputs, &g->problem, g->recipe, g->seed, why, size); /* shapes, and padding that is poisoned */
	if (status != ATTN_OK)
		return status;
	status = wide_outputs(inputs, expected);
	for (const struct attn_tensor_field *f = attn_tensor_fields; status == ATTN_OK && f->name; f++) {
		struct attn_tensor *one = attn_tensors_at(f->is_output ? expected : inputs, f);
		snprintf(file, sizeof file, "%s%s", f->name, f->is_output ? ".f64" : "");
		if (one->data)
			status = read_file(folder, g, file, one, why, size);
	}
	if (status != ATTN_OK)
		golden_free(inputs, expected);
	return status;
}
