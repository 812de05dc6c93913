"""ONNX Runtime: Attention-23 on CPUs takes no attn_mask that is broadcast along queries or keys.

ONNX: "Attention mask. Shape must be broadcastable to (batch_size, q_num_heads, q_sequence_length, total_sequence_length)". A mask of
padding, (batch, 1, 1, keys), is refused when the model runs. Needs onnxruntime and onnx.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import numpy as np
import onnx
import onnxruntime as ort
from onnx import helper

ort.set_default_logger_severity(4)
rng = np.random.default_rng(0)


def attention(opset, arrays, outputs=("out",), **attributes):
    """arrays: name -> array, or None where an optional input is left out; in the order of the operator."""
    given = {n: a for n, a in arrays.items() if a is not None}
    node = helper.make_node("Attention", [n if a is not None else "" for n, a in arrays.items()], list(outputs), **attributes)
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape) for n, a in given.items()],
                              [helper.make_tensor_value_info(o, onnx.TensorProto.FLOAT, None) for o in outputs if o])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    return ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, given)


def normal(*shape):
    return rng.standard_normal(shape).astype(np.float32)


q, k, v = normal(2, 4, 13, 8), normal(2, 4, 37, 8), normal(2, 4, 37, 8)
print("promised: attn_mask 'must be broadcastable to (batch_size, q_num_heads, q_sequence_length, total_sequence_length)' (ONNX Attention-23)")
wrong = 0
for shape in ((13, 37), (2, 1, 13, 37), (2, 1, 1, 37), (1, 37), (1, 4, 13, 1)):
    try:
        attention(23, {"q": q, "k": k, "v": v, "mask": np.ones(shape, bool)})
        print(f"onnxruntime {ort.__version__}: mask {shape}: taken")
    except Exception as error:
        wrong += 1
        print(f"onnxruntime {ort.__version__}: mask {shape}: {str(error).splitlines()[0][-110:]}")
sys.exit(int(wrong > 0))
