/* oneDNN's own threads, held at one within each thread of a run. The setting of OpenMP belongs to the task that makes it:
 * set inside a parallel region it ends with it, and nobody else sees it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_ONEDNN_THREADS_H
#define IMPLS_ONEDNN_THREADS_H

struct blockwise;

/* Whether this oneDNN's threads can be held: those of OpenMP, or none. */
int onednn_threads_can_hold(void);
/* Sets the number of threads of the calling task, and returns what it was; less than 1 changes nothing. */
int onednn_threads_set(int threads);

/* For struct blockwise_products. */
void onednn_threads_begin_run(struct blockwise *x);
void onednn_threads_begin_thread(struct blockwise *x);
void onednn_threads_end_run(struct blockwise *x);

#endif
