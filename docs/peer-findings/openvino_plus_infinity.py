"""OpenVINO: +inf in attention_mask gives NaN on CPUs: inf - inf, before the exponential.

A policy: of a score that grows without limit all weight goes to its key; the formula of softmax, taken literally, is NaN there. Needs openvino and numpy.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import numpy as np
import openvino as ov
from openvino import opset13 as ops

rng = np.random.default_rng(0)
bias = np.zeros((1, 1, 4, 4), np.float32)
bias[..., 2] = np.inf
arrays = [*rng.standard_normal((3, 1, 1, 4, 8)).astype(np.float32), bias]
inputs = [ops.parameter(a.shape, a.dtype, f"x{i}") for i, a in enumerate(arrays)]
model = ov.Model([ops.scaled_dot_product_attention(*inputs)], inputs, "m")
out = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(arrays)[0]
print("promised: nothing of infinite scores; the limit of softmax is the value of that key alone (ScaledDotProductAttention-13)")
print(f"openvino {ov.__version__}: out[0] is {out[0, 0, 0, 0]}, the value of the key {arrays[2][0, 0, 2, 0]}")
sys.exit(bool(np.isnan(out).any()))
