#!/bin/sh
# The sweep as an array of jobs, with real daemons: shards on two nodes, one of them put back in the queue on its way, merged by a
# job that waits for all.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"
# shellcheck disable=SC2154 # tap.sh and slurm.sh set what is used here
. "$top_srcdir/contrib/slurm/tests/slurm.sh"
SRUN_CPUS_PER_TASK=1 OMP_WAIT_POLICY=passive
export SRUN_CPUS_PER_TASK OMP_WAIT_POLICY
ok "munged, slurmctld and two slurmd start" start_slurm

results=$scratch/results
# The command as docs/cluster.md has it.
command=$(sed -n '/^```slurm$/,/^```$/p' "$top_srcdir/docs/cluster.md" | grep -v '^```')
cd "$scratch" || exit 99
merge=$(PATH=$(dirname "$ATTNBENCH"):$top_srcdir/contrib/slurm:$PATH sh -c "$command" 2>"$err")
ok "submit.sh tells the job that merges" test "${merge:-0}" -gt 0
[ "${merge:-0}" -gt 0 ] || { sed 's/^/# /' "$err"; tap_end; }

# Task 1 goes back to the queue once it has measured something.
array=$((merge - 1))
for _ in $(seq 60); do [ -s "$results/shard-1-of-3.json" ] && break; sleep 0.5; done
state=$(scontrol show job "${array}_1" -o | sed 's/.*JobState=\([A-Z]*\).*/\1/')
ok "task 1 is put back in the queue while it is $state" scontrol requeue "${array}_1"

is "the job that merges ends well" "$(ended "$merge" 300)" COMPLETED
ok "the merged set is there" test -s "$results/sweep.json"
[ -s "$results/sweep.json" ] || { tail -n 20 "$results"/*.log "$slurm/slurmctld.log" | sed 's/^/# /'; scontrol show job | sed 's/^/# /'; }
restarts=$(scontrol show job "${array}_1" -o | sed 's/.*Restarts=\([0-9]*\).*/\1/')
ok "task 1 was started $restarts times more" test "$restarts" -ge 1
is "all points, with and without a causal mask, are there and right" "$(grep -o '"status": *"ok"' "$results/sweep.json" | wc -l)" 24
is "nothing half written" "$(find "$results" -name '*.tmp' | wc -l)" 0

# A shard that fails keeps the merge from running.
merge=$("$top_srcdir/contrib/slurm/submit.sh" 2 "$scratch/bad" "$ATTNBENCH" sweep --impl nobody --sq 64)
is "a wrong command line: the job that merges is cancelled" "$(ended "$merge" 60)" CANCELLED
ok "a wrong command line: the message is in the log" grep -q 'implementation "nobody": there is none of that name' "$scratch"/bad/*_1.log
run "$top_srcdir/contrib/slurm/submit.sh" 2 x
is "submit.sh tells its usage" "$status $(cat "$err")" "2 usage: submit.sh SHARDS RESULTS PROGRAM sweep OPTION..."
tap_end
