/* Results of check as one JSON object.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_CHECK_JSON_H
#define CONFORMANCE_CHECK_JSON_H

#include "conformance/runner.h"

#include <stdio.h>

struct check_json;
struct check_json *check_json_begin(char *why, size_t size); /* NULL with why where the build has no jansson */
void check_json_group(struct check_json *json, const struct runner_group *group);
void check_json_end(struct check_json *json, FILE *to); /* writes and frees */

#endif
