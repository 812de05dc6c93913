#!/bin/sh
# The kernels of flash compile with gcc and with clang, whichever built the rest: each takes what the other refuses.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

syntax() { # COMPILER ARGUMENT…
	compiler=$1; shift
	"$compiler" -std=gnu11 -Wall -Wextra -Werror -fsyntax-only -DHAVE_CONFIG_H -I"$top_builddir" -I"$top_srcdir" -I"$top_srcdir/include" "$@"
}

kernel() { # COMPILER FILE OPTION…
	name="$2 with $1" compiler=$1 file=$2; shift 2
	if ! syntax "$compiler" "$@" -x c /dev/null 2>/dev/null; then
		skip "$name" "it is not installed, or does not know $*"
		return
	fi
	ok "$name" syntax "$compiler" "$@" "$top_srcdir/impls/flash/$file.c"
}

# shellcheck disable=SC2086 # lists of options, which configure found for this processor; none for others
for compiler in gcc clang; do
	kernel "$compiler" kernel_portable
	[ -z "$AVX2_CFLAGS" ] || kernel "$compiler" kernel_avx2 $AVX2_CFLAGS
	[ -z "$AVX512_CFLAGS" ] || kernel "$compiler" kernel_avx512 $AVX512_CFLAGS
	[ -z "$AVX512_CFLAGS" ] || kernel "$compiler" kernel_avx512_bf16 $AVX512_CFLAGS -mavx512bf16
done
tap_end
