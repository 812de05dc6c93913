/* Facts about the operating system and how busy the machine is.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/machine.h"
#include "harness/memory.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

/* Facts that are one line of a file. The first file that exists counts. */
static const struct {
	const char *name, *files[2];
} line_facts[] = {
	{"governor", {"/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", NULL}},
	{"frequency_driver", {"/sys/devices/system/cpu/cpu0/cpufreq/scaling_driver", NULL}},
	{"clocksource", {"/sys/devices/system/clocksource/clocksource0/current_clocksource", NULL}},
	{"smt", {"/sys/devices/system/cpu/smt/control", NULL}},
	{"cgroup_cpu", {"/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"}},
	{"cgroup_memory", {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}}};

/* "max" (version 2), -1 and numbers near 2^63 (version 1) are no limit. */
static const char *limit_text(const char *text)
{
	return !strncmp(text, "max", 3) || *text == '-' || strlen(text) > 18 ? "no limit" : text;
}

/* The limit nearest to this process: its own group's (version 2), or of one above it; "" where no group has one. */
static void own_limit(const char *file, char *text, size_t size)
{
	char group[FACT_VALUE_SIZE], path[FACT_VALUE_SIZE + 64];
	int has_none = 0;
	machine_line("/proc/self/cgroup", group, sizeof group);
	*text = 0;
	for (char *end = strncmp(group, "0::/", 4) ? NULL : group + strlen(group); end; end = strrchr(group + 3, '/')) {
		*end = 0;
		snprintf(path, sizeof path, "/sys/fs/cgroup%s/%s", group + 3, file);
		if (*machine_line(path, text, size) && strncmp(text, "max", 3))
			return;
		has_none |= *text != 0;
	}
	snprintf(text, size, "%s", has_none ? "max" : "");
}

static void add_lines(struct fact_list *list)
{
	char text[FACT_VALUE_SIZE];
	for (size_t i = 0; i < sizeof line_facts / sizeof *line_facts; i++) {
		*text = 0;
		if (!strncmp(line_facts[i].name, "cgroup", 6))
			own_limit(strrchr(line_facts[i].files[0], '/') + 1, text, sizeof text);
		if (!*text)
			machine_line(line_facts[i].files[0], text, sizeof text);
		if (!*text && line_facts[i].files[1])
			machine_line(line_facts[i].files[1], text, sizeof text);
		fact_add(list, "machine", line_facts[i].name, strncmp(line_facts[i].name, "cgroup", 6) ? text : limit_text(text));
	}
}

static void add_turbo(struct fact_list *list)
{
	long long off = memory_number("/sys/devices/system/cpu/intel_pstate/no_turbo"), boost = memory_number("/sys/devices/system/cpu/cpufreq/boost");
	fact_add(list, "machine", "turbo", off >= 0 ? (off ? "off" : "on") : boost >= 0 ? (boost ? "on" : "off") : NULL);
}

/* "always [madvise] never" → "madvise". */
static void add_thp(struct fact_list *list)
{
	char text[128], *open = NULL;
	machine_line("/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof text);
	open = strchr(text, '[');
	if (open)
		open[strcspn(open, "]")] = 0;
	fact_add(list, "machine", "thp", open ? open + 1 : text);
}

/* The hypervisor's signature, CPUID leaf 0x40000000. */
static void add_virtualisation(struct fact_list *list)
{
#if defined(__x86_64__) || defined(__i386__)
	unsigned a, b, c, d;
	char signature[13] = "";
	if (__get_cpuid(1, &a, &b, &c, &d) && !(c >> 31 & 1)) {
		fact_add(list, "machine", "virtualisation", "none");
		return;
	}
	__cpuid(0x40000000, a, b, c, d);
	memcpy(signature, &b, 4), memcpy(signature + 4, &c, 4), memcpy(signature + 8, &d, 4);
	fact_add(list, "machine", "virtualisation", !strncmp(signature, "KVMKVMKVM", 9) ? "kvm" : signature);
#else
	char text[128];
	fact_add(list, "machine", "virtualisation", machine_line("/sys/hypervisor/type", text, sizeof text));
#endif
}

/* The value of NAME="value" in os-release. */
static void add_os(struct fact_list *list)
{
	char line[256], name[256] = "";
	FILE *f = fopen("/etc/os-release", "r");
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "PRETTY_NAME=\"%255[^\"]", name) == 1 || sscanf(line, "PRETTY_NAME=%255[^\"\n]", name) == 1)
			break;
	if (f)
		fclose(f);
	fact_add(list, "machine", "os", name);
}

static void add_affinity(struct fact_list *list)
{
	char line[1024];
	const char *value = NULL;
	FILE *f = fopen("/proc/self/status", "r");
	while (f && !value && fgets(line, sizeof line, f))
		if (!strncmp(line, "Cpus_allowed_list:", 18)) {
			line[strcspn(line, "\n")] = 0;
			value = line + 18 + strspn(line + 18, " \t");
		}
	if (f)
		fclose(f);
	fact_add(list, "machine", "affinity", value);
}

void facts_of_system(struct fact_list *list)
{
	struct utsname name;
	char kernel[512] = "";
	size_t memory = memory_field("/proc/meminfo", "MemTotal");

	if (memory)
		fact_add_number(list, "machine", "memory_bytes", (double)memory);
	else
		fact_add(list, "machine", "memory_bytes", NULL);
	if (!uname(&name))
		snprintf(kernel, sizeof kernel, "%s %s %s", name.sysname, name.release, name.machine);
	fact_add(list, "machine", "kernel", kernel);
	add_os(list);
	add_virtualisation(list);
	add_lines(list);
	add_turbo(list);
	add_thp(list);
	add_affinity(list);
}

static double own_ticks(void)
{
	double seconds = 0;
	static const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
	for (int i = 0; i < 2; i++) {
		struct rusage u;
		if (!getrusage(whose[i], &u))
			seconds += (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
	}
	return seconds * (double)sysconf(_SC_CLK_TCK);
}

struct machine_load machine_load(void)
{
	struct machine_load load = {{-1, -1, -1}, 0, 0, 0, own_ticks()};
	char line[512];
	int cpu;
	cpu_set_t allowed;
	FILE *f = fopen("/proc/stat", "r");
	int any = sched_getaffinity(0, sizeof allowed, &allowed); /* not known: all */
	if (getloadavg(load.average, 3) != 3)
		load.average[0] = load.average[1] = load.average[2] = -1;
	while (f && fgets(line, sizeof line, f)) {
		double ticks[8];
		if (sscanf(line, "cpu%d %lf %lf %lf %lf %lf %lf %lf %lf", &cpu, &ticks[0], &ticks[1], &ticks[2], &ticks[3], &ticks[4], &ticks[5], &ticks[6], &ticks[7]) != 9 ||
		    !(any || (cpu < CPU_SETSIZE && CPU_ISSET(cpu, &allowed))))
			continue;
		double all = 0;
		for (int i = 0; i < 8; i++)
			all += ticks[i];
		load.all_ticks += all;
		load.steal_ticks += ticks[7];
		load.busy_ticks += all - ticks[3] - ticks[4] - ticks[7]; /* less idle, waiting for a disk, steal */
	}
	if (f)
		fclose(f);
	return load;
}

double machine_steal_percent(const struct machine_load *from, const struct machine_load *to)
{
	double passed = to->all_ticks - from->all_ticks;
	return passed > 0 ? 100 * (to->steal_ticks - from->steal_ticks) / passed : 0;
}

double machine_others_percent(const struct machine_load *from, const struct machine_load *to)
{
	double passed = to->all_ticks - from->all_ticks, others = to->busy_ticks - from->busy_ticks - (to->own_ticks - from->own_ticks);
	return passed > 0 && others > 0 ? 100 * others / passed : 0;
}

/* The second number of each thread's schedstat: "time on the processor, time waiting for one, turns". */
double machine_waited_ns(void)
{
	double all = -1, ran, waited;
	DIR *threads = opendir("/proc/self/task");
	for (struct dirent *d; threads && (d = readdir(threads));) {
		char path[64];
		snprintf(path, sizeof path, "/proc/self/task/%.20s/schedstat", d->d_name);
		FILE *f = *d->d_name == '.' ? NULL : fopen(path, "r");
		if (f && fscanf(f, "%lf %lf", &ran, &waited) == 2)
			all = (all < 0 ? 0 : all) + waited;
		if (f)
			fclose(f);
	}
	if (threads)
		closedir(threads);
	return all;
}
