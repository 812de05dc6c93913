"""ggml's ggml_flash_attn_ext, asked for f32 precision (GGML_PREC_F32), as llama.cpp asks where a model needs it.

SPDX-License-Identifier: Apache-2.0
"""
from _ggml import State, bind, collect, ggml, kernel, licence, load, refuse, requires, run, url  # noqa: F401

summary = "ggml_flash_attn_ext, GGML_PREC_F32; f32, or a cache in f16"
policy = {"empty_row": "zero"}
# A dot product with f16 keys rounds the query to f16 first. Sums are promised in f32.
numerics = {"f16": (2.0**-11, 2.0**-11, 2.0**-24)}


def prepare(p, threads):
    return State(p, threads, ggml().GGML_PREC_F32)
