"""ONNX Runtime's own operator MultiHeadAttention (com.microsoft): rows of all heads side by side, [batch][row][head][column].

SPDX-License-Identifier: Apache-2.0
"""
import importlib

from _ort import bound, dense_input, is_dense, licence, load, requires, run, session, url  # noqa: F401

summary = "com.microsoft MultiHeadAttention"
policy = {"empty_row": "mean"}
numerics = {}
HAS = {"bias"}


def refuse(p):
    if p.dtype != "f32":
        return f"{p.dtype}: its kernel for CPUs takes f32"
    if p.score not in ("scaled-dot", "dot"):
        return f"the score {p.score}: it has q·k times a scale only"
    if p.scale == 0:
        return "a scale of 0: its attribute scale takes that for 1/sqrt(d)"
    if p.heads_q != p.heads_kv:
        return "fewer heads of keys: that is GroupQueryAttention"
    if p.softcap or p.window_left >= 0 or p.window_right >= 0:
        return "softcap or a window: it has no word for it"
    if p.causal and (p.len_q != p.len_kv):
        return "causal of other lengths: unidirectional is for the same number of queries and keys"
    if p.has - HAS:
        return f"{', '.join(sorted(p.has - HAS))}: it has no word for it, or another form"
    if "bias" in p.has and not {"q", "k"} <= p.bias_dims:
        return "a bias that repeats along queries or keys"
    if p.wants or p.softmax_dtype == "f64":
        return "other outputs than the output, or a softmax in f64"
    if 0 in (p.batch, p.heads_q, p.len_q, p.keys, p.dim_qk, p.dim_v):
        return "an empty dimension"
    for heads, rows, columns, s in ((p.heads_q, p.len_q, p.dim_qk, p.stride_q), (p.heads_kv, p.len_kv, p.dim_qk, p.stride_k),
                                    (p.heads_kv, p.len_kv, p.dim_v, p.stride_v), (p.heads_q, p.len_q, p.dim_v, p.stride_out)):
        if not is_dense((p.batch, rows, heads, columns), (s[0], s[2], s[1], s[3])):
            return "another layout than [batch][row][head][column] (layout:bshd)"
    return None


class State:
    def __init__(self, p, threads):
        self.p, self.threads, self.session = p, threads, None


def prepare(p, threads):
    return State(p, threads)


def bind(state, t):
    p = state.p
    inputs = {"q": ("f32", t.q, (p.batch, p.len_q, p.heads_q * p.dim_qk)), "k": ("f32", t.k, (p.batch, p.len_kv, p.heads_kv * p.dim_qk)),
              "v": ("f32", t.v, (p.batch, p.len_kv, p.heads_kv * p.dim_v))}
    if t.bias is not None:
        bias = dense_input(t.bias)
        inputs["bias"] = ("f32", bias, bias.shape)
    outputs = {"out": ("f32", t.out, (p.batch, p.len_q, p.heads_q * p.dim_v))}
    if state.session is None:
        names = ["q", "k", "v"] + (["", "", "bias"] if t.bias is not None else [])
        node = importlib.import_module("onnx").helper.make_node(
            "MultiHeadAttention", names, ["out"], domain="com.microsoft", num_heads=p.heads_q, scale=float(p.scale), unidirectional=int(p.causal))
        described = [{n: (d, s) for n, (d, _, s) in one.items()} for one in (inputs, outputs)]
        state.session = session(node, *described, {"": 20, "com.microsoft": 1}, state.threads)
    return bound(state.session, inputs, outputs)


def kernel(state):
    return "CPUExecutionProvider"
