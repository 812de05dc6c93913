"""OpenVINO: a row whose mask hides every key is NaN on CPUs. A policy: its specification says nothing of such rows; ONNX's Attention has 0 there.

Needs openvino and numpy.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import numpy as np
import openvino as ov
from openvino import opset13 as ops

rng = np.random.default_rng(0)
shapes = {"q": [1, 1, 2, 8], "k": [1, 1, 5, 8], "v": [1, 1, 5, 8]}
inputs = [ops.parameter(s, np.float32, n) for n, s in shapes.items()] + [ops.parameter([1, 1, 2, 5], bool, "mask")]
model = ov.Core().compile_model(ov.Model([ops.scaled_dot_product_attention(*inputs)], inputs, "m"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
mask = np.ones((1, 1, 2, 5), bool)
mask[..., 0, :] = False
out = model([*(rng.standard_normal(s).astype(np.float32) for s in shapes.values()), mask])[0]
print("promised: nothing of a row whose mask hides all (ScaledDotProductAttention-13); ONNX Attention has 0 there")
print(f"openvino {ov.__version__}: row that sees nothing: {out[0, 0, 0, :2]}, row that sees all: {out[0, 0, 1, :2]}")
sys.exit(bool(np.isnan(out).any()))
