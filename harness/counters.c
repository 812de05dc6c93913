/* Counters by perf_event_open; libpfm turns names into its attributes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/counters.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

const char *const counters_usual = "cycles,instructions,cache-misses";

#ifdef HAVE_LIBPFM
#include <perfmon/pfmlib_perf_event.h>
#include <stdlib.h>
#include <unistd.h>

/* The attributes of a name. 0, or -1 with why. */
static int encode(const char *name, struct perf_event_attr *attr, char *why, size_t size)
{
	pfm_perf_encode_arg_t argument = {.attr = attr, .size = sizeof argument};
	memset(attr, 0, sizeof *attr);
	attr->size = sizeof *attr;
	int error = pfm_initialize();
	if (error == PFM_SUCCESS)
		error = pfm_get_os_event_encoding(name, PFM_PLM3, PFM_OS_PERF_EVENT, &argument);
	if (error == PFM_SUCCESS)
		return 0;
	snprintf(why, size, "counter \"%s\": %s", name, pfm_strerror(error));
	return -1;
}

int counters_check(const char *list, char *why, size_t size)
{
	char *copy = strdup(list), *rest = copy;
	struct perf_event_attr attr;
	int failed = 0, n = 0;
	for (char *one; !failed && (one = strsep(&rest, ","));) {
		failed = encode(one, &attr, why, size);
		if (!failed && (++n > COUNTERS_MOST || strlen(one) >= COUNTER_NAME_SIZE))
			failed = (snprintf(why, size, "expected at most %d counters with names of at most %d characters", COUNTERS_MOST, COUNTER_NAME_SIZE - 1), -1);
	}
	free(copy);
	return failed;
}

static int open_one(const char *name, char *why, size_t size)
{
	struct perf_event_attr attr;
	if (encode(name, &attr, why, size))
		return -1;
	attr.inherit = 1; /* threads made later count too */
	attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
	int fd = perf_event_open(&attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		snprintf(why, size, "%s: %s", name, strerror(errno));
	return fd;
}

/* *why is of the last one that did not open. */
static int open_all(struct counters *c, const char *list, char *why, size_t size)
{
	char *copy = strdup(list), *rest = copy;
	c->n = 0;
	*why = 0;
	for (char *one; c->n < COUNTERS_MOST && (one = strsep(&rest, ","));) {
		int fd = open_one(one, why, size);
		if (fd < 0)
			continue;
		snprintf(c->names[c->n], sizeof c->names[0], "%s", one);
		c->fds[c->n++] = fd;
	}
	free(copy);
	return c->n;
}

int counters_open(struct counters *c, const char *list)
{
	char why[256];
	return open_all(c, list, why, sizeof why);
}

void counters_close(struct counters *c)
{
	while (c->n > 0)
		close(c->fds[--c->n]);
}

void counters_read(const struct counters *c, double values[COUNTERS_MOST])
{
	for (int i = 0; i < c->n; i++) {
		struct {
			uint64_t count, enabled, running;
		} now = {0, 0, 0};
		if (read(c->fds[i], &now, sizeof now) != sizeof now || !now.running)
			values[i] = 0;
		else
			values[i] = (double)now.count * ((double)now.enabled / (double)now.running);
	}
}

void facts_of_counters(struct fact_list *list)
{
	struct counters c;
	char why[256], text[FACT_VALUE_SIZE] = "";
	open_all(&c, counters_usual, why, sizeof why);
	for (int i = 0; i < c.n; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? ", " : "", c.names[i]);
	if (!c.n)
		snprintf(text, sizeof text, "not available: %s", why);
	counters_close(&c);
	fact_add(list, "machine", "counters", text);
}
#else
int counters_check(const char *list, char *why, size_t size)
{
	snprintf(why, size, "\"%s\": this build has no libpfm: " WHY_LIBPFM, list);
	return -1;
}

int counters_open(struct counters *c, const char *list)
{
	(void)list;
	return c->n = 0;
}

void counters_close(struct counters *c)
{
	c->n = 0;
}

void counters_read(const struct counters *c, double values[COUNTERS_MOST])
{
	(void)c, (void)values;
}

void facts_of_counters(struct fact_list *list)
{
	fact_add(list, "machine", "counters", "not available: no libpfm: " WHY_LIBPFM);
}
#endif
