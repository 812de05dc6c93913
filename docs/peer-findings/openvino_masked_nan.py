"""OpenVINO: a NaN or an infinity in a value that attention_mask or causal hides reaches the output (0 · NaN) on CPUs.

A policy: its specification gives the weight of a hidden key as 0, and 0 · NaN is NaN. Needs openvino and numpy.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import numpy as np
import openvino as ov
from openvino import opset13 as ops

rng = np.random.default_rng(0)
q, k, v = rng.standard_normal((3, 1, 1, 3, 8)).astype(np.float32)
v[0, 0, 2] = np.nan
mask = np.array([[True, True, False]] * 3)[None, None]


def attention(arrays, **attributes):
    inputs = [ops.parameter(a.shape, a.dtype, f"x{i}") for i, a in enumerate(arrays)]
    model = ov.Model([ops.scaled_dot_product_attention(*inputs, **attributes)], inputs, "m")
    return ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(list(arrays))[0]


leaks = 0
print("promised: nothing of hidden values that are not finite (ScaledDotProductAttention-13)")
for name, out in (("attention_mask", attention([q, k, v, mask])), ("causal", attention([q, k, v], causal=True))):
    print(f"openvino {ov.__version__}: {name}: row 0, which may not see the NaN: {out[0, 0, 0, 0]}")
    leaks += bool(np.isnan(out[0, 0, 0]).any())
sys.exit(int(leaks > 0))
