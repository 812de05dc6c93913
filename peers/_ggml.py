"""What the two adapters to ggml share: a graph of one node, ggml_flash_attn_ext, over the suite's own memory.

SPDX-License-Identifier: Apache-2.0
"""
import ctypes
import importlib

import numpy

requires = "ggml-python"
licence = "MIT"
url = "https://github.com/ggml-org/ggml"
HAS = {"mask", "sinks", "kv_len"}
NODES = 16


def ggml():
    return importlib.import_module("ggml")


def load():
    ggml()


def refuse(p):
    if p.dtype not in ("f32", "f16"):
        return f"{p.dtype}: ggml_flash_attn_ext takes queries in f32 with keys and values in f32 or f16 (and quantised)"
    if p.score not in ("scaled-dot", "dot"):
        return f"the score {p.score}: it has q·k times a scale only"
    if p.has - HAS:
        why = "its mask is f16, which would round it" if p.has & {"bias", "alibi"} else "it has no word for it"
        return f"{', '.join(sorted(p.has - HAS))}: {why}"
    if p.wants:
        return f"{', '.join(sorted(p.wants))} as an output: it gives the output only"
    if p.softmax_dtype == "f64":
        return "a softmax in f64"
    if 0 in (p.batch, p.heads_q, p.len_q, p.keys, p.dim_qk, p.dim_v):
        return "an empty dimension"
    if any(s[3] != 1 or min(s) < 1 for s in (p.stride_q, p.stride_k, p.stride_v)):
        return "rows with gaps, or repeated by strides of 0"
    return None


class State:
    def __init__(self, p, threads, precision):
        g = ggml()
        self.p, self.precision = p, precision
        self.backend = g.ggml_backend_cpu_init()
        g.ggml_backend_cpu_set_n_threads(self.backend, threads)
        self.result = numpy.empty((p.batch, p.len_q, p.heads_q, p.dim_v), numpy.float32)
        self.q = numpy.empty((p.batch, p.heads_q, p.len_q, p.dim_qk), numpy.float32) if p.dtype == "f16" else None

    def __del__(self):
        ggml().ggml_backend_free(self.backend)


class Bound:
    """The graph over the tensors of one call, and what must live as long."""

    def __init__(self, t):
        g = ggml()
        size = 16 * g.ggml_tensor_overhead() + g.ggml_graph_overhead_custom(NODES, False)
        self.t, self.context = t, g.ggml_init(g.ggml_init_params(mem_size=size, mem_buffer=None, no_alloc=True))

    def __del__(self):
        ggml().ggml_free(self.context)


def shown(p, t):
    """Which keys each row may see, as llama.cpp writes it into its mask; None: all."""
    lengths = t.kv_len.reshape(-1, 1, 1, 1) if t.kv_len is not None else numpy.full((1, 1, 1, 1), p.len_kv)
    key = numpy.arange(p.len_kv)
    at = numpy.arange(p.len_q)[:, None] + (lengths - p.len_q if p.align == "bottom-right" else 0)
    seen = numpy.broadcast_to(key < lengths, (len(lengths), 1, p.len_q, p.len_kv))
    if p.causal:
        seen = seen & (key <= at)
    if p.window_left >= 0:
        seen = seen & (key >= at - min(p.window_left, p.len_kv + p.len_q))
    if p.window_right >= 0:
        seen = seen & (key <= at + min(p.window_right, p.len_kv + p.len_q))
    if t.mask is not None:
        seen = seen & t.mask
    return None if seen.all() else seen


def tensor(context, array, kind):
    """A ggml tensor over an array of four dimensions, which ggml counts from the last."""
    g = ggml()
    made = g.ggml_new_tensor_4d(context, kind, *reversed(array.shape))
    for i, stride in enumerate(reversed(array.strides)):
        made.contents.nb[i] = stride
    made.contents.data = array.ctypes.data
    return made


def bind(state, t):
    g, p, bound = ggml(), state.p, Bound(t)
    context = bound.context
    kind = g.GGML_TYPE_F16 if p.dtype == "f16" else g.GGML_TYPE_F32
    seen = shown(p, t)
    mask = None
    if seen is not None:
        bound.mask = numpy.where(seen, numpy.float16(0), numpy.float16(-numpy.inf))
        mask = tensor(context, bound.mask, g.GGML_TYPE_F16)
    q = t.q if state.q is None else state.q
    node = g.ggml_flash_attn_ext(context, tensor(context, q, g.GGML_TYPE_F32), tensor(context, t.k, kind), tensor(context, t.v, kind), mask,
                                 p.scale, 0.0, p.softcap)
    g.ggml_flash_attn_ext_set_prec(node, state.precision)
    if t.sinks is not None:
        sinks = g.ggml_new_tensor_1d(context, g.GGML_TYPE_F32, p.heads_q)
        bound.sinks = numpy.ascontiguousarray(t.sinks.reshape(-1))
        sinks.contents.data = bound.sinks.ctypes.data
        g.ggml_flash_attn_ext_add_sinks(node, sinks)
    node.contents.data = state.result.ctypes.data
    bound.graph = g.ggml_new_graph_custom(context, NODES, False)
    g.ggml_build_forward_expand(bound.graph, node)
    return bound


def run(state, bound):
    if state.q is not None:
        state.q[...] = bound.t.q  # queries are f32 in ggml, whatever the cache is kept in
    status = ggml().ggml_backend_graph_compute(state.backend, bound.graph)
    if status != 0:
        raise RuntimeError(f"ggml_backend_graph_compute returned {status}")


def collect(state, t, result):
    t.out[...] = state.result.swapaxes(1, 2)


def kernel(state):
    g = ggml()
    have = [name for name in ("avx512_bf16", "avx512", "avx2", "neon", "sve") if getattr(g, f"ggml_cpu_has_{name}", lambda: 0)()]
    return f"CPU backend compiled for {', '.join(have[:2]) or 'no vectors'}"
