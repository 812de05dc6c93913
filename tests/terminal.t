#!/bin/sh
# What a person sees on a terminal of 80 columns: no line is wider, progress is written over itself and taken away, colour only
# there and not with NO_COLOR, never alone. What goes to a pipe or a file has none of it, and each fact on one line.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"
cd "$scratch" || exit 99

unset NO_COLOR
seen() { "$PYTHON3" "$top_srcdir/tests/on_terminal.py" "$@" >seen 2>seen.err </dev/null; seen_status=$?; }
[ -n "${PYTHON3:-}" ] || { skip "a terminal" "there is no python3 to make one"; tap_end; }
seen true
[ $seen_status = 0 ] || { skip "a terminal" "none can be opened here: $(cat seen.err)"; tap_end; }

# Lines of FILE wider than 80 columns; colour and what was written over taken into account. A single word is let through where it
# must stay whole to be copied: of a command that reproduces a failure.
cat >wide.py <<'E2'
import re, sys
for line in open(sys.argv[1], encoding="utf-8", newline="\n").read().split("\n"):
    for part in line.split("\r"):
        part = re.sub("\033\\[[0-9;]*[mK]", "", part)
        if len(part) > 80 and not re.fullmatch(r" {8}[^ ]+( \\|\")?", part):
            print(part)
E2
fits() { # NAME COMMAND…
	fits_name=$1; shift
	seen "$@"
	is "$fits_name: fits 80 columns" "$("$PYTHON3" wide.py seen)" ""
	ok "$fits_name: says something" test -s seen
}
for thing in impls suites workloads features examples; do fits "list $thing" "$ATTNBENCH" list $thing; done
fits "info" "$ATTNBENCH" info
ok "info: a checksum stays whole" grep -Eq '^    [0-9a-f]{64}$' seen
"$ATTNBENCH" info >piped
ok "info: in a pipe it stands beside its name" grep -Eq '^  golden_sha256 +[0-9a-f]{64}$' piped

# check: what a terminal shows is what a pipe gets, once the lines are joined again.
cat >same.py <<'E2'
import re, sys
def points(path):
    text = open(path, encoding="utf-8").read()
    text = re.sub(r"\\\n +", "", text)                       # a string of YAML goes on
    text = re.sub(r"\n(?: {4})?# (?!Subtest|\d+ passed)", "\1", text)  # as does a comment below a point
    found = []
    for line in text.split("\n"):
        point = re.match(r"( *)(not )?ok (\d+) - (.*)", line)
        if point:
            words = point[4].replace("\1", " ").split(" # SKIP", 1)
            found.append([point[1], point[2], point[3], words[0], " ".join(words[1:]).split()])
        elif re.match(" {6}case: ", line):
            found[-1][3] = line.split('"')[1]
        elif re.match(" {6}[a-z_]+: ", line):
            found[-1].append(line)
    return found
shown, piped = points(sys.argv[1]), points(sys.argv[2])
assert len(shown) == len(piped) > 3, (len(shown), len(piped))
for a, b in zip(shown, piped):
    if a[3].endswith("…"):  # a name that was cut stands whole before the reason, broken without a blank
        a[3], a[4], b[3], b[4] = "", "".join(a[4]), "", b[3] + "".join(b[4])
    assert a == b, (a, b)
E2
mutants=$top_builddir/conformance/mutants/.libs/mutants.so
if [ -e "$mutants" ]; then
	set -- check --plugin "$mutants" --impl mutant/last-key --suite random --count 8 --threads 1
	fits "check that fails" "$ATTNBENCH" "$@"
	"$ATTNBENCH" "$@" >piped
	ok "check that fails: there are lines to join" sh -c "grep -q 'reproduce: .*\\\\\$' seen && grep -q '…$' seen && grep -q 'case: ' seen"
	ok "check that fails: joined, they are what a pipe gets" "$PYTHON3" same.py seen piped
	ok "check that fails: a pipe gets each on one line" sh -c "! grep -q '\\\\\$\|…' piped"
	reproduce=$(sed -n '/^      reproduce: "/,/"$/p' seen | head -n 20 | awk '{ print } /"$/ { exit }' | sed 's/^      reproduce: "//; s/"$//')
	ok "check that fails: the command works as it is shown" sh -c 'PATH="${ATTNBENCH%/*}:$PATH"; export PATH; eval "$1" >again; test $? = 1 && grep -q "^not ok" again' sh "$reproduce"
fi
plugin=$top_builddir/conformance/plugins/.libs/ends_badly.so
fits "check that refuses" "$ATTNBENCH" check --plugin "$plugin" --impl refuses --suite examples,memory
"$ATTNBENCH" check --plugin "$plugin" --impl refuses --suite examples,memory >piped
ok "check that refuses: a reason that does not fit stands below" grep -q '^    # ' seen
ok "check that refuses: joined, it is what a pipe gets" "$PYTHON3" same.py seen piped

# sweep and compare
plugin=$top_builddir/harness/.libs/test_sweep_plugin.so
sweep() { # HOW OUT OPTION…
	how=$1 sweep_out=$2; shift 2
	"$how" "$ATTNBENCH" sweep --quick --plugin "$plugin" --impl test-right,test-refuses,test-wrong,test-takes-more --sq 8,16,32,64 --hq 2 --d 16 --causal none --min-seconds 0.001 \
		--max-seconds 60 --out "$sweep_out" "$@"
}
run "$ATTNBENCH" sweep --quick --plugin "$plugin" --impl test-right --dry-run
if [ $status = 3 ] || [ ! -e "$plugin" ]; then
	skip "sweep and compare" "$(cat "$err")"
	tap_end
fi
# more threads than processors: a condition that is warned of, whatever else this machine is like
many=$(($(nproc) + 1))
sweep seen r.json --threads "$many"
is "sweep: fits 80 columns" "$("$PYTHON3" wide.py seen)" ""
cat >progress.py <<'E2'
import re, sys
text = open(sys.argv[1], encoding="utf-8", newline="\n").read()
lines = re.findall("\r([^\r\n\033]*)\033\\[K", text)
assert lines, "there is no progress"
assert all(len(line) <= 79 for line in lines), lines
assert lines[-1] == "", "the line is left there: " + lines[-1]
counts = [(int(m[1]), int(m[2]), m[3]) for m in (re.fullmatch(r"(\d+)/(\d+)  (\d+:\d\d left|time left unknown)  (test-[a-z-]+|canary)  b:1/hq:2/.*", line) for line in lines) if m]
assert counts and all(of == 16 for _, of, _ in counts), lines
assert [n for n, _, _ in counts] == sorted(n for n, _, _ in counts), counts
assert any(left.endswith("left") for _, _, left in counts), counts
shown = re.sub("\r[^\r\n\033]*\033\\[K", "", text)
assert "\r" not in shown and "left" not in shown, shown[:200]
E2
ok "sweep: progress with the time left, written over and taken away" "$PYTHON3" progress.py seen
red=$(printf '\033[31m')
ok "sweep: a bad condition is red, and says that it is a warning" grep -qF "${red}attnbench: sweep: warning: " seen
ok "sweep: which one" grep -q 'threads on [0-9]* processor' seen
rm -f r.json
NO_COLOR=1; export NO_COLOR
sweep seen r.json --threads "$many"
unset NO_COLOR
is "sweep with NO_COLOR: no colour" "$(grep -c "$(printf '\033\\[[0-9;]*m')" seen)" 0
ok "sweep with NO_COLOR: the warning is there" grep -q '^attnbench: sweep: warning: ' seen
PTY_TERM=dumb; export PTY_TERM
sweep seen dumb.json --threads 1
unset PTY_TERM
is "sweep on a terminal that can't: nothing is written over, no colour" "$(LC_ALL=C grep -c "$(printf '[\r\033]')" seen)" 0
PTY_STDOUT=$scratch/table; export PTY_STDOUT
sweep seen apart.json --threads 1
unset PTY_STDOUT
ok "sweep into a file: progress is on the terminal" grep -q ' left  ' seen
is "sweep into a file: and not in the file" "$(LC_ALL=C grep -c "$(printf '[\r\033]')" table)" 0
ok "sweep into a file: which has the table" grep -q '^results: apart.json' table
sweep run piped.json --threads 1
is "sweep in a pipe: no progress, no colour" "$(cat "$out" "$err" | LC_ALL=C grep -c "$(printf '[\r\033]')")" 0

# compare: names of the length that keys of models have
long=b:1/hq:32/hkv:8/sq:2048/skv:131072/d:128/dv:128/bf16/causal:br/window:4096,0/softcap:50/sinks
"$PYTHON3" - "$long" <<'E2'
import json, sys
a = json.load(open("r.json"))
for entry in a["benchmarks"]:
    entry["problem"] = sys.argv[1] + "/" + entry["problem"]
json.dump(a, open("long.json", "w"))
for entry in a["benchmarks"]:
    if entry["status"] == "ok":
        entry["samples_ns"] = [1.23456e3 * s for s in entry["samples_ns"]]
        entry["median_ns"] *= 1.23456e3
a["context"]["machine"]["cpu"] = "another processor with a name that is quite long, as those of servers are"
json.dump(a, open("slow.json", "w"))
E2
fits "compare" "$ATTNBENCH" compare long.json slow.json
ok "compare: it says that they are not comparable" grep -q '^not comparable: ' seen
"$ATTNBENCH" compare long.json slow.json >piped
ok "compare: in a pipe a name stands on one line" grep -q "^  test-right/$long/b:1/hq:2/sq:8" piped
fits "compare --within" "$ATTNBENCH" compare --within test-right long.json
fits "report" "$ATTNBENCH" report r.json --out report --format md
fits "explain" "$ATTNBENCH" explain --example pairs-dot --impl naive
cd / || exit 99
tap_end
