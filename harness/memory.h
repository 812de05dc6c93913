/* Memory as the system sees it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_MEMORY_H
#define HARNESS_MEMORY_H

#include <stddef.h>

/* Bytes this process could still take: the system's MemAvailable or what its cgroup leaves, whichever is less; 0: unknown. */
size_t memory_available(void);

/* Sets this process's high-water mark of resident memory back to what it holds now. 0, or -1 where the kernel does not. */
int memory_reset_peak(void);
/* The mark, bytes (VmHWM); 0: unknown. */
size_t memory_peak(void);
/* Of what is resident now, pages of files: code and constants. They only grow while no memory is short. */
size_t memory_of_files(void);
/* Pages that are shared with other processes and of no file on a disk. */
size_t memory_shared(void);

/* A field of a file of "Name:  123 kB" lines, in bytes; 0 where there is none. */
size_t memory_field(const char *path, const char *name);

/* The first number in a file; -1 where there is none ("max" included). */
long long memory_number(const char *path);

#endif
