"""PyTorch's flex_attention, compiled: window, softcap, ALiBi and lengths are written as functions of the score and of the indices.

It needs a C++ compiler when it runs, and half a minute for each shape, which is not timed; so it is no row by itself:
--plugin python:peers/extra/torch_flex.py brings it in.
SPDX-License-Identifier: Apache-2.0
"""
import importlib
import os
import sys
from functools import partial

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from _torch import kernel, licence, load, refuse_shape, requires, run, tensor, torch, url  # noqa: E402, F401

summary = "flex_attention, compiled"
policy = {"empty_row": "zero"}
numerics = {"bf16": (2.0**-24, 2.0**-8, 2.0**-24), "f16": (2.0**-24, 2.0**-11, 2.0**-24)}
HAS = {"alibi", "kv_len"}


def refuse(p):
    if p.dtype == "f64":
        return "f64: flex_attention on CPUs takes f32, bf16 and f16"
    if p.has - HAS:
        return f"{', '.join(sorted(p.has - HAS))}: this adapter does not write it as a function of indices"
    if p.wants - {"logsumexp"}:
        return f"{', '.join(sorted(p.wants))} as an output: it gives the output and the logsumexp only"
    if p.align == "bottom-right" and "kv_len" in p.has:
        return "positions from the end of each length: this adapter does not write them"
    if p.dim_qk < 16 or p.dim_v < 16:
        return "fewer than 16 columns: flex_attention asks for more"
    return refuse_shape(p)


class State:
    def __init__(self, p, threads):
        torch().set_num_threads(threads)
        self.p = p
        self.offset = p.len_kv - p.len_q if p.align == "bottom-right" else 0
        flex = importlib.import_module("torch.nn.attention.flex_attention")
        self.flex, self.block_mask = torch().compile(flex.flex_attention, dynamic=False), flex.create_block_mask


def prepare(p, threads):
    return State(p, threads)


def visible(p, offset, lengths):
    """mask_mod(batch, head, query, key), or None where every key is seen."""
    rules = []
    if p.causal:
        rules.append(lambda b, h, i, j: j <= i + offset)
    if p.window_left >= 0:
        left = min(p.window_left, p.len_kv + p.len_q)
        rules.append(lambda b, h, i, j: j >= i + offset - left)
    if p.window_right >= 0:
        right = min(p.window_right, p.len_kv + p.len_q)
        rules.append(lambda b, h, i, j: j <= i + offset + right)
    if lengths is not None:
        rules.append(lambda b, h, i, j: j < lengths[b])

    def all_of(b, h, i, j):
        seen = rules[0](b, h, i, j)
        for rule in rules[1:]:
            seen = seen & rule(b, h, i, j)
        return seen

    return all_of if rules else None


def modified(p, offset, slopes):
    """score_mod(score, batch, head, query, key), or None."""
    tanh = torch().tanh
    cap = p.softcap

    def score(s, b, h, i, j):
        if cap:
            s = cap * tanh(s / cap)
        if slopes is not None:
            s = s - slopes[h] * (i + offset - j).abs()
        return s

    return score if cap or slopes is not None else None


def bind(state, t):
    p = state.p
    state.out, state.lse = tensor(t.out, p.dtype), tensor(t.logsumexp)
    lengths = tensor(t.kv_len).reshape(-1) if t.kv_len is not None else None
    slopes = tensor(t.alibi).reshape(-1) if t.alibi is not None else None
    mask = visible(p, state.offset, lengths)
    block = state.block_mask(mask, p.batch, p.heads_q, p.len_q, p.len_kv, device="cpu") if mask else None
    more = {"return_lse": True} if "logsumexp" in p.wants else {}
    return partial(state.flex, tensor(t.q, p.dtype), tensor(t.k, p.dtype), tensor(t.v, p.dtype), score_mod=modified(p, state.offset, slopes),
                   block_mask=block, scale=p.scale, enable_gqa=p.heads_q != p.heads_kv, **more)


def collect(state, t, result):
    if state.lse is not None:
        result, lse = result
        state.lse.copy_(lse.unsqueeze(-1))
    state.out.copy_(result)
