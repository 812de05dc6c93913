"""JAX: a NaN or an infinity in a value that mask or is_causal hides reaches the output (0 · NaN).

A policy: "False ... indicates logits at positions where they should be masked out", and says nothing of values. Needs jax only.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import jax
import jax.numpy as jnp

q, k, v = jax.random.normal(jax.random.key(0), (3, 1, 3, 1, 8))
v = v.at[0, 2].set(jnp.nan)
mask = jnp.array([[True, True, False]] * 3)[None, None]
leaks = 0
print("promised: nothing of hidden values that are not finite")
for name, how in (("mask", {"mask": mask}), ("is_causal", {"is_causal": True})):
    row = jax.nn.dot_product_attention(q, k, v, **how)[0, 0, 0]
    print(f"jax {jax.__version__}: {name}: row 0, which may not see the NaN: {row[0]}")
    leaks += bool(jnp.isnan(row).any())
sys.exit(int(leaks > 0))
