"""The Python side of the bridge: loads a user's file, and shows it problems and tensors as objects.

What a file may define is in docs/plugins.md. The C side (impls/python) calls the functions without an underscore.
SPDX-License-Identifier: Apache-2.0
"""
import importlib.metadata
import importlib.util
import os
import sys
import traceback
from types import SimpleNamespace

DTYPES = {"f32": "<f4", "f64": "<f8", "bf16": "<u2", "f16": "<f2", "bool": "|b1", "i64": "<i8"}
ROUNDOFF = {"f32": 2.0**-24, "f64": 2.0**-53, "bf16": 2.0**-8, "f16": 2.0**-11}
EMPTY_ROWS = {"zero": 0, "nan": 1, "mean": 2}
FUNCTIONS = {"refuse": False, "prepare": False, "bind": False, "run": True, "collect": False, "kernel": False, "load": False}
TEXTS = {"version": 95, "summary": 159, "licence": 63, "url": 127, "limit": 159}
_modules = {}


class Fault(Exception):
    """What is wrong with a file, in words that need no place."""


def isolate():
    """Libraries find their own symbols first, not those of libraries that this program is linked with."""
    sys.setdlopenflags(os.RTLD_NOW | os.RTLD_DEEPBIND)


def describe_error(error, trace):
    """One line: what happened, and the last place of it in a file of the user's."""
    text = " ".join(str(error).split())
    if isinstance(error, Fault):
        return text
    frames = traceback.extract_tb(trace) if trace else []
    own = [f for f in frames if f.filename in _modules] or [f for f in frames if f.filename != __file__]
    where = f"{os.path.basename(own[-1].filename)}:{own[-1].lineno}: in {own[-1].name}: " if own and not isinstance(error, SyntaxError) else ""
    return f"{where}{type(error).__name__}{': ' if text else ''}{text}"


def _module(path):
    """The user's file, run once. Its folder comes last in the path, so that a file named like a library does not hide it."""
    if path in _modules:
        return _modules[path]
    sys.path.append(os.path.dirname(os.path.abspath(path)))
    name = "attnbench_" + os.path.basename(path).removesuffix(".py")
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None:
        raise Fault("expected a file whose name ends in .py")
    if b"\0" in spec.loader.get_data(path):
        raise Fault("it holds a null byte: expected Python's source text")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    _modules[path] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise Fault(f"line {error.lineno}: {error.msg}: expected Python {sys.version_info.major}.{sys.version_info.minor}") from None
    except SystemExit as error:
        raise Fault(f"it called exit({error.code}) while it was loaded: expected definitions only") from None
    _check_functions(module)
    return module


def _check_functions(module):
    for name, required in FUNCTIONS.items():
        function = getattr(module, name, None)
        if function is None and required:
            raise Fault(f"it defines no function {name}(state, tensors): expected one")
        if function is not None and not callable(function):
            raise Fault(f"its {name} is {type(function).__name__}: expected a function")


def _text(module, name):
    text = getattr(module, name, None)
    if text is None:
        text = ""
    if not isinstance(text, str):
        raise Fault(f"its {name} is {type(text).__name__}: expected a str")
    return " ".join(text.split())[: TEXTS[name]]


def _name(module, path):
    name = getattr(module, "name", os.path.basename(path).removesuffix(".py").lower())
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789_-/.")
    if not isinstance(name, str) or not 1 <= len(name) <= 64 or set(name) - allowed:
        raise Fault(f"its name is {name!r}: expected 1 to 64 of a-z 0-9 _ - . /")
    return name


def _policy(module):
    policy = dict(getattr(module, "policy", {}))
    empty_row = policy.pop("empty_row", "zero")
    if empty_row not in EMPTY_ROWS:
        raise Fault(f"its policy's empty_row is {empty_row!r}: expected one of {', '.join(EMPTY_ROWS)}")
    promises = [bool(policy.pop(key, False)) for key in ("nan_propagates", "batch_invariant", "thread_invariant")]
    if policy:
        raise Fault(f"its policy has {', '.join(map(str, policy))}: expected empty_row, nan_propagates, batch_invariant, thread_invariant")
    return (EMPTY_ROWS[empty_row], *map(int, promises))


def _numerics(module):
    """Twelve numbers: of scores, weights and sums for each dtype."""
    given = dict(getattr(module, "numerics", {}))
    all_of_them = []
    for dtype, roundoff in ROUNDOFF.items():
        one = given.pop(dtype, roundoff)
        three = tuple(one) if isinstance(one, (tuple, list)) else (one,) * 3
        if len(three) != 3 or not all(isinstance(u, (int, float)) and 0 < u <= 1 for u in three):
            raise Fault(f"its numerics[{dtype!r}] is {one!r}: expected a unit roundoff, or three, of more than 0 and at most 1")
        all_of_them += map(float, three)
    if given:
        raise Fault(f"its numerics has {', '.join(map(str, given))}: expected f32, f64, bf16, f16")
    return tuple(all_of_them)


def _tiles(module):
    tiles = tuple(getattr(module, "tiles", ()))
    if len(tiles) > 7 or not all(isinstance(n, int) and n > 0 for n in tiles):
        raise Fault(f"its tiles are {tiles!r}: expected at most 7 positive integers")
    return tiles


def _version(module):
    """The file's own version, or that of the package it needs."""
    requires = getattr(module, "requires", None)
    if not requires:
        return _text(module, "version") or "0"
    try:
        return f"{requires} {importlib.metadata.version(requires)}"
    except importlib.metadata.PackageNotFoundError:
        raise Fault(f"the package {requires} is not installed in {sys.prefix}") from None


def about(path):
    """What a file says about itself, as the C side parses it."""
    module = _module(path)
    return (_name(module, path), _version(module), *(_text(module, t) for t in ("summary", "licence", "url", "limit")),
            *_policy(module), _numerics(module), _tiles(module))


def implementation(path):
    """The functions of a file, for a process that runs cases."""
    module = _module(path)
    return SimpleNamespace(**{name: getattr(module, name, None) for name in FUNCTIONS})


def load(functions):
    """Its library, once; a problem that is refused does not load it."""
    once, functions.load = functions.load, None
    if once:
        once()


def make_problem(fields):
    problem = SimpleNamespace(**fields)
    problem.keys = problem.past_len + problem.len_kv if "past" in problem.has else problem.len_kv
    return problem


def refuse(functions, problem):
    reason = functions.refuse(problem) if functions.refuse else None
    if reason is not None and not isinstance(reason, str):
        raise Fault(f"refuse returned {type(reason).__name__}: expected None or the reason as a str")
    if reason is None:
        load(functions)
    return reason


def make_tensors(descriptions):
    """NumPy views of the suite's memory; bf16 as uint16, which t.dtype tells from integers."""
    import numpy

    def view(description):
        if description is None:
            return None
        address, dtype, shape, strides, writable = description
        interface = {"version": 3, "data": (address, not writable), "shape": shape, "strides": strides, "typestr": DTYPES[dtype]}
        return numpy.asarray(SimpleNamespace(__array_interface__=interface))

    tensors = SimpleNamespace(**{name: view(d) for name, d in descriptions.items()})
    tensors.dtype = descriptions["q"][1] if descriptions["q"] else None
    return tensors


def collect(functions, state, tensors, result):
    """What run returned goes to the outputs; None: it wrote them itself."""
    if functions.collect:
        functions.collect(state, tensors, result)
    elif result is not None:
        for name, array in (result if isinstance(result, dict) else {"out": result}).items():
            _store(getattr(tensors, name, None), name, array)


def _store(view, name, array):
    import numpy

    if view is None:
        raise Fault(f"run returned {name}, which this problem does not want")
    try:
        array = numpy.asarray(array)
    except Exception as error:
        raise Fault(f"run returned {name} as {type(array).__name__}, which is no array ({error}): expected {view.dtype} of shape {view.shape}") from None
    if array.dtype.name == "bfloat16":
        array = array.view(numpy.uint16)
    if array.shape != view.shape or array.dtype != view.dtype:
        raise Fault(f"run returned {name} as {array.dtype} of shape {array.shape}: expected {view.dtype} of shape {view.shape}")
    view[...] = array
