/* What commands share: errors, and where data files lie.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int command_fail(int status, const char *format, ...)
{
	va_list arguments;
	fflush(stdout);
	fputs("attnbench: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return status;
}

int command_check_json(int wanted)
{
#ifndef HAVE_JANSSON
	if (wanted)
		return command_fail(EXIT_ENVIRONMENT, "option --json: this build has no jansson: " WHY_JANSSON);
#endif
	(void)wanted;
	return EXIT_OK;
}

int in_build_tree(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	if (n < 0)
		return 0;
	exe[n] = 0;
	char *slash = strrchr(exe, '/');
	if (slash)
		*slash = 0;
	return !strcmp(exe, ATTN_BUILDDIR) || !strcmp(exe, ATTN_BUILDDIR "/.libs");
}

const char *data_path(const char *relative)
{
	static char path[PATH_MAX];
	const char *folder = getenv("ATTNBENCH_DATA");
	if (!folder)
		folder = in_build_tree() ? ATTN_SRCDIR : ATTN_PKGDATADIR;
	snprintf(path, sizeof path, "%s/%s", folder, relative);
	return path;
}
