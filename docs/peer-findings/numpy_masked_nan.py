"""The formula in NumPy, as peers/numpy.py writes it: a NaN or an infinity in a hidden value reaches the output (0 · NaN). A policy of the example.

Needs numpy only.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import numpy as np

weights, v = np.array([[0.5, 0.5, 0]], np.float32), np.array([[1], [1], [np.nan]], np.float32)
out = weights @ v
print("promised: nothing of hidden values that are not finite; IEEE 754 says that 0 times NaN is NaN")
print(f"numpy {np.__version__}: {out[0, 0]}, without the hidden value {(weights[:, :2] @ v[:2])[0, 0]}")
sys.exit(bool(np.isnan(out).any()))
