/* Facts about processors and caches: hwloc where the build has it, else /sys and /proc.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/machine.h"
#include "impls/isa.h"

#include <ctype.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_HWLOC
#include <hwloc.h>
#endif

int machine_cpus(void)
{
	cpu_set_t set;
	return sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
}

/* The first value of a field of /proc/cpuinfo. */
static char *cpuinfo(const char *field, char *text, size_t size)
{
	char line[1024];
	size_t n = strlen(field);
	FILE *f = fopen("/proc/cpuinfo", "r");
	*text = 0;
	while (f && !*text && fgets(line, sizeof line, f)) {
		char *colon = strchr(line, ':');
		if (strncmp(line, field, n) || !colon || (line[n] != ':' && !isspace((unsigned char)line[n])))
			continue;
		line[strcspn(line, "\n")] = 0;
		snprintf(text, size, "%s", colon + 1 + strspn(colon + 1, " \t"));
	}
	if (f)
		fclose(f);
	return text;
}

double machine_mhz(void)
{
	char text[64];
	return atof(cpuinfo("cpu MHz", text, sizeof text));
}

/* "48K", "32768K", "2M" as /sys writes it. */
static size_t parse_size(const char *text)
{
	char *end;
	size_t x = strtoul(text, &end, 10);
	return *end == 'K' ? x << 10 : *end == 'M' ? x << 20 : x;
}

/* Processors in a list like "0-3,8". */
static int count_list(const char *text)
{
	int n = 0, first, last, length;
	while (sscanf(text, "%d%n", &first, &length) == 1) {
		text += length;
		last = first;
		if (*text == '-' && sscanf(text, "-%d%n", &last, &length) == 1)
			text += length;
		n += last - first + 1;
		text += *text == ',';
	}
	return n;
}

int machine_caches(struct machine_cache caches[MACHINE_CACHES])
{
	int n = 0;
	for (int index = 0; n < MACHINE_CACHES; index++) {
		struct machine_cache *c = &caches[n];
		char path[128], text[256];
#define FIELD(name) (snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/" name, index), machine_line(path, text, sizeof text))
		if (!*FIELD("level"))
			break;
		c->level = atoi(text);
		snprintf(c->type, sizeof c->type, "%.15s", FIELD("type"));
		c->size = parse_size(FIELD("size"));
		c->num_sharing = count_list(FIELD("shared_cpu_list"));
#undef FIELD
		n++;
	}
	return n;
}

size_t machine_cache_bytes(int level)
{
	struct machine_cache caches[MACHINE_CACHES];
	int n = machine_caches(caches);
	for (int i = 0; i < n; i++)
		if (caches[i].level == level && strcmp(caches[i].type, "Instruction"))
			return caches[i].size;
	return 0;
}

size_t machine_last_cache_bytes(void)
{
	struct machine_cache caches[MACHINE_CACHES], *last = NULL;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int n = machine_caches(caches);
	for (int i = 0; i < n; i++)
		if (strcmp(caches[i].type, "Instruction") && (!last || caches[i].level > last->level))
			last = &caches[i];
	if (!last || !last->size)
		return (size_t)32 << 20;
	return last->size * (last->num_sharing > 0 && cpus > last->num_sharing ? (size_t)(cpus / last->num_sharing) : 1);
}

#ifdef HAVE_HWLOC
static void count_topology(int *sockets, int *cores, int *nodes)
{
	hwloc_topology_t topology;
	if (hwloc_topology_init(&topology))
		return;
	if (!hwloc_topology_load(topology)) {
		*sockets = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PACKAGE);
		*cores = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE);
		*nodes = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_NUMANODE);
	}
	hwloc_topology_destroy(topology);
}
#else
/* Distinct values of a topology file over all processors. */
static int count_distinct(const char *name)
{
	char path[128], text[64];
	unsigned char seen[8192] = {0};
	int n = 0;
	for (int cpu = 0; cpu < 8192; cpu++) {
		snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/%s", cpu, name);
		if (!*machine_line(path, text, sizeof text))
			break;
		int id = atoi(text);
		if (id >= 0 && id < 8192 && !seen[id])
			seen[id] = 1, n++;
	}
	return n;
}

static void count_topology(int *sockets, int *cores, int *nodes)
{
	char path[128], text[64];
	*sockets = count_distinct("physical_package_id");
	*cores = count_distinct("core_id") * (*sockets > 1 ? *sockets : 1); /* ids repeat in each socket */
	for (*nodes = 0;; ++*nodes) {
		snprintf(path, sizeof path, "/sys/devices/system/node/node%d/cpulist", *nodes);
		if (!*machine_line(path, text, sizeof text))
			break;
	}
}
#endif

static void add_count(struct fact_list *list, const char *name, int n)
{
	if (n > 0)
		fact_add_number(list, "machine", name, n);
	else
		fact_add(list, "machine", name, NULL);
}

static void add_caches(struct fact_list *list)
{
	struct machine_cache caches[MACHINE_CACHES];
	char text[FACT_VALUE_SIZE] = "";
	int n = machine_caches(caches);
	for (int i = 0; i < n; i++) {
		size_t at = strlen(text);
		snprintf(text + at, sizeof text - at, "%sL%d %s %zu KiB of %d", i ? ", " : "", caches[i].level, caches[i].type, caches[i].size >> 10,
		         caches[i].num_sharing);
	}
	fact_add(list, "machine", "caches", text);
}

void facts_of_cpu(struct fact_list *list)
{
	char text[FACT_VALUE_SIZE];
	int sockets = 0, cores = 0, nodes = 0;
	const char *cap = getenv("ATTNBENCH_ISA");

	fact_add(list, "machine", "cpu", cpuinfo("model name", text, sizeof text));
	char family[32], model[32], stepping[32];
	*text = 0;
	if (*cpuinfo("cpu family", family, sizeof family))
		snprintf(text, sizeof text, "family %.31s model %.31s stepping %.31s", family, cpuinfo("model\t", model, sizeof model), cpuinfo("stepping", stepping, sizeof stepping));
	fact_add(list, "machine", "cpu_model", text);
	fact_add(list, "machine", "microcode", cpuinfo("microcode", text, sizeof text));
	fact_add(list, "machine", "isa", isa_name(isa_of_cpu()));
	fact_add(list, "machine", "isa_cap", cap && *cap ? cap : "none");
	count_topology(&sockets, &cores, &nodes);
	add_count(list, "sockets", sockets);
	add_count(list, "cores", cores);
	add_count(list, "cpus_allowed", machine_cpus());
	add_count(list, "numa_nodes", nodes);
	add_caches(list);
}
