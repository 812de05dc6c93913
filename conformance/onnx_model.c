/* ModelProto with a graph of one Attention node: which file feeds which input of the operator, and the attributes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/onnx.h"
#include "conformance/onnx/proto.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

const char *const onnx_input_names[] = {"Q", "K", "V", "attn_mask", "past_key", "past_value", "nonpad_kv_seqlen"};
const char *const onnx_output_names[] = {"Y", "present_key", "present_value", "qk_matmul_output"};

enum { FIRST_OPSET = 23, LAST_OPSET = 25, OPSET_WITH_NONPAD = 24, OPSET_WITH_WINDOWS = 25, TYPE_FLOAT = 1, TYPE_INT = 2 };

/* Attributes of the operator: their place here, and what they may be. */
static const struct attribute {
	const char *name;
	int type;
	int64_t since;
	size_t offset;
	double least, most;
	const char *expected;
} attributes[] = {
#define INT(name, since, least, most, expected) {#name, TYPE_INT, since, offsetof(struct onnx_attributes, name), least, most, expected}
#define FLOAT(name, least, expected) {#name, TYPE_FLOAT, FIRST_OPSET, offsetof(struct onnx_attributes, name), least, 0x1p127, expected}
	INT(q_num_heads, FIRST_OPSET, 1, 0x1p30, "1 or more"),
	INT(kv_num_heads, FIRST_OPSET, 1, 0x1p30, "1 or more"),
	INT(is_causal, FIRST_OPSET, 0, 1, "0 or 1"),
	INT(qk_matmul_output_mode, FIRST_OPSET, 0, 3, "0 to 3"),
	INT(softmax_precision, FIRST_OPSET, 1, 16, "1 (float), 10 (float16), 11 (double) or 16 (bfloat16)"),
	INT(left_window_size, OPSET_WITH_WINDOWS, -1, 0x1p30, "-1 to 2^30"),
	INT(right_window_size, OPSET_WITH_WINDOWS, -1, 0x1p30, "-1 to 2^30"),
	FLOAT(scale, -0x1p127, "a finite number"),
	FLOAT(softcap, 0, "a finite number of 0 or more")};

static const char *text(const char *s) { return s ? s : ""; }

/* Both are names of ONNX's own operators. */
static int is_onnx_domain(const char *domain)
{
	return !strcmp(text(domain), "") || !strcmp(domain, "ai.onnx");
}

static enum attn_status take_opset(struct onnx_model *model, const Onnx__ModelProto *m, char *why, size_t size)
{
	for (size_t n = 0; n < m->n_opset_import; n++)
		if (is_onnx_domain(m->opset_import[n]->domain))
			model->opset = m->opset_import[n]->version;
	if (model->opset < FIRST_OPSET || model->opset > LAST_OPSET)
		return onnx_fail(why, size, "the model imports opset %lld of ONNX: expected 23, 24 or 25", (long long)model->opset);
	return ATTN_OK;
}

static enum attn_status take_attribute(struct onnx_model *model, const Onnx__AttributeProto *a, char *why, size_t size)
{
	const struct attribute *known = attributes, *end = attributes + sizeof attributes / sizeof *attributes;
	while (known < end && strcmp(known->name, text(a->name)))
		known++;
	if (known == end || model->opset < known->since)
		return onnx_fail(why, size, "attribute \"%.60s\": the operator Attention of opset %lld has none of that name", text(a->name), (long long)model->opset);
	if (text(a->ref_attr_name)[0] || (a->has_type && a->type != known->type) || !(known->type == TYPE_INT ? a->has_i : a->has_f))
		return onnx_fail(why, size, "attribute %s is no %s: expected one", known->name, known->type == TYPE_INT ? "INT" : "FLOAT");
	double x = known->type == TYPE_INT ? (double)a->i : (double)a->f;
	if (!(x >= known->least && x <= known->most))
		return onnx_fail(why, size, "attribute %s is %g: expected %s", known->name, x, known->expected);
	void *to = (char *)&model->attributes + known->offset;
	if (known->type == TYPE_INT)
		*(int64_t *)to = a->i;
	else
		*(double *)to = x;
	return ATTN_OK;
}

static int find_name(Onnx__ValueInfoProto *const *values, size_t count, const char *name)
{
	for (size_t n = 0; n < count; n++)
		if (!strcmp(text(values[n]->name), name))
			return (int)n;
	return ONNX_ABSENT;
}

/* One input of the node: a file of the data set, or a constant of the model. */
static enum attn_status take_input(struct onnx_model *model, const Onnx__GraphProto *g, enum onnx_input which, char *why, size_t size)
{
	const char *name = g->node[0]->input[which];
	char inner[256];
	model->input_file[which] = find_name(g->input, g->n_input, name);
	for (size_t n = 0; model->input_file[which] < 0 && n < g->n_initializer; n++) {
		if (strcmp(text(g->initializer[n]->name), name))
			continue;
		if (onnx_tensor_take(&model->initializer[which], g->initializer[n], inner, sizeof inner) != ATTN_OK)
			return onnx_fail(why, size, "initializer \"%.60s\": %s", name, inner);
		model->input_file[which] = ONNX_INITIALIZER;
	}
	if (model->input_file[which] == ONNX_ABSENT)
		return onnx_fail(why, size, "input %s is \"%.60s\": the graph has no input and no initializer of that name", onnx_input_names[which], name);
	return ATTN_OK;
}

static enum attn_status take_inputs(struct onnx_model *model, const Onnx__GraphProto *g, char *why, size_t size)
{
	const Onnx__NodeProto *node = g->node[0];
	size_t most = model->opset < OPSET_WITH_NONPAD ? ONNX_NONPAD_KV_SEQLEN : ONNX_INPUTS;
	enum attn_status status = ATTN_OK;
	if (node->n_input > most)
		return onnx_fail(why, size, "the node has %zu inputs: Attention of opset %lld has %zu at most", node->n_input, (long long)model->opset, most);
	for (size_t n = 0; status == ATTN_OK && n < ONNX_INPUTS; n++) {
		if (n < node->n_input && node->input[n][0])
			status = take_input(model, g, (enum onnx_input)n, why, size);
		else if (n <= ONNX_V)
			status = onnx_fail(why, size, "the node has no input %s: expected Q, K and V", onnx_input_names[n]);
	}
	return status;
}

static enum attn_status take_outputs(struct onnx_model *model, const Onnx__GraphProto *g, char *why, size_t size)
{
	const Onnx__NodeProto *node = g->node[0];
	size_t found = 0;
	if (node->n_output > ONNX_OUTPUTS)
		return onnx_fail(why, size, "the node has %zu outputs: Attention has 4 at most", node->n_output);
	for (size_t n = 0; n < node->n_output; n++)
		if (node->output[n][0] && (model->output_file[n] = find_name(g->output, g->n_output, node->output[n])) >= 0)
			found++;
	if (!g->n_output || found != g->n_output)
		return onnx_fail(why, size, "the graph has %zu outputs, of which the node makes %zu: expected 1 or more, all made by the node", g->n_output, found);
	return ATTN_OK;
}

/* The node must be Attention, alone; else the first that is another is named. */
static enum attn_status check_node(const Onnx__GraphProto *g, char *why, size_t size)
{
	for (size_t n = 0; n < g->n_node; n++)
		if (strcmp(text(g->node[n]->op_type), "Attention") || !is_onnx_domain(g->node[n]->domain))
			return onnx_fail(why, size, "node %zu of %zu is the operator \"%.60s\" of the domain \"%.60s\": expected one node, Attention of ONNX's own domain", n + 1,
			                 g->n_node, text(g->node[n]->op_type), text(g->node[n]->domain));
	if (g->n_node != 1)
		return onnx_fail(why, size, "the graph has %zu nodes: expected one, Attention", g->n_node);
	return ATTN_OK;
}

static enum attn_status take_model(struct onnx_model *model, const Onnx__ModelProto *m, char *why, size_t size)
{
	enum attn_status status;
	if (!m->graph)
		return onnx_fail(why, size, "the model has no graph");
	if ((status = check_node(m->graph, why, size)) != ATTN_OK || (status = take_opset(model, m, why, size)) != ATTN_OK)
		return status;
	const Onnx__NodeProto *node = m->graph->node[0];
	for (size_t n = 0; status == ATTN_OK && n < node->n_attribute; n++)
		status = take_attribute(model, node->attribute[n], why, size);
	if (status == ATTN_OK)
		status = take_inputs(model, m->graph, why, size);
	if (status == ATTN_OK)
		status = take_outputs(model, m->graph, why, size);
	return status;
}

enum attn_status onnx_model_decode(struct onnx_model *model, const unsigned char *bytes, size_t count, char *why, size_t size)
{
	Onnx__ModelProto *m = onnx__model_proto__unpack(NULL, count, bytes);
	*model = (struct onnx_model){.attributes = {-1, -1, 0, 0, -1, -1, -1, (double)NAN, 0}};
	for (int n = 0; n < ONNX_INPUTS; n++)
		model->input_file[n] = ONNX_ABSENT;
	for (int n = 0; n < ONNX_OUTPUTS; n++)
		model->output_file[n] = ONNX_ABSENT;
	if (!m)
		return onnx_fail(why, size, "its %zu bytes are no ModelProto: cut off, or something else", count);
	enum attn_status status = take_model(model, m, why, size);
	onnx__model_proto__free_unpacked(m, NULL);
	if (status != ATTN_OK)
		onnx_model_free(model);
	return status;
}

void onnx_model_free(struct onnx_model *model)
{
	for (int n = 0; n < ONNX_INPUTS; n++)
		onnx_tensor_free(&model->initializer[n]);
}
