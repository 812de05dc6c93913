"""The worst ratio of each implementation in each suite, from the JSON of attnbench check on stdin, as a Markdown table.
The argument "all" takes bf16 and f16 outputs in, which half a unit of their last place brings near 1.
SPDX-License-Identifier: Apache-2.0"""

import json
import sys

which = "worst_ratio" if sys.argv[1:] == ["all"] else "worst_ratio_f32"
rows = json.load(sys.stdin)["tightness"]
impls = list(dict.fromkeys(r["impl"] for r in rows))
suites = list(dict.fromkeys(r["suite"] for r in rows))
cells = {(r["impl"], r["suite"]): r for r in rows}


def cell(r):
    if r is None or r["judged"] == 0:
        return "–"
    return "inf" if r[which] is None else f"{r[which]:.2g}"


print("| suite |", " | ".join(impls), "|")
print("| --- |", " | ".join("---" for _ in impls), "|")
for suite in suites:
    print(f"| {suite} |", " | ".join(cell(cells.get((impl, suite))) for impl in impls), "|")
