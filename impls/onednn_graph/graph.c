/* MatMul, Multiply, Add, SoftMax, MatMul, and the partitions of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/onednn_graph/graph.h"

/* Query heads that share a key head are a dimension of their own, along which keys and values are broadcast:
 * [batch][key heads][group][rows][columns]; without groups [batch][heads][rows][columns]. */
struct view {
	int dims;
	dnnl_dims_t dim, stride;
};

static struct view view_of(const struct attn_problem *p, int is_query, int64_t rows, int64_t columns, const int64_t stride[4])
{
	int64_t group = p->heads_q / p->heads_kv, of_heads = is_query ? group : 1;
	if (group == 1)
		return (struct view){4, {p->batch, p->heads_kv, rows, columns}, {stride[0], stride[1], stride[2], stride[3]}};
	return (struct view){5, {p->batch, p->heads_kv, of_heads, rows, columns}, {stride[0], stride[1] * of_heads, stride[1], stride[2], stride[3]}};
}

static struct view dense(const struct attn_problem *p, int64_t rows, int64_t columns)
{
	const int64_t stride[4] = {p->heads_q * rows * columns, rows * columns, columns, 1};
	return view_of(p, 1, rows, columns, stride);
}

/* The mask is dense, with 1 along the dimensions in which it repeats. */
static struct view mask_view(const struct attn_problem *p)
{
	uint32_t dims = p->has & ATTN_HAS_BIAS ? p->bias_dims : ATTN_DIM_QUERY | ATTN_DIM_KEY;
	int64_t group = p->heads_q / p->heads_kv, by_head = dims & ATTN_DIM_HEAD ? 1 : 0, step = 1;
	const int64_t all[5] = {dims & ATTN_DIM_BATCH ? p->batch : 1, by_head ? p->heads_kv : 1, by_head ? group : 1, dims & ATTN_DIM_QUERY ? p->len_q : 1,
	                        dims & ATTN_DIM_KEY ? p->len_kv : 1};
	struct view v = {group == 1 ? 4 : 5, {0}, {0}};
	for (int i = v.dims - 1; i >= 0; i--) {
		v.dim[i] = all[group == 1 && i >= 2 ? i + 1 : i];
		v.stride[i] = step;
		step *= v.dim[i];
	}
	return v;
}

static dnnl_status_t describe(struct graph *g, size_t id, dnnl_data_type_t type, const struct view *v)
{
	g->has[id] = 1;
	return dnnl_graph_logical_tensor_init_with_strides(&g->logical[id], id, type, v->dims, v->dim, v->stride, dnnl_graph_tensor_property_undef);
}

static dnnl_status_t describe_all(struct graph *g, const struct attn_problem *p)
{
	dnnl_data_type_t type = p->dtype == ATTN_BF16 ? dnnl_bf16 : dnnl_f32;
	const struct view q = view_of(p, 1, p->len_q, p->dim_qk, p->stride_q), k = view_of(p, 0, p->len_kv, p->dim_qk, p->stride_k);
	const struct view v = view_of(p, 0, p->len_kv, p->dim_v, p->stride_v), out = view_of(p, 1, p->len_q, p->dim_v, p->stride_out);
	const struct view square = dense(p, p->len_q, p->len_kv), mask = mask_view(p), one = {1, {1}, {1}};
	const struct {
		size_t id;
		dnnl_data_type_t type;
		const struct view *view;
	} all[] = {{GRAPH_Q, type, &q}, {GRAPH_K, type, &k}, {GRAPH_V, type, &v}, {GRAPH_OUT, type, &out}, {GRAPH_SCALE, type, &one},
	           {GRAPH_PRODUCT, type, &square}, {GRAPH_SCALED, type, &square}, {GRAPH_WEIGHTS, type, &square},
	           {GRAPH_MASK, type, &mask}, {GRAPH_MASKED, type, &square}};
	size_t n = p->causal || p->has & ATTN_HAS_BIAS ? 10 : 8;
	dnnl_status_t status = dnnl_success;
	for (size_t i = 0; i < n && status == dnnl_success; i++)
		status = describe(g, all[i].id, all[i].type, all[i].view);
	return status;
}

/* One operation of two inputs (softmax: one) into the graph. */
static dnnl_status_t add(struct graph *g, dnnl_graph_op_kind_t kind, const size_t in[2], size_t out)
{
	dnnl_graph_op_t op = NULL;
	const uint8_t yes = 1;
	const int64_t last = -1;
	dnnl_status_t status = dnnl_graph_op_create(&op, out, kind, "");
	for (int i = 0; status == dnnl_success && i < (kind == dnnl_graph_op_softmax ? 1 : 2); i++)
		status = dnnl_graph_op_add_input(op, &g->logical[in[i]]);
	if (status == dnnl_success)
		status = dnnl_graph_op_add_output(op, &g->logical[out]);
	if (status == dnnl_success && out == GRAPH_PRODUCT)
		status = dnnl_graph_op_set_attr_bool(op, dnnl_graph_op_attr_transpose_b, &yes, 1);
	if (status == dnnl_success && kind == dnnl_graph_op_softmax)
		status = dnnl_graph_op_set_attr_s64(op, dnnl_graph_op_attr_axis, &last, 1);
	if (status == dnnl_success)
		status = dnnl_graph_add_op(g->graph, op);
	if (op)
		dnnl_graph_op_destroy(op);
	return status;
}

static dnnl_status_t build(struct graph *g)
{
	const size_t scores = g->has[GRAPH_MASK] ? GRAPH_MASKED : GRAPH_SCALED;
	dnnl_status_t status = dnnl_graph_graph_create(&g->graph, dnnl_cpu);
	if (status == dnnl_success)
		status = add(g, dnnl_graph_op_matmul, (const size_t[2]){GRAPH_Q, GRAPH_K}, GRAPH_PRODUCT);
	if (status == dnnl_success)
		status = add(g, dnnl_graph_op_multiply, (const size_t[2]){GRAPH_PRODUCT, GRAPH_SCALE}, GRAPH_SCALED);
	if (status == dnnl_success && g->has[GRAPH_MASK])
		status = add(g, dnnl_graph_op_add, (const size_t[2]){GRAPH_SCALED, GRAPH_MASK}, GRAPH_MASKED);
	if (status == dnnl_success)
		status = add(g, dnnl_graph_op_softmax, (const size_t[2]){scores, 0}, GRAPH_WEIGHTS);
	if (status == dnnl_success)
		status = add(g, dnnl_graph_op_matmul, (const size_t[2]){GRAPH_WEIGHTS, GRAPH_V}, GRAPH_OUT);
	if (status == dnnl_success)
		status = dnnl_graph_graph_finalize(g->graph);
	return status;
}

/* The ids at a partition's border: outputs that nothing else needs are not among them. */
static dnnl_status_t read_ports(struct graph_partition *part)
{
	dnnl_graph_logical_tensor_t port[GRAPH_PORTS];
	dnnl_status_t status = dnnl_graph_partition_get_input_ports_num(part->partition, &part->inputs);
	if (status == dnnl_success)
		status = dnnl_graph_partition_get_output_ports_num(part->partition, &part->outputs);
	if (status == dnnl_success && (part->inputs > GRAPH_PORTS || part->outputs > GRAPH_PORTS))
		status = dnnl_unimplemented;
	if (status == dnnl_success)
		status = dnnl_graph_partition_get_input_ports(part->partition, part->inputs, port);
	for (size_t i = 0; status == dnnl_success && i < part->inputs; i++)
		part->input[i] = port[i].id;
	if (status == dnnl_success)
		status = dnnl_graph_partition_get_output_ports(part->partition, part->outputs, port);
	for (size_t i = 0; status == dnnl_success && i < part->outputs; i++)
		part->output[i] = port[i].id;
	return status;
}

static dnnl_status_t compile(struct graph *g, struct graph_partition *part)
{
	const dnnl_graph_logical_tensor_t *inputs[GRAPH_PORTS], *outputs[GRAPH_PORTS];
	dnnl_status_t status = read_ports(part);
	for (size_t i = 0; status == dnnl_success && i < part->inputs; i++)
		inputs[i] = &g->logical[part->input[i]];
	for (size_t i = 0; status == dnnl_success && i < part->outputs; i++)
		outputs[i] = &g->logical[part->output[i]];
	if (status == dnnl_success)
		status = dnnl_graph_compiled_partition_create(&part->compiled, part->partition);
	if (status == dnnl_success)
		status = dnnl_graph_partition_compile(part->partition, part->compiled, part->inputs, inputs, part->outputs, outputs, g->engine);
	for (size_t i = 0; status == dnnl_success && i < part->outputs; i++)
		if (part->output[i] != GRAPH_OUT)
			status = dnnl_graph_logical_tensor_get_mem_size(&g->logical[part->output[i]], &g->bytes[part->output[i]]);
	return status;
}

static dnnl_status_t make_tensors(struct graph *g)
{
	dnnl_status_t status = dnnl_success;
	for (size_t id = 0; id < GRAPH_TENSORS && status == dnnl_success; id++)
		if (g->has[id])
			status = dnnl_graph_tensor_create(&g->tensor[id], &g->logical[id], g->engine, NULL);
	return status;
}

dnnl_status_t graph_make(struct graph *g, dnnl_engine_t engine, const struct attn_problem *p)
{
	dnnl_graph_partition_t partition[GRAPH_PARTITIONS];
	dnnl_status_t status = engine ? dnnl_success : dnnl_invalid_arguments;
	g->engine = engine;
	if (status == dnnl_success)
		status = dnnl_stream_create(&g->stream, g->engine, dnnl_stream_default_flags);
	if (status == dnnl_success)
		status = describe_all(g, p);
	if (status == dnnl_success)
		status = build(g);
	if (status == dnnl_success)
		status = dnnl_graph_graph_filter(g->graph, dnnl_graph_partition_policy_fusion);
	if (status == dnnl_success)
		status = dnnl_graph_graph_get_partition_num(g->graph, &g->parts);
	if (status == dnnl_success && g->parts > GRAPH_PARTITIONS)
		status = dnnl_unimplemented;
	if (status != dnnl_success)
		return g->parts = 0, status;
	status = dnnl_graph_graph_get_partitions(g->graph, g->parts, partition);
	for (size_t i = 0; status == dnnl_success && i < g->parts; i++)
		g->part[i].partition = partition[i];
	for (size_t i = 0; status == dnnl_success && i < g->parts; i++)
		status = compile(g, &g->part[i]);
	return status == dnnl_success ? make_tensors(g) : status;
}

static dnnl_status_t execute(struct graph *g, const struct graph_partition *part)
{
	const_dnnl_graph_tensor_t inputs[GRAPH_PORTS], outputs[GRAPH_PORTS];
	for (size_t i = 0; i < part->inputs; i++)
		inputs[i] = g->tensor[part->input[i]];
	for (size_t i = 0; i < part->outputs; i++)
		outputs[i] = g->tensor[part->output[i]];
	return dnnl_graph_compiled_partition_execute(part->compiled, g->stream, part->inputs, inputs, part->outputs, outputs);
}

dnnl_status_t graph_run(struct graph *g, void *const data[GRAPH_TENSORS])
{
	dnnl_status_t status = dnnl_success;
	for (size_t id = 0; id < GRAPH_TENSORS && status == dnnl_success; id++)
		if (g->tensor[id] && data[id])
			status = dnnl_graph_tensor_set_data_handle(g->tensor[id], data[id]);
	for (size_t i = 0; i < g->parts && status == dnnl_success; i++)
		status = execute(g, &g->part[i]);
	return status == dnnl_success ? dnnl_stream_wait(g->stream) : status;
}

void graph_free(struct graph *g)
{
	for (size_t id = 0; id < GRAPH_TENSORS; id++)
		if (g->tensor[id])
			dnnl_graph_tensor_destroy(g->tensor[id]);
	for (size_t i = 0; i < GRAPH_PARTITIONS; i++) {
		if (g->part[i].compiled)
			dnnl_graph_compiled_partition_destroy(g->part[i].compiled);
		if (g->part[i].partition)
			dnnl_graph_partition_destroy(g->part[i].partition);
	}
	if (g->graph)
		dnnl_graph_graph_destroy(g->graph);
	if (g->stream)
		dnnl_stream_destroy(g->stream);
}
