#!/bin/sh
# The command line of ./bootstrap, which is looked at before anything is installed or built. SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

refused() { # TEXT WORD…
	text=$1; shift
	run "$top_srcdir/bootstrap" "$@"
	is "bootstrap $*: status" $status 2
	ok "bootstrap $*: says \"$text\"" grep -qF -e "$text" "$err"
	is "bootstrap $*: prints nothing else" "$(cat "$out")" ""
}
refused 'unknown option "--instal"' --instal report
refused 'an empty target' ''
refused 'no target "repotr"' repotr
refused 'no target "bench"' report bench

# Every target that the makefiles declare is one; --help behind it ends the matter.
targets=$(cat "$top_srcdir"/Makefile.am "$top_srcdir"/*/local.mk "$top_srcdir"/*/*/local.mk | sed -n 's/^\.PHONY://p')
ok "the makefiles declare targets" test "$(printf '%s\n' $targets | grep -c .)" -gt 10
for target in $targets all check distcheck impls/flash/split_test attnbench-simulate; do
	ok "target $target is known" "$top_srcdir/bootstrap" "$target" --help
done
tap_end
