"""OpenVINO: ScaledDotProductAttention gives NaN where q·k times the scale passes the largest f32 (CPU).

A policy: inf - inf, before the exponential. Scores of all keys are equal here. Where q·k alone passes it, it is right.
Needs openvino and numpy.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import numpy as np
import openvino as ov
from openvino import opset13 as ops

wrong = 0
print("promised: softmax(Q K^T scale) V; all scores are equal, so the mean of values of 1 is 1 (ScaledDotProductAttention-13)")
for value, scaled in ((6e18, "finite"), (2e19, "infinite")):
    arrays = [np.full((1, 1, n, 16), x, np.float32) for n, x in ((2, value), (4, value), (4, 1))]
    inputs = [ops.parameter(a.shape, a.dtype, f"x{i}") for i, a in enumerate(arrays)]
    model = ov.Model([ops.scaled_dot_product_attention(*inputs)], inputs, "m")
    out = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(arrays)[0][0, 0, 0, 0]
    print(f"openvino {ov.__version__}: q·k infinite, q·k·scale {scaled}: {out}")
    wrong += not abs(out - 1) < 1e-3
sys.exit(int(wrong > 0))
