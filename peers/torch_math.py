"""PyTorch's scaled_dot_product_attention held to the math of its parts: two matrix products and a softmax.

SPDX-License-Identifier: Apache-2.0
"""
import _torch
from _torch import bind, collect, kernel, licence, prepare, refuse, requires, run, torch, url  # noqa: F401

summary = "scaled_dot_product_attention, the kernel MATH"
policy = {"empty_row": "zero", "nan_propagates": True}
# Scores and weights are tensors of the input's type.
numerics = {"bf16": (2.0**-8, 2.0**-8, 2.0**-24), "f16": (2.0**-11, 2.0**-11, 2.0**-24)}


def load():
    _torch.load()
    torch().backends.cuda.enable_flash_sdp(False)  # for CPUs too, whatever the name says
