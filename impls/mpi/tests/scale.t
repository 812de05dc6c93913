#!/bin/sh
# attnbench-scale: right over every number of ranks, what arrives is what the formulas say, and no rank has all keys.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/impls/mpi/tests/mpi.sh"
# shellcheck disable=SC2154 # mpi.sh sets what is used here
cd "$scratch" || exit 99

# Bytes that MPI counted on arrival against the formula, in every entry of a file; and the worst error.
agrees() { # FILE
	awk '/"received_bytes"/ { r = $2 + 0 } /"analytic_bytes"/ { n++; if (r != $2 + 0) { print "received " r ", by the formula " $2; bad = 1 } }
		/"error_ratio"/ { if (!($2 + 0 <= 1) || $2 ~ /null/) { print "error ratio " $2; bad = 1 } } END { if (!n) print "no entries"; exit bad || !n }' "$1"
}
for n in 1 2 3 4 7; do
	ok "ring, split-kv over $n ranks" ranks $n "$scale" --method ring,split-kv --hq 4 --hkv 2 --sq 5,515,1000 --causal --repetitions 1 --rows 40 --out "c$n.json"
	ok "ring over $n ranks: bytes and errors" agrees "c$n.json"
	ok "ring over $n ranks with a window" ranks $n "$scale" --sq 1000 --causal --window 100 --dtype bf16 --rows 60 --repetitions 1 --out "w$n.json"
	ok "ring over $n ranks with a window: bytes and errors" agrees "w$n.json"
done
for n in 1 2 4; do
	ok "ulysses over $n ranks" ranks $n "$scale" --method ulysses --b 2 --hq 8 --hkv 4 --sq 515 --causal --rows 40 --repetitions 1 --out "u$n.json"
	ok "ulysses over $n ranks: bytes and errors" agrees "u$n.json"
done
bytes() { sed -n 's/.*"received_bytes": \([0-9]*\).*/\1/p' "$1" | tail -n 1; }
is "with a window the keys that are seen travel alone" "$(bytes w4.json)" $((100 * 64 * 2 * 2))

# A file of inputs, each rank reading its slice: the answer is that of `attnbench run`, or the judge, which reads it too, says so.
npy() { # FILE SHAPE BYTES
	printf '\223NUMPY\1\0\166\0%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($2), }" >"$1"
	awk -v n="$3" 'BEGIN { srand(n); for (i = 0; i < n / 4; i++) printf "%c%c%c%c", 1 + int(rand() * 120), 1 + int(rand() * 120), 1 + int(rand() * 120), 62 }' >>"$1"
}
npy q.npy '4, 90, 8' 11520; npy k.npy '2, 90, 8' 5760; npy v.npy '2, 90, 8' 5760
ok "inputs by slices of files" ranks 3 "$scale" --q q.npy --k k.npy --v v.npy --causal --rows 90 --out f.json
ok "inputs by slices of files: bytes and errors" agrees f.json
run ranks 2 "$scale" --q q.npy --k v.npy
ok "one file of three is refused" grep -q 'of --q, --k and --v some are given and some are not' "$err"
head -c 3000 v.npy >short.npy
run ranks 2 "$scale" --q q.npy --k k.npy --v short.npy
ok "a file that is cut short is told" sh -c 'test "$1" = 3 && grep -q "the file is shorter than its header says" "$2"' sh "$status" "$err"
run ranks 2 "$scale" --q q.npy --k k.npy --v q.npy
ok "files that do not fit are refused" grep -q -- "attnbench-scale: --v q.npy: its shape (1, 4, 90, 8) of 4 bytes each does not fit the other files" "$err"
run ranks 2 "$scale" --q q.npy --k k.npy --v missing.npy
ok "a missing file is told" grep -q -- '--v missing.npy: the file cannot be opened on every rank' "$err"

# What a message costs, on this machine and on a simulated one, whose network gives back what its platform says: 2 us and 12.5 GB/s.
run ranks 2 "$scale" --ping
ok "--ping tells latency and bandwidth" awk '/^latency/ { found = $2 > 0 && $5 > 1e6 } /^[0-9]/ { n++ } END { exit !(found && n == 10) }' "$out"
run ranks 1 "$scale" --ping
is "--ping of one rank is refused" "$status $(grep attnbench-scale: "$err")" '3 attnbench-scale: --ping needs two ranks, found 1'
if [ -x "$top_builddir/attnbench-simulate" ]; then
	ATTNBENCH_SIMULATE=$top_builddir/attnbench-simulate
	export ATTNBENCH_SIMULATE
	"$top_srcdir/contrib/simgrid/platform.sh" 2 1 12.5GBps 2us >network.xml
	run "$top_srcdir/contrib/simgrid/simulate.sh" 2 network.xml 1 --ping
	ok "a simulated message costs latency + bytes / bandwidth: $(grep -E '^(8|16777216) ' "$out" | tr '\n' ' ')" \
		awk 'function is(x, y) { return x > 0.95 * y && x < 1.05 * y } $1 == 8 { n += is($2, 2e-6) } $1 == 16777216 { n += is($2, 2e-6 + $1 / 12.5e9) } END { exit n != 2 }' "$out"
	printf '64 1e-9 1e-9\n' >old.txt
	run "$top_srcdir/contrib/simgrid/simulate.sh" 2 network.xml 1 --sq 64 --block-times old.txt
	ok "block times without those of merging are refused" grep -q -- '--block-times old.txt: it has no line "merge SECONDS"' "$err"
else
	skip "the simulated network" "this build has no SimGrid"
fi

# Half a million keys over 4 ranks: none comes near the whole.
run ranks 4 "$scale" --sq 524288 --causal --window 255 --rows 24 --repetitions 1 --out long.json
ok "524288 tokens over 4 ranks" test "$status" = 0
ok "524288 tokens over 4 ranks: no rank holds k and v" awk '/"peak_bytes"/ { gsub(/[^0-9. ]/, ""); for (i = 1; i <= NF; i++) { n++; if ($i + 0 > 230e6) exit 1 } } END { exit n != 4 }' long.json
tap_end
