#!/bin/sh
# make check-full: every implementation, under each instruction set that it has a test for, through all suites with --deep. Failed cases are
# printed; the last line is "N passed, N failed, N skipped", as that of make check. Ends with 1 when a case failed.
# SPDX-License-Identifier: Apache-2.0
set -u
: "${ATTNBENCH:=./attnbench}" "${top_srcdir:=.}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 99' HUP INT TERM
passed=0 failed=0 skipped=0

for test in "$top_srcdir"/conformance/checks/*.t; do
	name=$(basename "$test" .t)
	impl=${name%@*} isa=${name#"${name%@*}"}
	"$ATTNBENCH" list impls --names | grep -qx "$impl" || { echo "$name: left out, it is not in this build"; continue; }
	[ -z "$isa" ] || export ATTNBENCH_ISA="${isa#@}"
	start=$(date +%s)
	"$ATTNBENCH" check --impl "$impl" --deep --timeout 300 >"$scratch/tap"
	status=$?
	unset ATTNBENCH_ISA
	counts=$(awk '/^    # [0-9]+ passed, / { p += $2; f += $4; s += $6 } END { print p + 0, f + 0, s + 0 }' "$scratch/tap")
	# shellcheck disable=SC2086 # three words
	set -- $counts
	echo "$name: $1 passed, $2 failed, $3 refused, in $(($(date +%s) - start)) s"
	awk '/^    (not )?ok / { point = 0 } /^    not ok / { point = NR } point && NR < point + 40' "$scratch/tap"
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
	[ "$status" = 0 ] || [ "$2" != 0 ] || { echo "$name: ended with status $status"; failed=$((failed + 1)); }
done
if [ $((passed + failed)) = 0 ]; then echo "nothing ran: that is a failure too"; failed=1; fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
