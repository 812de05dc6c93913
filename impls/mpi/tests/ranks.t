#!/bin/sh
# The suites on ring, split-kv and ulysses over 1, 2, 3, 4 and 7 ranks; the same bits at every run; what is refused.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/impls/mpi/tests/mpi.sh"
# shellcheck disable=SC2154 # mpi.sh sets what is used here

# All suites green, and the cases that were judged are as many as they were when this was written: a row that refuses all is green too.
suite() { # RANKS IMPL LEAST [OPTION…]
	suite_ranks=$1 suite_impl=$2 least=$3; shift 3
	run ranks "$suite_ranks" "$ATTNBENCH" check --impl "$suite_impl" --threads 1 --jobs 1 "$@"
	judged=$(grep -c '^      ratio:' "$out")
	is "check of $suite_impl over $suite_ranks ranks${*:+, $*}: no failure" "$status $(grep '^    not ok' "$out")" "0 "
	ok "check of $suite_impl over $suite_ranks ranks${*:+, $*}: $judged cases judged, $least or more" test "$judged" -ge "$least"
}
for n in 1 2 3 4 7; do
	suite $n ring 350
	suite $n split-kv 350
done
suite 1 ulysses 350
suite 2 ulysses 120
suite 3 ulysses 15
suite 4 ulysses 1
suite 3 ring 250 --local naive --suite golden,edge,random,property
suite 2 split-kv 20 --local naive --suite golden

# sums_of RANKS IMPL: of the output of two runs through files
cd "$scratch" || exit 99
npy() { # FILE SHAPE BYTES SEED
	printf '\223NUMPY\1\0\166\0%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($2), }" >"$1"
	awk -v n="$3" -v s="$4" 'BEGIN { srand(s); for (i = 0; i < n / 4; i++) printf "%c%c%c%c", 1 + int(rand() * 120), 1 + int(rand() * 120), 1 + int(rand() * 120), 62 }' >>"$1"
}
export LC_ALL=C
npy q.npy '4, 61, 8' 7808 1; npy k.npy '2, 90, 8' 5760 2; npy v.npy '2, 90, 8' 5760 3
for impl in ring split-kv; do
	for n in 2 3; do
		for i in 1 2 3; do
			ranks $n "$ATTNBENCH" run --impl $impl --q q.npy --k k.npy --v v.npy --causal bottom-right --out "o$i.npy" 2>"$err" || cat "$err"
		done
		is "$impl over $n ranks: the same bits in three runs" "$(cksum <o1.npy) $(cksum <o2.npy)" "$(cksum <o3.npy) $(cksum <o3.npy)"
	done
done
"$ATTNBENCH" run --impl flash --q q.npy --k k.npy --v v.npy --causal bottom-right --threads 1 --out flash.npy 2>"$err"
ranks 1 "$ATTNBENCH" run --impl ring --q q.npy --k k.npy --v v.npy --causal bottom-right --threads 1 --out one.npy 2>"$err"
is "ring over one rank has the bits of its local kernel" "$(cksum <one.npy)" "$(cksum <flash.npy)"

run ranks 3 "$ATTNBENCH" run --impl ulysses --q q.npy --k k.npy --v v.npy --out o.npy
is "ulysses refuses heads that the ranks do not divide" "$status $(grep -o 'ulysses refused: .*' "$err")" \
	"3 ulysses refused: 4 query heads and 2 key heads on 3 ranks: both must be multiples of the ranks"
run ranks 2 "$ATTNBENCH" run --impl ring --local onednn --q q.npy --k k.npy --v v.npy --out o.npy
ok "a local kernel that gives no maximum and sum is refused, with its reason" grep -q "ring refused: the local kernel onednn does not give the maximum and the sum of a row's softmax" "$err"
run "$ATTNBENCH" run --impl ring --q q.npy --k k.npy --v v.npy
is "without mpirun the row is off and says so" "$status $(cat "$err")" '3 attnbench: implementation "ring" is off: start the command under mpirun (docs/cluster.md)'
ok "the program does not link to MPI" sh -c '! ldd "$1" | grep -qi mpi' sh "$ATTNBENCH"
tap_end
