"""ONNX Runtime: the output qk_matmul_output after the mask holds -3.4e38 for hidden keys, where the operator has -inf.

ONNX defines causal masks and boolean ones by a bias of -inf that is added; mode 2 "includes the attention mask". Needs onnxruntime and onnx.
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


inputs = {"q": normal(1, 1, 2, 8), "k": normal(1, 1, 3, 8), "v": normal(1, 1, 3, 8)}
scores = attention(23, inputs, outputs=("out", "", "", "scores"), is_causal=1, qk_matmul_output_mode=2)[1]
print("promised: a hidden key's score has the bias -inf added (ONNX Attention-23, qk_matmul_output_mode 2)")
print(f"onnxruntime {ort.__version__}: score of a hidden key: {scores[0, 0, 0, 2]}")
sys.exit(int(scores[0, 0, 0, 2] != -np.inf))
