"""ONNX Runtime: with nonpad_kv_seqlen (Attention-24) what lies in the padding of V reaches the output when it is NaN or infinite.

ONNX: "nonpad_kv_seqlen: the number of valid (ie, non-padding) tokens in each sample. A padding mask can be derived from this". It is the form for caches in
buffers that are larger than what is written to them, whose rest may hold anything. Needs onnxruntime and onnx.
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


q, k, v = normal(1, 1, 3, 8), normal(1, 1, 9, 8), normal(1, 1, 9, 8)
lengths = np.array([5], np.int64)


def run():
    return attention(24, {"q": q, "k": k, "v": v, "mask": None, "past_k": None, "past_v": None, "lengths": lengths})[0]


clean = run()
v[:, :, 5:] = np.nan
spoilt = run()
print("promised: nonpad_kv_seqlen is the number of valid tokens, the rest is padding (ONNX Attention-24): out is the same whatever it holds")
print(f"onnxruntime {ort.__version__}: out[0] is {clean[0, 0, 0, 0]} with numbers in the padding, {spoilt[0, 0, 0, 0]} with NaN")
sys.exit(int(not np.array_equal(clean, spoilt)))
