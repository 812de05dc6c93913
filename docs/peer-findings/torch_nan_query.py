"""PyTorch: a NaN in a query row becomes 0 where there are fewer keys than a vector has floats (CPU, flash kernel), else it is NaN.

A vector has 16 floats with AVX-512, and 8 with AVX2.

Of the formula softmax(Q Kᵀ · scale) V a NaN in a row of Q makes NaN of the row of the output. A model that has gone wrong then looks well. Needs torch only.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import torch

torch.manual_seed(0)
print("promised: softmax(Q K^T scale) V: a NaN in a row of Q is a NaN in that row of the output")
seen = {}
for keys in (1, 7, 8, 15, 16, 17, 33):
    q, k, v = torch.randn(1, 1, 2, 8), torch.randn(1, 1, keys, 8), torch.randn(1, 1, keys, 8)
    q[0, 0, 1, 0] = torch.nan
    seen[keys] = torch.nn.functional.scaled_dot_product_attention(q, k, v)[0, 0, 1, 0].item()
print(f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}: output of the NaN row by number of keys: {seen}")
sys.exit(not all(x != x for x in seen.values()))
