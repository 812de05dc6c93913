"""JAX: jax.nn.dot_product_attention of float64 inputs is right to float32 only, also with jax_enable_x64.

The output is float64, its digits are not: scores and softmax are computed in float32. Needs jax only.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)
q, k, v = jax.random.normal(jax.random.key(0), (3, 1, 9, 1, 8), jnp.float64)
out = jax.nn.dot_product_attention(q, k, v)
weights = jax.nn.softmax(jnp.einsum("bqhd,bkhd->bhqk", q, k) / 8**0.5, axis=-1)
error = float(abs(out - jnp.einsum("bhqk,bkhd->bqhd", weights, v)).max())
print("promised: the output is float64, whose roundoff is 1.1e-16")
print(f"jax {jax.__version__}: output is {out.dtype}, largest error {error:.2g}")
sys.exit(error > 1e-12)
