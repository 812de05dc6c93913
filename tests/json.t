#!/bin/sh
# Every command with --json prints one value that a program reads, with the members that docs/json.md names; what goes wrong
# stays on stderr with its exit status.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"
cd "$scratch" || exit 99

if "$ATTNBENCH" list --json 2>&1 | grep -q 'no jansson'; then
	for command in "golden --verify" "new-plugin mine" list info; do
		# shellcheck disable=SC2086 # words
		run "$ATTNBENCH" $command --json
		is "$command --json without jansson" "$status $(grep -c 'no jansson' "$err") $(cat "$out")" "3 1 "
	done
	is "and nothing is written" "$(ls)" ""
	tap_end
fi
[ -n "${PYTHON3:-}" ] || { skip "--json" "there is no python3 to read it"; tap_end; }

# says NAME STATUS EXPRESSION COMMAND…: the command ends with STATUS, and of what it prints, as x, the expression is true.
says() {
	says_name=$1 says_status=$2 expression=$3; shift 3
	run "$ATTNBENCH" "$@"
	is "$says_name: status" "$status" "$says_status"
	cp "$out" said.json
	ok "$says_name: what it says" "$PYTHON3" -c '
import json, sys
x = json.load(open("said.json"))
value = eval("(" + sys.argv[1] + ")", {"x": x})
if not value:
    sys.exit(json.dumps(x)[:2000])' "$expression"
}

says "list" 0 '[i for i in x if i["name"] == "naive"][0]["state"] in ("built in", "plugin")' list --json
says "info" 0 '{"attnbench", "machine", "environment", "libraries"} <= set(x)' info --json

# new-plugin
says "new-plugin" 0 'x == {"name": "mine", "folder": "here", "files": ["here/mine.c", "here/Makefile", "here/README.md"], "next": "cd here && make check"}' \
	new-plugin mine --dir here --json
is "new-plugin wrote them" "$(cd here && echo *)" "Makefile README.md mine.c"
run "$ATTNBENCH" new-plugin mine --dir here --json
is "new-plugin: an error prints nothing on stdout" "$status $(cat "$out")" "3 "

# golden: of two cases, that it takes little time
if "$ATTNBENCH" golden --verify --json 2>&1 | grep -q 'has no'; then
	skip "golden" "this build has no oracle"
else
	mkdir -p data/conformance
	grep -E '^(plain|gqa) ' "$top_srcdir/conformance/goldens.txt" >data/conformance/goldens.txt
	is "there are two cases to make" "$(wc -l <data/conformance/goldens.txt | tr -d ' ')" 2
	ATTNBENCH_DATA=$scratch/data; export ATTNBENCH_DATA
	golden=data/conformance/golden
	says "golden --update" 0 'x["action"] == "update" and x["status"] == "written" and x["goldens"] == 2 and x["files"] > 6 and x["folder"].endswith("conformance/golden")' \
		golden --update --json
	says "golden --verify" 0 'x["status"] == "passed" and x["goldens"] == 2 and x["files"] > 6 and 0 <= x["oracles_ratio"] <= 1 and x["differences"] == []' golden --verify --json
	# the last bit but a few of an output, and its checksum to match
	{ head -c -2 $golden/plain/out.f64.npy; printf '\125'; tail -c 1 $golden/plain/out.f64.npy; } >changed && mv changed $golden/plain/out.f64.npy
	sed -i "s,^.* plain/out.f64.npy,$(sha256sum <$golden/plain/out.f64.npy | cut -c 1-64)  plain/out.f64.npy," $golden/SHA256SUMS
	says "golden --verify of a changed output" 1 '(x["status"], x["oracles_ratio"], [d["name"] for d in x["differences"]]) == ("failed", None, ["plain/out.f64.npy"])' \
		golden --verify --json
	ok "stderr says it too" grep -q 'golden plain/out.f64.npy: the stored file is not what the oracle computes' "$err"
	"$ATTNBENCH" golden --update >/dev/null
	echo "$(sha256sum </dev/null | cut -c 1-64)  plain/none.npy" >>$golden/SHA256SUMS
	says "golden --verify of a list of checksums with one too many" 1 '[d["name"] for d in x["differences"]] == ["SHA256SUMS"]' golden --verify --json
	rm $golden/plain/q.npy
	run "$ATTNBENCH" golden --verify --json
	is "golden --verify: an error prints nothing on stdout" "$status $(cat "$out")" "3 "
	ATTNBENCH_DATA=$top_srcdir
fi

# check and compare have --format json, which --json stands for
says "check" 0 'x["summary"]["failed"] == 0 and x["summary"]["passed"] > 5' check --impl naive --suite examples --json

# sweep, merge, compare, report
plugin=$top_builddir/harness/.libs/test_sweep_plugin.so
tiny() { # OUT OPTION…
	tiny_out=$1; shift
	"$ATTNBENCH" sweep --quick --plugin "$plugin" --impl test-right,test-refuses --sq 4:16:+4 --hq 1 --d 8 --causal none --threads 1 --min-seconds 0.001 --max-seconds 60 \
		--out "$tiny_out" "$@"
}
tiny one.json --shard 1/2 >/dev/null 2>"$err"
if grep -q 'this build has no' "$err" || [ ! -e "$plugin" ]; then
	skip "sweep, merge, compare, report" "no Google Benchmark, or the test plugin was not built"
	tap_end
fi
ATTNBENCH_PLUGIN_PATH= says "sweep" 0 'x["out"] == "two.json" and not x["interrupted"] and x["summary"]["points"] == 4 and x["summary"]["ok"] == 2 and x["summary"]["refused"] == 2
	and x["summary"]["pending"] == 0 and isinstance(x["warnings"], list) and [r["status"] for r in x["results"]] == ["ok", "refused"] * 2
	and all(r["median_ns"] > 0 and r["error_ratio"] <= 1 and r["repetitions"] >= 3 and "samples_ns" not in r for r in x["results"] if r["status"] == "ok")
	and "it does none" in x["results"][1]["reason"]' \
	sweep --quick --plugin "$plugin" --impl test-right,test-refuses --sq 4:16:+4 --hq 1 --d 8 --causal none --threads 1 --min-seconds 0.001 --max-seconds 60 --out two.json --shard 2/2 --json
ok "sweep --json: the medians are those of the set" "$PYTHON3" -c '
import json
said = {(r["impl"], r["problem"]): r for r in json.load(open("said.json"))["results"]}
for e in json.load(open("two.json"))["benchmarks"]:
    r = said[e["impl"], e["problem"]]
    assert all(r[m] == e[m] for m in r), (r, e)'
says "sweep of what fails" 1 'x["summary"]["failed"] == 1 and x["results"][0]["reason"].startswith("wrong answer")' \
	sweep --quick --plugin "$plugin" --impl test-wrong --sq 4 --hq 1 --d 8 --causal none --threads 1 --out wrong.json --json
says "sweep --dry-run" 0 '[c["problem"] for c in x["cases"]] == ["b:1/hq:1/sq:4/skv:4/d:8", "b:1/hq:1/sq:8/skv:8/d:8"] and x["impls"] == ["test-right"] and x["points"] == 2
	and x["all_cases"] == 2 and 0 < x["seconds"]["least"] <= x["seconds"]["estimate"] <= x["seconds"]["most"]' \
	sweep --quick --plugin "$plugin" --impl test-right --sq 4,8 --hq 1 --d 8 --causal none --threads 1 --dry-run --json
run "$ATTNBENCH" sweep --plugin "$plugin" --impl test-right --out nowhere/r.json --json
is "sweep: an error prints nothing on stdout" "$status $(cat "$out")" "3 "

says "merge" 0 'x == {"out": "all.json", "sets": ["one.json", "two.json"], "cases": 4, "entries": 8, "pending": 0}' merge one.json two.json --out all.json --json
run "$ATTNBENCH" merge one.json one.json --out twice.json --json
is "merge: an error prints nothing on stdout" "$status $(cat "$out")" "3 "
says "compare" 0 'x["summary"]["slower"] == 0 and len(x["pairs"]) == 8' compare all.json all.json --json
says "compare --within" 0 'x["impl"] == "test-right" and len(x["rows"]) == 4' compare --within test-right all.json --json

says "report" 0 'x["folder"] == "report" and x["files"] == ["report/report.md", "report/report.csv"] and x["figures"] == 0 and x["why_no_charts"] is None
	and x["baseline"] == "test-right" and [v["workload"] for v in x["verdicts"]] == ["length"] and "test-right" in x["verdicts"][0]["verdict"]
	and [(r["set"], r["threads"], r["cases"]) for r in x["rankings"]] == [("all", 1, 4)]
	and [(r["impl"], r["rank"]) for r in x["rankings"][0]["rows"]] == [("test-right", 1), ("test-refuses", None)]
	and x["rankings"][0]["rows"][1]["points"]["refused"] == 4' report all.json --out report --format md,csv --json
is "report wrote them" "$(ls report | paste -sd,)" "report.csv,report.md"
ATTNBENCH_PYTHON=/nonexistent/python says "report without what draws charts" 0 'x["figures"] == 0 and "ATTNBENCH_PYTHON" in x["why_no_charts"]' \
	report all.json --out page --format html --json
run "$ATTNBENCH" report two.json --out report --baseline nobody --json
is "report: an error prints nothing on stdout" "$status $(cat "$out")" "2 "

# a path that is not UTF-8 as JSON must be
odd=$(printf 'odd\377')
if mkdir "$odd" 2>/dev/null; then
	says "a path that is not UTF-8" 0 'x["out"] == "not UTF-8" and x["entries"] == 4' merge one.json --out "$odd/r.json" --json
fi
run sh -c '"$0" list --json >/dev/full' "$ATTNBENCH"
is "a full disk is said" "$status $(grep -c "stdout can't be written: No space left on device" "$err")" "3 1"
cd / || exit 99
tap_end
