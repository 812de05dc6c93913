#!/bin/sh
# What the rows announce of memory and messages, on every rank, against what was measured; a rank that takes more is seen.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/impls/mpi/tests/mpi.sh"
# shellcheck disable=SC2154 # mpi.sh sets what is used here
cd "$scratch" || exit 99

# sweep RANKS OUT OPTION…: seconds enough for a busy machine
sweep() {
	sweep_ranks=$1 sweep_out=$2; shift 2
	run ranks "$sweep_ranks" "$ATTNBENCH" sweep --quick --passes 1 --repetitions 3 --min-seconds 0.001 --max-seconds 120 --threads 1 --out "$sweep_out" "$@"
	mv "$out" "$sweep_out.said"
}
if sweep 1 none.json --impl split-kv --sq 1 --skv 8 --d 8; [ "$status" = 3 ] && grep -q 'this build has no' "$err"; then
	skip "what rows announce" "$(cat "$err")"
	tap_end
fi

# entry FILE IMPL: its line of a set with one problem; number and list take a member from it, a list's numbers with spaces between.
entry() { grep "\"impl\":\"$2\"" "$1" | grep '"status":"ok"'; }
number() { entry "$1" "$2" | sed -n "s/.*\"$3\":\([0-9][0-9]*\).*/\1/p"; }
list() { entry "$1" "$2" | sed -n "s/.*\"$3\":\[\([0-9,]*\)\].*/\1/p" | tr , ' '; }
sum() { echo "$*" | tr ' ' '\n' | awk '{ s += $1 } END { printf "%.0f\n", s }'; }

# fits FILE IMPL: on each rank, resident is no more than announced and what MPI and stacks explain, and no less than most of it: what is announced is there.
fits() {
	echo "announced $(list "$1" "$2" announced_bytes), resident $(list "$1" "$2" peak_extra_bytes)"
	echo "$(list "$1" "$2" announced_bytes) $(list "$1" "$2" peak_extra_bytes)" | awk '{ n = NF / 2
		for (i = 1; i <= n; i++) if ($(n + i) > $i + 1114112 || $(n + i) < 0.7 * $i) bad = 1 } END { exit bad || n < 1 }'
}

# announced RANKS IMPL…: 4 heads of 512 rows and 640 keys of 64 columns
announced() {
	n=$1; shift
	sweep "$n" "a$n.json" --impl "$(echo "$*" | tr ' ' ,)" --hq 4 --sq 512 --skv 640 --d 64 --causal none
	is "sweep over $n ranks: status" "$status" 0
	for impl in "$@"; do
		is "$impl over $n ranks: as many accounts" "$(list "a$n.json" "$impl" announced_bytes | wc -w)" "$n"
		ok "$impl over $n ranks: no memory that is not announced" fits "a$n.json" "$impl"
		is "$impl over $n ranks: the set says so" "$(entry "a$n.json" "$impl" | grep -c '"announces_too_little":false')" 1
		rest=$(($(number "a$n.json" "$impl" workspace_bytes) - $(number "a$n.json" "$impl" shared_bytes) - $(sum "$(list "a$n.json" "$impl" announced_bytes)")))
		ok "$impl over $n ranks: announced is what the ranks take, what is shared, and a plan of $rest bytes" test "$rest" -gt 0 -a "$rest" -lt 4096
		is "$impl over $n ranks: shared are the tensors" "$(number "a$n.json" "$impl" shared_bytes)" $((4 * 4 * 64 * (2 * 512 + 2 * 640) + 8 * 4 * 512))
		is "$impl over $n ranks: what arrives at each is what the formula says" "$(list "a$n.json" "$impl" received_bytes)" "$(list "a$n.json" "$impl" analytic_bytes)"
		is "$impl over $n ranks: what is sent arrives" "$(sum "$(list "a$n.json" "$impl" sent_bytes)")" "$(sum "$(list "a$n.json" "$impl" received_bytes)")"
	done
}
announced 1 ring split-kv ulysses
announced 2 ring split-kv ulysses
announced 3 ring split-kv
announced 4 ring split-kv ulysses
announced 7 ring split-kv

# By hand: ring over 2 ranks hands a half of q, k and v to rank 1 and takes a half of out back; between them each sends its keys and values.
q=$((4 * 4 * 512 * 64)) kv=$((2 * 4 * 4 * 640 * 64))
is "ring over 2 ranks: bytes received" "$(list a2.json ring received_bytes)" "$((kv / 2 + q / 2)) $((q / 2 + kv / 2 + kv / 2))"

sweep 3 masks.json --impl ring --workload length --sq 300 --d 32 --causal bottom-right --dtype bf16
is "a causal mask and 16 bits: status" "$status" 0
is "a causal mask and 16 bits: what arrives" "$(list masks.json ring received_bytes)" "$(list masks.json ring analytic_bytes)"

# What is done is taken over whole.
cp a3.json again.json
sweep 3 again.json --resume --impl ring,split-kv --hq 4 --sq 512 --skv 640 --d 64 --causal none
for impl in ring split-kv; do
	is "$impl: --resume keeps the accounts" "$(entry again.json $impl | sed 's/.*"processes"://')" "$(entry a3.json $impl | sed 's/.*"processes"://')"
	is "$impl: --resume keeps the verdict" "$(entry again.json $impl | grep -c '"announces_too_little":false')" 1
done
python=$(command -v python3)
if [ -n "$python" ] && "$python" -c 'import jsonschema' 2>/dev/null; then
	printf 'import json, sys, jsonschema\njsonschema.validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))\n' >validate.py
	ok "the set is as results/schema.json says" "$python" validate.py "$top_srcdir/results/schema.json" a7.json
else
	skip "the set is as results/schema.json says" "python3 has no jsonschema (Debian: python3-jsonschema)"
fi

# The report says it too: of ring over 2 ranks what the busiest sent and received, and no mark.
"$ATTNBENCH" report a2.json --out report >"$out" 2>&1
is "the report has what was received, and by the formula" "$(sed -n 's/^| ring | .*| \([^|]*\) | \([^|]*\) |$/\1, \2/p' report/report.md)" "1.50 MiB, 1.50 MiB"
ok "and as a table of the page" grep -q '<h2 id="ranks-h">What the ranks take and send' report/report.html
sed 's/"received_bytes":\[[0-9]*/&7/' a2.json >wrong.json
"$ATTNBENCH" report wrong.json --out wrong >"$out" 2>&1
is "where they differ it is marked" "$(grep -c '^| .*✗ | [^|]* |$' wrong/report.md)" 3

# A local kernel that takes 8 MiB without a word, on rank 1 of 3.
export FAULT=hoard FAULT_RANK=1
sweep 3 hoard.json --impl ring --local faulty --plugin "$faulty" --hq 2 --sq 64 --d 16 --causal none
is "a rank that takes more than it says: status" "$status" 0
is "a rank that takes more than it says: it is marked" "$(entry hoard.json ring | grep -c '"announces_too_little":true')" 1
ok "a rank that takes more than it says: in the table too" grep -q '^  ring .*!' hoard.json.said
more() { echo "$(list hoard.json ring announced_bytes) $(list hoard.json ring peak_extra_bytes)" | awk '{ for (i = 1; i <= 3; i++) printf "%s%d", (i > 1 ? " " : ""), ($(3 + i) - $i > 8e6) }'; }
is "a rank that takes more than it says: it is that one" "$(more)" "0 1 0"
ok "a rank that takes more than it says: how much" test "$(number hoard.json ring unannounced_bytes)" -gt 8000000
FAULT=none
sweep 3 none.json --impl ring --local faulty --plugin "$faulty" --hq 2 --sq 64 --d 16 --causal none
is "the same kernel without its hoard is not marked" "$(entry none.json ring | grep -c '"announces_too_little":false')" 1
tap_end
