#!/bin/sh
# The kernels of flash compile with gcc and with clang, whichever built the rest: each takes what the other refuses.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

compiles() { # COMPILER FILE OPTION…
	compiler=$1 file=$2; shift 2
	"$compiler" -std=gnu11 -Wall -Wextra -Werror -fsyntax-only -DHAVE_CONFIG_H -I"$top_builddir" -I"$top_srcdir" -I"$top_srcdir/include" "$@" "$top_srcdir/impls/flash/$file.c"
}

for compiler in gcc clang; do
	if ! command -v "$compiler" >/dev/null; then
		skip "with $compiler" "$compiler is not installed"
		continue
	fi
	ok "kernel_portable with $compiler" compiles "$compiler" kernel_portable
	case $(uname -m) in x86_64 | amd64) ;; *) continue ;; esac
	ok "kernel_avx2 with $compiler" compiles "$compiler" kernel_avx2 -mavx2 -mfma -mf16c
	ok "kernel_avx512 with $compiler" compiles "$compiler" kernel_avx512 -mavx512f
	ok "kernel_avx512_bf16 with $compiler" compiles "$compiler" kernel_avx512_bf16 -mavx512f -mavx512bf16
done
tap_end
