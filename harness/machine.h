/* What a measurement depends on besides the code: machine, system, build, libraries, environment, as a flat list of facts.
 * What can't be found is "not available", never absent.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef HARNESS_MACHINE_H
#define HARNESS_MACHINE_H

#include <stddef.h>

enum { FACT_VALUE_SIZE = 1024, MACHINE_CACHES = 16 };

struct fact {
	char group[16], name[40]; /* groups: attnbench machine environment libraries */
	int is_number;
	char value[FACT_VALUE_SIZE];
};

struct fact_list {
	struct fact *facts;
	size_t n;
};

/* Fills the list. The caller frees it with facts_free. */
void facts_collect(struct fact_list *list);
void facts_free(struct fact_list *list);

/* An empty or NULL value is noted as "not available". */
void fact_add(struct fact_list *list, const char *group, const char *name, const char *value);
void fact_add_number(struct fact_list *list, const char *group, const char *name, double value);
const char *fact_find(const struct fact_list *list, const char *group, const char *name); /* NULL: none */

/* The parts, each in its own file. */
void facts_of_build(struct fact_list *list);       /* machine_build.c */
void facts_of_cpu(struct fact_list *list);         /* machine_cpu.c */
void facts_of_system(struct fact_list *list);      /* machine_system.c */
void facts_of_environment(struct fact_list *list); /* machine_build.c */
void facts_of_libraries(struct fact_list *list);   /* machine_libraries.c */

/* Processors this process may run on. */
int machine_cpus(void);
double machine_mhz(void); /* of the first processor, now; 0: unknown */

struct machine_cache {
	char type[16]; /* "Data", "Instruction", "Unified" */
	int level, num_sharing;
	size_t size;
};
/* Caches of the first processor, smallest level first. Returns how many. */
int machine_caches(struct machine_cache caches[MACHINE_CACHES]);
/* Bytes of data caches of that level, of one instance; 0: none. */
size_t machine_cache_bytes(int level);
/* Bytes of the last level's data caches, of all instances together; where /sys does not say, 32 MiB. */
size_t machine_last_cache_bytes(void);

/* Load average of the last minute, and the clock ticks of the processors this process may run on: those a hypervisor took (steal), those worked (steal not among
 * them), all that passed; and those that this program and its children worked. */
struct machine_load {
	double average[3];
	double steal_ticks, busy_ticks, all_ticks, own_ticks;
};
struct machine_load machine_load(void);
double machine_steal_percent(const struct machine_load *from, const struct machine_load *to);
/* Work of other programs, in per cent of the processors' time. */
double machine_others_percent(const struct machine_load *from, const struct machine_load *to);

/* Nanoseconds that this process's threads were ready to run, but waited for a processor; < 0: the system does not say. */
double machine_waited_ns(void);

/* First line of a file without its end; "" where there is none. Returns text. */
char *machine_line(const char *path, char *text, size_t size);

#endif
