"""ONNX Runtime's kernel of the standard operator Attention (ai.onnx 23, and 24 where lengths are given).

SPDX-License-Identifier: Apache-2.0
"""
import importlib

import numpy
from _ort import bound, dense_input, dense_output, layout, licence, load, requires, run, session, url  # noqa: F401

summary = "ai.onnx Attention-23, and -24 for lengths"
policy = {"empty_row": "zero", "nan_propagates": True}
numerics = {"f16": (2.0**-11, 2.0**-11, 2.0**-11)}
HAS = {"mask", "bias", "past", "kv_len"}
STAGES = {"raw": 0, "softcap": 1, "masked": 2}  # qk_matmul_output_mode


def refuse(p):
    if p.dtype == "bf16":
        return "bf16: its kernel for CPUs takes f32, f64 and f16"
    if p.score not in ("scaled-dot", "dot"):
        return f"the score {p.score}: Attention has q·k times a scale only"
    if p.window_left >= 0 or p.window_right >= 0:
        return "a window: Attention has no word for it"
    if p.causal and "kv_len" in p.has and p.align != "bottom-right":
        return "causal from the top left with lengths: is_causal counts from the end of each length then"
    if p.causal and "kv_len" not in p.has and p.align == "bottom-right" and p.len_q != p.len_kv:
        return "causal from the bottom right: is_causal counts from the top left, past keys first"
    if not p.scale > 0:
        return f"a scale of {p.scale:g}: it takes positive ones only (ONNX has no such limit)"
    if {"mask", "bias"} <= p.has:
        return "mask and bias together: there is one attn_mask"
    if p.has - HAS:
        return f"{', '.join(sorted(p.has - HAS))}: Attention has no word for it"
    if {"kv_len", "past"} <= p.has:
        return "lengths with past keys: nonpad_kv_seqlen excludes past_key"
    if "logsumexp" in p.wants:
        return "the logsumexp: Attention does not give it"
    if {"weights", "scores"} <= p.wants:
        return "weights and scores at once: there is one qk_matmul_output"
    if p.wants & {"weights", "scores"} and p.dtype == "f16":
        return "weights or scores of f16 in f32: qk_matmul_output has the type of the inputs"
    if p.softmax_dtype not in (None, "f32"):
        return f"a softmax in {p.softmax_dtype}"
    if "bias" in p.has and p.dtype == "f16":
        return "a bias in f32 for f16: attn_mask has the type of the inputs"
    for name, dims in (("mask", p.mask_dims), ("bias", p.bias_dims)):
        if name in p.has and not {"q", "k"} <= dims:
            return f"a {name} that repeats along queries or keys: it takes whole ones there (ONNX has no such limit)"
    if 0 in (p.batch, p.heads_q, p.len_q, p.keys, p.dim_qk, p.dim_v):
        return "an empty dimension"
    if layout(p) is None or (layout(p) == "bshd" and "past" in p.has):
        return "strides: tensors of ONNX have none (layouts bhsd and, without past keys, bshd)"
    return None


class State:
    def __init__(self, p, threads):
        self.p, self.threads, self.session, self.unwanted = p, threads, None, {}


def prepare(p, threads):
    return State(p, threads)


def shapes(p):
    if layout(p) == "bshd":
        return {"q": (p.batch, p.len_q, p.heads_q * p.dim_qk), "k": (p.batch, p.len_kv, p.heads_kv * p.dim_qk),
                "v": (p.batch, p.len_kv, p.heads_kv * p.dim_v), "out": (p.batch, p.len_q, p.heads_q * p.dim_v)}
    return {"q": (p.batch, p.heads_q, p.len_q, p.dim_qk), "k": (p.batch, p.heads_kv, p.len_kv, p.dim_qk),
            "v": (p.batch, p.heads_kv, p.len_kv, p.dim_v), "out": (p.batch, p.heads_q, p.len_q, p.dim_v)}


def tensors(state, t):
    """The operator's inputs and outputs, by their places in its list: name -> (dtype, array, shape). Of the outputs also which run copies."""
    p = state.p
    shape, wide = shapes(p), "f64" if p.dtype == "f64" else "f32"
    mask = t.mask if t.mask is not None else t.bias
    mask = dense_input(mask) if mask is not None else None
    inputs = [("q", (p.dtype, t.q, shape["q"])), ("k", (p.dtype, t.k, shape["k"])), ("v", (p.dtype, t.v, shape["v"])),
              ("mask", ("bool" if t.mask is not None else wide, mask, mask.shape)) if mask is not None else None]
    for name in ("past_k", "past_v"):
        array = getattr(t, name)
        array = dense_input(array) if array is not None else None
        inputs.append((name, (p.dtype, array, array.shape)) if array is not None else None)
    inputs.append(("kv_len", ("i64", dense_input(t.kv_len), (p.batch,))) if t.kv_len is not None else None)
    back, outputs = [], [("out", (p.dtype, t.out, shape["out"]))]
    for name, past in (("present_k", t.past_k), ("present_v", t.past_v)):
        array = getattr(t, name)
        if array is None and past is not None:  # it asks for them whenever there are past ones
            array = state.unwanted.setdefault(name, numpy.empty((*past.shape[:2], p.keys, past.shape[3]), past.dtype))
        array = dense_output(array, back) if array is not None else None
        outputs.append((name, (p.dtype, array, array.shape)) if array is not None else None)
    table = t.weights if t.weights is not None else t.scores
    outputs.append(("table", (wide, dense_output(table, back), table.shape)) if table is not None else None)
    return inputs, outputs, back


def names(entries):
    listed = [e[0] if e else "" for e in entries]
    while listed and not listed[-1]:
        listed.pop()
    return listed


def make_session(state, inputs, outputs):
    p = state.p
    attributes = {"is_causal": int(p.causal), "scale": float(p.scale)}
    if p.softcap:
        attributes["softcap"] = float(p.softcap)
    if layout(p) == "bshd":
        attributes |= {"q_num_heads": p.heads_q, "kv_num_heads": p.heads_kv}
    if p.softmax_dtype == "f32":
        attributes["softmax_precision"] = 1
    if "weights" in p.wants or "scores" in p.wants:
        attributes["qk_matmul_output_mode"] = 3 if "weights" in p.wants else STAGES[p.score_stage]
    node = importlib.import_module("onnx").helper.make_node("Attention", names(inputs), names(outputs), **attributes)
    described = [{n: (d, s) for n, (d, _, s) in filter(None, entries)} for entries in (inputs, outputs)]
    return session(node, *described, {"": 24 if "kv_len" in p.has else 23}, state.threads)


def bind(state, t):
    inputs, outputs, back = tensors(state, t)
    if state.session is None:
        state.session = make_session(state, inputs, outputs)
    return bound(state.session, dict(filter(None, inputs)), dict(filter(None, outputs)), back)


def kernel(state):
    return "CPUExecutionProvider"
