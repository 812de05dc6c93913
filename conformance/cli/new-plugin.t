#!/bin/sh
# new-plugin: what it writes builds with attnbench.pc alone, loads, and is right; bad names and places are refused.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

cd "$scratch" || exit 99
run "$ATTNBENCH" new-plugin my_kernel
is "new-plugin my_kernel" "$status $(cat "$out" "$err")" "0 my_kernel: a plugin that works. Next: cd my_kernel && make check"
is "its files" "$(cd my_kernel && echo *)" "Makefile README.md my_kernel.c"
ok "the placeholder is gone" sh -c '! grep -r simple my_kernel'

if command -v make >/dev/null && command -v pkg-config >/dev/null; then
	# the header of the source tree, as attnbench.pc of an installation would name it
	PKG_CONFIG_PATH=$top_builddir; export PKG_CONFIG_PATH
	ok "make" make -C my_kernel CC="$CC" PKG_CONFIG="pkg-config --define-variable=includedir=$top_srcdir/include"
	ok "list shows it" sh -c '"$0" list --names --plugin my_kernel/my_kernel.so | grep -qx my_kernel' "$ATTNBENCH"
	run "$ATTNBENCH" check --plugin my_kernel/my_kernel.so --impl my_kernel --suite examples,edge
	is "check --suite examples,edge" "$status $(grep -c '^ok' "$out") $(grep -c '^not ok' "$out")" "0 2 0"
	ok "it does more than refuse" grep -q '^  *ok [0-9]* - [^#]*$' "$out"
	sed 's/= (float)p->scale \* dot/= dot/' my_kernel/my_kernel.c >broken.c && mv broken.c my_kernel/my_kernel.c
	ok "make again, the scale taken out" make -C my_kernel CC="$CC" PKG_CONFIG="pkg-config --define-variable=includedir=$top_srcdir/include"
	run "$ATTNBENCH" check --plugin my_kernel/my_kernel.so --impl my_kernel --suite examples,edge
	is "check finds that" "$status" 1
else
	skip "build the plugin" "there is no make or no pkg-config"
fi

refused() { # NAME STATUS MESSAGE ARGUMENT…
	name=$1 expected="$2 $3"; shift 3
	run "$ATTNBENCH" new-plugin "$@"
	is "$name" "$status $(head -n 1 "$err")" "$expected"
}
refused "a folder that exists" 3 "attnbench: folder my_kernel: can't be made: File exists: expected a name that is free" my_kernel
refused "a folder in none" 3 "attnbench: folder no/such: can't be made: No such file or directory: expected a name that is free" other --dir no/such
refused "a name of an implementation" 2 'attnbench: the name is "naive": there is an implementation of that name' naive
refused "a path for a name" 2 'attnbench: the name is "../x": expected 1 to 32 of a-z 0-9 _, a letter first' ../x
refused "a digit first" 2 'attnbench: the name is "7x": expected 1 to 32 of a-z 0-9 _, a letter first' 7x
refused "no name" 2 'attnbench new-plugin: no name: expected one, of a-z 0-9 _'
refused "two names" 2 'attnbench new-plugin: unexpected argument "b": expected one NAME' a b
ATTNBENCH_DATA=$scratch/none refused "templates that are not there" 3 \
	"attnbench: $scratch/none/examples/simple/simple.c: can't be read: No such file or directory: expected a template of the installation (ATTNBENCH_DATA)" other
is "nothing is left of that" "$(ls -d other 2>/dev/null)" ""
cd / || exit 99
tap_end
