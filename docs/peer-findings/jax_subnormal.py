"""JAX: XLA takes numbers below 1.2e-38 for 0 on CPUs, so that queries of that size give the mean of the values, whatever the keys.

A policy: flushing subnormal numbers is how XLA's threads run. With keys of 1e38 the scores are 0, 0.25 and 0.5 by the formula. Needs jax and its numpy.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import jax
import numpy as np

q, k, v = np.zeros((1, 1, 1, 16), np.float32), np.zeros((1, 3, 1, 16), np.float32), np.zeros((1, 3, 1, 16), np.float32)
q[..., 0], k[0, :, 0, 0], v[0, :, 0, 0] = 2.5e-39, (0, 1e38, 2e38), (0, 1, 2)
scores = float(q[0, 0, 0, 0]) * k[0, :, 0, 0].astype(float)
exact = np.exp(scores) @ v[0, :, 0, 0] / np.exp(scores).sum()
out = float(jax.nn.dot_product_attention(q, k, v, scale=1.0)[0, 0, 0, 0])
print("promised: softmax(Q K^T scale) V of float32, which has numbers down to 1.4e-45")
print(f"jax {jax.__version__}: {out}, by the formula {exact}, the mean of the values {v[0, :, 0, 0].mean()}")
sys.exit(int(abs(out - exact) > 1e-5))
