"""PyTorch's scaled_dot_product_attention, which picks its kernel by itself: the flash kernel for CPUs, or the math of its parts.

SPDX-License-Identifier: Apache-2.0
"""
from _torch import bind, collect, kernel, licence, load, prepare, refuse, requires, run, url  # noqa: F401

summary = "scaled_dot_product_attention, with the kernel it picks"
policy = {"empty_row": "zero"}
# Its flash kernel keeps scores, maximum and sums in f32, and rounds the weights to the type of v for the second product.
numerics = {"bf16": (2.0**-24, 2.0**-8, 2.0**-24), "f16": (2.0**-24, 2.0**-11, 2.0**-24)}
tiles = (16, 32, 64, 128, 256, 512)
