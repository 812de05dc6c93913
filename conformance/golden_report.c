/* The report of `attnbench golden`.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/golden_report.h"
#include "harness/command.h"
#include "harness/command_json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifdef HAVE_JANSSON
static void note(struct golden_report *r, const char *name, const char *what)
{
	if (!r->differences)
		r->differences = json_array();
	json_array_append_new(r->differences, json_pack("{so so}", "name", command_json_text(name), "reason", command_json_text(what)));
}

static int print_json(const struct golden_report *r, int status)
{
	int verified = !strcmp(r->action, "verify");
	json_t *all = json_pack("{ss ss so sI sI}", "action", r->action, "status", status != EXIT_OK ? "failed" : verified ? "passed" : "written", "folder",
	                        command_json_text(r->folder), "goldens", (json_int_t)r->goldens, "files", (json_int_t)r->files);
	if (verified) {
		json_object_set_new(all, "oracles_ratio", r->largest < 0 ? json_null() : json_real(r->largest));
		json_object_set_new(all, "differences", r->differences ? json_incref(r->differences) : json_array());
	}
	int printed = command_print_json(all);
	return printed ? printed : status;
}

static void forget(struct golden_report *r)
{
	json_decref(r->differences);
}
#else
static void note(struct golden_report *r, const char *name, const char *what) { (void)r, (void)name, (void)what; }
static int print_json(const struct golden_report *r, int status) { return (void)r, status; }
static void forget(struct golden_report *r) { (void)r; }
#endif

int golden_report_difference(struct golden_report *r, const char *name, const char *format, ...)
{
	char what[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	note(r, name, what);
	return command_fail(EXIT_CHECK_FAILED, "golden %s: %s", name, what);
}

int golden_report_end(struct golden_report *r, int status)
{
	if (status == EXIT_ENVIRONMENT)
		; /* nothing was found out: its message is all there is */
	else if (r->json)
		status = print_json(r, status);
	else if (status == EXIT_OK && !strcmp(r->action, "update"))
		printf("%zu goldens written to %s\n", r->goldens, r->folder);
	else if (status == EXIT_OK)
		printf("%zu goldens, %zu files, identical to what the oracle computes; the two oracles agree to %.2g of the f64 bound\n", r->goldens, r->files, r->largest);
	forget(r);
	return status;
}
