#!/bin/sh
# Can compare be believed on this machine? Two experiments, for a machine as it is, other work included: trust.sh PROGRAM PLUGIN FOLDER
#   A/A    the same sweep 21 times, each compared with the one before: 20 comparisons, and no regression may be found
#   slower a kernel that does 10 % more work (harness/test_sweep_plugin.c), 5 times against the same without: found every time
# Sets and comparisons stay in FOLDER, whose log is the record. Ends with 1 unless both hold. Not part of make check: it takes minutes,
# and a machine may be too busy for it.
# SPDX-License-Identifier: Apache-2.0
set -u
program=$1 plugin=$2 folder=$3
mkdir -p "$folder" || exit 3
log=$folder/log
runs=${TRUST_RUNS:-20} slow_runs=${TRUST_SLOW_RUNS:-5}
say() { printf '%s\n' "$*" | tee -a "$log"; }
: >"$log"
say "$("$program" info | sed -n 's/^  \(cpu\|commit\|compiler\|kernel\)  */\1: /p' | paste -sd';')"
say "$(date -u +%FT%TZ), load $(cut -d' ' -f1-3 /proc/loadavg)"

# NAME OPTION…: a set
set_of() {
	name=$1; shift
	"$program" sweep --threads 1 --repetitions 60 --passes 20 --disturbed 3 --min-seconds 0.002 --max-seconds 120 "$@" --out "$folder/$name.json" >"$folder/$name.txt" 2>&1 || {
		say "$name: the sweep ended with status $?"; tail -n 3 "$folder/$name.txt"; exit 3; }
}

# BASE NEW: the last line of the comparison to the log; its status
judge() {
	"$program" compare "$folder/$1.json" "$folder/$2.json" >"$folder/$1-$2.txt"
	status=$?
	say "$1 $2: status $status; $(tail -n 1 "$folder/$1-$2.txt"); load $(cut -d' ' -f1 /proc/loadavg)"
	return $status
}

regressions=0 missed=0
[ "$runs" = 0 ] || set_of a0 --impl flash,blocked --sq 128,512
i=1
while [ "$i" -le "$runs" ]; do
	set_of "a$i" --impl flash,blocked --sq 128,512
	judge "a$((i - 1))" "a$i" || regressions=$((regressions + 1))
	i=$((i + 1))
done
say "A/A: $((runs - regressions)) of $runs without a regression"
i=1
while [ "$i" -le "$slow_runs" ]; do
	set_of "base$i" --plugin "$plugin" --impl test-right --sq 64,128 --hq 4
	TEST_SWEEP_SLOWER=10 set_of "slow$i" --plugin "$plugin" --impl test-right --sq 64,128 --hq 4
	judge "base$i" "slow$i" && missed=$((missed + 1))
	i=$((i + 1))
done
say "10 % slower: found $((slow_runs - missed)) times of $slow_runs"
[ $regressions = 0 ] && [ $missed = 0 ]
