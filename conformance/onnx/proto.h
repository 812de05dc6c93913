/* What the readers of ONNX's messages share; only they include it.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_ONNX_PROTO_H
#define CONFORMANCE_ONNX_PROTO_H

#include "conformance/onnx.h"
#include "conformance/onnx/attention.pb-c.h"

/* From a TensorProto::DataType; ATTN_NONE for those the operator has no use for. */
enum attn_dtype onnx_dtype(int64_t data_type);
enum attn_status onnx_tensor_take(struct onnx_tensor *tensor, const Onnx__TensorProto *m, char *why, size_t size);

#endif
