#!/bin/sh
# Data races, where the build has ThreadSanitizer: ./configure CC=clang CXX=clang++ --enable-sanitizers=thread. Clang's OpenMP tells
# it, through the tool Archer that comes with it, how threads wait for one another; GCC's does not, and is left out there.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

if ! grep -q '^#define ATTN_SANITIZERS ".*thread' "$top_builddir/config.h"; then
	skip "data races" "this build has no ThreadSanitizer"
	tap_end
fi
# The first race ends the case. Libraries that were not built with it (OpenBLAS, oneDNN, OpenMP) are not followed into.
TSAN_OPTIONS="halt_on_error=1:ignore_noninstrumented_modules=1:exitcode=66 ${TSAN_OPTIONS:-}"
export TSAN_OPTIONS

run "$ATTNBENCH" check --plugin "$top_builddir/conformance/hostile/.libs/racy.so" --suite threads --filter '*/two-at-once'
is "a race between two plans: exit status" "$status" 1
ok "a race between two plans is found" grep -q 'reason: .*status 66' "$out"
ok "a race between two plans is described" grep -q 'WARNING: ThreadSanitizer: data race' "$err"

for impl in $("$ATTNBENCH" list impls --names | grep -v ^limits/); do
	for suite in threads golden; do
		run "$ATTNBENCH" check --impl "$impl" --suite "$suite" --threads 3 --repeats "${REPEATS:-100}"
		is "$impl, suite $suite: exit status" "$status" 0
		is "$impl, suite $suite: races" "$(grep -A12 'WARNING: ThreadSanitizer' "$err")" ""
	done
done
tap_end
