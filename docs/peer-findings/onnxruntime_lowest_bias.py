"""ONNX Runtime: the lowest float in attn_mask hides a key, where the operator adds it as any other number (CPU).

A boolean mask is written as that number, and a score at or below it has the weight 0, in every key alike too. -1e9, or -3.4e38 on all keys, is a bias that
leaves softmax as it is without; ONNX has only -inf for a hidden key. Needs onnxruntime and onnx.
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


q, k, v = np.zeros((1, 1, 2, 8), np.float32), normal(1, 1, 4, 8), np.ones((1, 1, 4, 8), np.float32)
wrong = 0
print("promised: attn_mask of floats is added to Q K^T scale; here the same number to each key, so the mean of values of 1 is 1 (ONNX Attention-23)")
for bias in (0, -1e9, np.finfo(np.float32).min):
    out = attention(23, {"q": q, "k": k, "v": v, "mask": np.full((2, 4), bias, np.float32)})[0][0, 0, 0, 0]
    print(f"onnxruntime {ort.__version__}: bias {bias:g} on every key: {out}")
    wrong += abs(out - 1) > 1e-6
sys.exit(int(wrong > 0))
