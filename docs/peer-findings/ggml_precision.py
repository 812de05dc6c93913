"""ggml: ggml_flash_attn_ext with GGML_PREC_F32 and values in f16 sums in f16 all the same (CPU).

Uniform attention (K = 0) over values of 1 is 1. The kernel keeps Σ e v in f16 when v is f16: it stops growing at 2048. ggml_flash_attn_ext_set_prec is there
to ask for f32. Needs ggml-python and numpy.
SPDX-License-Identifier: Apache-2.0
"""
import sys

import ggml
import numpy as np

print("promised: GGML_PREC_F32 is there to compute in f32; the mean of ones is 1")
backend = ggml.ggml_backend_cpu_init()
wrong = 0
for threads in (1, 2):
    for keys in (1024, 2048, 4096, 8192):
        context = ggml.ggml_init(ggml.ggml_init_params(mem_size=1 << 20, mem_buffer=None, no_alloc=True))
        arrays = [np.ones((1, 64), np.float32), np.zeros((keys, 64), np.float16), np.ones((keys, 64), np.float16), np.zeros((1, 64), np.float32)]
        kinds = [ggml.GGML_TYPE_F32, ggml.GGML_TYPE_F16, ggml.GGML_TYPE_F16]
        q, k, v = (ggml.ggml_new_tensor_4d(context, kind, 64, len(a), 1, 1) for a, kind in zip(arrays, kinds))
        node = ggml.ggml_flash_attn_ext(context, q, k, v, None, 0.125, 0.0, 0.0)
        ggml.ggml_flash_attn_ext_set_prec(node, ggml.GGML_PREC_F32)
        for tensor, array in zip((q, k, v, node), arrays):
            tensor.contents.data = array.ctypes.data
        graph = ggml.ggml_new_graph(context)
        ggml.ggml_build_forward_expand(graph, node)
        ggml.ggml_backend_cpu_set_n_threads(backend, threads)
        ggml.ggml_backend_graph_compute(backend, graph)
        print(f"ggml, {threads} threads, {keys} keys: {arrays[3][0, 0]}")
        wrong += abs(arrays[3][0, 0] - 1) > 1e-3
        ggml.ggml_free(context)
sys.exit(int(wrong > 0))
