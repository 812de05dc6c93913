#!/bin/sh
# Measures on this machine and simulates this machine: compare.sh RANKS… OPTION of attnbench-scale…, in a build folder.
#     compare.sh 1 2 4 --sq 16384,32768 --causal
# Prints for each method, length and number of ranks the least time of all repetitions, which others on the machine disturb least, the
# simulated one, which they don't disturb at all, and how far off it is. BLOCK_TIMES names what an earlier --calibrate printed, if there is such a file.
# On a machine that others keep busy: CLOCK=processor, with one length. Then measured is the processor time of all ranks over the cores, what 1 repetition
# takes taken away from what 11 take, which is the time of the run where no core is idle: give it one core (taskset -c 0).
# SPDX-License-Identifier: Apache-2.0
set -eu
here=$(dirname "$(readlink -f "$0")")
counts=
while [ $# -gt 0 ]; do
	case $1 in
	[0-9]*) counts="$counts $1"; shift ;;
	*) break ;;
	esac
done
if [ -z "$counts" ]; then
	echo "usage: compare.sh RANKS... OPTION..." >&2
	exit 2
fi
OMPI_MCA_hwloc_base_binding_policy=none # as the calibration, which no mpirun binds to a core
OMPI_MCA_mpi_yield_when_idle=1          # --ping waits as the methods do, which matters where ranks are more than cores
OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_hwloc_base_binding_policy OMPI_MCA_mpi_yield_when_idle OMPI_MCA_rmaps_base_oversubscribe
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
if [ -n "${BLOCK_TIMES:-}" ]; then cp "$BLOCK_TIMES" "$folder/times"; else ./attnbench-scale --calibrate >"$folder/times"; fi
ping=$(mpirun -n 2 ./attnbench-scale --ping)
latency=$(echo "$ping" | sed 's/latency \([^ ]*\) s.*/\1/') bandwidth=$(echo "$ping" | sed 's/.*bandwidth \([^ ]*\) bytes.*/\1/')
echo "$ping"
"$here/platform.sh" 1 "$(nproc)" 1GBps 1us "${bandwidth}Bps" "${latency}s" >"$folder/platform.xml"
# method, length and least time of each entry of a file of results
least() {
	awk '/"method"/ { split($0, w, "\""); m = w[4] } /"sq"/ { match($0, /"sq": [0-9]+/); l = substr($0, RSTART + 6, RLENGTH - 6) }
		/"samples_ns"/ { gsub(/[^0-9.e+ ]|"samples_ns":/, ""); t = $1; for (i = 2; i <= NF; i++) t = $i < t ? $i : t; print m, l, t / 1e9 }' "$1"
}
# method, length and processor time of a repetition, from the file of results of the longer run
spent() {
	for repetitions in 1 11; do
		times >"$folder/before"
		mpirun -n "$n" ./attnbench-scale "$@" --rows 0 --repetitions $repetitions --out "$folder/real.json" >/dev/null
		times >"$folder/after"
		# The second line: user and system time of children that have ended.
		cat "$folder/before" "$folder/after" | awk 'NR % 2 == 0 { t[NR] = 0; for (i = 1; i <= 2; i++) { split($i, w, "m"); t[NR] += 60 * w[1] + w[2] } } END { print t[4] - t[2] }' >"$folder/spent$repetitions"
	done
	least "$folder/real.json" | awk -v cores="$(nproc)" -v one="$(cat "$folder/spent1")" -v eleven="$(cat "$folder/spent11")" '{ print $1, $2, (eleven - one) / 10 / cores }'
}
for n in $counts; do
	if [ "${CLOCK:-}" = processor ]; then spent "$@" >"$folder/real"; else
		mpirun -n "$n" ./attnbench-scale "$@" --rows 0 --out "$folder/real.json" >/dev/null
		least "$folder/real.json" >"$folder/real"
	fi
	"$here/simulate.sh" "$n" "$folder/platform.xml" "$n" "$@" --rows 0 --block-times "$folder/times" --out "$folder/simulated.json" >/dev/null
	least "$folder/simulated.json" | paste -d' ' "$folder/real" - | awk -v n="$n" '{ printf "%s, %d rows, %d rank%s: measured %.4g s, simulated %.4g s, %+.1f %%\n", $1, $2, n, n == 1 ? "" : "s", $3, $6, 100 * ($6 / $3 - 1) }'
done
