/* JSON on stdout.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command_json.h"
#include "harness/command.h"

#ifdef HAVE_JANSSON
#include <errno.h>
#include <stdio.h>
#include <string.h>

int command_print_json(json_t *all)
{
	if (!all)
		return command_fail(EXIT_ENVIRONMENT, "no memory for JSON");
	int failed = json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(10)) || putchar('\n') == EOF || fflush(stdout) || ferror(stdout);
	json_decref(all);
	return failed ? command_fail(EXIT_ENVIRONMENT, "stdout can't be written: %s", strerror(errno)) : EXIT_OK;
}

json_t *command_json_text(const char *text)
{
	json_t *string = json_string(text);
	return string ? string : json_string("not UTF-8");
}
#endif
