/* attnbench list.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/command.h"
#include "harness/registry.h"

#include <stdio.h>

int command_list(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (size_t i = 0; i < registry_count(); i++)
		printf("%-16s %s\n", registry_at(i)->name, registry_at(i)->origin);
	return EXIT_OK;
}
