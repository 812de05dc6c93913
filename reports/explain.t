#!/bin/sh
# attnbench explain: all examples, what it finds in kernels with a known fault, its files, bad files.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"
mutants=$top_builddir/conformance/mutants/.libs/mutants.so
real=$top_srcdir/conformance/real
captured="--q $real/q.npy --k $real/k.npy --v $real/v.npy"
ATTNBENCH_PYTHON=/nonexistent/python; export ATTNBENCH_PYTHON
json=yes; "$ATTNBENCH" explain --example pairs-dot --json >"$scratch/json" 2>"$err" || json=

names=$("$ATTNBENCH" list examples --names)
is "there are examples" "$(echo "$names" | wc -w | tr -d ' ')" 12
# characters, not bytes: what continues one is taken away
# shellcheck disable=SC2317 # called through is
too_wide() { LC_ALL=C tr -d '\200-\277' | awk 'length > 80'; }
for name in $names; do
	run "$ATTNBENCH" explain --example "$name" --impl naive
	is "$name: naive agrees with what is shown" "$status $(grep -c 'naive and reference agree' "$out")" "0 1"
	is "$name: fits 80 columns" "$(too_wide <"$out")" ""
	ok "$name: no colour in a file" sh -c "! grep -q '$(printf '\033')' '$out'"
done

# The numbers, worked out again from the masked scores and the values.
if [ -n "$json" ] && [ -n "${PYTHON3:-}" ]; then
	# shellcheck disable=SC2086 # options
	"$ATTNBENCH" explain $captured --head 0,2 --causal top-left --softcap 20 --rows 40:45 --keys 0:60 --columns 0:31 --json >"$scratch/part"
	ok "the steps follow from one another" "$PYTHON3" -c '
import json, math, sys
part = json.load(open(sys.argv[1]))
steps = {s["step"]: s["values"] for s in part["heads"][0]["steps"]}
assert list(steps) == ["product", "score", "softcap", "masked", "exp", "weights"], list(steps)
scale = 1 / math.sqrt(32)
for i, row in enumerate(range(40, 46)):
    assert [x is not None for x in steps["masked"][i]] == [key <= row for key in range(61)]
    seen = [x for x in steps["masked"][i] if x is not None]
    top = max(seen)
    assert abs(part["heads"][0]["softmax"][i]["sum"] - sum(math.exp(x - top) for x in seen)) < 1e-12
    for j in range(61):
        assert abs(steps["score"][i][j] - scale * steps["product"][i][j]) < 1e-12
        assert abs(steps["softcap"][i][j] - 20 * math.tanh(steps["score"][i][j] / 20)) < 1e-12
    for j, x in enumerate(seen):
        assert abs(steps["weights"][i][j] - math.exp(x - top) / sum(math.exp(y - top) for y in seen)) < 1e-12
' "$scratch/part"
else
	skip "the steps follow from one another" "no JSON or no Python"
fi

# finds MUTANT WHAT OPTION…: it is seen to part ways, as if of what is known to be wrong with it
finds() {
	mutant=$1 what=$2; shift 2
	run "$ATTNBENCH" explain --plugin "$mutants" --impl "mutant/$mutant" "$@"
	is "$mutant: parts ways" "$status $(grep -c "^mutant/$mutant and reference part ways at out\[" "$out")" "1 1"
	ok "$mutant: beyond its bound, with the terms" grep -q '(the largest): broken, ' "$out"
	[ -z "$what" ] || is "$mutant: as if $what" "$(sed -n "s|^the row of mutant/$mutant is as if ||p" "$out")" "$what"
}
# shellcheck disable=SC2086 # options
{
	finds causal-plus-one "the causal mask hid one key less" $captured --causal top-left
	finds last-key "key 2 were left out" --example pairs-scaled-dot
	finds key-twice "key 32 were counted twice" $captured --causal top-left
	finds window-left-off "the window were not there" $captured --causal bottom-right --window 5,-
	finds scale-ignored "the scale were 1/√d" --example pairs-scaled-dot --scale 2
	finds p-bf16 "" $captured
	run "$ATTNBENCH" explain $captured --plugin "$mutants" --impl naive --against mutant/none
}
is "two that are right agree" "$status $(grep -c 'naive and mutant/none agree' "$out")" "0 1"
# shellcheck disable=SC2086 # options
run "$ATTNBENCH" explain $captured --impl naive --against mutant/key-twice --plugin "$mutants" --causal top-left
is "the one that is wrong is named" "$status $(grep -c 'mutant/key-twice .* beyond its bound' "$out") $(grep -c '^  naive .* beyond its bound' "$out")" "1 1 0"
ok "what the other computed stands beside it" grep -q 'e naive .*a naive' "$out"

run "$ATTNBENCH" explain --example pairs-dot --plugin "$top_builddir/conformance/plugins/.libs/ends_badly.so" --impl hangs --timeout 0.2
is "one that hangs ends" "$status $(cat "$err")" "1 attnbench: hangs took too long: in run: did not end within its time limit"

# A terminal has colours, unless NO_COLOR is set.
if script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	coloured() { script -qec "$ATTNBENCH explain --example pairs-dot" /dev/null </dev/null | grep -c "$(printf '\033\[38;5;')"; }
	is "colour on a terminal" "$(unset NO_COLOR; coloured)" 2
	is "none with NO_COLOR" "$(NO_COLOR=1; export NO_COLOR; coloured)" 0
else
	skip "colour on a terminal" "script can open no terminal here"
	skip "none with NO_COLOR" "script can open no terminal here"
fi

if [ -z "$json" ]; then
	for option in --json "--html $scratch/x" "--svg $scratch/x"; do
		# shellcheck disable=SC2086 # two words
		run "$ATTNBENCH" explain --example pairs-dot $option
		is "$option without jansson" "$status $(grep -c 'this build has no jansson' "$err")" "3 1"
	done
	tap_end
fi
# shellcheck disable=SC2086 # options
run "$ATTNBENCH" explain $captured --causal top-left --plugin "$mutants" --impl mutant/last-key --html "$scratch/page.html"
is "a page" "$status $(cat "$err")" "1 "
ok "the page loads nothing" sh -c "! grep -Eiq '(src|href) *= *.?(https?:|//|file:)|@import|url\(' '$scratch/page.html'"
ok "the page says what was found" grep -q 'is as if key 255 were left out' "$scratch/page.html"
ok "the page says that it is an excerpt" grep -q 'An excerpt: rows 0 to 7 of 256' "$scratch/page.html"
ok "hidden keys are dots, large weights shaded" sh -c "grep -q '<td>·</td>' '$scratch/page.html' && grep -q '<td class=\"w10\">1</td>' '$scratch/page.html'"
ln -s page.html "$scratch/link.html"
run "$ATTNBENCH" explain --example pairs-dot --html "$scratch/link.html"
is "a link stays one, and what it leads to is written" "$status $(readlink "$scratch/link.html") $(grep -c pairs-dot "$scratch/page.html")" "0 page.html 1"
ok "a device" "$ATTNBENCH" explain --example pairs-dot --html /dev/null
ok "it still is one" test -c /dev/null

run "$ATTNBENCH" explain --example pairs-dot --svg "$scratch/no.svg"
is "no picture without what draws it" "$status $(grep -c 'no picture: ATTNBENCH_PYTHON names no Python' "$err") $(test -e "$scratch/no.svg" && echo there)" "3 1 "
run "$ATTNBENCH" explain --example pairs-dot --html "$scratch/missing/page.html"
is "no folder" "$status $(cat "$err")" "3 attnbench: $scratch/missing/page.html: can't be written: No such file or directory"
run "$ATTNBENCH" explain --example pairs-dot --html "$scratch"
is "a folder" "$status $(cat "$err")" "3 attnbench: $scratch: can't be written: Is a directory"
run "$ATTNBENCH" explain --example pairs-dot --html "$scratch/x" --svg "$scratch/x"
is "two files of one name" "$status $(cat "$err")" "2 attnbench: --html and --svg both name \"$scratch/x\": expected different files"
unset ATTNBENCH_PYTHON
run "$ATTNBENCH" explain --example location-two-vectors --svg "$scratch/weights.svg" --html "$scratch/drawn.html"
if [ "$status" = 3 ]; then
	skip "a picture" "$(sed 's/.*no picture: //' "$err")"
else
	is "a picture" "$status $(head -c 4 "$scratch/weights.svg") $(grep -c '<svg ' "$scratch/drawn.html")" "0 <svg 2"
fi
tap_end
