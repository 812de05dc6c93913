"""ONNX Runtime: Attention, MultiHeadAttention and GroupQueryAttention give NaN where q·k passes the largest f32 (CPU).

A policy: inf - inf, before the exponential, also where q·k times the scale is finite. Scores of all keys are equal here.
MultiHeadAttention and GroupQueryAttention are com.microsoft's. Needs onnxruntime and onnx.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import numpy as np
import onnx
import onnxruntime as ort
from onnx import helper

ort.set_default_logger_severity(4)


def attention(operator, domain, arrays, outputs=("out",), **attributes):
    """arrays: name -> array, or None where an optional input is left out; in the order of the operator."""
    given = {n: a for n, a in arrays.items() if a is not None}
    node = helper.make_node(operator, [n if a is not None else "" for n, a in arrays.items()], list(outputs), domain=domain, **attributes)
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape) for n, a in given.items()],
                              [helper.make_tensor_value_info(o, onnx.TensorProto.FLOAT, None) for o in outputs if o])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23), helper.make_opsetid("com.microsoft", 1)], ir_version=10)
    return ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, given)


def run(value):
    """The first number that each operator gives for values of 1."""
    q, k, v = (np.full((1, 1, 4, 16), x, np.float32) for x in (value, value, 1))
    yield "Attention", attention("Attention", "", {"q": q, "k": k, "v": v})
    rows = {"q": q[:, 0], "k": k[:, 0], "v": v[:, 0]}
    yield "MultiHeadAttention", attention("MultiHeadAttention", "com.microsoft", rows, num_heads=1)
    no_past, lengths = np.zeros((1, 1, 0, 16), np.float32), {"lengths": np.full(1, 3, np.int32), "total": np.array([4], np.int32)}
    cached = rows | {"past_k": no_past, "past_v": no_past} | lengths
    yield "GroupQueryAttention", attention("GroupQueryAttention", "com.microsoft", cached, ("out", "pk", "pv"), num_heads=1, kv_num_heads=1)


wrong = 0
print("promised: softmax(Q K^T scale) V; all scores are equal, so the mean of values of 1 is 1")
for value, scaled in ((6e18, "finite"), (2e19, "infinite")):
    for name, out in run(value):
        print(f"onnxruntime {ort.__version__}: {name}, q·k infinite, q·k·scale {scaled}: {out[0].flat[-1]}")
        wrong += not abs(out[0].flat[-1] - 1) < 1e-3
sys.exit(int(wrong > 0))
