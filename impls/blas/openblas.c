/* OpenBLAS, held at one thread: the blocks of a run are shared out to threads already.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/blas/openblas.h"
#include "impls/isa.h"

#include <cblas.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#endif

/* What openblas_get_parallel() answers. */
enum { OWN_THREADS = 1, OPENMP_THREADS = 2 };

void openblas_scores(struct blockwise *x, int thread, int64_t block, const struct gemm *g)
{
	(void)x, (void)thread, (void)block;
	cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)g->m, (blasint)g->n, (blasint)g->k, 1, g->a, (blasint)g->lda, g->b, (blasint)g->ldb, 0, g->c,
	            (blasint)g->ldc);
}

void openblas_output(struct blockwise *x, int thread, int64_t block, const struct gemm *g)
{
	(void)x, (void)thread, (void)block;
	cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)g->m, (blasint)g->n, (blasint)g->k, 1, g->a, (blasint)g->lda, g->b, (blasint)g->ldb, 0, g->c,
	            (blasint)g->ldc);
}

/* An OpenBLAS over OpenMP asks for the number of threads of the task that calls it: the setting ends with the region. */
void openblas_begin_thread(struct blockwise *x)
{
	(void)x;
#ifdef _OPENMP
	if (openblas_get_parallel() == OPENMP_THREADS)
		omp_set_num_threads(1);
#endif
}

/* An OpenBLAS with threads of its own has one number of them for the whole process. The first run to begin sets it to 1, the
 * last one to end puts it back, so that runs at once do not disturb each other, nor what comes after them. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int running, threads_before;

void openblas_begin_run(struct blockwise *x)
{
	(void)x;
	if (openblas_get_parallel() != OWN_THREADS)
		return;
	pthread_mutex_lock(&lock);
	if (running++ == 0) {
		threads_before = openblas_get_num_threads();
		if (threads_before != 1)
			openblas_set_num_threads(1);
	}
	pthread_mutex_unlock(&lock);
}

void openblas_end_run(struct blockwise *x)
{
	(void)x;
	if (openblas_get_parallel() != OWN_THREADS)
		return;
	pthread_mutex_lock(&lock);
	if (--running == 0 && threads_before != 1)
		openblas_set_num_threads(threads_before);
	pthread_mutex_unlock(&lock);
}

enum attn_status openblas_prepare(struct blockwise *x, char *why, size_t size)
{
	static const char *const older[] = {"Prescott", "Core2", "Nehalem", "Sandybridge", "Haswell", "Excavator", "Zen", "Generic"};
	const char *core = openblas_get_corename(), *config = openblas_get_config(), *hint = "";
	(void)why, (void)size;
	int words = 0, length = 0; /* the first two words are "OpenBLAS 0.3.21" */
	while (config[length] && (config[length] != ' ' || ++words < 2))
		length++;
	for (size_t i = 0; i < sizeof older / sizeof *older; i++)
		if (!strcmp(core, older[i]) && isa_of_cpu() >= ISA_AVX512)
			hint = " (not this CPU's best: set OPENBLAS_CORETYPE=SkylakeX)";
	snprintf(x->text, sizeof x->text, "%.*s, core %s%s", length, config, core, hint);
	return ATTN_OK;
}
