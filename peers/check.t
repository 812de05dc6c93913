#!/bin/sh
# make check-peers without peers: what is green and what is red, by a program that gives results made up for it.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"
if [ -z "${PYTHON3:-}" ]; then
	skip "peers/_check.py" "there is no python3"
	tap_end
fi

# A row of the name, state and version that the environment says, with two cases.
cat >"$scratch/attnbench" <<'END'
#!/bin/sh
case $1 in
list) printf '[{"name": "%s", "state": "%s", "reason": "not installed", "version": "ggml-python %s"}]\n' "$ROW" "$STATE" "$VERSION" ;;
*) printf '{"results": [{"suite": "edge", "case": "a", "status": "%s", "reason": "because", "reproduce": "attnbench check a"},
   {"suite": "edge", "case": "b", "status": "%s", "reason": "", "reproduce": ""}], "policy": {"%s": {"declared": {"empty_row": "zero"}, "observed": {"empty_row": "zero"}}}}\n' "$STATUS" "$OTHER" "$ROW"
	exit "${EXIT:-1}" ;;
esac
END
chmod +x "$scratch/attnbench"
export ROW=ggml STATE=peer VERSION=0.0.45 STATUS=failed OTHER=passed
mkdir -p "$scratch/tree/peers" "$scratch/tree/docs/peer-findings"
cp "$top_srcdir"/peers/_check.py "$top_srcdir"/peers/_matrix.py "$scratch/tree/peers"
: >"$scratch/tree/peers/ggml.py"
script() { # STATUS: what the script of the finding ends with
	printf 'import sys\nprint("it says so")\nsys.exit(%s)\n' "$1" >"$scratch/tree/docs/peer-findings/sums.py"
}
known() { printf '# comment\n\n%s\n' "$1" >"$scratch/tree/peers/known.txt"; }
judged() { # NAME STATUS PATTERN [OPTION…]
	name=$1 expected=$2 pattern=$3
	shift 3
	run env ATTNBENCH="$scratch/attnbench" "$PYTHON3" "$scratch/tree/peers/_check.py" "$@" --matrix "$scratch/matrix.md" "$scratch/results"
	is "$name: status" "$status" "$expected"
	cat "$out" "$err" >"$scratch/both"
	ok "$name: it says so" grep -q "$pattern" "$scratch/both"
}

script 1
known 'ggml 0.0.45 sums edge a'
judged "a failure that is known" 0 '^all as known'
ok "the page names its finding" grep -q '^| sums | edge | `a` | because | `attnbench check a` |' "$scratch/matrix.md"
ok "the page has the policy" grep -q '^| ggml | zero | zero |' "$scratch/matrix.md"
script 0
judged "its script says that it is gone" 1 '^sums: sums.py says that it is gone'
script '"no such library"' # which prints it, and ends with 1
printf 'raise ValueError(1)\n' >"$scratch/tree/docs/peer-findings/sums.py"
judged "its script fails" 1 '^sums: sums.py ended with status 1: ValueError'
rm "$scratch/tree/docs/peer-findings/sums.py"
judged "there is no script" 1 '^sums: there is no sums.py'
script 1
STATUS=passed judged "one that passes unexpectedly" 1 'known.txt:3 expects sums: edge a: passed'
STATUS=skipped judged "one that is refused now" 1 'known.txt:3 expects sums: edge a: skipped'
OTHER=crashed judged "another failure" 1 'ggml: not known: edge b: crashed'
VERSION=0.0.46 judged "the failure in another version" 1 'known of 0.0.45 as sums; this is 0.0.46'
VERSION=0.0.46 STATUS=passed judged "another version, in which it is gone" 0 '^all as known'
STATUS=skipped OTHER=skipped judged "nothing passes" 1 'no case passed'
EXIT=3 judged "a run that does not end" 1 'ended with status 3'
known 'ggml 0.0.45 sums edge c'
judged "a case that there is not" 1 'known.txt:3 expects sums: edge c: no such case'
known 'ggml 0.0.45 sums - -'
STATUS=passed judged "a finding of the script alone" 0 '^all as known'
mkdir "$scratch/bin"
printf '#!/bin/sh\necho "libdnnl.so.3 => /of/the/program (0x1)"\n' >"$scratch/bin/ldd"
chmod +x "$scratch/bin/ldd"
printf 'import os, sys\nsys.exit(os.environ.get("LIBDNNL") == "/of/the/program")\n' >"$scratch/tree/docs/peer-findings/sums.py"
known 'onednn-graph 0.0.45 sums - -'
STATUS=passed ROW=onednn-graph PATH="$scratch/bin:$PATH" judged "a script of oneDNN has the program's library" 0 '^all as known'
STATUS=passed ROW=onednn-graph judged "and says so where it has another" 1 '^sums: sums.py says that it is gone'
script 1
# The peer of two programs, in two versions: each is held against the lines of its own, and each script gets its program's library.
also() { # VERSION: a second program, which has that one
	sed "s/\$VERSION/$1/" "$scratch/attnbench" >"$scratch/other"
	chmod +x "$scratch/other"
}
printf 'ggml 0.0.45 sums edge a\nggml 0.0.46 sums edge a\n' >"$scratch/tree/peers/known.txt"
two() { judged "$@" --also "$scratch/other"; }
also 0.0.46
two "two versions" 0 '^ggml  *0.0.46 '
ok "two versions: the first too" grep -q '^ggml  *0.0.45 ' "$out"
ok "two versions: the page has a row of each" grep -q '^| ggml 0.0.46 | 1/1/0 |' "$scratch/matrix.md"
ok "two versions: of the first too" grep -q '^| ggml 0.0.45 | 1/1/0 |' "$scratch/matrix.md"
is "two versions: the page has failures of each" "$(grep -c '^| sums | edge | `a`' "$scratch/matrix.md")" 2
known 'ggml 0.0.46 sums edge a'
two "known in the other version alone" 1 'known of 0.0.46 as sums; this is 0.0.45'
also 0.0.45
two "the same version twice" 1 '1 not as known'
is "the same version twice: it is asked once" "$(grep -c '^ggml  *0.0.45 ' "$out")" 1
STATE=off two "off in all" 3 'check-peers: ggml: not installed'
sed "s/\$STATE/peer/; s/\$VERSION/0.0.46/" "$scratch/attnbench" >"$scratch/other"
STATE=off two "on in the second" 0 '^ggml  *0.0.46 '
printf '#!/bin/sh\necho "libdnnl.so.3 => $1.library (0x1)"\n' >"$scratch/bin/ldd"
printf 'import os, sys\nsys.exit(os.environ["LIBDNNL"].endswith("/other.library"))\n' >"$scratch/tree/docs/peer-findings/sums.py"
known 'ggml 0.0.46 sums edge a'
STATE=off PATH="$scratch/bin:$PATH" two "the script has the library of the program that has the peer" 0 '^all as known'
run env ATTNBENCH="$scratch/attnbench" "$PYTHON3" "$scratch/tree/peers/_check.py" --also "$scratch/absent" "$scratch/results"
is "no second program: status" "$status" 3
ok "no second program: it is named" grep -q "absent: No such file" "$err"
script 1
known 'ggml 0.0.45 sums'
judged "a line that is too short" 3 'known.txt:3: 3 words: expected PEER VERSION FINDING SUITE CASE'
known ''
STATE=off judged "a peer that is not installed" 3 'check-peers: ggml: not installed'
run env ATTNBENCH="$scratch/absent" "$PYTHON3" "$scratch/tree/peers/_check.py" "$scratch/results"
is "no program: status" "$status" 3

# The list itself: each line has its fields, and each finding its script.
awk '!/^#/ && NF { print $3 }' "$top_srcdir/peers/known.txt" | sort -u >"$scratch/findings"
ok "there are known findings" test -s "$scratch/findings"
is "each has its script" "$(while read -r f; do test -f "$top_srcdir/docs/peer-findings/$f.py" || echo "$f"; done <"$scratch/findings")" ""
is "each script is known" "$(for f in "$top_srcdir"/docs/peer-findings/*.py; do f=${f##*/}; grep -qx "${f%.py}" "$scratch/findings" || echo "$f"; done)" ""
tap_end
