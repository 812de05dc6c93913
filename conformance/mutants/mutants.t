#!/bin/sh
# The tester is tested: every mutant must be caught, the kernel that they are made of must not.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

plugin=$top_builddir/conformance/mutants/.libs/mutants.so
"$ATTNBENCH" check --plugin "$plugin" --first >"$scratch/all"
ok "there are results" grep -q '^not ok' "$scratch/all"
is "the kernel without a fault passes" "$(grep -c '^not ok .* mutant/none ' "$scratch/all")" 0
for mutant in $("$ATTNBENCH" list impls --names --plugin "$plugin" | grep '^mutant/' | grep -v '/none$'); do
	suites=$(sed -n "s,^not ok [0-9]* - $mutant ,,p" "$scratch/all" | tr '\n' ' ')
	is "$mutant is caught by: ${suites:-no suite}" "${suites:+caught}" caught
done
tap_end
