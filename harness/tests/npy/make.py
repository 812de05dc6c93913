#!/usr/bin/env python3
"""Writes the .npy files beside it with NumPy: the goldens of harness/test_npy.c.
Element n, counted in C order, is n/2 - 1 (floats), n - 3 (integers), or whether 3 divides n (bool).
SPDX-License-Identifier: Apache-2.0"""
import pathlib
import numpy as np

here = pathlib.Path(__file__).parent
files = [  # name, dtype, shape, order, format version
    ("f4", "<f4", (2, 3, 4), "C", (1, 0)), ("f4_fortran", "<f4", (2, 3, 4), "F", (1, 0)), ("f4_big", ">f4", (2, 3), "C", (1, 0)),
    ("f8", "<f8", (5,), "C", (1, 0)), ("f8_big_fortran", ">f8", (3, 2), "F", (1, 0)), ("f2", "<f2", (2, 2), "C", (1, 0)),
    ("f2_big", ">f2", (2, 2), "C", (1, 0)), ("b1", "|b1", (2, 3), "C", (1, 0)), ("i8", "<i8", (4,), "C", (1, 0)),
    ("i4", "<i4", (4,), "C", (1, 0)), ("i4_big", ">i4", (4,), "C", (1, 0)), ("version2", "<f4", (2, 2), "C", (2, 0)),
    ("version3", "<f4", (2, 2), "C", (3, 0)), ("rank0", "<f4", (), "C", (1, 0)), ("rank4", "<f4", (2, 1, 3, 2), "F", (1, 0)),
    ("empty", "<f4", (0, 3), "C", (1, 0))]
for name, dtype, shape, order, version in files:
    n = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    kind = np.dtype(dtype).kind
    a = n / 2 - 1 if kind == "f" else n - 3 if kind == "i" else n % 3 == 0
    with open(here / f"{name}.npy", "wb") as f:
        np.lib.format.write_array(f, np.asarray(a, dtype=dtype, order=order), version=version)
