/* Attention as one graph of oneDNN, cut into whatever partitions the library makes of it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMPLS_ONEDNN_GRAPH_GRAPH_H
#define IMPLS_ONEDNN_GRAPH_GRAPH_H

#include <attnbench/attn.h>
#include <oneapi/dnnl/dnnl_graph.h>

/* Tensors of the graph by their id. Those between Q·Kᵀ and the weights are only what some problems have. */
enum { GRAPH_Q, GRAPH_K, GRAPH_SCALE, GRAPH_MASK, GRAPH_V, GRAPH_PRODUCT, GRAPH_SCALED, GRAPH_MASKED, GRAPH_WEIGHTS, GRAPH_OUT, GRAPH_TENSORS };
enum { GRAPH_PARTITIONS = 5, GRAPH_PORTS = 6 }; /* at most one for each operation */

struct graph_partition {
	dnnl_graph_partition_t partition;
	dnnl_graph_compiled_partition_t compiled;
	size_t inputs, outputs;
	size_t input[GRAPH_PORTS], output[GRAPH_PORTS]; /* ids */
};

struct graph {
	dnnl_engine_t engine; /* borrowed */
	dnnl_stream_t stream;
	dnnl_graph_graph_t graph;
	dnnl_graph_logical_tensor_t logical[GRAPH_TENSORS];
	dnnl_graph_tensor_t tensor[GRAPH_TENSORS];
	int has[GRAPH_TENSORS];
	size_t bytes[GRAPH_TENSORS]; /* of those that the caller brings between partitions; 0: none */
	struct graph_partition part[GRAPH_PARTITIONS];
	size_t parts;
};

/* Builds and compiles it. g is zeroed before, and freed by graph_free whatever the outcome. */
dnnl_status_t graph_make(struct graph *g, dnnl_engine_t engine, const struct attn_problem *p);
/* data: the address of each tensor that is at a border of a partition. */
dnnl_status_t graph_run(struct graph *g, void *const data[GRAPH_TENSORS]);
void graph_free(struct graph *g);

#endif
