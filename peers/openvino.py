"""OpenVINO's ScaledDotProductAttention (opset 13) on its CPU device.

SPDX-License-Identifier: Apache-2.0
"""
import importlib

import numpy

requires = "openvino"
summary = "ScaledDotProductAttention-13 on the device CPU"
licence = "Apache-2.0"
url = "https://github.com/openvinotoolkit/openvino"
policy = {"empty_row": "nan"}
numerics = {"bf16": (2.0**-8, 2.0**-8, 2.0**-24), "f16": (2.0**-24, 2.0**-11, 2.0**-24)}
TYPES = {"f32": "f32", "bf16": "bf16", "f16": "f16", "bool": "boolean"}


def load():
    importlib.import_module("openvino")


def refuse(p):
    if p.dtype == "f64":
        return "f64: its kernels compute in f32 at most"
    if p.score not in ("scaled-dot", "dot"):
        return f"the score {p.score}: it has q·k times a scale only"
    if p.softcap:
        return "softcap: it has no word for it"
    if p.heads_q != p.heads_kv:
        return "fewer heads of keys: ScaledDotProductAttention repeats none (a user would write Broadcast before it)"
    if p.window_left >= 0 or p.window_right >= 0:
        return "a window: it has no word for it (a user would write it as attention_mask)"
    if p.causal and p.align == "bottom-right" and p.len_q != p.len_kv:
        return "causal from the bottom right: causal counts from the top left"
    if p.causal and p.has & {"mask", "bias"}:
        return "causal with a mask: attention_mask is ignored then"
    if {"mask", "bias"} <= p.has:
        return "mask and bias together: there is one attention_mask"
    if p.has - {"mask", "bias"}:
        return f"{', '.join(sorted(p.has - {'mask', 'bias'}))}: it has no word for it"
    if "bias" in p.has and p.dtype != "f32":
        return f"a bias in f32 for {p.dtype}: attention_mask has the type of the inputs"
    if p.wants:
        return f"{', '.join(sorted(p.wants))} as an output: it gives the output only"
    if p.softmax_dtype == "f64":
        return "a softmax in f64"
    if 0 in (p.batch, p.heads_q, p.len_q, p.keys, p.dim_qk, p.dim_v):
        return "an empty dimension"
    if not dense(p):
        return "strides: its tensors have none (layout bhsd)"
    return None


def dense(p):
    for heads, rows, columns, stride in ((p.heads_q, p.len_q, p.dim_qk, p.stride_q), (p.heads_kv, p.len_kv, p.dim_qk, p.stride_k),
                                         (p.heads_kv, p.len_kv, p.dim_v, p.stride_v), (p.heads_q, p.len_q, p.dim_v, p.stride_out)):
        step = 1
        for n, s in zip((columns, rows, heads, p.batch), reversed(stride)):
            if n != 1 and s != step:
                return False
            step *= n
    return True


class State:
    pass


def mask_shape(p):
    dims = p.mask_dims if "mask" in p.has else p.bias_dims
    return [n if d in dims else 1 for n, d in zip((p.batch, p.heads_q, p.len_q, p.keys), "bhqk")]


def prepare(p, threads):
    ov, ops = importlib.import_module("openvino"), importlib.import_module("openvino.opset13")
    state, kind = State(), TYPES[p.dtype]
    shapes = {"q": [p.batch, p.heads_q, p.len_q, p.dim_qk], "k": [p.batch, p.heads_kv, p.len_kv, p.dim_qk], "v": [p.batch, p.heads_kv, p.len_kv, p.dim_v]}
    inputs = [ops.parameter(shape, getattr(ov.Type, kind), name) for name, shape in shapes.items()]
    if p.has & {"mask", "bias"}:
        inputs.append(ops.parameter(mask_shape(p), ov.Type.boolean if "mask" in p.has else getattr(ov.Type, kind), "mask"))
    scale = ops.convert(ops.constant(p.scale, ov.Type.f32), kind)
    # A scale is the input after the mask: where there is none a scalar 0 stands for it.
    mask = inputs[3] if len(inputs) > 3 else ops.convert(ops.constant(0.0, ov.Type.f32), kind)
    node = ops.scaled_dot_product_attention(*inputs[:3], mask, scale, causal=p.causal)
    precision = "bf16" if p.dtype == "bf16" else "f32"
    state.model = ov.Core().compile_model(ov.Model([node], inputs, "attention"), "CPU", {
        "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"})
    state.p, state.request, state.names, state.set = p, state.model.create_infer_request(), list(shapes), None
    return state


def bind(state, t):
    ov, kind = importlib.import_module("openvino"), TYPES[state.p.dtype]

    def tensor(array, kind, shape):
        flat = numpy.lib.stride_tricks.as_strided(array, shape, dense_strides(shape, array.itemsize), writeable=True) if not array.flags.writeable else array
        return ov.Tensor(flat, ov.Shape(shape), getattr(ov.Type, kind))

    arrays = [tensor(getattr(t, name), kind, getattr(t, name).shape) for name in state.names]
    mask = t.mask if t.mask is not None else t.bias
    if mask is not None:  # once where it repeats, a copy where it has gaps
        mask = numpy.ascontiguousarray(mask[tuple(slice(1 if s == 0 else None) for s in mask.strides)])
        arrays.append(tensor(mask, "boolean" if t.mask is not None else kind, mask.shape))
    return arrays, tensor(t.out, kind, t.out.shape), mask


def dense_strides(shape, size):
    strides = [size]
    for n in reversed(shape[1:]):
        strides.insert(0, strides[0] * n)
    return strides


def run(state, tensors):
    if state.set is not tensors:
        inputs, out, _ = state.set = tensors
        for i, array in enumerate(inputs):
            state.request.set_input_tensor(i, array)
        state.request.set_output_tensor(0, out)
    state.request.infer()


def kernel(state):
    nodes = [{k: n.get_rt_info()[k].value for k in ("layerType", "primitiveType")} for n in state.model.get_runtime_model().get_ops()]
    fused = [n["primitiveType"] for n in nodes if n["layerType"] in ("ScaledDotProductAttention", "ScaledDotProductAttentionWithKVCache")]
    return fused[0] if fused else "decomposed: " + ", ".join(sorted({n["layerType"] for n in nodes} - {"Input", "Output", "Const"}))
