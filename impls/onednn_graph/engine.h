/* The engine of oneDNN's graphs: one for the process.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_ONEDNN_GRAPH_ENGINE_H
#define IMPLS_ONEDNN_GRAPH_ENGINE_H

#include <oneapi/dnnl/dnnl.h>

/* The engine of the processor, made by the first call and kept; NULL: there is none, for the reason engine_why(). It may be called from
 * several threads. A build for SYCL starts threads here, so that a process that forks later must not have called it. */
dnnl_engine_t engine_get(void);
const char *engine_why(void);

/* Whether it multiplies bf16 on this processor. Where it does not, 3.2 aborts the process when such a graph is compiled. */
int engine_has_bf16(void);

/* Whether its threads can be held: those of OpenMP by their number, those of SYCL by the processors that the process may use. */
int engine_threads_can_hold(void);
/* Holds them, for the calling thread and those that it starts. */
void engine_threads_hold(int threads);

#endif
