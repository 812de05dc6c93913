#!/usr/bin/env python3
"""docs/mutants.md: every mutant over every suite. Writes the table to stdout.

Usage: table.py ATTNBENCH PLUGIN.so...
SPDX-License-Identifier: Apache-2.0
"""
import json
import subprocess
import sys

SUITES = "golden examples property edge memory policy threads rows needle random onnx real".split()

HEAD = """# Mutants

The tester is tested: each of these kernels has one fault (`conformance/mutants/faults.h`; those that hide in a corner: `rare.h`; of the
multi-head layer: `layers.c`), and the suite must catch it. Made by `make mutant-table`, which runs every suite over every mutant, each until its
first failure there. `make check` runs the named case of every row, by itself.

*Caught by*: the suites in which a case fails. *Case*: one that fails by itself, of the first suite that has such. *Ratio*: the error over the bound there, `inf` where an
infinity or a NaN stands that must not; `–` is a failure of another kind: a crash, memory written, bits that differ. For faults of precision it is
the case that shows them most.

| mutant | class | what is wrong | suite | case | ratio | caught by |
| --- | --- | --- | --- | --- | --- | --- |"""


def run(program, plugins, *arguments):
    words = [program, *arguments]
    for plugin in plugins:
        words += ["--plugin", plugin]
    done = subprocess.run(words, stdout=subprocess.PIPE, check=False)
    if done.returncode > 1:
        sys.exit(f"table.py: {' '.join(words)}: exit status {done.returncode}")
    return json.loads(done.stdout)


def failures(program, plugins, impls, *more):
    """Failed cases by implementation, in the order of their suites and cases."""
    found = {}
    for suite in SUITES:
        print(suite, file=sys.stderr)
        for result in run(program, plugins, "check", "--impl", impls, "--suite", suite, "--format", "json", *more)["results"]:
            if result["status"] not in ("passed", "skipped"):
                found.setdefault(result["impl"], []).append(result)
    return found


def ratio_of(result):
    """The ratio where it is what failed, else a dash."""
    ratio = result.get("ratio")
    if result["status"] != "failed" or result.get("bound") is None or (ratio is not None and ratio <= 1):
        return "–"
    return "inf" if ratio is None else f"{ratio:.3g}"


def finite_ratio(result):
    text = ratio_of(result)
    return -1 if text in ("–", "inf") else float(text)


def fails_alone(program, plugins, result):
    """Whether the case fails by itself too, each time: not because of the cases before it, nor by the luck of threads."""
    words = ["check", "--impl", result["impl"], "--suite", result["suite"], "--filter", result["case"], "--format", "json"]
    return all(run(program, plugins, *words)["summary"]["failed"] > 0 for _ in range(3))


def row(name, summary, failed, is_good):
    kind, _, what = summary.partition(": ")
    if name.endswith(("-bytes", "write-past")):  # where the tensors of most suites lie in memory is the allocator's choice
        failed = [r for r in failed if r["suite"] in ("property", "memory")]
    failed = sorted(failed, key=finite_ratio, reverse=True) if kind == "precision" else failed
    best = next((r for r in failed if is_good(r)), None)
    if not best:
        print(f"table.py: {name}: not caught", file=sys.stderr)
        return f"| {name} | {kind} | {what} |  |  |  |  |"
    caught = ", ".join(s for s in SUITES if any(r["suite"] == s for r in failed))
    return f"| {name} | {kind} | {what} | {best['suite']} | `{best['case']}` | {ratio_of(best)} | {caught} |"


def main():
    program, plugins = sys.argv[1], sys.argv[2:]
    mutants = {i["name"]: i["summary"] for i in run(program, plugins, "list", "impls", "--json")
               if i["name"].startswith("mutant/") and not i["name"].endswith("none")}
    precise = [name for name, summary in mutants.items() if summary.startswith("precision")]
    found = failures(program, plugins, "mutant/*", "--first")
    found |= failures(program, plugins, ",".join(precise))
    print(HEAD)
    for name, summary in mutants.items():
        print(row(name.removeprefix("mutant/"), summary, found.get(name, []), lambda r: fails_alone(program, plugins, r)))


main()
