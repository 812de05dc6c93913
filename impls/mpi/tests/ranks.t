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
	suite $n ring 900
	suite $n split-kv 900
done
suite 1 ulysses 900
suite 2 ulysses 500
suite 3 ulysses 55
suite 4 ulysses 20
suite 7 ulysses 1
suite 3 ring 650 --local naive --suite golden,edge,random,property
suite 2 split-kv 20 --local naive --suite golden

# taken RANKS IMPL CASE…: goldens that the row must not refuse, judged right with naive as its local kernel, which does all
taken() {
	taken_ranks=$1 taken_impl=$2; shift 2
	run ranks "$taken_ranks" "$ATTNBENCH" check --impl "$taken_impl" --local naive --suite golden --threads 1 --jobs 1
	for taken_case in "$@"; do
		is "$taken_impl over $taken_ranks ranks does $taken_case" "$(sed -n "s/^    \(.*ok\) [0-9]* - $taken_case\( # SKIP.*\)*$/\1\2/p" "$out")" ok
	done
}
inputs="mask-full mask-broadcast bias-full bias-head mask-and-bias all-masks alibi alibi-br alibi-window-gqa sinks sinks-causal-empty softcap-mask general-dk general-mask-softcap
additive-gqa-causal location-gqa-window given-scores given-scores-bias-sinks bf16-additive cosine-kvlen-mask past past-br-gqa-lse bf16-past-present past-kvlen-window f64-general-lse"
# shellcheck disable=SC2086 # words
{
	taken 2 ring $inputs
	taken 3 split-kv $inputs
	taken 1 ulysses $inputs varlen-causal-lse block-mask-causal given-weights f16-varlen-alibi
	taken 2 ulysses mask-full alibi sinks general-dk varlen-causal-lse past-br-gqa-lse block-mask-causal location-gqa-window
}

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
