/* Entries of a result set become points; each member is checked, and a message says which one is wrong.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/report.h"
#include "harness/command.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *const point_status_names[POINT_STATUSES] = {"ok", "refused", "failed", "crashed", "timeout", "skipped"};

const char *const metric_names[METRICS] = {
	"median_ns", "ci_low_ns", "ci_high_ns", "min_ns", "cpu_time", "flops", "flops_per_second", "tokens_per_second", "bytes", "bytes_per_second",
	"arithmetic_intensity", "fraction_of_roof", "workspace_bytes", "peak_extra_bytes", "analytic_bytes", "error_ratio", "repetitions", "iterations"};

const char *const shape_names[SHAPE_FIELDS] = {"b", "hq", "hkv", "sq", "skv", "d", "dv"};

/* Where a message points to. */
struct place {
	const char *path;
	size_t entry;
};

static const char *type_name(const json_t *value)
{
	return !value                    ? "nothing"
	       : json_is_object(value)   ? "an object"
	       : json_is_array(value)    ? "an array"
	       : json_is_string(value)   ? "a string"
	       : json_is_integer(value)  ? "an integer"
	       : json_is_real(value)     ? "a number with a fraction"
	       : json_is_null(value)     ? "null"
	                                 : "true or false";
}

static int complain(const struct place *at, const char *member, const char *expected, const json_t *found)
{
	return command_fail(EXIT_ENVIRONMENT, "%s: benchmarks[%zu].%s: expected %s, found %s", at->path, at->entry, member, expected, type_name(found));
}

static int read_text(const struct place *at, const json_t *entry, const char *member, const char **text)
{
	const json_t *value = json_object_get(entry, member);
	if (!json_is_string(value))
		return complain(at, member, "a string", value);
	*text = json_string_value(value);
	return 0;
}

static int read_shape(const struct place *at, const json_t *entry, struct point *p)
{
	const json_t *shape = json_object_get(entry, "shape");
	if (!json_is_object(shape))
		return complain(at, "shape", "an object", shape);
	for (int i = 0; i < SHAPE_FIELDS; i++) {
		char member[16];
		const json_t *value = json_object_get(shape, shape_names[i]);
		snprintf(member, sizeof member, "shape.%s", shape_names[i]);
		if (!json_is_integer(value))
			return complain(at, member, "an integer", value);
		p->shape[i] = json_integer_value(value);
	}
	p->dtype = text_of(shape, "dtype", "?");
	p->causal = text_of(shape, "causal", "?");
	p->score = text_of(shape, "score", "?");
	return 0;
}

static int read_status(const struct place *at, const json_t *entry, struct point *p)
{
	const char *status = "";
	int bad = read_text(at, entry, "status", &status);
	if (bad)
		return bad;
	for (int i = 0; i < POINT_STATUSES; i++)
		if (!strcmp(status, point_status_names[i])) {
			p->status = (enum point_status)i;
			return 0;
		}
	return command_fail(EXIT_ENVIRONMENT, "%s: benchmarks[%zu].status: expected ok, refused, failed, crashed, timeout or skipped, found \"%s\"", at->path,
	                    at->entry, status);
}

static int read_numbers(const struct place *at, const json_t *entry, struct point *p)
{
	for (int i = 0; i < METRICS; i++) {
		const json_t *value = json_object_get(entry, metric_names[i]);
		if (value && !json_is_number(value) && !json_is_null(value))
			return complain(at, metric_names[i], "a number", value);
		p->value[i] = number_of(entry, metric_names[i]);
	}
	p->samples = json_object_get(entry, "samples_ns");
	if (p->samples && !json_is_array(p->samples))
		return complain(at, "samples_ns", "an array of numbers", p->samples);
	if (p->status == POINT_OK && !(p->value[MEDIAN_NS] > 0))
		return complain(at, "median_ns", "a number above 0, since status is ok", json_object_get(entry, "median_ns"));
	return 0;
}

static int fail_point(struct point *p, char *why)
{
	if (!why)
		return command_fail(EXIT_ENVIRONMENT, "no memory for the points");
	p->status = POINT_FAILED;
	p->reason = p->why = why;
	return 0;
}

/* A time counts with a right answer only: an error ratio of at most 1, whatever the status says. Limits compute no answer. */
static int distrust(struct point *p)
{
	char *why = NULL;
	double ratio = p->value[ERROR_RATIO];
	if (p->status != POINT_OK || p->limit || ratio <= 1)
		return 0;
	if (isnan(ratio))
		return fail_point(p, strdup("the answer was not checked: no error ratio"));
	return fail_point(p, asprintf(&why, "wrong answer: error ratio %g, at most 1 is right", ratio) < 0 ? NULL : why);
}

static int read_point(const struct place *at, const json_t *entry, struct point *p)
{
	const json_t *threads = json_object_get(entry, "impl_threads");
	int bad = read_text(at, entry, "impl", &p->impl);
	if (!bad)
		bad = read_text(at, entry, "problem", &p->problem);
	if (!bad && !json_is_integer(threads))
		bad = complain(at, "impl_threads", "an integer", threads);
	if (!bad)
		bad = read_shape(at, entry, p);
	if (!bad)
		bad = read_status(at, entry, p);
	if (!bad)
		bad = read_numbers(at, entry, p);
	if (bad)
		return bad;
	p->entry = entry;
	p->workload = text_of(entry, "workload", "");
	p->reason = text_of(entry, "reason", "");
	p->kernel = text_of(entry, "kernel", "");
	p->roof = text_of(entry, "roof", "");
	p->threads = (int)json_integer_value(threads);
	p->limit = json_is_true(json_object_get(entry, "limit")) || impl_is_limit(p->impl);
	return distrust(p);
}

int points_parse(struct result_set *set, const json_t *benchmarks)
{
	struct place at = {set->path, 0};
	const json_t *entry;
	set->points = calloc(json_array_size(benchmarks), sizeof *set->points);
	if (!set->points)
		return command_fail(EXIT_ENVIRONMENT, "%s: no memory for its points", set->path);
	json_array_foreach(benchmarks, at.entry, entry)
	{
		if (!json_is_object(entry))
			return command_fail(EXIT_ENVIRONMENT, "%s: benchmarks[%zu]: expected an object, found %s", set->path, at.entry, type_name(entry));
		if (!strcmp(text_of(entry, "run_type", "iteration"), "aggregate"))
			continue;
		int bad = read_point(&at, entry, &set->points[set->count]);
		if (bad)
			return bad;
		set->count++;
	}
	return 0;
}
