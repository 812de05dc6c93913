"""ggml: with many queries a NaN in a value that the mask hides in every row reaches the output (0 · NaN); with few it does not (CPU).

A policy: llama.cpp clears its cache before it is used. Its kernel of tiles, for many queries, multiplies what the one for few rows skips. Needs ggml-python
and numpy.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import ggml
import numpy as np

KEYS, HIDDEN = 256, 32
rng = np.random.default_rng(0)
backend = ggml.ggml_backend_cpu_init()
leaks = 0
print("promised: nothing of hidden values that are not finite")
for rows in (1, 256):
    q, k, v = (rng.standard_normal((n, 32)).astype(np.float32) for n in (rows, KEYS, KEYS))
    v[-HIDDEN:] = np.nan
    mask = np.zeros((rows, KEYS), np.float16)
    mask[:, -HIDDEN:] = -np.inf
    arrays = [q, k, v, mask, np.zeros((rows, 32), np.float32)]
    context = ggml.ggml_init(ggml.ggml_init_params(mem_size=1 << 20, mem_buffer=None, no_alloc=True))
    kinds = [ggml.GGML_TYPE_F32] * 3 + [ggml.GGML_TYPE_F16]
    tensors = [ggml.ggml_new_tensor_4d(context, kind, a.shape[1], len(a), 1, 1) for a, kind in zip(arrays, kinds)]
    node = ggml.ggml_flash_attn_ext(context, *tensors, 0.125, 0.0, 0.0)
    for tensor, array in zip((*tensors, node), arrays):
        tensor.contents.data = array.ctypes.data
    graph = ggml.ggml_new_graph(context)
    ggml.ggml_build_forward_expand(graph, node)
    ggml.ggml_backend_graph_compute(backend, graph)
    print(f"ggml: {rows} rows: {np.isnan(arrays[4]).any(1).sum()} of them NaN")
    leaks += bool(np.isnan(arrays[4]).any())
    ggml.ggml_free(context)
sys.exit(int(leaks > 0))
