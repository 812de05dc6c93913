"""ggml's ggml_flash_attn_ext with its default precision, as llama.cpp calls it for most models; with a cache in f16 only.

SPDX-License-Identifier: Apache-2.0
"""
import _ggml
from _ggml import State, bind, collect, ggml, kernel, licence, load, requires, run, url  # noqa: F401

summary = "ggml_flash_attn_ext, default precision; a cache in f16"
policy = {"empty_row": "zero"}
numerics = {"f16": (2.0**-11, 2.0**-11, 2.0**-11)}


def refuse(p):
    if p.dtype == "f32":
        return "f32: the precision changes nothing there; see ggml"
    return _ggml.refuse(p)


def prepare(p, threads):
    return State(p, threads, ggml().GGML_PREC_DEFAULT)
