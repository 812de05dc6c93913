"""JAX: jax.nn.dot_product_attention of float16 raises on CPUs under jax.jit, and works without.

Its documentation names no dtype that it does not take; bfloat16 and float32 work both ways. Needs jax only.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import jax

print("promised: the documentation of dot_product_attention excludes no floating-point type; jit changes no result")
wrong = 0
for dtype in ("float32", "bfloat16", "float16"):
    x = jax.random.normal(jax.random.key(0), (1, 4, 2, 8)).astype(dtype)
    for name, attention in (("as it is", jax.nn.dot_product_attention), ("under jit", jax.jit(jax.nn.dot_product_attention))):
        try:
            attention(x, x, x).block_until_ready()
            print(f"jax {jax.__version__}: {dtype} {name}: done")
        except Exception as error:
            wrong += 1
            print(f"jax {jax.__version__}: {dtype} {name}: {str(error).splitlines()[0][:120]}")
sys.exit(int(wrong > 0))
