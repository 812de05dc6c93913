"""PyTorch: a bias of +inf in attn_mask gives NaN (CPU): inf - inf, before the exponential.

A policy: of a score that grows without limit all weight goes to its key; the formula of softmax, taken literally, is NaN there. Needs torch only.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import torch

torch.manual_seed(0)
q, k, v = torch.randn(3, 1, 1, 4, 8)
bias = torch.zeros(4, 4)
bias[:, 2] = torch.inf
out = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
print("promised: nothing of infinite scores; the limit of softmax is the value of that key alone")
print(f"torch {torch.__version__}: out[0] is {out[0, 0, 0, 0]}, the value of the key {v[0, 0, 2, 0]}")
sys.exit(bool(out.isnan().any()))
