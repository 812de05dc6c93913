"""ONNX Runtime: +inf in attn_mask gives NaN on CPUs: inf - inf, before the exponential.

A policy: of a score that grows without limit all weight goes to its key; the formula of softmax, taken literally, is NaN there. Needs onnxruntime and onnx.
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


q, k, v, bias = normal(1, 1, 4, 8), normal(1, 1, 4, 8), normal(1, 1, 4, 8), np.zeros((4, 4), np.float32)
bias[:, 2] = np.inf
out = attention(23, {"q": q, "k": k, "v": v, "mask": bias})[0]
print("promised: nothing of infinite scores; the limit of softmax is the value of that key alone (ONNX Attention-23)")
print(f"onnxruntime {ort.__version__}: out[0] is {out[0, 0, 0, 0]}, the value of the key {v[0, 0, 2, 0]}")
sys.exit(int(np.isnan(out).any()))
