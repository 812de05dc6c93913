#!/bin/sh
# The tester is tested: every mutant must be caught, the kernel that they are made of must not.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

folder=$top_builddir/conformance/mutants/.libs
"$ATTNBENCH" check --plugin "$folder/mutants.so" --plugin "$folder/layers.so" --impl 'mutant/*' --first >"$scratch/all"
ok "there are results" grep -q '^not ok' "$scratch/all"
is "the kernels without a fault pass" "$(grep -cE '^not ok .* mutant/(layer-)?none ' "$scratch/all")" 0
for mutant in $("$ATTNBENCH" list impls --names --plugin "$folder/mutants.so" --plugin "$folder/layers.so" | grep '^mutant/' | grep -vE '/(layer-)?none$'); do
	suites=$(sed -n "s,^not ok [0-9]* - $mutant ,,p" "$scratch/all" | tr '\n' ' ')
	is "$mutant is caught by: ${suites:-no suite}" "${suites:+caught}" caught
done
tap_end
