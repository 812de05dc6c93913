/* ModelProto with a graph of one Attention node: which file or constant feeds which input of the operator, and the attributes.
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

/* Opsets after 25 define other operators anew; up to 28, that of ONNX 1.23, Attention is still that of 25. */
enum { FIRST_OPSET = 23, LAST_OPSET = 28, OPSET_WITH_NONPAD = 24, OPSET_WITH_WINDOWS = 25, TYPE_FLOAT = 1, TYPE_INT = 2 };

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
		return onnx_fail(why, size, "the model imports opset %lld of ONNX: expected %d to %d", (long long)model->opset, FIRST_OPSET, LAST_OPSET),
		       model->opset > 0 ? ATTN_REFUSED : ATTN_FAILED;
	return ATTN_OK;
}

static enum attn_status take_attribute(struct onnx_model *model, const Onnx__AttributeProto *a, char *why, size_t size)
{
	const struct attribute *known = attributes, *end = attributes + sizeof attributes / sizeof *attributes;
	while (known < end && strcmp(known->name, text(a->name)))
		known++;
	if (known == end || model->opset < known->since)
		return onnx_fail(why, size, "attribute \"%.60s\": the operator Attention of opset %lld has none of that name", text(a->name), (long long)model->opset);
	/* A writer of proto3 leaves a value of 0 out. */
	int has_value = a->has_type || (known->type == TYPE_INT ? a->has_i : a->has_f);
	if (text(a->ref_attr_name)[0] || (a->has_type && a->type != known->type) || !has_value)
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

static const Onnx__TensorProto *find_initializer(const Onnx__GraphProto *g, const char *name)
{
	for (size_t n = 0; n < g->n_initializer; n++)
		if (!strcmp(text(g->initializer[n]->name), name))
			return g->initializer[n];
	return NULL;
}

static int is_constant(const Onnx__NodeProto *node)
{
	return !strcmp(text(node->op_type), "Constant") && is_onnx_domain(node->domain) && node->n_output == 1 && node->n_attribute == 1 &&
	       !strcmp(text(node->attribute[0]->name), "value") && node->attribute[0]->t;
}

/* The tensor of that name that the model itself holds; NULL: none. */
static const Onnx__TensorProto *find_constant(const Onnx__GraphProto *g, const char *name)
{
	for (size_t n = 0; n < g->n_node; n++)
		if (is_constant(g->node[n]) && !strcmp(g->node[n]->output[0], name))
			return g->node[n]->attribute[0]->t;
	return find_initializer(g, name);
}

/* How many of the graph's first inputs have no initializer. */
static int count_required(const Onnx__GraphProto *g, size_t first)
{
	int count = 0;
	for (size_t n = 0; n < first; n++)
		count += !find_initializer(g, text(g->input[n]->name));
	return count;
}

/* One input of the node: a file of the data set, or a constant of the model, or either. */
static enum attn_status take_input(struct onnx_model *model, const Onnx__GraphProto *g, const char *name, enum onnx_input which, char *why, size_t size)
{
	const Onnx__TensorProto *constant = find_constant(g, name);
	char inner[256];
	int at = find_name(g->input, g->n_input, name);
	model->every.of[which] = at;
	if (at >= 0 && !constant)
		model->required.of[which] = count_required(g, (size_t)at);
	if (at == ONNX_ABSENT && !constant)
		return onnx_fail(why, size, "input %s is \"%.60s\": the graph has no input, no initializer and no Constant node of that name", onnx_input_names[which], name);
	enum attn_status status = constant ? onnx_tensor_take(&model->constant[which], constant, inner, sizeof inner) : ATTN_OK;
	if (status != ATTN_OK)
		onnx_fail(why, size, "the constant \"%.60s\": %s", name, inner);
	return status;
}

static enum attn_status take_inputs(struct onnx_model *model, const Onnx__GraphProto *g, const Onnx__NodeProto *node, char *why, size_t size)
{
	size_t most = model->opset < OPSET_WITH_NONPAD ? ONNX_NONPAD_KV_SEQLEN : ONNX_INPUTS, count = node->n_input;
	enum attn_status status = ATTN_OK;
	while (count && !node->input[count - 1][0])
		count--; /* absent ones at the end say nothing */
	if (count > most)
		return onnx_fail(why, size, "the node has %zu inputs: Attention of opset %lld has %zu at most", count, (long long)model->opset, most);
	for (size_t n = 0; status == ATTN_OK && n < ONNX_INPUTS; n++) {
		if (n < count && node->input[n][0])
			status = take_input(model, g, node->input[n], (enum onnx_input)n, why, size);
		else if (n <= ONNX_V)
			status = onnx_fail(why, size, "the node has no input %s: expected Q, K and V", onnx_input_names[n]);
	}
	model->every.count = (int)g->n_input;
	model->required.count = count_required(g, g->n_input);
	return status;
}

static enum attn_status take_outputs(struct onnx_model *model, const Onnx__GraphProto *g, const Onnx__NodeProto *node, char *why, size_t size)
{
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

/* The Attention node, which must be the only one but for constants; else the first that is another is named. */
static enum attn_status find_node(const Onnx__GraphProto *g, const Onnx__NodeProto **found, char *why, size_t size)
{
	*found = NULL;
	for (size_t n = 0; n < g->n_node; n++) {
		const Onnx__NodeProto *node = g->node[n];
		if (is_constant(node))
			continue;
		if (*found || strcmp(text(node->op_type), "Attention") || !is_onnx_domain(node->domain))
			return onnx_fail(why, size, "node %zu of %zu is the operator \"%.60s\" of the domain \"%.60s\": expected one node, Attention of ONNX's own domain", n + 1,
			                 g->n_node, text(node->op_type), text(node->domain)),
			       ATTN_REFUSED;
		*found = node;
	}
	return *found ? ATTN_OK : (onnx_fail(why, size, "the graph has no node Attention: expected one"), ATTN_REFUSED);
}

static enum attn_status take_model(struct onnx_model *model, const Onnx__ModelProto *m, char *why, size_t size)
{
	const Onnx__NodeProto *node;
	enum attn_status status;
	if (!m->graph)
		return onnx_fail(why, size, "the model has no graph");
	if ((status = find_node(m->graph, &node, why, size)) != ATTN_OK || (status = take_opset(model, m, why, size)) != ATTN_OK)
		return status;
	for (size_t n = 0; status == ATTN_OK && n < node->n_attribute; n++)
		status = take_attribute(model, node->attribute[n], why, size);
	if (status == ATTN_OK)
		status = take_inputs(model, m->graph, node, why, size);
	if (status == ATTN_OK)
		status = take_outputs(model, m->graph, node, why, size);
	return status;
}

enum attn_status onnx_model_decode(struct onnx_model *model, const unsigned char *bytes, size_t count, char *why, size_t size)
{
	Onnx__ModelProto *m = onnx__model_proto__unpack(NULL, count, bytes);
	*model = (struct onnx_model){.attributes = {-1, -1, 0, 0, -1, -1, -1, (double)NAN, 0}};
	for (int n = 0; n < ONNX_INPUTS; n++)
		model->every.of[n] = model->required.of[n] = ONNX_ABSENT;
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
		onnx_tensor_free(&model->constant[n]);
}
