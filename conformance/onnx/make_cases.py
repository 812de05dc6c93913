#!/usr/bin/env python3
"""Writes ONNX backend tests of the operator Attention as folders that `attnbench check --onnx` reads.

    python3 -m venv .venv && .venv/bin/pip install -r conformance/onnx/requirements.txt
    .venv/bin/python conformance/onnx/make_cases.py all DIR        every case of the installed onnx package
    .venv/bin/python conformance/onnx/make_cases.py selection DIR  those of cases.txt, as committed in cases/
    .venv/bin/python conformance/onnx/make_cases.py corpus DIR     a few of them as files for conformance/fuzz/onnx.c

Expected values are those of ONNX: stored in its tests, or computed here by its reference evaluator where it has no test.
SPDX-License-Identifier: Apache-2.0
"""
import pathlib
import sys
import warnings

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

INPUTS = ["Q", "K", "V", "attn_mask", "past_key", "past_value", "nonpad_kv_seqlen"]
OUTPUTS = ["Y", "present_key", "present_value", "qk_matmul_output"]


def write(folder, model, data_sets):
    """data_sets: pairs of lists of TensorProto."""
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    for n, (inputs, outputs) in enumerate(data_sets):
        data_set = folder / f"test_data_set_{n}"
        data_set.mkdir()
        for kind, tensors in (("input", inputs), ("output", outputs)):
            for i, tensor in enumerate(tensors):
                (data_set / f"{kind}_{i}.pb").write_bytes(tensor.SerializeToString())


def onnx_cases():
    """name: (model, data sets) of ONNX's tests whose graph is one Attention node."""
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = collect_testcases("Attention")
    found = {}
    for case in cases:
        graph = case.model.graph
        if len(graph.node) != 1 or graph.node[0].op_type != "Attention":
            continue  # the same test with the operator expanded into others
        named = lambda values, infos: [v if isinstance(v, TensorProto) else numpy_helper.from_array(np.asarray(v), i.name) for v, i in zip(values, infos)]
        found[case.name] = (case.model, [(named(x, graph.input), named(y, graph.output)) for x, y in case.data_sets])
    return found


def tensor(name, x, as_fields=False):
    """as_fields: elements in float_data and the like, not in raw_data."""
    t = numpy_helper.from_array(x, name)
    if not as_fields:
        return t
    bits = {TensorProto.FLOAT16: np.uint16, TensorProto.BOOL: np.uint8}.get(t.data_type, x.dtype)
    made = TensorProto(name=name, data_type=t.data_type, dims=x.shape)
    field = {TensorProto.FLOAT: "float_data", TensorProto.DOUBLE: "double_data", TensorProto.INT64: "int64_data"}.get(t.data_type, "int32_data")
    getattr(made, field).extend(x.view(bits).ravel().tolist())
    return made


def without_last(names):
    """A node's absent inputs or outputs are "", and left out at the end."""
    while not names[-1]:
        names.pop()
    return names


def attention(arrays, wanted, opset, attributes, outs=None, held=(), fed=(), nodes=()):
    """The model of one Attention node. outs: the graph's outputs, or anything. held: initializers. fed: inputs of the graph.
    nodes: those before it."""
    given = without_last([name if name in arrays else "" for name in INPUTS])
    node = helper.make_node("Attention", given, without_last([name if name in wanted else "" for name in OUTPUTS]), **attributes)
    outs = outs or [helper.make_tensor_value_info(name, 0, None) for name in OUTPUTS if name in wanted]
    info = lambda t: helper.make_tensor_value_info(t.name, t.data_type, list(t.dims))
    graph = helper.make_graph([*nodes, node], "attention", [info(tensor(n, arrays[n])) for n in given if n in fed], outs, held)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], producer_name="attnbench", ir_version=10)


def reference(arrays, wanted, opset, attributes):
    """Outputs by ONNX's reference evaluator, by name. It forgets that mode 0 is what comes before the softcap."""
    run = lambda a: dict(zip([n for n in OUTPUTS if n in wanted], ReferenceEvaluator(attention(arrays, wanted, opset, a, fed=arrays)).run(None, arrays)))
    results = run(attributes)
    if "qk_matmul_output" in wanted and not attributes.get("qk_matmul_output_mode"):
        results["qk_matmul_output"] = run({k: v for k, v in attributes.items() if k != "softcap"})["qk_matmul_output"]
    return results


def own(arrays, wanted, opset, held_as="input", as_fields=False, **attributes):
    """A case from arrays by input name. held_as: how the mask is given, as input, initializer, both (one data set each way)
    or node (Constant)."""
    held = [] if held_as == "input" else [tensor("attn_mask", arrays["attn_mask"], as_fields)]
    fed = [n for n in arrays if held_as in ("input", "both") or n != "attn_mask"]
    nodes = [helper.make_node("Constant", [], ["attn_mask"], value=held[0])] if held_as == "node" else []
    results = [tensor(n, np.asarray(x), as_fields) for n, x in reference(arrays, wanted, opset, attributes).items()]
    outs = [helper.make_tensor_value_info(t.name, t.data_type, list(t.dims)) for t in results]
    model = attention(arrays, wanted, opset, attributes, outs, held if held_as in ("initializer", "both") else [], fed, nodes)
    inputs = [tensor(n, arrays[n], as_fields) for n in INPUTS if n in fed]
    sets = [(inputs, results)]
    if held_as == "both":
        sets.append(([t for t in inputs if t.name != "attn_mask"], results))
    return model, sets


def exactly(arrays, wanted, opset, **attributes):
    """The same with outputs computed in f64 and rounded once: in f16 and bf16 the evaluator itself is off by more than ONNX's
    tolerance. softmax_precision says what the softmax is rounded to, which f64 must not be."""
    wide = {n: x if x.dtype in (np.bool_, np.int64) else x.astype(np.float64) for n, x in arrays.items()}
    results = reference(wide, wanted, opset, {k: v for k, v in attributes.items() if k != "softmax_precision"})
    stored = [tensor(n, np.asarray(x).astype(arrays["Q"].dtype)) for n, x in results.items()]
    outs = [helper.make_tensor_value_info(t.name, t.data_type, list(t.dims)) for t in stored]
    return attention(arrays, wanted, opset, attributes, outs, fed=arrays), [([tensor(n, arrays[n]) for n in INPUTS if n in arrays], stored)]


def mode_cases():
    """Each of the four kinds of qk_matmul_output with each kind of problem."""
    r = np.random.default_rng(25)
    x = lambda dtype, *shape: r.standard_normal(shape).astype(dtype)
    f, d, h, b = np.float32, np.float64, np.float16, helper.tensor_dtype_to_np_dtype(TensorProto.BFLOAT16)
    bools = lambda *shape: r.random(shape) < 0.6
    four = lambda t, keys=7: {"Q": x(t, 2, 4, 3, 8), "K": x(t, 2, 2, keys, 8), "V": x(t, 2, 2, keys, 5)}
    three = lambda t, keys=7: {"Q": x(t, 2, 3, 4 * 8), "K": x(t, 2, keys, 2 * 8), "V": x(t, 2, keys, 2 * 5)}
    past = lambda t: {"past_key": x(t, 2, 2, 4, 8), "past_value": x(t, 2, 2, 4, 5)}
    lengths = {"nonpad_kv_seqlen": np.array([4, 7], dtype=np.int64)}
    square, all_outputs, heads = ["Y", "qk_matmul_output"], OUTPUTS, {"q_num_heads": 4, "kv_num_heads": 2}
    cases = {}
    for mode in range(4):
        for name, arrays, wanted, opset, attributes in [
            ("f32_gqa_mask_softcap", {**four(f), "attn_mask": x(f, 2, 4, 3, 7)}, square, 23, {"softcap": 1.5, "is_causal": 1}),
            ("f32_3d_past_bool", {**three(f, 3), **past(f), "attn_mask": bools(3, 7)}, all_outputs, 23, {**heads, "softcap": 2.0}),
            ("f32_nonpad_window_bool", {**four(f), **lengths, "attn_mask": bools(2, 1, 3, 7)}, square, 25, {"is_causal": 1, "left_window_size": 3, "scale": 0.5}),
            ("f16_3d_mask_softcap", {**three(h), "attn_mask": x(h, 4, 3, 7)}, square, 23, {**heads, "softcap": 1.0, "softmax_precision": 1}),
            ("bf16_past_window", {**four(b, 3), **past(b)}, all_outputs, 25, {"left_window_size": 2, "right_window_size": 1, "softmax_precision": 16}),
            ("f64_nonpad_mask", {**four(d), **lengths, "attn_mask": x(d, 2, 1, 1, 7)}, square, 24, {"softcap": 1.5, "softmax_precision": 11}),
        ]:
            cases[f"own_mode{mode}_{name}"] = exactly(arrays, wanted, opset, qk_matmul_output_mode=mode, **attributes)
    return cases


def own_cases():
    """What ONNX's tests leave out: f64, padding with scores as an output, V of another type, elements in typed fields, a mask
    that the model holds."""
    r = np.random.default_rng(23)
    x = lambda dtype, *shape: r.standard_normal(shape).astype(dtype)
    f, d, h = np.float32, np.float64, np.float16
    lengths = np.array([2, 5], dtype=np.int64)
    padded = lambda: {"Q": x(f, 2, 4, 3, 8), "K": x(f, 2, 2, 6, 8), "V": x(f, 2, 2, 6, 5), "nonpad_kv_seqlen": lengths}
    plain = lambda: {"Q": x(f, 1, 2, 3, 4), "K": x(f, 1, 2, 5, 4), "V": x(f, 1, 2, 5, 4), "attn_mask": x(f, 3, 5)}
    return {
        "own_f64_past_window": own(
            {"Q": x(d, 2, 3, 4 * 8), "K": x(d, 2, 3, 2 * 8), "V": x(d, 2, 3, 2 * 6), "attn_mask": x(d, 4, 1, 6), "past_key": x(d, 2, 2, 4, 8), "past_value": x(d, 2, 2, 4, 6)},
            ["Y", "present_key", "present_value", "qk_matmul_output"], 25, q_num_heads=4, kv_num_heads=2, left_window_size=2, right_window_size=1, qk_matmul_output_mode=2),
        "own_nonpad_scores": own({**padded(), "attn_mask": x(f, 3, 6)}, ["Y", "qk_matmul_output"], 25, is_causal=1, left_window_size=1, qk_matmul_output_mode=2),
        "own_nonpad_weights": own({**padded(), "attn_mask": r.random((2, 1, 3, 5)) < 0.7}, ["Y", "qk_matmul_output"], 24, as_fields=True, qk_matmul_output_mode=3, softcap=1.5),
        "own_fields_mixed_types": own(
            {"Q": x(f, 2, 4, 3, 8), "K": x(f, 2, 2, 6, 8), "V": x(h, 2, 2, 6, 5), "attn_mask": x(h, 3, 6)},
            ["Y"], 23, held_as="initializer", as_fields=True, scale=0.5, softcap=1.5),
        "own_mask_of_a_node": own(plain(), ["Y"], 28, held_as="node"),
        "own_mask_given_or_not": own(plain(), ["Y"], 23, held_as="both"),
        **mode_cases(),
    }


def write_corpus(to, cases):
    """The files of a test one after the other, each after its length in two bytes; an empty one between inputs and outputs."""
    to.mkdir(parents=True)
    for name, (model, data_sets) in cases.items():
        inputs, outputs = data_sets[0]
        files = [model, *inputs, None, *outputs]
        packed = [x.SerializeToString() if x is not None else b"" for x in files]
        (to / name).write_bytes(b"".join(len(x).to_bytes(2, "little") + x for x in packed))


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("all", "selection", "corpus"):
        sys.exit(f"usage: {sys.argv[0]} all|selection|corpus DIR")
    to = pathlib.Path(sys.argv[2])
    if to.exists():
        sys.exit(f"{to}: it exists already: expected a new folder's name")
    cases = onnx_cases()
    if sys.argv[1] != "all":
        cases |= own_cases()
        lines = (pathlib.Path(__file__).parent / "cases.txt").read_text().splitlines()
        names = [line for line in lines if line and not line.startswith("#")]
        missing = [name for name in names if name not in cases]
        if missing:
            sys.exit(f"onnx {onnx.__version__} has no case {', '.join(missing)}: expected that of requirements.txt")
        cases = {name: cases[name] for name in names}
    if sys.argv[1] == "corpus":
        cases = {name: case for name, case in cases.items() if name.startswith(("own_mask", "own_nonpad", "own_fields", "own_mode3")) or "mode3" in name}
        write_corpus(to, cases)
    for name, (model, data_sets) in cases.items() if sys.argv[1] != "corpus" else ():
        write(to / name, model, data_sets)
    print(f"{to}: {len(cases)} cases of onnx {onnx.__version__}")


if __name__ == "__main__":
    main()
