"""JAX: a row whose mask hides every key is the mean of all values.

A policy: its documentation says nothing of such rows; ONNX's Attention has 0 there, PyTorch too. Needs jax only.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import jax
import jax.numpy as jnp

q, k, v = jax.random.normal(jax.random.key(0), (3, 1, 5, 1, 8))
mask = jnp.ones((1, 1, 5, 5), bool).at[0, 0, 0].set(False)
row = jax.nn.dot_product_attention(q, k, v, mask=mask)[0, 0, 0]
mean = v[0, :, 0].mean(0)
print("promised: nothing of a row that sees no key")
print(f"jax {jax.__version__}: row that sees nothing: {row[:2]}, mean of the values {mean[:2]}")
sys.exit(bool(jnp.allclose(row, mean, atol=1e-6)))
