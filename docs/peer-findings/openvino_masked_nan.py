"""OpenVINO: a NaN or an infinity in a key or value that attention_mask or causal hides reaches the output on CPUs.

A policy: its specification gives the weight of a hidden key as 0: NaN - inf and 0 · NaN are NaN. Needs openvino and numpy.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import numpy as np
import openvino as ov
from openvino import opset13 as ops

rng = np.random.default_rng(0)
q, k, v = rng.standard_normal((3, 1, 1, 3, 8)).astype(np.float32)
mask = np.array([[True, True, False]] * 3)[None, None]


def attention(arrays, **attributes):
    inputs = [ops.parameter(a.shape, a.dtype, f"x{i}") for i, a in enumerate(arrays)]
    model = ov.Model([ops.scaled_dot_product_attention(*inputs, **attributes)], inputs, "m")
    return ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(list(arrays))[0]


leaks = 0
print("promised: nothing of hidden values that are not finite (ScaledDotProductAttention-13)")
for name, inputs, more in (("attention_mask", [mask], {}), ("causal", [], {"causal": True})):
    for spoilt in ("k", "v"):
        arrays = {"q": q, "k": k.copy(), "v": v.copy()}
        arrays[spoilt][0, 0, 2] = np.nan
        row = attention([*arrays.values(), *inputs], **more)[0, 0, 0]
        print(f"openvino {ov.__version__}: {name}: NaN in {spoilt}: row 0, which may not see it: {row[0]}")
        leaks += bool(np.isnan(row).any())
sys.exit(int(leaks > 0))
