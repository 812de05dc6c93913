/* Binds OpenMP's threads by beginning the program again.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/sweep_bind.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const variable = "ATTNBENCH_AFFINITY"; /* processors by number, "0,1,": what the first run could use */
static cpu_set_t first_place;                              /* what the OpenMP run-time had bound the first thread to; none: it had not */

static void remember(void)
{
	cpu_set_t set;
	char list[CPU_SETSIZE * 5 + 1] = "", *at = list;
	if (sched_getaffinity(0, sizeof set, &set))
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &set))
			at += sprintf(at, "%d,", cpu);
	setenv(variable, list, 1);
}

static void restore(const char *list)
{
	cpu_set_t set;
	int cpu, length;
	CPU_ZERO(&set);
	for (; sscanf(list, "%d,%n", &cpu, &length) == 1 && cpu >= 0 && cpu < CPU_SETSIZE; list += length)
		CPU_SET(cpu, &set);
	if (!CPU_COUNT(&set))
		return;
	if (sched_getaffinity(0, sizeof first_place, &first_place))
		CPU_ZERO(&first_place);
	if (sched_setaffinity(0, sizeof set, &set))
		perror("attnbench: sweep: the processors of the first thread"); /* then all is measured on one: not silent */
}

void bind_threads(int argc, char **argv)
{
	const char *list = getenv(variable);
	if (list) {
		restore(list);
		return;
	}
	char **again = calloc((size_t)argc + 2, sizeof *again);
	if (!getenv("OMP_PROC_BIND") && again && !setenv("OMP_PROC_BIND", "true", 1)) {
		remember();
		again[0] = (char[]){"attnbench"};
		again[1] = (char[]){"sweep"};
		memcpy(again + 2, argv + 1, (size_t)(argc - 1) * sizeof *again);
		execv("/proc/self/exe", again);
		unsetenv("OMP_PROC_BIND"); /* without /proc it goes on unbound */
		unsetenv(variable);
	}
	free(again);
}

/* Whether a thread of this process other than this one has fewer processors than this one. */
static int is_other_bound(int mine)
{
	int found = 0;
	DIR *tasks = opendir("/proc/self/task");
	for (struct dirent *e; tasks && !found && (e = readdir(tasks));) {
		cpu_set_t set;
		int tid = atoi(e->d_name);
		found = tid > 0 && tid != getpid() && !sched_getaffinity(tid, sizeof set, &set) && CPU_COUNT(&set) < mine;
	}
	if (tasks)
		closedir(tasks);
	return found;
}

void bind_first_thread(void)
{
	cpu_set_t set;
	if (!CPU_COUNT(&first_place) || sched_getaffinity(0, sizeof set, &set) || !is_other_bound(CPU_COUNT(&set)))
		return;
	if (sched_setaffinity(0, sizeof first_place, &first_place))
		perror("attnbench: sweep: the place of the first thread"); /* then it may share another's for a while: not silent */
}
