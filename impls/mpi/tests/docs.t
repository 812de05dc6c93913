#!/bin/sh
# The commands of docs/cluster.md and docs/scaling.md, in the order in which they stand there.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/impls/mpi/tests/mpi.sh"
# shellcheck disable=SC2154 # mpi.sh sets what is used here
cd "$scratch" || exit 99
PATH=$top_builddir:$top_srcdir/contrib/simgrid:$PATH ATTNBENCH_SIMULATE=$top_builddir/attnbench-simulate
export ATTNBENCH_SIMULATE

npy() { # FILE SHAPE BYTES
	printf '\223NUMPY\1\0\166\0%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($2), }" >"$1"
	awk -v n="$3" 'BEGIN { srand(n); for (i = 0; i < n / 4; i++) printf "%c%c%c%c", 1 + int(rand() * 120), 1 + int(rand() * 120), 1 + int(rand() * 120), 62 }' >>"$1"
}
npy q.npy '4, 61, 8' 7808; npy k.npy '2, 90, 8' 5760; npy v.npy '2, 90, 8' 5760

commands() { sed -n '/^```sh$/,/^```$/p' "$1" | grep -v '^```'; }
for page in cluster scaling; do
	commands "$top_srcdir/docs/$page.md" >commands
	ok "docs/$page.md has commands" test "$(grep -c . commands)" -gt 3
	while IFS= read -r command; do
		case $command in
		*platform.sh* | *simulate* | *calibrate*)
			[ -x "$ATTNBENCH_SIMULATE" ] || { skip "$command" "this build has no SimGrid"; continue; } ;;
		esac
		ok "$command" sh -c "timeout 600 $command"
	done <commands
done
ok "the report of the page has both kinds of scaling" sh -c 'grep -q "Strong scaling" scaling/report.md && grep -q "Weak scaling" scaling/report.html'
tap_end
