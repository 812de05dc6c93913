/* Holding a library that counts processors to a number of threads. For files that define _GNU_SOURCE.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_COMMON_PROCESSORS_H
#define IMPLS_COMMON_PROCESSORS_H

#include <dirent.h>
#include <sched.h>
#include <stdlib.h>

/* Threads that a library began when it was loaded, which may still use others. */
static inline void processors_keep_begun(const cpu_set_t *some)
{
	DIR *threads = opendir("/proc/self/task");
	for (struct dirent *entry; threads && (entry = readdir(threads));) {
		pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);
		cpu_set_t its, both;
		if (thread <= 0 || sched_getaffinity(thread, sizeof its, &its))
			continue;
		CPU_AND(&both, &its, some);
		if (!CPU_EQUAL(&both, &its))
			sched_setaffinity(thread, sizeof *some, some);
	}
	if (threads)
		closedir(threads);
}

/* As many processors as threads, the first of those that the process may use: a library's own pool finds no more of them. */
static inline void processors_keep_to(int threads)
{
	static cpu_set_t all;
	static int known;
	cpu_set_t some;
	if (!known && sched_getaffinity(0, sizeof all, &all))
		return;
	known = 1;
	CPU_ZERO(&some);
	for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&some) < threads; cpu++)
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &some);
	sched_setaffinity(0, sizeof some, &some);
	processors_keep_begun(&some);
}

#endif
