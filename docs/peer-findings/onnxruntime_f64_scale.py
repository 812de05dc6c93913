"""ONNX Runtime: Attention-23 of doubles with the scale 1/sqrt(d) is right to about 1e-9, where 1/sqrt(d) is no f32.

The scale is kept in f32: the attribute is one, and its default is computed as one. ONNX's own reference has 1/sqrt(head_size) of doubles by default, right to
1e-15. Where the scale is a power of 2 the kernel is too. Needs onnxruntime and onnx.
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
                              [helper.make_tensor_value_info(o, onnx.TensorProto.DOUBLE, None) for o in outputs if o])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    return ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, given)


wrong = 0
print("promised: scale is 1/sqrt(head_size) by default, and the output is double, whose roundoff is 1.1e-16 (ONNX Attention-23)")
for columns in (16, 24):
    q, k, v = (rng.standard_normal((1, 1, n, columns)) for n in (3, 9, 9))
    e = np.exp(q @ k.swapaxes(2, 3) / np.sqrt(columns))
    exact = e / e.sum(-1, keepdims=True) @ v
    for name, attributes in (("default", {}), ("given", {"scale": 1 / np.sqrt(columns)})):
        error = abs(attention(23, {"q": q, "k": k, "v": v}, **attributes)[0] - exact).max()
        print(f"onnxruntime {ort.__version__}: {columns} columns, scale {name}: largest error {error:.2g}")
        wrong += error > 1e-13
sys.exit(int(wrong > 0))
