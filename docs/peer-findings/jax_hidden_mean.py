"""JAX: a row whose window holds nothing but keys with a bias of -inf is the mean of the values that the window hides.

What a mask, is_causal or a window hides gets a large negative score, and a bias of -inf is below it: the hidden keys win. Without the window the row is NaN.
Needs jax only.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import jax
import jax.numpy as jnp

q, k, v = jax.random.normal(jax.random.key(0), (3, 1, 9, 1, 8))
bias = jnp.zeros((1, 1, 9, 9)).at[0, 0, 4, 3:6].set(-jnp.inf)
row = jax.nn.dot_product_attention(q, k, v, bias=bias, local_window_size=(1, 1))[0, 4, 0]
hidden = jnp.delete(v[0, :, 0], jnp.arange(3, 6), axis=0).mean(0)
print("promised: local_window_size: 'token c can attend to [3, 4, 5, c, 7, 8]', so to no other")
print(f"jax {jax.__version__}: row that sees nothing: {row[:2]}, mean of all values {v[0, :, 0].mean(0)[:2]}, of the hidden ones {hidden[:2]}")
sys.exit(bool(jnp.allclose(row, hidden, atol=1e-6)))
