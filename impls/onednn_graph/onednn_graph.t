#!/bin/sh
# The graph of oneDNN under the suites: what fails is what peers/known.txt says of any version of it. make check-peers is the same, and asks
# for those of this version.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"
if ! "$ATTNBENCH" list impls --names | grep -qx onednn-graph; then
	skip "onednn-graph" "this oneDNN has no graphs: expected 3.0 or newer"
	tap_end
fi
if [ -z "${PYTHON3:-}" ]; then
	skip "onednn-graph" "there is no python3"
	tap_end
fi
"$ATTNBENCH" check --impl onednn-graph --jobs 1 --format json >"$out" 2>"$err" || true
"$PYTHON3" - "$out" "$top_srcdir/peers/known.txt" <<'END' >"$scratch/judged" 2>&1
import json, sys
known = {tuple(line.split(None, 4)[3:]) for line in open(sys.argv[2]) if line.startswith("onednn-graph ")}
known = {(suite, case.strip()) for suite, case in known}
results = json.load(open(sys.argv[1]))["results"]
for r in results:
    if r["status"] not in ("passed", "skipped") and (r["suite"], r["case"]) not in known:
        print("not known:", r["suite"], r["case"], r["status"], r["reason"])
print("passed:", sum(r["status"] == "passed" for r in results) > 500)
END
is "nothing fails but what is known, and most is not refused" "$(cat "$scratch/judged")" "passed: True"

# A oneDNN for SYCL without the library that drives the processor: refused, with what it wants.
if ldd "$ATTNBENCH" | grep -q libsycl; then
	run env OCL_ICD_FILENAMES=/nowhere.so "$ATTNBENCH" check --impl onednn-graph --suite needle
	is "without a driver: status" "$status" 0
	ok "without a driver: refused with the reason" grep -q 'SKIP refused: .*SYCL.*libintelocl.so, found /nowhere.so' "$out"
	ok "without a driver: nothing passes" grep -q '# 0 passed, 0 failed' "$out"
else
	skip "without a driver" "this oneDNN is not for SYCL"
fi
tap_end
