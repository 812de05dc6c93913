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
multi-head layer: `layers.c`), and the suite must catch it. Made by `make mutant-table`, which runs every mutant over every suite: half an hour.
`make check` runs the named case of every row.

*Case*: one that catches it, with the suite it is of. *Ratio*: the error over the bound there, `inf` where an infinity or a NaN stands that must not;
`–` is a failure of another kind: a crash, memory written, bits that differ. *Cases that fail*: how many in each suite; those with none are left out.

| mutant | class | what is wrong | suite | case | ratio | cases that fail |
| --- | --- | --- | --- | --- | --- | --- |"""


def run(program, plugins, *arguments):
    words = [program, *arguments]
    for plugin in plugins:
        words += ["--plugin", plugin]
    done = subprocess.run(words, stdout=subprocess.PIPE, check=False)
    if done.returncode > 1:
        sys.exit(f"table.py: {' '.join(words)}: exit status {done.returncode}")
    return json.loads(done.stdout)


def ratio_of(result):
    """The ratio where it is what failed, else a dash."""
    ratio = result.get("ratio")
    if result["status"] != "failed" or result.get("bound") is None or (ratio is not None and ratio <= 1):
        return "–"
    return "inf" if ratio is None else f"{ratio:.3g}"


def strength(result):
    """Cases that show the fault by the largest finite ratio come first: they say most about it."""
    text = ratio_of(result)
    return (SUITES.index(result["suite"]), -1 if text in ("–", "inf") else -float(text))


def row(name, summary, failed):
    kind, _, what = summary.partition(": ")
    if not failed:
        print(f"table.py: {name}: not caught", file=sys.stderr)
        return f"| {name} | {kind} | {what} |  |  |  |  |"
    best = min(failed, key=strength)
    counts = ", ".join(f"{s} {n}" for s in SUITES if (n := sum(r["suite"] == s for r in failed)))
    return f"| {name} | {kind} | {what} | {best['suite']} | `{best['case']}` | {ratio_of(best)} | {counts} |"


def main():
    program, plugins = sys.argv[1], sys.argv[2:]
    print(HEAD)
    for impl in run(program, plugins, "list", "impls", "--json"):
        name = impl["name"].removeprefix("mutant/")
        if name == impl["name"] or name.endswith("none"):
            continue
        results = run(program, plugins, "check", "--impl", impl["name"], "--format", "json")["results"]
        print(row(name, impl["summary"], [r for r in results if r["status"] not in ("passed", "skipped")]), flush=True)


main()
