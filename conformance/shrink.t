#!/bin/sh
# A failure of the suite random is made smaller, and both commands that it prints fail again.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

plugin=$top_builddir/conformance/mutants/.libs/mutants.so

# again FIELD: the command that the YAML block gives there, run.
again() {
	command=$(sed -n "s/^      $1: \"\(.*\)\"\$/\1/p" "$scratch/tap" | head -n 1)
	run sh -c "$(printf '%s' "$command" | sed "s,attnbench check,'$ATTNBENCH' check,")"
}

"$ATTNBENCH" check --plugin "$plugin" --impl mutant/corner-bias-and-causal --suite random --count 40 --seed 3 >"$scratch/tap"
is "the failure is found" "$?" 1
is "it is made smaller once" "$(grep -c '^      shrunk: ' "$scratch/tap")" 1
shrunk=$(sed -n 's/^      shrunk: "\(.*\)"$/\1/p' "$scratch/tap")
ok "what the fault needs is left: $shrunk" expr "$shrunk" : 'b:1/hq:1/.*/causal:.*bias'
ok "what it does not need is gone" sh -c '! expr "$1" : ".*\(mask:\|window\|softcap\|alibi\|sinks\|/lse\|layout\|/qs:\|past\|kvlen\)" >/dev/null' sh "$shrunk"
again reproduce
is "its command fails again" "$status" 1
ok "in the case that it named" grep -q '^    not ok 1 - ' "$out"
again shrunk_reproduce
is "the smaller one's command fails again" "$status" 1
is "and is that case" "$(sed -n 's/^    not ok 1 - //p' "$out")" "$shrunk"
run "$ATTNBENCH" check --impl naive --case "$shrunk"
is "an implementation without the fault passes it" "$status" 0
run "$ATTNBENCH" check --impl naive --case 'b:1/inputs:none/seed:1'
is "a case that is none: exit status" "$status" 2
ok "and what was expected" grep -q 'expected KEY/inputs:RECIPE/seed:N' "$err"
"$ATTNBENCH" check --impl naive --suite random --count 5 --seed 7 >"$scratch/seven"
"$ATTNBENCH" check --impl naive --suite random --count 5 --seed 8 >"$scratch/eight"
is "--count says how many are drawn" "$(grep -c '^    ok ' "$scratch/seven")" 5
ok "--seed draws others" sh -c '! cmp -s "$1" "$2"' sh "$scratch/seven" "$scratch/eight"
tap_end
