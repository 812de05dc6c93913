"""ggml: ggml_flash_attn_ext gives NaN where q·k passes the largest f32 and q·k times the scale does not (CPU).

A policy: scores are kept in f32 before the scale, as the formula is written; kernels that scale the query first are free of it. Needs ggml-python and numpy.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import ggml
import numpy as np

arrays = [np.full((1, 16), 6e18, np.float32), np.full((4, 16), 6e18, np.float32), np.ones((4, 16), np.float32), np.zeros((1, 16), np.float32)]
context = ggml.ggml_init(ggml.ggml_init_params(mem_size=1 << 20, mem_buffer=None, no_alloc=True))
q, k, v = (ggml.ggml_new_tensor_4d(context, ggml.GGML_TYPE_F32, 16, len(a), 1, 1) for a in arrays[:3])
node = ggml.ggml_flash_attn_ext(context, q, k, v, None, 0.25, 0.0, 0.0)
for tensor, array in zip((q, k, v, node), arrays):
    tensor.contents.data = array.ctypes.data
graph = ggml.ggml_new_graph(context)
ggml.ggml_build_forward_expand(graph, node)
ggml.ggml_backend_graph_compute(ggml.ggml_backend_cpu_init(), graph)
print("promised: softmax(K q scale) V; all scores are 1.44e38, so the mean of values of 1 is 1")
print(f"ggml: {arrays[3][0, 0]}")
sys.exit(int(not abs(arrays[3][0, 0] - 1) < 1e-3))
