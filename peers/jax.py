"""JAX's jax.nn.dot_product_attention, compiled by XLA for CPUs.

SPDX-License-Identifier: Apache-2.0
"""
import importlib
import os

import numpy

requires = "jax"
summary = "jax.nn.dot_product_attention, jit, implementation xla"
licence = "Apache-2.0"
url = "https://github.com/jax-ml/jax"
policy = {"empty_row": "mean"}
# Scores and softmax are in f32, whatever the type of the inputs, f64 included; weights are rounded to that type.
numerics = {"f64": 2.0**-24, "bf16": (2.0**-24, 2.0**-8, 2.0**-24)}
HAS = {"mask", "bias", "kv_len"}


def load():
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    importlib.import_module("jax").config.update("jax_enable_x64", True)


def refuse(p):
    if p.score not in ("scaled-dot", "dot"):
        return f"the score {p.score}: it has q·k times a scale only"
    if p.softcap:
        return "softcap: it has no word for it"
    if p.has - HAS:
        return f"{', '.join(sorted(p.has - HAS))}: it has no word for it"
    if p.dtype == "f16":
        return "f16: its dot product raises an error on CPUs (F16_F16_F32)"
    from_end = p.align == "bottom-right" and (p.len_q != p.len_kv or "kv_len" in p.has)
    if from_end and (p.causal or p.window_left >= 0 or p.window_right >= 0):
        return "causal or a window from the bottom right: is_causal and local_window_size count from the top left"
    if p.wants:
        return f"{', '.join(sorted(p.wants))} as an output: it gives the output only"
    if p.softmax_dtype == "f64":
        return "a softmax in f64: its softmax is in f32"
    if p.dim_qk != p.dim_v:
        return "other columns of values than of keys: it asks for the same"
    if 0 in (p.batch, p.heads_q, p.len_q, p.keys, p.dim_qk):
        return "an empty dimension"
    return None


class State:
    pass


def prepare(p, threads):
    jax = importlib.import_module("jax")
    state, more = State(), {"scale": p.scale, "is_causal": p.causal, "implementation": "xla"}
    far = p.len_q + p.len_kv
    if p.window_left >= 0 or p.window_right >= 0:
        more["local_window_size"] = tuple(far if w < 0 else min(w, far) for w in (p.window_left, p.window_right))

    def attention(q, k, v, mask, bias, lengths):
        rows = (x.swapaxes(1, 2) for x in (q, k, v))
        return jax.nn.dot_product_attention(*rows, mask=mask, bias=bias, key_value_seq_lengths=lengths, **more).swapaxes(1, 2)

    state.p, state.attention = p, jax.jit(attention)
    return state


def bind(state, t):
    """Arrays of JAX's own, as its users have them: memory that is not aligned to 64 bytes can't be shared."""
    jax = importlib.import_module("jax")

    def array(x, dtype=None):
        if x is None:
            return None
        if dtype == "bf16":
            x = x.view(importlib.import_module("ml_dtypes").bfloat16)
        return jax.numpy.asarray(x)

    dtype = state.p.dtype
    lengths = jax.numpy.asarray(t.kv_len.reshape(-1).astype(numpy.int32)) if t.kv_len is not None else None
    return array(t.q, dtype), array(t.k, dtype), array(t.v, dtype), array(t.mask), array(t.bias), lengths


def run(state, arrays):
    return state.attention(*arrays).block_until_ready()


def kernel(state):
    import jaxlib

    return f"XLA of jaxlib {jaxlib.__version__}, {len(os.sched_getaffinity(0))} processors"
