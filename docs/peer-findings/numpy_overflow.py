"""The formula in NumPy, as peers/numpy.py writes it, is NaN where a scaled score passes the largest f32: inf - inf. A policy of the example, and of f32.

Needs numpy only.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import numpy as np

q = k = np.full((4, 16), 1e19, np.float32)
with np.errstate(all="ignore"):
    s = q * np.float32(0.25) @ k.T
    e = np.exp(s - s.max(-1, keepdims=True))
    out = e / e.sum(-1, keepdims=True) @ np.ones((4, 16), np.float32)
print("promised: nothing of scores that f32 can't hold; all are equal, so the mean of values of 1 would be 1")
print(f"numpy {np.__version__}: {out[0, 0]}")
sys.exit(bool(np.isnan(out).any()))
