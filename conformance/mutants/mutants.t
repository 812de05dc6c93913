#!/bin/sh
# The tester is tested: every mutant must be caught by the case that docs/mutants.md names, and by no less than it says where it is a fault
# of precision; the kernel that they are made of must pass everything.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

folder=$top_builddir/conformance/mutants/.libs
check() { "$ATTNBENCH" check --plugin "$folder/mutants.so" --plugin "$folder/layers.so" "$@"; }

"$ATTNBENCH" list impls --names --plugin "$folder/mutants.so" --plugin "$folder/layers.so" | sed -n 's,^mutant/,,p' | grep -vE '^(layer-)?none$' | sort >"$scratch/mutants"
sed -n 's/^| \([^|]*\) | \([^|]*\) | [^|]* | \([^|]*\) | `\([^|]*\)` | \([^|]*\) | [^|]* |$/\1 \2 \3 \4 \5/p' "$top_srcdir/docs/mutants.md" | grep -v '^mutant ' >"$scratch/table"
cut -d ' ' -f 1 "$scratch/table" | sort >"$scratch/listed"
is "docs/mutants.md names every mutant and its case (else: make mutant-table)" "$(cat "$scratch/listed")" "$(cat "$scratch/mutants")"

check --impl mutant/none,mutant/layer-none >"$scratch/none"
is "the kernels without a fault pass every suite" "$?" 0

# The ratio of a case as JSON says it; "failed" where it failed otherwise.
verdict() { sed -n 's/^   "ratio": \(.*\),$/\1/p; s/^   "status": "\(.*\)",$/\1/p' "$1" | tr '\n' ' '; }

while read -r mutant class suite case ratio; do
	check --impl "mutant/$mutant" --suite "$suite" --filter "$case" --format json >"$scratch/json" 2>"$scratch/said"
	status=$?
	is "$mutant is caught by $suite $case" "$status" 1
	[ "$class" != precision ] || ok "$mutant is over twice the bound: $ratio" awk -v r="$ratio" -v said="$(verdict "$scratch/json")" \
		'BEGIN { split(said, word, " "); exit !(r == "inf" || (r + 0 > 2 && (word[2] + 0 > 2 || word[1] + 0 > 2))) }'
done <"$scratch/table"

tap_end
