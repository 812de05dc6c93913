"""ONNX Runtime: Attention-23 on CPUs takes positive scales only.

ONNX gives the attribute scale no limit ("Scaling factor applied to Q*K^T"). A scale of 0 is the mean of the values, a negative one is attention to the least
similar key. The session is refused: a clear answer, and not what the operator says. Needs onnxruntime and onnx.
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


print("promised: scale is a float, the 'scaling factor applied to Q*K^T' (ONNX Attention-23), without a limit")
wrong = 0
for scale in (1e-3, 0.0, -1.0):
    try:
        attention(23, {"q": normal(1, 1, 2, 8), "k": normal(1, 1, 3, 8), "v": normal(1, 1, 3, 8)}, scale=scale)
        print(f"onnxruntime {ort.__version__}: scale {scale}: taken")
    except Exception as error:
        wrong += 1
        print(f"onnxruntime {ort.__version__}: scale {scale}: {str(error).splitlines()[0][-90:]}")
sys.exit(int(wrong > 0))
