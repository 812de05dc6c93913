"""JAX: a bias of +inf gives NaN: inf - inf, before the exponential.

A policy: of a score that grows without limit all weight goes to its key; the formula of softmax, taken literally, is NaN there. Needs jax only.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import jax
import jax.numpy as jnp

q, k, v = jax.random.normal(jax.random.key(0), (3, 1, 4, 1, 8))
bias = jnp.zeros((1, 1, 4, 4)).at[..., 2].set(jnp.inf)
out = jax.nn.dot_product_attention(q, k, v, bias=bias)
print("promised: nothing of infinite scores; the limit of softmax is the value of that key alone")
print(f"jax {jax.__version__}: out[0] is {out[0, 0, 0, 0]}, the value of the key {v[0, 2, 0, 0]}")
sys.exit(bool(jnp.isnan(out).any()))
