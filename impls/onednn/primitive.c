/* The two interfaces of oneDNN: in 2.x a memory descriptor is a structure and a primitive is described by an operation
 * descriptor first; in 3.x descriptors are handles and there is one step less.
 * SPDX-License-Identifier: Apache-2.0 */
#include "impls/onednn/primitive.h"

#include <stdio.h>
#include <string.h>

#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t descriptor_ref;
#define REF(descriptor) (descriptor)

static dnnl_status_t descriptor_make(dnnl_memory_desc_t *to, const struct onednn_matrix *m)
{
	const dnnl_dims_t dims = {m->rows, m->columns}, strides = {m->row_stride, m->column_stride};
	return dnnl_memory_desc_create_with_strides(to, 2, dims, dnnl_f32, strides);
}

static void descriptor_free(dnnl_memory_desc_t *descriptor)
{
	if (*descriptor)
		dnnl_memory_desc_destroy(*descriptor);
}

static dnnl_status_t matmul_describe(dnnl_primitive_desc_t *to, dnnl_engine_t engine, const dnnl_memory_desc_t d[3], const_dnnl_primitive_attr_t attr)
{
	return dnnl_matmul_primitive_desc_create(to, engine, d[ONEDNN_SRC], d[ONEDNN_WEIGHTS], NULL, d[ONEDNN_DST], attr);
}

static dnnl_status_t softmax_describe(dnnl_primitive_desc_t *to, dnnl_engine_t engine, const dnnl_memory_desc_t d[3], const_dnnl_primitive_attr_t attr)
{
	return dnnl_softmax_forward_primitive_desc_create(to, engine, dnnl_forward_inference, dnnl_softmax_accurate, d[ONEDNN_SRC], d[ONEDNN_DST], 1, attr);
}
#else
typedef const dnnl_memory_desc_t *descriptor_ref;
#define REF(descriptor) (&(descriptor))

static dnnl_status_t descriptor_make(dnnl_memory_desc_t *to, const struct onednn_matrix *m)
{
	const dnnl_dims_t dims = {m->rows, m->columns}, strides = {m->row_stride, m->column_stride};
	return dnnl_memory_desc_init_by_strides(to, 2, dims, dnnl_f32, strides);
}

static void descriptor_free(dnnl_memory_desc_t *descriptor)
{
	(void)descriptor;
}

static dnnl_status_t matmul_describe(dnnl_primitive_desc_t *to, dnnl_engine_t engine, const dnnl_memory_desc_t d[3], const_dnnl_primitive_attr_t attr)
{
	dnnl_matmul_desc_t operation;
	dnnl_status_t status = dnnl_matmul_desc_init(&operation, &d[ONEDNN_SRC], &d[ONEDNN_WEIGHTS], NULL, &d[ONEDNN_DST]);
	return status == dnnl_success ? dnnl_primitive_desc_create(to, &operation, attr, engine, NULL) : status;
}

static dnnl_status_t softmax_describe(dnnl_primitive_desc_t *to, dnnl_engine_t engine, const dnnl_memory_desc_t d[3], const_dnnl_primitive_attr_t attr)
{
	dnnl_softmax_v2_desc_t operation;
	dnnl_status_t status = dnnl_softmax_v2_forward_desc_init(&operation, dnnl_forward_inference, dnnl_softmax_accurate, &d[ONEDNN_SRC], &d[ONEDNN_DST], 1);
	return status == dnnl_success ? dnnl_primitive_desc_create(to, &operation, attr, engine, NULL) : status;
}
#endif

static dnnl_status_t memory_make(struct onednn_primitive *p, dnnl_engine_t engine, int argument, descriptor_ref descriptor)
{
	dnnl_status_t status = dnnl_success;
	for (int i = 0; i < p->threads && status == dnnl_success; i++)
		status = dnnl_memory_create(&p->memory[i * ONEDNN_ARGUMENTS + argument], descriptor, engine, DNNL_MEMORY_NONE);
	return status;
}

typedef dnnl_status_t describe_fn(dnnl_primitive_desc_t *to, dnnl_engine_t engine, const dnnl_memory_desc_t d[3], const_dnnl_primitive_attr_t attr);

/* From its description: the primitive, its scratch memory, and the memory objects. */
static dnnl_status_t finish(struct onednn_primitive *p, dnnl_engine_t engine, const_dnnl_primitive_desc_t described)
{
	const char *kernel = "";
	descriptor_ref scratch = dnnl_primitive_desc_query_md(described, dnnl_query_scratchpad_md, 0);
	p->scratch_bytes = scratch ? dnnl_memory_desc_get_size(scratch) : 0;
	if (dnnl_primitive_desc_query(described, dnnl_query_impl_info_str, 0, (void *)&kernel) == dnnl_success)
		snprintf(p->kernel, sizeof p->kernel, "%s", kernel);
	dnnl_status_t status = dnnl_primitive_create(&p->primitive, described);
	if (status == dnnl_success && p->scratch_bytes)
		status = memory_make(p, engine, ONEDNN_SCRATCH, scratch);
	return status;
}

static dnnl_status_t make(struct onednn_primitive *p, dnnl_engine_t engine, describe_fn *describe, const struct onednn_matrix *const shape[3])
{
	dnnl_memory_desc_t d[3];
	dnnl_primitive_attr_t attr = NULL;
	dnnl_primitive_desc_t described = NULL;
	memset(d, 0, sizeof d);
	dnnl_status_t status = dnnl_primitive_attr_create(&attr);
	if (status == dnnl_success)
		status = dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
	for (int i = 0; i < 3 && status == dnnl_success; i++)
		if (shape[i])
			status = descriptor_make(&d[i], shape[i]);
	for (int i = 0; i < 3 && status == dnnl_success; i++)
		if (shape[i])
			status = memory_make(p, engine, i, REF(d[i]));
	if (status == dnnl_success)
		status = describe(&described, engine, d, attr);
	if (status == dnnl_success)
		status = finish(p, engine, described);
	if (described)
		dnnl_primitive_desc_destroy(described);
	for (int i = 0; i < 3; i++)
		descriptor_free(&d[i]);
	if (attr)
		dnnl_primitive_attr_destroy(attr);
	return status;
}

dnnl_status_t onednn_matmul_make(struct onednn_primitive *p, dnnl_engine_t engine, const struct onednn_matrix *src, const struct onednn_matrix *weights,
                                 const struct onednn_matrix *dst)
{
	return make(p, engine, matmul_describe, (const struct onednn_matrix *const[3]){src, weights, dst});
}

dnnl_status_t onednn_softmax_make(struct onednn_primitive *p, dnnl_engine_t engine, const struct onednn_matrix *rows)
{
	return make(p, engine, softmax_describe, (const struct onednn_matrix *const[3]){rows, NULL, rows});
}

dnnl_status_t onednn_primitive_run(const struct onednn_primitive *p, int thread, dnnl_stream_t stream, void *const data[ONEDNN_ARGUMENTS])
{
	static const int names[ONEDNN_ARGUMENTS] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_SCRATCHPAD};
	dnnl_exec_arg_t arguments[ONEDNN_ARGUMENTS];
	int count = 0;
	for (int i = 0; i < ONEDNN_ARGUMENTS; i++) {
		dnnl_memory_t memory = p->memory[thread * ONEDNN_ARGUMENTS + i];
		if (!memory)
			continue;
		dnnl_status_t status = dnnl_memory_set_data_handle(memory, data[i]);
		if (status != dnnl_success)
			return status;
		arguments[count++] = (dnnl_exec_arg_t){names[i], memory};
	}
	dnnl_status_t status = dnnl_primitive_execute(p->primitive, stream, count, arguments);
	return status == dnnl_success ? dnnl_stream_wait(stream) : status;
}

void onednn_primitive_free(struct onednn_primitive *p)
{
	for (int i = 0; i < p->threads * ONEDNN_ARGUMENTS; i++)
		if (p->memory[i])
			dnnl_memory_destroy(p->memory[i]);
	if (p->primitive)
		dnnl_primitive_destroy(p->primitive);
}
