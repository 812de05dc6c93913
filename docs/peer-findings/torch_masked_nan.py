"""PyTorch: a NaN or an infinity in a key or value that no query may see reaches the output (0 · NaN), with is_causal and with attn_mask.

"A boolean mask where a value of True indicates that the element should take part in attention": what does not take part should not show.
Buffers of a cache that are not yet written are such values. Needs torch only.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import torch

torch.manual_seed(0)
q, k, v = torch.randn(1, 1, 4, 8), torch.randn(1, 1, 6, 8), torch.randn(1, 1, 6, 8)
mask = torch.ones(4, 6, dtype=torch.bool)
mask[:, 5] = False
without = torch.softmax(q @ k[:, :, :5].mT / 8**0.5, -1)[0, 0, 0] @ v[0, 0, :5, 0]
leaks = 0
print("promised: of a boolean mask 'True indicates that the element should take part in attention'")
for name, spoilt in (("key", k), ("value", v)):
    kept = spoilt[0, 0, 5].clone()
    spoilt[0, 0, 5] = torch.nan
    out = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    spoilt[0, 0, 5] = kept
    print(f"torch {torch.__version__}: NaN in the masked {name}: out[0] is {out[0, 0, 0, 0]}, without that key {without}")
    leaks += bool(out.isnan().any())
sys.exit(int(leaks > 0))
