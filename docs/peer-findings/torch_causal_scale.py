"""PyTorch: scaled_dot_product_attention(is_causal=True) with a scale of 0 or less gives NaN on CPUs.

The documentation gives the formula  softmax(Q Kᵀ · scale + mask) V.  The flash kernel writes -inf over the hidden scores before it multiplies by the scale:
-inf · 0 is NaN, -inf · -1 is +inf. The same mask given as attn_mask is right. Needs torch only.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import torch

torch.manual_seed(0)
q, k, v = torch.randn(3, 1, 2, 37, 16)
mask = torch.ones(37, 37, dtype=torch.bool).tril()
print("promised: softmax(Q K^T scale + mask) V, for any scale")
wrong = 0
for scale in (0.0, -1.0):
    is_causal = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, scale=scale)
    as_mask = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=scale)
    by_hand = torch.softmax((q @ k.mT * scale).masked_fill(~mask, -torch.inf), -1) @ v
    print(f"torch {torch.__version__}, scale {scale}: is_causal {is_causal[0, 0, 0, 0]}, attn_mask {as_mask[0, 0, 0, 0]}, by hand {by_hand[0, 0, 0, 0]}")
    wrong += not torch.allclose(is_causal, by_hand, atol=1e-5)
sys.exit(int(wrong > 0))
