/* TensorProto: dims, a data type, and elements in raw_data (little endian) or in the field of their kind.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "conformance/onnx.h"
#include "conformance/onnx/proto.h"
#include "harness/problem.h"
#include "harness/tensor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ELEMENTS = 1 << 30 };

enum attn_status onnx_fail(char *why, size_t size, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(why, size, format, arguments);
	va_end(arguments);
	return ATTN_FAILED;
}

enum attn_dtype onnx_dtype(int64_t data_type)
{
	static const struct {
		int number;
		enum attn_dtype dtype;
	} types[] = {{1, ATTN_F32}, {7, ATTN_I64}, {9, ATTN_BOOL}, {10, ATTN_F16}, {11, ATTN_F64}, {16, ATTN_BF16}};
	for (size_t n = 0; n < sizeof types / sizeof *types; n++)
		if (types[n].number == data_type)
			return types[n].dtype;
	return ATTN_NONE;
}

/* TensorProto::DataType as of ONNX 1.23: 1 to 28. */
static int is_known_type(int64_t data_type) { return data_type >= 1 && data_type <= 28; }

/* The shape, with 1 before the dimensions it has. */
static enum attn_status read_shape(const Onnx__TensorProto *m, int64_t dim[4], char *why, size_t size)
{
	int64_t elements = 1;
	if (m->n_dims > 4)
		return onnx_fail(why, size, "it has %zu dimensions: expected 4 or fewer", m->n_dims);
	for (size_t k = 0; k < 4; k++) {
		size_t at = k + m->n_dims;
		dim[k] = at < 4 ? 1 : m->dims[at - 4];
		if (dim[k] < 0 || dim[k] > MOST_ELEMENTS || (elements *= dim[k] > 0 ? dim[k] : 1) > MOST_ELEMENTS)
			return onnx_fail(why, size, "dimension %zu is %lld: expected 0 or more, and no more than 2^30 elements in all", at - 4, (long long)dim[k]);
	}
	return ATTN_OK;
}

/* Elements kept as int32: bool, f16 and bf16, the latter two as their bits. */
static enum attn_status take_int32(struct attn_tensor *t, const Onnx__TensorProto *m, char *why, size_t size)
{
	int most = t->dtype == ATTN_BOOL ? 1 : 0xffff;
	for (size_t n = 0; n < m->n_int32_data; n++) {
		uint16_t bits = (uint16_t)m->int32_data[n];
		if (m->int32_data[n] < 0 || m->int32_data[n] > most)
			return onnx_fail(why, size, "int32_data[%zu] is %d: expected 0 to %d for %s", n, m->int32_data[n], most, attn_dtype_name(t->dtype));
		if (t->dtype == ATTN_BOOL)
			((unsigned char *)t->data)[n] = (unsigned char)bits;
		else
			memcpy((char *)t->data + 2 * n, &bits, sizeof bits);
	}
	return ATTN_OK;
}

/* Where the elements are, and how many. */
struct elements {
	const char *field;
	const void *at;
	size_t count;
};

static struct elements elements_of(const Onnx__TensorProto *m, enum attn_dtype dtype)
{
	if (dtype == ATTN_F32)
		return (struct elements){"float_data", m->float_data, m->n_float_data};
	if (dtype == ATTN_F64)
		return (struct elements){"double_data", m->double_data, m->n_double_data};
	if (dtype == ATTN_I64)
		return (struct elements){"int64_data", m->int64_data, m->n_int64_data};
	return (struct elements){"int32_data", NULL, m->n_int32_data};
}

static enum attn_status take_elements(struct attn_tensor *t, const Onnx__TensorProto *m, char *why, size_t size)
{
	struct elements e = elements_of(m, t->dtype);
	size_t count = (size_t)attn_tensor_count(t), bytes = count * attn_dtype_bytes(t->dtype);
	if (m->has_raw_data && m->raw_data.len != bytes)
		return onnx_fail(why, size, "raw_data holds %zu bytes: expected %zu for %zu elements of %s", m->raw_data.len, bytes, count, attn_dtype_name(t->dtype));
	if (!m->has_raw_data && e.count != count)
		return onnx_fail(why, size, "%s holds %zu elements, and there is no raw_data: expected %zu of %s", e.field, e.count, count, attn_dtype_name(t->dtype));
	if (!m->has_raw_data && !e.at)
		return take_int32(t, m, why, size);
	if (bytes)
		memcpy(t->data, m->has_raw_data ? (const void *)m->raw_data.data : e.at, bytes);
	for (size_t n = 0; t->dtype == ATTN_BOOL && n < count; n++)
		if (((const unsigned char *)t->data)[n] > 1)
			return onnx_fail(why, size, "element %zu is %d: expected 0 or 1 for bool", n, ((const unsigned char *)t->data)[n]);
	return ATTN_OK;
}

enum attn_status onnx_tensor_take(struct onnx_tensor *tensor, const Onnx__TensorProto *m, char *why, size_t size)
{
	enum attn_dtype dtype = onnx_dtype(m->data_type);
	int64_t dim[4];

	*tensor = (struct onnx_tensor){0};
	if (m->n_external_data || m->data_location)
		return onnx_fail(why, size, "its data lies in another file (external_data): expected it in the message"), ATTN_REFUSED;
	if (dtype == ATTN_NONE)
		return onnx_fail(why, size, "data_type is %d: expected float (1), int64 (7), bool (9), float16 (10), double (11) or bfloat16 (16)", m->data_type),
		       is_known_type(m->data_type) ? ATTN_REFUSED : ATTN_FAILED;
	if (read_shape(m, dim, why, size) != ATTN_OK)
		return ATTN_FAILED;
	tensor->rank = (int)m->n_dims;
	tensor->t = attn_tensor_new(dtype, dim[0], dim[1], dim[2], dim[3]);
	if (!tensor->t.data)
		return onnx_fail(why, size, "no memory for its elements"), ATTN_NO_MEMORY;
	if (take_elements(&tensor->t, m, why, size) == ATTN_OK)
		return ATTN_OK;
	onnx_tensor_free(tensor);
	return ATTN_FAILED;
}

enum attn_status onnx_tensor_decode(struct onnx_tensor *tensor, const unsigned char *bytes, size_t count, char *why, size_t size)
{
	Onnx__TensorProto *m = onnx__tensor_proto__unpack(NULL, count, bytes);
	if (!m)
		return onnx_fail(why, size, "its %zu bytes are no TensorProto: cut off, or something else", count);
	enum attn_status status = onnx_tensor_take(tensor, m, why, size);
	onnx__tensor_proto__free_unpacked(m, NULL);
	return status;
}

void onnx_tensor_free(struct onnx_tensor *tensor)
{
	attn_tensor_free(&tensor->t);
	tensor->rank = 0;
}
