/* Run-time versions of the libraries that are loaded, and the kernels they chose. Asked by name of the objects in memory,
 * so that it does not matter whether the program or a plugin brought them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/machine.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A function of an object that is loaded already; NULL: there is none. dlsym gives data pointers: copied as POSIX says. */
static int loaded_function(const char *object, const char *name, void *function)
{
	void *library = dlopen(object, RTLD_NOLOAD | RTLD_LAZY), *symbol = NULL;
	if (library)
		symbol = dlsym(library, name);
	memcpy(function, &symbol, sizeof symbol);
	if (library)
		dlclose(library); /* the reference only: it was there before */
	return symbol != NULL;
}

static int text_of(const char *object, const char *function, char *text, size_t size)
{
	const char *(*get)(void);
	if (!loaded_function(object, function, &get))
		return 0;
	snprintf(text, size, "%s", get());
	return 1;
}

static void openblas(const char *object, char *text, size_t size)
{
	char config[256] = "", core[64] = "";
	if (text_of(object, "openblas_get_config", config, sizeof config))
		snprintf(text, size, "%.255s kernel %.63s", config, text_of(object, "openblas_get_corename", core, sizeof core) ? core : "not available");
}

static void onednn(const char *object, char *text, size_t size)
{
	const struct {
		int major, minor, patch;
	} *(*get)(void), *version;
	if (loaded_function(object, "dnnl_version", &get) && (version = get()))
		snprintf(text, size, "%d.%d.%d", version->major, version->minor, version->patch);
}

static void hwloc(const char *object, char *text, size_t size)
{
	unsigned (*get)(void);
	if (loaded_function(object, "hwloc_get_api_version", &get))
		snprintf(text, size, "%u.%u.%u (API)", get() >> 16, get() >> 8 & 255, get() & 255);
}

static void jansson(const char *object, char *text, size_t size)
{
	text_of(object, "jansson_version_str", text, size);
}

static void mpfr(const char *object, char *text, size_t size)
{
	text_of(object, "mpfr_get_version", text, size);
}

/* Of a library that says no version: the end of the file's real name, "libbenchmark.so.1.7.1" → "1.7.1". */
static void by_file(const char *object, char *text, size_t size)
{
	struct link_map *map;
	char path[PATH_MAX];
	void *library = dlopen(object, RTLD_NOLOAD | RTLD_LAZY);
	if (!library)
		return;
	if (!dlinfo(library, RTLD_DI_LINKMAP, &map) && realpath(map->l_name, path)) {
		const char *so = strstr(path, ".so.");
		const char *slash = strrchr(path, '/');
		snprintf(text, size, "%s", so ? so + 4 : slash + 1);
	}
	dlclose(library);
}

static const struct {
	const char *name, *objects[3];
	void (*version)(const char *object, char *text, size_t size);
} known[] = {
	{"OpenBLAS", {"libopenblas.so.0", "libscipy_openblas.so", NULL}, openblas},
	{"oneDNN", {"libdnnl.so.3", "libdnnl.so.2", NULL}, onednn},
	{"Google Benchmark", {"libbenchmark.so.1debian", "libbenchmark.so.1", NULL}, by_file},
	{"OpenMP", {"libgomp.so.1", "libomp.so.5", "libomp.so"}, by_file},
	{"MPFR", {"libmpfr.so.6", NULL, NULL}, mpfr},
	{"jansson", {"libjansson.so.4", NULL, NULL}, jansson},
	{"hwloc", {"libhwloc.so.15", NULL, NULL}, hwloc}};

void facts_of_libraries(struct fact_list *list)
{
	fact_add(list, "libraries", "glibc", gnu_get_libc_version());
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		char text[512] = "";
		for (size_t k = 0; k < 3 && known[i].objects[k] && !*text; k++)
			known[i].version(known[i].objects[k], text, sizeof text);
		fact_add(list, "libraries", known[i].name, *text ? text : "not loaded");
	}
}
