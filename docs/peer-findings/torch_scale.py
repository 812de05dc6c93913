"""PyTorch: scaled_dot_product_attention's kernel MATH scales q and k each by the root of the scale, which rounds scores more than the formula (CPU).

The documentation gives  attn_weight = query @ key.transpose(-2, -1) * scale_factor.  Here q·k·scale is exact in f32, and all that is left is the
exponential, right to 1.2e-7. With scores of -70 the rounded roots make 8e-6 of it. MATH is what runs where keys and
values have different numbers of columns. Needs torch only.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import torch

scores = torch.linspace(-80, -20, 4096)
q, k = torch.zeros(4096, 1, 1, 4), torch.zeros(4096, 1, 8, 4)
q[..., 0] = 1
k[:, 0, 1, 0] = 2 * scores  # the scale is 1/2; key 0 has the score 0, the others none that counts
k[:, 0, 2:, 0] = -400
exact = scores.double().exp()
exact /= 1 + exact
print("promised: attn_weight = query @ key.transpose(-2, -1) * scale_factor; each product here is exact")
largest = {}
for columns in (4, 8):
    v = torch.zeros(4096, 1, 8, columns)
    v[:, 0, 1, 0] = 1
    error = (torch.nn.functional.scaled_dot_product_attention(q, k, v)[:, 0, 0, 0].double() / exact - 1).abs()
    by_hand = ((torch.softmax(q @ k.mT * 0.5, -1) @ v)[:, 0, 0, 0].double() / exact - 1).abs()
    print(f"torch {torch.__version__}: keys of 4 columns, values of {columns}: relative error of a weight up to {error.max():.2g}, by hand {by_hand.max():.2g}")
    largest[columns] = error.max().item()
sys.exit(int(largest[8] > 1e-6))
