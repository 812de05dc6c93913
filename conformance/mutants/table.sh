#!/bin/sh
# docs/mutants.md: which suite catches each mutant, by which case, how far over the bound. Suites are run in the order given, each over
# the mutants that none before it has caught: table.sh [FOUND] writes the table to stdout. With a file FOUND (lines of mutant, suite,
# case, separated by tabs; what the first pass leaves behind) the first pass is left out.
# SPDX-License-Identifier: Apache-2.0
set -eu
: "${ATTNBENCH:=./attnbench}" "${top_builddir:=.}"
plugin=$top_builddir/conformance/mutants/.libs/mutants.so
suites='golden property edge memory policy threads rows needle random real'
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

all() { "$ATTNBENCH" list impls --json --plugin "$plugin" | "${PYTHON3:-python3}" -c '
import json, sys
for i in json.load(sys.stdin):
    if i["name"].startswith("mutant/") and i["name"] != "mutant/none":
        print(i["name"], i["summary"], sep="\t")'; }

# Mutants of $scratch/all that $found does not name, comma-separated.
left() { awk -F '\t' 'NR == FNR { caught[$1]; next } !($1 in caught) { printf "%s%s", n++ ? "," : "", $1 }' "$found" "$scratch/all"; }

# Lines of mutant, suite, case from the TAP of a run.
failures() { awk '/^# Subtest: / { mutant = $3; suite = $4 } /^    not ok / && !(mutant in seen) { seen[mutant]; sub(/^    not ok [0-9]+ - /, ""); print mutant "\t" suite "\t" $0 }'; }

all >"$scratch/all"
found=${1:-}
if [ -z "$found" ]; then
	found=$scratch/found
	: >"$found"
	for suite in $suites; do
		impls=$(left)
		[ -n "$impls" ] || break
		echo "$suite: $(echo "$impls" | tr , '\n' | wc -l) mutants" >&2
		"$ATTNBENCH" check --plugin "$plugin" --impl "$impls" --first --suite "$suite" | failures >>"$found" || true
	done
fi

cat <<'END'
# Mutants

The tester is tested: each of these kernels has one fault (`conformance/mutants/faults.h`; those that hide in a corner:
`conformance/mutants/rare.h`), and a suite must catch it. Made by `make mutant-table`, which runs the suites one after the other over what
is not caught yet, so the suite named is the first that catches the fault, not the only one. `make check` runs every row of this table.

*Ratio* is the error over the bound in that case: an output that is wrong by much, infinite or NaN where it must not be says `inf`; `–` is a
failure of another kind (a crash, memory written, bits that differ).

| mutant | class | what is wrong | suite | case | ratio |
| --- | --- | --- | --- | --- | --- |
END
tab=$(printf '\t')
while IFS="$tab" read -r mutant summary; do
	IFS="$tab" read -r _ suite case <<END || true
$(awk -F '\t' -v m="$mutant" '$1 == m { print; exit }' "$found")
END
	ratio=$("$ATTNBENCH" check --plugin "$plugin" --impl "$mutant" --suite "${suite:-golden}" --filter "${case:-none}" --format json 2>/dev/null | "${PYTHON3:-python3}" -c '
import json, sys
r = json.load(sys.stdin)["results"][0]
over = r.get("bound") is not None and r["status"] == "failed" and not (r["ratio"] is not None and r["ratio"] <= 1)
print("" if r["status"] in ("passed", "skipped") else "–" if not over else "inf" if r["ratio"] is None else "%.3g" % r["ratio"])' 2>/dev/null || true)
	[ -n "$ratio" ] || echo "table.sh: $mutant: not caught by ${suite:-any suite} ${case:-}, alone" >&2
	echo "| ${mutant#mutant/} | ${summary%%: *} | ${summary#*: } | ${ratio:+$suite} | ${ratio:+\`$case\`} | $ratio |"
done <"$scratch/all"
