"""JAX: jax.nn.dot_product_attention gives NaN where q·k passes the largest f32 and q·k times the scale does not (CPU).

A policy: scores are kept in f32 before the scale, as the formula is written; kernels that scale the query first are free of it. Needs jax only.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import jax
import jax.numpy as jnp

q, k, v = jnp.full((1, 1, 1, 16), 6e18), jnp.full((1, 4, 1, 16), 6e18), jnp.ones((1, 4, 1, 16))
out = jax.nn.dot_product_attention(q, k, v, scale=0.25)[0, 0, 0, 0]
print("promised: softmax(Q K^T scale) V; all scores are 1.44e38, so the mean of values of 1 is 1")
print(f"jax {jax.__version__}: {out}")
sys.exit(int(not abs(out - 1) < 1e-3))
