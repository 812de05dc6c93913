"""ONNX Runtime's own operator GroupQueryAttention (com.microsoft), which its models of language use: always causal, with a cache.

SPDX-License-Identifier: Apache-2.0
"""
import importlib

import numpy
from _ort import bound, dense_input, dense_output, is_dense, licence, load, requires, run, session, url  # noqa: F401

summary = "com.microsoft GroupQueryAttention"
policy = {"empty_row": "zero"}
numerics = {}
HAS = {"past", "sinks"}


def refuse(p):
    if p.dtype != "f32":
        return f"{p.dtype}: this adapter gives it f32"
    if p.score not in ("scaled-dot", "dot"):
        return f"the score {p.score}: it has q·k times a scale only"
    if p.scale == 0:
        return "a scale of 0: its attribute scale takes that for 1/sqrt(d)"
    if not p.causal:
        return "no causal mask: it always has one"
    if p.len_q != p.len_kv:
        return "other numbers of new queries and keys: each token brings both"
    if p.window_right >= 0:
        return "a window to the right: local_window_size counts to the left"
    if p.window_left >= 0 and p.window_left >= p.keys + p.len_q:
        return "a window of all keys: it is none"
    if p.has - HAS or p.wants - {"present"}:
        return f"{', '.join(sorted(p.has - HAS | p.wants - {'present'}))}: it has no word for it, or another form"
    if p.dim_qk != p.dim_v or p.dim_qk % 8:
        return "columns that are not the same for keys and values, or no multiple of 8"
    if p.softmax_dtype == "f64" or 0 in (p.batch, p.heads_q, p.len_q, p.keys, p.dim_qk):
        return "a softmax in f64, or an empty dimension"
    for heads, s in ((p.heads_q, p.stride_q), (p.heads_kv, p.stride_k), (p.heads_kv, p.stride_v), (p.heads_q, p.stride_out)):
        if not is_dense((p.batch, p.len_q, heads, p.dim_qk), (s[0], s[2], s[1], s[3])):
            return "another layout than [batch][row][head][column] (layout:bshd)"
    return None


class State:
    def __init__(self, p, threads):
        self.p, self.threads, self.session = p, threads, None
        self.lengths = numpy.full(p.batch, p.keys - 1, numpy.int32)
        self.total = numpy.array([p.keys], numpy.int32)
        cache = (p.batch, p.heads_kv, p.past_len if "past" in p.has else 0, p.dim_qk)
        self.no_past = numpy.zeros(cache, numpy.float32)
        self.present = [numpy.empty((p.batch, p.heads_kv, p.keys, p.dim_qk), numpy.float32) for _ in range(2)]


def prepare(p, threads):
    return State(p, threads)


def bind(state, t):
    p = state.p
    back = []
    past = [dense_input(x) for x in (t.past_k, t.past_v)] if t.past_k is not None else (state.no_past, state.no_past)
    present = [dense_output(x, back) for x in (t.present_k, t.present_v)] if t.present_k is not None else state.present
    inputs = {"q": ("f32", t.q, (p.batch, p.len_q, p.heads_q * p.dim_qk)), "k": ("f32", t.k, (p.batch, p.len_kv, p.heads_kv * p.dim_qk)),
              "v": ("f32", t.v, (p.batch, p.len_kv, p.heads_kv * p.dim_v)), "past_k": ("f32", past[0], past[0].shape),
              "past_v": ("f32", past[1], past[1].shape), "lengths": ("i32", state.lengths, (p.batch,)), "total": ("i32", state.total, (1,))}
    names = list(inputs)
    if t.sinks is not None:
        inputs["sinks"] = ("f32", dense_input(t.sinks), (p.heads_q,))
        names += ["", "", "", "", "sinks"]
    outputs = {"out": ("f32", t.out, (p.batch, p.len_q, p.heads_q * p.dim_v)), "present_k": ("f32", present[0], present[0].shape),
               "present_v": ("f32", present[1], present[1].shape)}
    if state.session is None:
        node = importlib.import_module("onnx").helper.make_node(
            "GroupQueryAttention", names, list(outputs), domain="com.microsoft", num_heads=p.heads_q, kv_num_heads=p.heads_kv, scale=float(p.scale),
            softcap=float(p.softcap), local_window_size=p.window_left + 1 if p.window_left >= 0 else -1)
        described = [{n: (d, s) for n, (d, _, s) in one.items()} for one in (inputs, outputs)]
        state.session = session(node, *described, {"": 20, "com.microsoft": 1}, state.threads)
    return bound(state.session, inputs, outputs, back)


def kernel(state):
    return "CPUExecutionProvider"
