#!/bin/sh
# A check that is killed takes its processes with it: those that run cases, and those of the cases.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

marked() { grep -lxz "ATTNBENCH_TEST_MARK=$$" /proc/[0-9]*/environ 2>/dev/null | wc -l; }
if ! ATTNBENCH_TEST_MARK=$$ sh -c 'grep -qz ATTNBENCH_TEST_MARK /proc/self/environ' 2>/dev/null; then
	skip "a check that is killed" "there is no /proc to count processes in"
	tap_end
fi
ATTNBENCH_TEST_MARK=$$ "$ATTNBENCH" check --impl naive --deep --jobs 2 >/dev/null 2>&1 &
check=$!
for _ in $(seq 100); do [ "$(marked)" -ge 3 ] && break; sleep 0.1; done
ok "a check has processes for its cases" test "$(marked)" -ge 3
kill -9 $check
wait $check 2>/dev/null
for _ in $(seq 50); do [ "$(marked)" = 0 ] && break; sleep 0.1; done
is "a check that is killed leaves none" "$(marked)" 0
tap_end
