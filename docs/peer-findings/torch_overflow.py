"""PyTorch: scaled_dot_product_attention gives NaN where q·k passes the largest f32 and q·k times the scale does not (CPU).

A policy: the flash kernel scales the product, as the formula is written; the kernel MATH scales q and k by the root of the scale, and is free of it as long as
the scaled score is finite. Both are NaN where that is not. Needs torch only.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

attention = torch.nn.functional.scaled_dot_product_attention
wrong = 0
print("promised: softmax(Q K^T scale) V; all scores are equal, so the mean of values of 1 is 1")
for value, scaled in ((6e18, "finite"), (2e19, "infinite")):
    q, k, v = torch.full((1, 1, 1, 16), value), torch.full((1, 1, 32, 16), value), torch.ones(1, 1, 32, 16)
    for backend in (SDPBackend.FLASH_ATTENTION, SDPBackend.MATH):
        with sdpa_kernel(backend):
            out = attention(q, k, v)[0, 0, 0, 0].item()
        print(f"torch {torch.__version__}: {backend.name}, q·k infinite, q·k·scale {scaled}: {out}")
        wrong += out != 1
sys.exit(int(wrong > 0))
