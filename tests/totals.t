#!/bin/sh
# The totals of make check: results are summed, and what did not run is never a pass.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"
totals() { run sh "$top_srcdir/tests/totals.sh" "$@"; }
last() { tail -n 1 "$out"; }

printf ':test-result: PASS 1 - a\n:test-result: XFAIL 2 - b\n:test-result: SKIP 3 - c\n' >"$scratch/good.trs"
printf ':test-result: FAIL 1 - a\n:test-result: XPASS 2 - b\n:test-result: ERROR - c\n:test-result: PASS 3\n' >"$scratch/bad.trs"
printf 'ok 1\nnot ok 2 - the seventh row\n' >"$scratch/bad.log"
: >"$scratch/empty.trs"

totals "$scratch/good.trs"
is "all well: status" $status 0
is "all well: totals" "$(last)" "2 passed, 0 failed, 1 skipped"
totals "$scratch/good.trs" "$scratch/bad.trs"
is "one file with failures: status" $status 1
is "one file with failures: totals" "$(last)" "3 passed, 3 failed, 1 skipped"
totals "$scratch/good.trs" "$scratch/absent.trs"
is "a test that left no results: status" $status 1
is "a test that left no results: totals" "$(last)" "2 passed, 1 failed, 1 skipped"
totals "$scratch/empty.trs"
is "a test with no point: totals" "$(last)" "0 passed, 1 failed, 0 skipped"
totals
is "no test at all: status" $status 1
is "no test at all: totals" "$(last)" "0 passed, 1 failed, 0 skipped"
totals --logs "$scratch/good.trs" "$scratch/bad.trs"
ok "--logs shows what the failed test printed" grep -q 'the seventh row' "$out"
is "--logs: totals stay last" "$(last)" "3 passed, 3 failed, 1 skipped"
tap_end
