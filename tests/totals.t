#!/bin/sh
# The totals of make check: results are summed, and what did not run is never a pass.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

printf ':test-result: PASS 1 - a\n:test-result: XFAIL 2 - b\n:test-result: SKIP 3 - c\n' >"$scratch/good.trs"
printf ':test-result: FAIL 1 - a\n:test-result: XPASS 2 - b\n:test-result: ERROR - c\n:test-result: PASS 3\n' >"$scratch/bad.trs"
printf 'ok 1\nnot ok 2 - the seventh row\n' >"$scratch/bad.log"
: >"$scratch/empty.trs"

# totals NAME STATUS-OF-MAKE EXPECTED-STATUS EXPECTED-LAST-LINE [FILE.trs]…
totals() {
	name=$1 make_status=$2 expected=$3 line=$4; shift 4
	run sh "$top_srcdir/tests/totals.sh" "$make_status" "$@"
	is "$name" "$status $(tail -n 1 "$out")" "$expected $line"
}

totals "all well" 0 0 "2 passed, 0 failed, 1 skipped" "$scratch/good.trs"
totals "a file with failures" 2 2 "3 passed, 3 failed, 1 skipped" "$scratch/good.trs" "$scratch/bad.trs"
ok "what a failed test printed is shown" grep -q 'the seventh row' "$out"
totals "failures that make did not see" 0 1 "3 passed, 3 failed, 1 skipped" "$scratch/good.trs" "$scratch/bad.trs"
totals "a make that failed otherwise" 2 2 "2 passed, 1 failed, 1 skipped" "$scratch/good.trs"
totals "a test that left no results" 0 1 "2 passed, 1 failed, 1 skipped" "$scratch/good.trs" "$scratch/absent.trs"
totals "a test without a point" 0 1 "0 passed, 1 failed, 0 skipped" "$scratch/empty.trs"
totals "no test at all" 0 1 "0 passed, 1 failed, 0 skipped"

# A log too long to show whole: the failed point and its block are shown, what passed is not.
{ awk 'BEGIN { for (i = 1; i < 300; i++) print "ok " i " - fine" }'
  printf 'not ok 300 - broken\n  ---\n  ratio: 7\n  ...\n'
  awk 'BEGIN { for (i = 301; i < 600; i++) print "ok " i " - fine" }'; } >"$scratch/long.log"
printf ':test-result: FAIL 300 - broken\n' >"$scratch/long.trs"
totals "a long log" 1 1 "0 passed, 1 failed, 0 skipped" "$scratch/long.trs"
ok "a long log: the block of the failed point is shown" grep -q 'ratio: 7' "$out"
ok "a long log: points that passed are left out" test "$(grep -c fine "$out")" -le 20
tap_end
