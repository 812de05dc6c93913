#!/bin/sh
# Headers compile alone: those an implementation sees as C11 and as C++ without a warning, the others as C11.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

# shellcheck disable=SC2317 # called through ok
alone() { # LANGUAGE STANDARD HEADER [OPTION…]: twice, as its guard must hold
	language=$1 standard=$2 header=$3; shift 3
	case $language in c) compiler=$CC ;; *) compiler=$CXX ;; esac
	printf '#include "%s"\n#include "%s"\n' "$header" "$header" >"$scratch/alone.$language"
	# shellcheck disable=SC2086 # CC may hold options
	$compiler -std="$standard" "$@" -fsyntax-only -I"$top_srcdir/include" -I"$top_srcdir" -I"$top_builddir" "$scratch/alone.$language"
}

strict="-Wall -Wextra -pedantic -Werror"
for path in "$top_srcdir"/include/attnbench/*.h; do
	header=${path#"$top_srcdir/include/"}
	# shellcheck disable=SC2086 # a list of options
	{ ok "<$header> as C11" alone c c11 "$header" $strict
	  ok "<$header> as C++11" alone cc c++11 "$header" $strict
	  ok "<$header> as C++20" alone cc c++20 "$header" $strict; }
done
for path in "$top_srcdir"/harness/*.h "$top_srcdir"/conformance/*.h "$top_srcdir"/impls/*.h; do
	case $path in */test_*) continue ;; esac # data of one test
	header=${path#"$top_srcdir/"}
	ok "$header as C11" alone c gnu11 "$header" -Wall -Wextra -Werror -include config.h
done
tap_end
