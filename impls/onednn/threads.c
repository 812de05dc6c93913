/* oneDNN's threads through OpenMP, or, in a build without OpenMP, through the run-time library that oneDNN brought along.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/onednn/threads.h"
#include "impls/common/blockwise.h"

#include <dnnl.h>
#ifdef _OPENMP
#include <omp.h>
#else
#include <dlfcn.h>
#endif

int onednn_threads_can_hold(void)
{
	unsigned runtime = dnnl_version()->cpu_runtime;
	return runtime == DNNL_RUNTIME_OMP || runtime == DNNL_RUNTIME_SEQ;
}

#ifdef _OPENMP
int onednn_threads_set(int threads)
{
	int before = omp_get_max_threads();
	if (threads >= 1)
		omp_set_num_threads(threads);
	return before;
}

void onednn_threads_begin_run(struct blockwise *x)
{
	(void)x;
}

void onednn_threads_begin_thread(struct blockwise *x)
{
	(void)x;
	onednn_threads_set(1);
}

void onednn_threads_end_run(struct blockwise *x)
{
	(void)x;
}
#else
int onednn_threads_set(int threads)
{
	int (*get)(void), before = 0;
	void (*set)(int);
	*(void **)&get = dlsym(RTLD_DEFAULT, "omp_get_max_threads");
	*(void **)&set = dlsym(RTLD_DEFAULT, "omp_set_num_threads");
	if (get)
		before = get();
	if (set && threads >= 1)
		set(threads);
	return before;
}

/* The caller's task is the only one. */
void onednn_threads_begin_run(struct blockwise *x)
{
	x->outer_threads = onednn_threads_set(1);
}

void onednn_threads_begin_thread(struct blockwise *x)
{
	(void)x;
}

void onednn_threads_end_run(struct blockwise *x)
{
	onednn_threads_set(x->outer_threads);
}
#endif
