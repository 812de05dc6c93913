/* Writing and reading of result sets.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_set.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A temporary file beside path; its name goes to `temporary`. */
static int make_temporary(const char *path, char temporary[PATH_MAX])
{
	struct stat status;
	if (!stat(path, &status) && S_ISDIR(status.st_mode))
		return errno = EISDIR, -1;
	if (snprintf(temporary, PATH_MAX, "%s.XXXXXX", path) >= PATH_MAX)
		return errno = ENAMETOOLONG, -1;
	return mkstemp(temporary);
}

int set_can_write(const char *path)
{
	char temporary[PATH_MAX];
	int fd = make_temporary(path, temporary);
	if (fd < 0)
		return errno;
	close(fd);
	unlink(temporary);
	return 0;
}

#ifdef HAVE_JANSSON
static int put_set(FILE *f, json_t *set)
{
	const size_t numbers = JSON_REAL_PRECISION(10);
	json_t *entries = json_object_get(set, "benchmarks"), *entry;
	size_t i;
	int failed = fputs("{\"context\": ", f) < 0 || json_dumpf(json_object_get(set, "context"), f, JSON_INDENT(1) | numbers);
	failed |= fputs(",\n\"benchmarks\": [", f) < 0;
	json_array_foreach(entries, i, entry) {
		failed |= fputs(i ? ",\n" : "\n", f) < 0;
		failed |= json_dumpf(entry, f, JSON_COMPACT | numbers);
	}
	return failed || fputs("\n]}\n", f) < 0;
}

int set_write(const char *path, json_t *set)
{
	char temporary[PATH_MAX];
	int fd = make_temporary(path, temporary), error = 0;
	if (fd < 0)
		return errno;
	mode_t mask = umask(0);
	umask(mask);
	FILE *f = fdopen(fd, "w");
	if (!f) {
		error = errno;
		close(fd);
	} else {
		errno = 0;
		int failed = put_set(f, set) || fflush(f) || fsync(fd) || fchmod(fd, 0666 & ~mask);
		error = failed ? (errno ? errno : EIO) : 0;
		if (fclose(f) && !error)
			error = errno;
	}
	if (!error && rename(temporary, path))
		error = errno;
	if (error)
		unlink(temporary);
	return error;
}

json_t *set_read(const char *path, char *why, size_t size)
{
	json_error_t error;
	FILE *f = fopen(path, "r");
	if (!f)
		return snprintf(why, size, "%s: %s", path, strerror(errno)), NULL;
	json_t *set = json_loadf(f, 0, &error);
	fclose(f);
	if (!set)
		return snprintf(why, size, "%s, line %d: %s: expected a result set of attnbench sweep", path, error.line, error.text), NULL;
	if (json_is_object(json_object_get(set, "context")) && json_is_array(json_object_get(set, "benchmarks")))
		return set;
	snprintf(why, size, "%s: it lacks the object \"context\" or the array \"benchmarks\": expected a result set of attnbench sweep", path);
	json_decref(set);
	return NULL;
}

json_t *set_canary(json_t *samples, json_t *waited, json_t *paces)
{
	size_t n = json_array_size(samples);
	json_t *noise = NULL;
	double *sorted = malloc((n + 1) * sizeof *sorted);
	for (size_t i = 0; sorted && i < n; i++)
		sorted[i] = json_number_value(json_array_get(samples, i));
	if (sorted && n > 1) {
		stats_sort(sorted, n);
		noise = json_real((stats_quantile(sorted, n, 0.95) - stats_quantile(sorted, n, 0.05)) / 2 / stats_quantile(sorted, n, 0.5));
	}
	free(sorted);
	return json_pack("{so so sb so* so}", "samples_ns", samples, "waited", waited, "waits_are_exact", 1, "pace_ns", paces, "noise", noise ? noise : json_null());
}
#endif
