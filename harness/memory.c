/* Reads /proc and cgroup files about memory.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

size_t memory_field(const char *path, const char *name)
{
	char line[256];
	size_t n = strlen(name);
	unsigned long long kib = 0;
	FILE *f = fopen(path, "r");
	if (!f)
		return 0;
	while (fgets(line, sizeof line, f))
		if (!strncmp(line, name, n) && line[n] == ':') {
			if (sscanf(line + n + 1, "%llu", &kib) != 1)
				kib = 0;
			break;
		}
	fclose(f);
	return (size_t)kib * 1024;
}

long long memory_number(const char *path)
{
	long long x = -1;
	FILE *f = fopen(path, "r");
	if (!f)
		return -1;
	if (fscanf(f, "%lld", &x) != 1)
		x = -1;
	fclose(f);
	return x;
}

/* What a cgroup (version 2, then 1) leaves below its limit; page cache that it counts can be reclaimed, so this errs low. */
static size_t left_in_cgroup(void)
{
	static const char *const files[][2] = {
		{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
		{"/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"}};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		long long limit = memory_number(files[i][0]), used = memory_number(files[i][1]);
		if (limit > 0 && used >= 0 && limit < 1LL << 60)
			return limit > used ? (size_t)(limit - used) : 1;
	}
	return 0;
}

size_t memory_available(void)
{
	size_t system = memory_field("/proc/meminfo", "MemAvailable"), cgroup = left_in_cgroup();
	if (!cgroup || (system && system < cgroup))
		return system;
	return cgroup;
}

int memory_reset_peak(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t written = write(fd, "5", 1);
	close(fd);
	return written == 1 ? 0 : -1;
}

size_t memory_peak(void)
{
	return memory_field("/proc/self/status", "VmHWM");
}

size_t memory_of_files(void)
{
	return memory_field("/proc/self/status", "RssFile");
}

size_t memory_shared(void)
{
	return memory_field("/proc/self/status", "RssShmem");
}
