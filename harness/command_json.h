/* What a command with --json says on stdout: one value, whole.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_COMMAND_JSON_H
#define HARNESS_COMMAND_JSON_H

#ifdef HAVE_JANSSON
#include <jansson.h>

/* Prints all on stdout and frees it. EXIT_OK, or a message was printed: there is no memory (all is NULL), or stdout can't be written. */
int command_print_json(json_t *all);

/* A string of the user's, such as a path, which need not be UTF-8 as JSON must. */
json_t *command_json_text(const char *text);
#endif

#endif
