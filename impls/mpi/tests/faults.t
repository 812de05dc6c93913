#!/bin/sh
# What goes wrong on one rank is one clear message and an exit status, and ends.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/impls/mpi/tests/mpi.sh"
# shellcheck disable=SC2154 # mpi.sh sets what is used here
RANKS_SECONDS=60 ATTNBENCH_MPI_TIMEOUT=3
export ATTNBENCH_MPI_TIMEOUT

# fault KIND STATUS TEXT: a local kernel that goes wrong so on rank 1 of 3
fault() {
	FAULT=$1 FAULT_RANK=1 run ranks 3 "$ATTNBENCH" check --local faulty --plugin "$faulty" --impl ring --suite examples --filter pairs-dot --threads 1
	sed -e :join -e '/\\$/{N;s/\\\n *//;b join' -e '}' "$out" >>"$err" # lines that were wrapped, as they were
	ok "$1 on one rank: status $status, expected $2" sh -c 'echo "$1" | grep -qx "$2"' sh "$status" "$2"
	ok "$1 on one rank: $3" grep -q "$3" "$err"
}
fault crash "$ended_status" 'attnbench: rank 1 of 3, in ring of b:1.* was killed by signal 11 (Segmentation fault)'
fault throw "$ended_status" 'attnbench: rank 1 of 3, in ring of b:1.* was aborted (signal 6), as by an exception that nothing caught'
fault hang "$ended_status" 'attnbench: rank [012] of 3, in ring of b:1.* did not end within its time limit (ATTNBENCH_MPI_TIMEOUT)'
fault fail 1 'ring: rank 1 of 3: its local kernel failed'
fault plan 1 'plan failed after query accepted: rank 1 of 3: the local kernel faulty: it was told to fail'

# A failure that is no crash leaves the ranks as they were: the cases after it are judged.
FAULT=plan FAULT_RANK=1 run ranks 2 "$ATTNBENCH" check --local faulty --plugin "$faulty" --impl ring --suite examples --threads 1
ok "after a failure the cases after it run" sh -c 'test $(grep -c "^    not ok" "$1") -gt 1' sh "$out"

# The processes of this test's check: another test may run such a check at the same time.
marked() { grep -lxz "ATTNBENCH_TEST_MARK=$$" /proc/[0-9]*/environ 2>/dev/null | tr -dc '0-9\n'; }

# The process of a rank: of those with its number the one that another program started.
rank_process() { # RANK
	for pid in $(marked); do
		grep -qxz "$rank_name=$1" "/proc/$pid/environ" 2>/dev/null && [ "$(ps -o comm= -p "$(ps -o ppid= -p "$pid" | tr -d ' ')" 2>/dev/null)" != attnbench ] && echo "$pid"
	done | head -n 1
}

# Waits until none is left, at most so many seconds; how many there are then.
left() { # SECONDS
	for _ in $(seq "$1"); do [ -z "$(marked)" ] && break; sleep 1; done
	marked | wc -l
}

# killed RANK: by signal 9 in the middle of a check of many cases
killed() {
	rank=$1
	ATTNBENCH_TEST_MARK=$$ mpirun -n 3 "$ATTNBENCH" check --impl ring --threads 1 --jobs 1 >"$out" 2>"$err" &
	mpi=$!
	sleep 4
	victim=$(rank_process "$1")
	ok "rank $1 is found" test -n "$victim"
	kill -9 "$victim"
	seconds=0
	while kill -0 $mpi 2>/dev/null && [ $seconds -lt 20 ]; do sleep 1; seconds=$((seconds + 1)); done
	ok "rank $1 killed: all ends within 20 s" test $seconds -lt 20
	# shellcheck disable=SC2046 # numbers of processes
	[ $seconds -lt 20 ] || kill -9 $(marked)
	wait $mpi
	ok "rank $1 killed: the exit status is not 0" test $? -ne 0
	ok "rank $1 killed: mpirun's message" grep -q "$(eval echo "\"$killed_line\"")" "$out" "$err"
	is "rank $1 killed: no process is left" "$(left 5)" 0
}
killed 2
killed 0

# What a sweep has done when a rank is killed is kept, and gone on with: mpirun may read no more of what is said then, the file is there.
cd "$scratch" || exit 99
lengths=$(seq -s, 64 4 360)
long_sweep() { # OPTION…: seconds for each length
	mpirun -n 3 "$ATTNBENCH" sweep --impl ring --quick --passes 1 --repetitions 3 --min-seconds 0.1 --max-seconds 120 --hq 2 --d 16 --causal none --threads 1 --out kept.json "$@"
}
done_in() { grep -c '"status":"ok"' "$1" 2>/dev/null; }
run ranks 3 "$ATTNBENCH" sweep --impl ring --sq 8 --dry-run --out kept.json
if [ "$status" = 3 ] && grep -q 'this build has no' "$err"; then
	skip "a rank killed in a sweep" "$(cat "$err")"
else
	ATTNBENCH_TEST_MARK=$$ long_sweep --sq "$lengths" >"$out" 2>"$err" &
	mpi=$!
	for _ in $(seq 100); do [ "$(done_in kept.json.partial)" -ge 2 ] 2>/dev/null && break; sleep 0.3; done
	victim=$(rank_process 2)
	kill -9 "$victim"
	wait $mpi
	ok "a rank killed in a sweep: the exit status is not 0" test $? -ne 0
	is "a rank killed in a sweep: no process is left" "$(left 20)" 0
	kept=kept.json
	[ -e kept.json ] || kept=kept.json.partial
	before=$(done_in $kept)
	ok "a rank killed in a sweep: $before points are kept" test "$before" -ge 2 -a "$before" -lt 75
	run long_sweep --sq 64,68 --resume
	ok "a rank killed in a sweep: --resume goes on" grep -q 'sweep: [12] of 2 points are taken over' "$err"
	is "a rank killed in a sweep: and ends well" "$status $(done_in kept.json)" "0 2"
fi

# Ranks that are not the same.
run ranks 1 "$ATTNBENCH" list : -n 1 env "ATTNBENCH_PLUGIN_PATH=$faulty" "$ATTNBENCH" list
is "another set of plugins: status" "$status" 3
ok "another set of plugins: message" grep -q 'attnbench: rank 1 (.*): its implementations or plugins are others: sum .*, expected .*, as on rank 0' "$err"
run ranks 1 "$ATTNBENCH" list : -n 1 "$ATTNBENCH" list --local naive
is "another local kernel: status and message" "$status $(grep -o 'its local kernel is.*' "$err")" '3 its local kernel is "naive": expected "flash", as on rank 0'
run ranks 2 "$ATTNBENCH" list --local nobody
is "an unknown local kernel: status and message" "$status $(grep 'attnbench:' "$err")" \
	'3 attnbench: the local kernel is "nobody": expected the name of an implementation (attnbench list impls)'

# A rank without memory: the address space of rank 1 is limited to little more than what it has at its start.
run ranks 1 "$scale" --sq 6000000 --window 64 --causal --rows 0 --repetitions 1 : -n 1 sh -c 'ulimit -v 1500000; exec "$@"' sh "$scale" --sq 6000000 --window 64 --causal --rows 0 --repetitions 1
ok "a rank without memory: status 3" test "$status" = 3
ok "a rank without memory: says which, and for what" grep -q 'attnbench-scale: rank 1 of 2: no memory for .*: [0-9]* bytes beside [0-9]* that it has' "$err"
run ranks 2 "$scale" --sq 100 --out "$scratch/no/such/folder.json"
ok "a result that can't be written: status 3 and message" sh -c 'test "$1" = 3 && grep -q "attnbench-scale: --out .*/no/such/folder.json: No such file" "$2"' sh "$status" "$err"
is "nothing half written" "$(find "$scratch" -name '*.tmp' | wc -l)" 0
run "$scale" --sq 10x
is "a wrong command line" "$status $(cat "$err")" '2 attnbench-scale: --sq has "10x": expected whole numbers of 1 or more, joined by commas'
tap_end
