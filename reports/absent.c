/* attnbench report where jansson is missing: says so.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"

int command_report(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return command_fail(EXIT_ENVIRONMENT, "report needs jansson, which this build lacks: %s", WHY_JANSSON);
}
