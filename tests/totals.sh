#!/bin/sh
# What failed tests printed, and the sum of all: totals.sh STATUS-OF-MAKE FILE.trs…; the last line is "N passed, N failed, N skipped".
# A test without results counts as failed, and so do no tests at all, and a make that failed otherwise.
# Ends with make's status, or with 1 when a test failed nevertheless.
# SPDX-License-Identifier: Apache-2.0
set -u
status=$1; shift

# A long log: its failed points with the blocks that follow them, and its end.
show_log() {
	echo "== ${1%.log}"
	if [ ! -r "$1" ]; then echo "it left no log"; return; fi
	if [ "$(wc -l <"$1")" -le 200 ]; then cat "$1"; return; fi
	awk '/^ *(not )?ok / { point = 0 } /^ *not ok / && ++n <= 50 { point = NR } point && NR < point + 40
		END { if (n > 50) print "… and " n - 50 " more failed points in " FILENAME }' "$1"
	echo "…"
	tail -n 20 "$1"
}

passed=0 failed=0 skipped=0
for trs in "$@"; do
	counts=$(awk '/^:test-result: *(PASS|XFAIL)/ { p++ } /^:test-result: *(FAIL|XPASS|ERROR)/ { f++ } /^:test-result: *SKIP/ { s++ }
		END { print p + 0, f + 0, s + 0 }' "$trs" 2>/dev/null)
	case $counts in ''|'0 0 0') counts='0 1 0'; echo "no results: ${trs%.trs}" ;; esac
	# shellcheck disable=SC2086 # three words
	set -- $counts
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
	[ "$2" = 0 ] || show_log "${trs%.trs}.log"
done
if [ "$failed" = 0 ] && [ "$status" != 0 ]; then echo "make ended with status $status"; failed=1; fi
if [ $((passed + failed)) = 0 ]; then echo "no test ran: that is a failure too"; failed=1; fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] || [ "$status" != 0 ] || status=1
exit "$status"
