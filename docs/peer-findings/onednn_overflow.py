"""oneDNN graph: scores beyond the largest f32 are NaN.

A policy: MatMul gives infinity, and SoftMax of it inf - inf. The limit of softmax is the value of the largest score. Needs numpy and libdnnl.so of oneDNN 3: LIBDNNL is its path.
SPDX-License-Identifier: Apache-2.0
"""
import ctypes
import os
import sys
from pathlib import Path

import numpy as np

library = os.environ.get("LIBDNNL", "libdnnl.so.3")
driver = Path(library).parent / "libintelocl.so"  # a oneDNN for SYCL finds the processor through it
if driver.exists():
    os.environ.setdefault("OCL_ICD_FILENAMES", str(driver))
    for needed in ("libintlc.so.5", "libimf.so", "libsvml.so", "libtbb.so.12", "libsycl.so.9"):
        ctypes.CDLL(str(driver.parent / needed), ctypes.RTLD_GLOBAL)
dnnl = ctypes.CDLL(library)
CPU, F32, MATMUL, MULTIPLY, ADD, SOFTMAX, TRANSPOSE_B, AXIS, FUSION = 1, 3, 39, 46, 2, 64, 102, 48, 1  # oneapi/dnnl/dnnl_graph_types.h


def call(name, *arguments):
    status = getattr(dnnl, "dnnl_" + name)(*arguments)
    if status:
        sys.exit(f"dnnl_{name} ended with status {status}")


def make(name, *arguments):
    made = ctypes.c_void_p()
    call(name, ctypes.byref(made), *arguments)
    return made


def size(n):
    return ctypes.c_size_t(n)


def sizes(values):
    return (ctypes.c_int64 * 12)(*values)


engine = make("engine_create", CPU, size(0))
stream = make("stream_create", engine, 1)


def attention(q, k, v, scale, mask=None):
    """MatMul, Multiply, Add, SoftMax, MatMul of [batch][heads][rows][columns] as one graph."""
    square = np.empty((*q.shape[:3], k.shape[2]), np.float32)
    arrays = [q, k, np.array([scale], np.float32), v, np.empty_like(q)] + [square.copy() for _ in range(4)] + ([] if mask is None else [mask])
    logical = [ctypes.create_string_buffer(1024) for _ in arrays]
    for i, (a, to) in enumerate(zip(arrays, logical)):
        call("graph_logical_tensor_init_with_strides", to, size(i), F32, a.ndim, sizes(a.shape), sizes(s // a.itemsize for s in a.strides), 0)
    Q, K, SCALE, V, OUT, PRODUCT, SCALED, MASKED, WEIGHTS, MASK = range(10)
    scores = SCALED if mask is None else MASKED
    operations = [(MATMUL, [Q, K], PRODUCT), (MULTIPLY, [PRODUCT, SCALE], SCALED), (ADD, [SCALED, MASK], MASKED), (SOFTMAX, [scores], WEIGHTS),
                  (MATMUL, [WEIGHTS, V], OUT)]
    graph = make("graph_graph_create", CPU)
    for kind, inputs, output in operations:
        if kind == ADD and mask is None:
            continue
        op = make("graph_op_create", size(output), kind, b"")
        for i in inputs:
            call("graph_op_add_input", op, logical[i])
        call("graph_op_add_output", op, logical[output])
        if output == PRODUCT:
            call("graph_op_set_attr_bool", op, TRANSPOSE_B, ctypes.byref(ctypes.c_uint8(1)), size(1))
        if kind == SOFTMAX:
            call("graph_op_set_attr_s64", op, AXIS, ctypes.byref(ctypes.c_int64(-1)), size(1))
        call("graph_add_op", graph, op)
    call("graph_graph_finalize", graph)
    call("graph_graph_filter", graph, FUSION)
    number = ctypes.c_size_t()
    call("graph_graph_get_partition_num", graph, ctypes.byref(number))
    partitions = (ctypes.c_void_p * number.value)()
    call("graph_graph_get_partitions", graph, number, partitions)
    tensors = [make("graph_tensor_create", to, engine, a.ctypes.data_as(ctypes.c_void_p)) for a, to in zip(arrays, logical)]
    for partition in map(ctypes.c_void_p, partitions):
        ids = [ports(partition, logical, kind) for kind in ("input", "output")]
        compiled = make("graph_compiled_partition_create", partition)
        lists = [(ctypes.c_void_p * len(part))(*(ctypes.addressof(logical[i]) for i in part)) for part in ids]
        call("graph_partition_compile", partition, compiled, size(len(ids[0])), lists[0], size(len(ids[1])), lists[1], engine)
        lists = [(ctypes.c_void_p * len(part))(*(tensors[i].value for i in part)) for part in ids]
        call("graph_compiled_partition_execute", compiled, stream, size(len(ids[0])), lists[0], size(len(ids[1])), lists[1])
    call("stream_wait", stream)
    return arrays[OUT]


def ports(partition, logical, kind):
    """The numbers of the tensors that a partition takes or gives."""
    number, each = ctypes.c_size_t(), 224  # bytes of a dnnl_graph_logical_tensor_t, which begins with its number
    call(f"graph_partition_get_{kind}_ports_num", partition, ctypes.byref(number))
    all_of = ctypes.create_string_buffer(each * number.value)
    call(f"graph_partition_get_{kind}_ports", partition, number, all_of)
    return [ctypes.c_size_t.from_buffer(all_of, i * each).value for i in range(number.value)]


class Version(ctypes.Structure):
    _fields_ = [(n, ctypes.c_int) for n in ("major", "minor", "patch")]


dnnl.dnnl_version.restype = ctypes.POINTER(Version)
found = dnnl.dnnl_version().contents
name = f"oneDNN {found.major}.{found.minor}.{found.patch}"
rng = np.random.default_rng(0)
q, k, v = rng.standard_normal((3, 1, 1, 3, 8)).astype(np.float32)
out = attention(q * np.float32(1e20), k * np.float32(1e20), v, 0.25)
print("promised: nothing of scores that overflow (MatMul, SoftMax)")
print(f"{name}: q and k times 1e20: out[0] is {out[0, 0, 0, 0]}")
sys.exit(int(np.isnan(out).any()))
