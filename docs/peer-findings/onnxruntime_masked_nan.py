"""ONNX Runtime: a NaN or an infinity in a key or value that attn_mask or is_causal hides reaches the output.

A policy: ONNX defines the mask as a bias of -inf, whose weight is 0: NaN - inf and 0 · NaN are NaN. Kernels that skip hidden keys are free of it.
Needs onnxruntime and onnx.
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


q, k, v = normal(1, 1, 3, 8), normal(1, 1, 3, 8), normal(1, 1, 3, 8)
mask = np.array([[True, True, False]] * 3)
leaks = 0
print("promised: nothing of hidden values that are not finite (ONNX Attention-23)")
for name, inputs, more in (("attn_mask", {"mask": mask}, {}), ("is_causal", {}, {"is_causal": 1})):
    for spoilt in ("k", "v"):
        arrays = {"q": q, "k": k.copy(), "v": v.copy()}
        arrays[spoilt][0, 0, 2] = np.nan
        row = attention(23, arrays | inputs, **more)[0][0, 0, 0]
        print(f"onnxruntime {ort.__version__}: {name}: NaN in {spoilt}: row 0, which may not see it: {row[0]}")
        leaks += bool(np.isnan(row).any())
sys.exit(int(leaks > 0))
