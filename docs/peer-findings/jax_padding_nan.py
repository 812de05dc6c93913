"""JAX: with key_value_seq_lengths what lies in the padding of the values reaches the output when it is NaN or infinite.

"Mask out positions that are not valid": jax.nn.dot_product_attention gives them the weight 0 and multiplies all the same. Needs jax only.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import jax
import jax.numpy as jnp

q, k, v = jax.random.normal(jax.random.key(0), (3, 1, 9, 1, 8))
lengths = jnp.array([5], jnp.int32)
clean = jax.nn.dot_product_attention(q, k, v, key_value_seq_lengths=lengths)
spoilt = jax.nn.dot_product_attention(q, k, v.at[:, 5:].set(jnp.nan), key_value_seq_lengths=lengths)
print("promised: key_value_seq_lengths: only the first of so many keys and values take part")
print(f"jax {jax.__version__}: out[0] is {clean[0, 0, 0, 0]} with numbers in the padding, {spoilt[0, 0, 0, 0]} with NaN")
sys.exit(not bool(jnp.array_equal(clean, spoilt)))
