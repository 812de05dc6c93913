#!/bin/sh
# An implementation that crashes, hangs, exits, is killed, or gets no memory is one "not ok" with its reason, and the run goes on.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

plugin=$top_builddir/conformance/hostile/.libs/hostile.so

# hostile NAME STATUS REASON: every case of the suite is of that status and for that reason.
hostile() {
	run "$ATTNBENCH" check --plugin "$plugin" --impl "hostile/$1" --suite examples --filter 'pairs-d*' --timeout 1
	is "$1: exit status" "$status" 1
	is "$1: the point is not ok" "$(grep -c '^not ok 1 - hostile' "$out")" 1
	ok "$1: status $2" grep -qx "      status: $2" "$out"
	ok "$1: the reason" grep -q "reason: .*$3" "$out"
	ok "$1: how to run it again" grep -q 'reproduce: .*check --impl .* --plugin' "$out"
}

hostile crash crashed 'signal 11'
hostile hang timeout 'limit of 1 s'
hostile exit crashed 'status 0'
hostile kill crashed 'signal 9'
hostile memory failed 'no memory for 64 TiB'
hostile nothing failed 'is -\{0,1\}nan'

run "$ATTNBENCH" check --plugin "$plugin" --impl hostile/crash --suite examples
is "each case of a suite is tried, whatever the ones before it did" "$(grep -c '^    not ok' "$out")" 12
run "$ATTNBENCH" check --plugin "$plugin" --impl hostile/crash,naive --suite examples
is "the implementation after it is checked" "$(grep -c '^ok 2 - naive' "$out")" 1
tap_end
