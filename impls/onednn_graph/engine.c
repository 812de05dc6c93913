/* Makes the engine of the processor. A oneDNN for SYCL sees it only through OpenCL, whose loader takes from OCL_ICD_FILENAMES which library
 * drives the processor; Intel's packages put that library beside oneDNN and register it nowhere.
 * SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "impls/onednn_graph/engine.h"
#include "impls/common/processors.h"
#include "impls/onednn/threads.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DRIVER "libintelocl.so"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static dnnl_engine_t engine;
static char why[PATH_MAX + 256];

static int is_sycl(void) { return dnnl_version()->cpu_runtime == DNNL_RUNTIME_SYCL; }

/* Names the driver in the folder of oneDNN, where nothing else was named. */
static void name_driver(void)
{
	Dl_info at;
	char path[PATH_MAX];
	if (getenv("OCL_ICD_FILENAMES") || !dladdr((void *)(uintptr_t)dnnl_version, &at) || !at.dli_fname)
		return;
	const char *slash = strrchr(at.dli_fname, '/');
	int n = snprintf(path, sizeof path, "%.*s" DRIVER, slash ? (int)(slash + 1 - at.dli_fname) : 0, at.dli_fname);
	if (n > 0 && (size_t)n < sizeof path && !access(path, R_OK))
		setenv("OCL_ICD_FILENAMES", path, 0);
}

static void make(void)
{
	if (is_sycl())
		name_driver();
	dnnl_status_t status = dnnl_engine_get_count(dnnl_cpu) ? dnnl_engine_create(&engine, dnnl_cpu, 0) : dnnl_unimplemented;
	if (status == dnnl_success)
		return;
	engine = NULL;
	const char *named = getenv("OCL_ICD_FILENAMES");
	snprintf(why, sizeof why, "this oneDNN gives no engine for the processor (status %d)", (int)status);
	if (is_sycl())
		snprintf(why, sizeof why, "this oneDNN is built for SYCL, which found no processor: expected OCL_ICD_FILENAMES to name " DRIVER ", found %s",
		         named ? named : "it unset and no such file beside libdnnl.so");
}

dnnl_engine_t engine_get(void)
{
	pthread_once(&once, make);
	return engine;
}

const char *engine_why(void) { return why; }

int engine_has_bf16(void)
{
	int isa = (int)dnnl_get_effective_cpu_isa();
	return (isa & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core || (isa & dnnl_cpu_isa_avx2_vnni_2) == dnnl_cpu_isa_avx2_vnni_2;
}

void engine_threads_hold(int threads)
{
	if (is_sycl())
		processors_keep_to(threads);
	else
		onednn_threads_set(threads);
}

int engine_threads_can_hold(void) { return is_sycl() || onednn_threads_can_hold(); }
