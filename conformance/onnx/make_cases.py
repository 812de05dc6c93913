#!/usr/bin/env python3
"""Writes ONNX backend tests of the operator Attention as folders that `attnbench check --onnx` reads.

    python3 -m venv .venv && .venv/bin/pip install -r conformance/onnx/requirements.txt
    .venv/bin/python conformance/onnx/make_cases.py all DIR        every case of the installed onnx package
    .venv/bin/python conformance/onnx/make_cases.py selection DIR  those of cases.txt, as committed in cases/

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


def own(arrays, outputs, opset, constant=(), as_fields=False, **attributes):
    """A case from arrays by input name, its outputs computed by ONNX's reference. constant: inputs that become initializers;
    as_fields: elements in float_data and the like, not in raw_data."""
    def tensor(name, x):
        t = numpy_helper.from_array(x, name)
        if not as_fields:
            return t
        bits = {TensorProto.FLOAT16: np.uint16, TensorProto.BOOL: np.uint8}.get(t.data_type, x.dtype)
        made = TensorProto(name=name, data_type=t.data_type, dims=x.shape)
        field = {TensorProto.FLOAT: "float_data", TensorProto.DOUBLE: "double_data", TensorProto.INT64: "int64_data"}.get(t.data_type, "int32_data")
        getattr(made, field).extend(x.view(bits).ravel().tolist())
        return made

    info = lambda t: helper.make_tensor_value_info(t.name, t.data_type, list(t.dims))
    given = [name if name in arrays else "" for name in INPUTS]
    while not given[-1]:
        given.pop()
    wanted = [name if name in outputs else "" for name in OUTPUTS]
    while not wanted[-1]:
        wanted.pop()
    node = helper.make_node("Attention", given, wanted, **attributes)
    tensors = {name: tensor(name, arrays[name]) for name in given if name}
    anything = [helper.make_tensor_value_info(name, 0, None) for name in wanted if name]
    make = lambda outs: helper.make_model(
        helper.make_graph([node], "attention", [info(t) for n, t in tensors.items() if n not in constant], outs, [tensors[n] for n in constant]),
        opset_imports=[helper.make_opsetid("", opset)], producer_name="attnbench", ir_version=10)
    computed = ReferenceEvaluator(make(anything)).run(None, {n: x for n, x in arrays.items() if n not in constant})
    results = [tensor(name, np.asarray(x)) for name, x in zip([n for n in wanted if n], computed)]
    return make([info(t) for t in results]), [([t for n, t in tensors.items() if n not in constant], results)]


def own_cases():
    """What ONNX's tests leave out: f64, padding with scores as an output, V of another type, elements in typed fields."""
    r = np.random.default_rng(23)
    x = lambda dtype, *shape: r.standard_normal(shape).astype(dtype)
    f, d, h = np.float32, np.float64, np.float16
    lengths = np.array([2, 5], dtype=np.int64)
    padded = lambda: {"Q": x(f, 2, 4, 3, 8), "K": x(f, 2, 2, 6, 8), "V": x(f, 2, 2, 6, 5), "nonpad_kv_seqlen": lengths}
    return {
        "own_f64_past_window": own(
            {"Q": x(d, 2, 3, 4 * 8), "K": x(d, 2, 3, 2 * 8), "V": x(d, 2, 3, 2 * 6), "attn_mask": x(d, 4, 1, 6), "past_key": x(d, 2, 2, 4, 8), "past_value": x(d, 2, 2, 4, 6)},
            ["Y", "present_key", "present_value", "qk_matmul_output"], 25, q_num_heads=4, kv_num_heads=2, left_window_size=2, right_window_size=1, qk_matmul_output_mode=2),
        "own_nonpad_scores": own({**padded(), "attn_mask": x(f, 3, 6)}, ["Y", "qk_matmul_output"], 25, is_causal=1, left_window_size=1, qk_matmul_output_mode=2),
        "own_nonpad_weights": own({**padded(), "attn_mask": r.random((2, 1, 3, 5)) < 0.7}, ["Y", "qk_matmul_output"], 24, as_fields=True, qk_matmul_output_mode=3, softcap=1.5),
        "own_fields_mixed_types": own(
            {"Q": x(f, 2, 4, 3, 8), "K": x(f, 2, 2, 6, 8), "V": x(h, 2, 2, 6, 5), "attn_mask": x(h, 3, 6)},
            ["Y"], 23, constant=["attn_mask"], as_fields=True, scale=0.5, softcap=1.5),
    }


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("all", "selection"):
        sys.exit(f"usage: {sys.argv[0]} all|selection DIR")
    to = pathlib.Path(sys.argv[2])
    if to.exists():
        sys.exit(f"{to}: it exists already: expected a new folder's name")
    cases = onnx_cases()
    if sys.argv[1] == "selection":
        cases |= own_cases()
        lines = (pathlib.Path(__file__).parent / "cases.txt").read_text().splitlines()
        names = [line for line in lines if line and not line.startswith("#")]
        missing = [name for name in names if name not in cases]
        if missing:
            sys.exit(f"onnx {onnx.__version__} has no case {', '.join(missing)}: expected that of requirements.txt")
        cases = {name: cases[name] for name in names}
    for name, (model, data_sets) in cases.items():
        write(to / name, model, data_sets)
    print(f"{to}: {len(cases)} cases of onnx {onnx.__version__}")


if __name__ == "__main__":
    main()
