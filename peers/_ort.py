"""What the adapters to ONNX Runtime share: a model of one node, and tensors bound by their addresses.

SPDX-License-Identifier: Apache-2.0
"""
import importlib
from collections import namedtuple

import numpy

requires = "onnxruntime"
licence = "MIT"
url = "https://github.com/microsoft/onnxruntime"
ELEMENT = {"f32": 1, "i64": 7, "bool": 9, "f16": 10, "f64": 11, "bf16": 16, "i32": 6}  # onnx.TensorProto.DataType
Bound = namedtuple("Bound", "binding kept back")  # kept: arrays that must live as long; back: pairs of an output and the dense one that is bound


def load():
    for library in ("onnxruntime", "onnx"):
        importlib.import_module(library)


def session(node, inputs, outputs, domains, threads):
    """inputs, outputs: name -> (dtype, shape)."""
    onnx, ort = importlib.import_module("onnx"), importlib.import_module("onnxruntime")
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph([node], "attention", [value(n, ELEMENT[d], s) for n, (d, s) in inputs.items()],
                                   [value(n, ELEMENT[d], s) for n, (d, s) in outputs.items()])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid(d, v) for d, v in domains.items()])
    model.ir_version = min(model.ir_version, 11)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def bound(session, inputs, outputs, back=()):
    """name -> (dtype, array, shape): the session with the arrays' memory as its tensors."""
    binding = session.io_binding()
    for bind, arrays in ((binding.bind_input, inputs), (binding.bind_output, outputs)):
        for name, (dtype, array, shape) in arrays.items():
            bind(name, "cpu", 0, ELEMENT[dtype], shape, array.ctypes.data)
    return Bound(binding, [array for _, array, _ in (*inputs.values(), *outputs.values())], back)


def run(state, bound):
    state.session.run_with_iobinding(bound.binding)
    for array, dense in bound.back:
        array[...] = dense


def is_dense(shape, stride):
    """Whether the elements lie one after the other in the order of their indices."""
    step = 1
    for n, s in zip(reversed(shape), reversed(stride)):
        if n != 1 and s != step:
            return False
        step *= n
    return True


def layout(p):
    """"bhsd" or "bshd" where all of q, k, v and out lie so without gaps; None otherwise."""
    shapes = ((p.heads_q, p.len_q, p.dim_qk, p.stride_q), (p.heads_kv, p.len_kv, p.dim_qk, p.stride_k),
              (p.heads_kv, p.len_kv, p.dim_v, p.stride_v), (p.heads_q, p.len_q, p.dim_v, p.stride_out))
    if all(is_dense((p.batch, h, n, d), s) for h, n, d, s in shapes):
        return "bhsd"
    if all(is_dense((p.batch, n, h, d), (s[0], s[2], s[1], s[3])) for h, n, d, s in shapes):
        return "bshd"
    return None


def dense_input(array):
    """With 1 along the dimensions in which it repeats, and a copy where it has gaps: tensors of ONNX have no strides."""
    return numpy.ascontiguousarray(array[tuple(slice(1 if s == 0 else None) for s in array.strides)])


def dense_output(array, back):
    """The array, or where it has gaps another, from which run copies: `back` gets the pair."""
    if array.flags.c_contiguous:
        return array
    back.append((array, numpy.empty(array.shape, array.dtype)))
    return back[-1][1]
