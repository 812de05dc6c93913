#!/bin/sh
# attnbench report: what it says of known data, the same bytes each time, escaping, and bad input.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"
data=$top_srcdir/reports/testdata
base=$data/made-up-base.json new=$data/made-up-new.json checks=$data/made-up-check.json
ATTNBENCH_PYTHON=/nonexistent/python; export ATTNBENCH_PYTHON # most of this needs no charts

run "$ATTNBENCH" report "$base" "$checks" --out "$scratch/a"
if [ $status = 3 ] && grep -q 'lacks: ' "$err"; then
	skip "attnbench report" "no jansson"
	tap_end
fi
is "a report is written" "$status" 0
is "its files are named on stdout" "$(grep "^$scratch" "$out" | tr '\n' ' ')" "$scratch/a/report.html $scratch/a/report.md $scratch/a/report.csv $scratch/a/conformance.csv "
is "no charts: said on stderr" "$(cat "$err")" "attnbench: no charts: ATTNBENCH_PYTHON names no Python with the module vl_convert; make charts installs what they need"
ok "no charts: said in the page" grep -q 'There are no charts in this page: .*make charts' "$scratch/a/report.html"
is "nothing temporary is left" "$(ls "$scratch/a" | tr '\n' ' ')" "conformance.csv report.csv report.html report.md "
html=$scratch/a/report.html md=$scratch/a/report.md csv=$scratch/a/report.csv

"$ATTNBENCH" report "$base" "$checks" --out "$scratch/b" >/dev/null 2>&1
ok "the same input gives the same bytes" diff -r "$scratch/a" "$scratch/b"

# The verdict, from medians worked out here: the fastest right implementation that is no limit, of each case.
python=${PYTHON3:-}
if [ -n "$python" ]; then
	"$python" - "$base" "$csv" >"$scratch/said" 2>&1 <<-'EOF'
	import csv, json, sys
	points = json.load(open(sys.argv[1]))["benchmarks"]
	cases, wins = {}, {}
	for p in points:
	    if p["status"] == "ok" and not p["limit"]:
	        cases.setdefault(p["problem"], []).append((p["median_ns"], p["impl"]))
	for c in cases.values():
	    wins[min(c)[1]] = wins.get(min(c)[1], 0) + 1
	print(" ".join(f"{n} {w}" for n, w in sorted(wins.items())))
	rows = list(csv.DictReader(open(sys.argv[2], newline="")))
	assert len(rows) == len(points), (len(rows), len(points))
	for row, p in zip(rows, points):
	    assert row["impl"] == p["impl"] and row["problem"] == p["problem"] and row["reason"] == p["reason"], row
	    for name in ("median_ns", "ci_low_ns", "flops_per_second", "peak_extra_bytes", "error_ratio"):
	        assert (float(row[name]) if row[name] else None) == p.get(name), (name, row[name], p.get(name))
	    assert [float(x) for x in row["samples_ns"].split()] == p.get("samples_ns", []), row
	EOF
	is "every number is in the CSV; the winners of this data" "$(cat "$scratch/said")" "blas 4 flash 8"
	"$python" - "$base" "$html" >"$scratch/said" 2>&1 <<-'EOF'
	import json, math, sys
	points = [p for p in json.load(open(sys.argv[1]))["benchmarks"] if not p["limit"]]
	names = sorted({p["impl"] for p in points})
	time = {(p["impl"], p["problem"]): p["median_ns"] for p in points if p["status"] == "ok"}
	common = [q for q in {p["problem"] for p in points} if all((n, q) in time for n in names)]
	best = {q: min(t for (n, k), t in time.items() if k == q) for q in common}
	mean = {n: math.exp(sum(math.log(time[n, q] / best[q]) for q in common) / len(common)) for n in names}
	text = open(sys.argv[2]).read()
	for n in names:
	    assert f'<th scope="row">{n}</th><td data-value="' in text and f">{mean[n]:.2f} ×</td>" in text, (n, mean[n])
	assert f"geometric mean over the {len(common)} of 12 cases" in text
	EOF
	is "the geometric means of the ranking" "$(cat "$scratch/said")" ""
else
	skip "every number is in the CSV; the winners of this data" "no Python"
	skip "the geometric means of the ranking" "no Python"
fi
ok "the verdict names the winners" grep -q '^- length: \*\*blas\*\* is fastest from 128 to 256, 1.26 .*; \*\*flash\*\* from 512 to 4096, .* Of 12 cases \*\*blas\*\* wins 4, \*\*flash\*\* 8\.$' "$md"
ok "a panel's verdict has the crossing" grep -q '\*\*blas\*\* and \*\*flash\*\* cross near 4[0-9][0-9] (' "$md"
ok "what can't be told apart is said" grep -q "At 512 \*\*flash\*\* and \*\*blas\*\* can't be told apart" "$md"
ok "limits are never fastest" sh -c "! grep -q 'limits/gemms.*is fastest' '$md'"

# A wrong answer that is the fastest by far wins nothing, whether the sweep called it failed or not.
sed 's/"impl":"naive"\(.*\)"median_ns":[0-9.]*\(.*\)"error_ratio":[0-9.]*/"impl":"naive"\1"median_ns":1.0\2"error_ratio":1.5/' "$base" >"$scratch/wrong.json"
run "$ATTNBENCH" report "$scratch/wrong.json" --out "$scratch/wrong"
ok "a wrong answer is fastest nowhere" grep -q '\*\*blas\*\* wins 4, \*\*flash\*\* 8\.$' "$scratch/wrong/report.md"
ok "a wrong answer has no rank" grep -q '^   -  naive  *not ranked  *0  *0  *10 ' "$out"
ok "a wrong answer's time is struck out" grep -q '<s>1.00 ns</s> ✗ failed' "$scratch/wrong/report.html"
sed 's/"impl":"naive"\(.*\),"error_ratio":[0-9.]*/"impl":"naive"\1/' "$base" >"$scratch/unchecked.json"
run "$ATTNBENCH" report "$scratch/unchecked.json" --out "$scratch/wrong"
ok "nor has an answer that was not checked" grep -q '^   -  naive  *not ranked  *0  *0  *10 ' "$out"

ok "failures, refusals and reasons" grep -q '✗ 2 of 3</a>' "$html"
ok "refusals have their reason" grep -q '– refused 1<small>causal:tl is not offered' "$html"
ok "a failure has the command that reproduces it" grep -q 'attnbench check --impl blocked --suite edge --filter &#39;b:1/hq:2/sq:17/\*&#39;' "$html"
ok "a failed cell leads to its first case" grep -q '<a href="#failed-2-2">✗ 2 of 3</a>' "$html"
ok "and there is that case" grep -q '<li id="failed-2-2">edge, tail-17' "$html"
ok "the policy: a promise that is kept" grep -q '<td class="passed">✓ zero<small>declared: zero</small></td>' "$html"
ok "the policy: one that is broken" grep -q '<td class="failed">✗ nan<small>declared: zero</small></td>.*<td class="failed">✗ no<small>declared: yes</small></td>' "$html"
ok "the policy: more than promised is no fault" grep -q '<td class="none">yes<small>declared: no</small></td>' "$html"
ok "every time has its other units" grep -q '<span class="unit-time">[0-9.]* [mµn]*s</span><span class="unit-rate" data-value="[0-9.e+]*">[0-9.]*</span><span class="unit-roof" data-value="[0-9.e-]*">[0-9.]* %</span>' "$html"
ok "units can be chosen without a script" grep -q '<input type="radio" name="unit" id="unit-roof">' "$html"
ok "warnings stand in the page" grep -q '⚠ made-up-base: load average 3.1' "$html"
ok "the whole context is there" grep -q '<dt>microcode</dt><dd>0x1</dd>' "$html"
ok "the page loads nothing" sh -c "! grep -Eiq '(src|href) *= *.?(https?:|//|file:)|@import|url\(' '$html'"

# Text from outside: everything that could end an element or an attribute.
evil='<script>alert(1)</script>\\"'"'"'\&|`\\u0001'
sed "s#\"impl\":\"flash\"#\"impl\":\"$evil\"#; s#wrong answer: error#$evil#; s#Made-up CPU \\&#$evil#" "$base" >"$scratch/evil<b>&.json"
run "$ATTNBENCH" report "$scratch/evil<b>&.json" --out "$scratch/evil"
is "strange names are taken" "$status" 0
ok "strange names are escaped" grep -q '&lt;script&gt;alert(1)&lt;/script&gt;' "$scratch/evil/report.html"
is "there is one script" "$(grep -c '<script>' "$scratch/evil/report.html")" 1
ok "the file's name is escaped" grep -q 'evil&lt;b&gt;&amp;' "$scratch/evil/report.html"
ok "Markdown is escaped" sh -c "! grep -q '<script>' '$scratch/evil/report.md'"

run "$ATTNBENCH" report "$base" "$new" --out "$scratch/two"
ok "two sets: what changed" grep -q 'From <strong>made-up-base</strong> to <strong>made-up-new</strong>: 3 faster, 3 slower, 3 without a difference, 0 with another status, 0 appeared, 51 vanished' "$scratch/two/report.html"
run "$ATTNBENCH" report "$checks" --out "$scratch/checks" --format html,csv
is "checks alone" "$status $(ls "$scratch/checks" | tr '\n' ' ')" "0 conformance.csv report.html "

# Charts, where there is what draws them.
unset ATTNBENCH_PYTHON
run "$ATTNBENCH" report "$base" --out "$scratch/drawn" --format html
if grep -q 'no charts: no Python' "$err"; then
	skip "charts" "vl-convert is not installed: make charts"
else
	is "charts: drawn without a word" "$status $(cat "$err")" "0 "
	"$ATTNBENCH" report "$base" --out "$scratch/again" --format html >/dev/null 2>&1
	ok "charts: the same bytes" diff -r "$scratch/drawn" "$scratch/again"
	is "charts: all are in the page, and each has a file" "$(grep -c '<svg ' "$scratch/drawn/report.html")" "$(find "$scratch/drawn/figures" -name '*.svg' | wc -l | tr -d ' ')"
	ok "charts: there are time, speed, memory, speed-up, roofline, accuracy" sh -c "ls '$scratch/drawn/figures' | sed 's/^[0-9]*-//; s/-.*//' | sort -u | tr '\\n' ' ' |
		grep -q '^accuracy memory rate roof roofline samples speedup time \$'"
	ok "charts: a heat map against each baseline, one of them chosen" sh -c "grep -q '<figure class=\"base-1\">' '$scratch/drawn/report.html' &&
		test \"\$(grep -c 'name=\"base\" id=\"base-[0-9]*\" checked' '$scratch/drawn/report.html')\" = 1"
	ok "charts: linear and logarithmic" sh -c "grep -q '<figure class=\"unit-rate scale-linear\">' '$scratch/drawn/report.html' && grep -q 'id=\"scale-linear\"' '$scratch/drawn/report.html'"
	ok "charts: nothing is loaded, nothing runs" sh -c "! grep -Eiq '<script|href=|<image|@import' '$scratch/drawn/figures/'*"
	ok "charts: text for who does not see them" grep -q '<desc id="fig-01-[^>]*>Median time of one call.*blas is fastest from 128 to 256' "$scratch/drawn/report.html"
	run "$ATTNBENCH" report "$scratch/evil<b>&.json" --out "$scratch/evil"
	ok "charts: strange names are escaped" sh -c "grep -q 'alert(1)' '$scratch/evil/figures/'01* && ! grep -q '<script' '$scratch/evil/figures/'*"
	run env TMPDIR=/nonexistent "$ATTNBENCH" report "$base" --out "$scratch/untold"
	is "charts: no temporary folder" "$status $(cat "$err")" "0 attnbench: no charts: no temporary folder could be made; make charts installs what they need"
fi
ATTNBENCH_PYTHON=/nonexistent/python; export ATTNBENCH_PYTHON

# bad NAME STATUS PATTERN ARGUMENT…: the message is one line and nothing is written.
bad() {
	name=$1 expected=$2 pattern=$3; shift 3
	run "$ATTNBENCH" report "$@"
	is "$name: status" "$status" "$expected"
	is "$name: one line" "$(wc -l <"$err" | tr -d ' ')" 1
	ok "$name: message" grep -q "$pattern" "$err"
	ok "$name: nothing is written" test ! -e "$scratch/bad"
}
: >"$scratch/empty"; echo '{"a": 1,' >"$scratch/cut"; echo '{"a": [1], "b": 2}' >"$scratch/other"; echo '[1, 2]' >"$scratch/array"
echo '{"context": {}, "benchmarks": []}' >"$scratch/none"; echo '{"context": {}, "benchmarks": [{"name": "BM_x"}]}' >"$scratch/google"
sed 's/"sq":256/"sq":"long"/' "$base" >"$scratch/type"; sed 's/"status":"crashed"/"status":"exploded"/' "$base" >"$scratch/word"
sed 's/"median_ns":[0-9.]*,//' "$base" >"$scratch/untimed"
bad "missing file" 3 'missing: cannot be opened: No such file' "$scratch/missing" --out "$scratch/bad"
bad "a folder" 3 ': cannot be read: Is a directory' "$scratch" --out "$scratch/bad"
bad "empty file" 3 'empty: line 1, column 0: not JSON' "$scratch/empty" --out "$scratch/bad"
bad "truncated JSON" 3 'cut: line [12], column [0-9]*: not JSON' "$scratch/cut" --out "$scratch/bad"
bad "another object" 3 'other: not a result set: expected .*found an object with the members "a", "b"' "$scratch/other" --out "$scratch/bad"
bad "an array" 3 'array: not a result set: .*found an array' "$scratch/array" --out "$scratch/bad"
bad "an empty set" 3 'none: the result set is empty' "$scratch/none" --out "$scratch/bad"
bad "another program's set" 3 'google: benchmarks\[0\].impl: expected a string, found nothing' "$scratch/google" --out "$scratch/bad"
bad "a wrong type" 3 'type: benchmarks\[6\].shape.sq: expected an integer, found a string' "$scratch/type" --out "$scratch/bad"
bad "an unknown status" 3 'benchmarks\[[0-9]*\].status: expected ok, .*found "exploded"' "$scratch/word" --out "$scratch/bad"
bad "no time" 3 'benchmarks\[0\].median_ns: expected a number above 0, since status is ok, found nothing' "$scratch/untimed" --out "$scratch/bad"
bad "the second file is bad" 3 'cut: line' "$base" "$scratch/cut" --out "$scratch/bad"
bad "unknown format" 2 '"pdf" is no format: expected html, md or csv' "$base" --out "$scratch/bad" --format html,pdf
bad "no format" 2 '[-]-format: nothing given' "$base" --out "$scratch/bad" --format ''
bad "no file" 2 'no result set: expected one or more files' --out "$scratch/bad"
bad "no --out" 2 '[-]-out DIR is missing' "$base"
bad "an unknown baseline" 2 '"nobody" is in none of the result sets' "$base" --out "$scratch/bad" --baseline nobody
bad "a file where the folder should be" 3 'empty' "$base" --out "$scratch/empty/bad"

# What can't be finished leaves nothing behind, not even a temporary.
mkdir -p "$scratch/taken/report.csv"
run "$ATTNBENCH" report "$base" --out "$scratch/taken"
is "a folder in a file's place: status" "$status" 3
ok "a folder in a file's place: message" grep -q 'taken/report.csv: cannot be replaced: it is a folder' "$err"
is "a folder in a file's place: nothing new" "$(ls "$scratch/taken")" report.csv
mkdir -p "$scratch/long"
run sh -c "ulimit -f 8; trap '' XFSZ; exec '$ATTNBENCH' report '$base' --out '$scratch/long'"
is "no space: status" "$status" 3
ok "no space: message" grep -q 'long/report.html: cannot be written: File too large' "$err"
is "no space: nothing is left" "$(ls "$scratch/long")" ""
tap_end
