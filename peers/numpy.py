"""NumPy: the formula as one writes it, and the shortest example of an implementation in Python (docs/plugins.md).

SPDX-License-Identifier: Apache-2.0
"""
import numpy as np

requires = "numpy"
summary = "softmax(QKᵀ)V with matmul and exp"
licence = "BSD-3-Clause"
url = "https://github.com/numpy/numpy"


def refuse(p):
    plain = p.dtype in ("f32", "f64") and p.score in ("scaled-dot", "dot") and p.softcap == 0 and p.window_left < 0 and p.window_right < 0
    if not plain or p.has - {"mask"} or p.wants or p.softmax_dtype == "f64" != p.dtype:
        return "anything but dot products of f32 or f64 with a bool or causal mask"
    if p.keys == 0:
        return "no keys: the maximum of nothing is an error in NumPy"


def run(p, t):
    group = p.heads_q // p.heads_kv
    s = t.q * t.q.dtype.type(p.scale) @ t.k.repeat(group, 1).swapaxes(2, 3)
    if p.causal:
        first = p.len_kv - p.len_q if p.align == "bottom-right" else 0
        s[..., np.arange(p.len_kv) > np.arange(p.len_q)[:, None] + first] = -np.inf
    if t.mask is not None:
        s[~t.mask] = -np.inf
    s = np.exp(s - np.maximum(s.max(-1, keepdims=True), np.finfo(s.dtype).min))
    return s / np.maximum(s.sum(-1, keepdims=True), np.finfo(s.dtype).tiny) @ t.v.repeat(group, 1)
