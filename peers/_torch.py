"""What the adapters to PyTorch share: its views of the suite's memory, and what scaled_dot_product_attention can say.

SPDX-License-Identifier: Apache-2.0
"""
import importlib
import warnings
from functools import partial

requires = "torch"
licence = "BSD-3-Clause"
url = "https://github.com/pytorch/pytorch"


def torch():
    return importlib.import_module("torch")


def load():
    torch().set_grad_enabled(False)


def tensor(array, dtype=None):
    """A torch tensor over the same memory."""
    if array is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # inputs are read-only, and nobody writes to them
        view = torch().from_numpy(array)
    return view.view(torch().bfloat16) if dtype == "bf16" else view


def refuse_shape(p):
    """What no attention of PyTorch has."""
    if p.score not in ("scaled-dot", "dot"):
        return f"the score {p.score}: it has q·k times a scale only"
    if p.softmax_dtype == "f64" and p.dtype != "f64":
        return "a softmax in f64 of narrower inputs"
    if p.keys == 0 or p.len_q == 0:
        return "no keys or no queries"
    return None


def refuse(p):
    """What scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa) has no word for."""
    if p.softcap:
        return "softcap: it has no word for it"
    if p.window_left >= 0 or p.window_right >= 0:
        return "a window: it has no word for it (a user would write it as attn_mask)"
    if p.causal and p.align == "bottom-right" and p.len_q != p.len_kv:
        return "causal from the bottom right: is_causal counts from the top left"
    if p.causal and p.has & {"mask", "bias"}:
        return "causal with a mask: is_causal and attn_mask exclude each other"
    if {"mask", "bias"} <= p.has:
        return "mask and bias together: there is one attn_mask"
    if p.has - {"mask", "bias"}:
        return f"{', '.join(sorted(p.has - {'mask', 'bias'}))}: it has no word for it (a user would write it as attn_mask)"
    if p.wants:
        return f"{', '.join(sorted(p.wants))} as an output: it gives the output only"
    return refuse_shape(p)


class State:
    def __init__(self, p, threads):
        torch().set_num_threads(threads)
        self.p = p
        self.arguments = {"is_causal": p.causal, "scale": p.scale, "enable_gqa": p.heads_q != p.heads_kv}


def prepare(p, threads):
    return State(p, threads)


def bind(state, t):
    dtype = state.p.dtype
    mask = tensor(t.mask) if t.mask is not None else tensor(t.bias)
    state.out = tensor(t.out, dtype)
    attention = torch().nn.functional.scaled_dot_product_attention
    return partial(attention, tensor(t.q, dtype), tensor(t.k, dtype), tensor(t.v, dtype), attn_mask=mask, **state.arguments)


def run(state, attention):
    return attention()


def collect(state, t, result):
    state.out.copy_(result)


def kernel(state):
    blas = "MKL" if torch().backends.mkl.is_available() else "no MKL"
    return f"{torch().get_num_threads()} threads, {torch().backends.cpu.get_cpu_capability()}, {blas}"
