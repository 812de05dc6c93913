#!/bin/sh
# Measures on this machine and simulates this machine: compare.sh RANKS… OPTION of attnbench-scale…, in a build folder.
#     compare.sh 1 2 4 --sq 16384,32768 --causal
# Prints for each method, length and number of ranks both times and how far the simulated one is off.
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
export OMPI_MCA_hwloc_base_binding_policy
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
./attnbench-scale --calibrate >"$folder/times"
ping=$(mpirun -n 2 ./attnbench-scale --ping)
latency=$(echo "$ping" | sed 's/latency \([^ ]*\) s.*/\1/') bandwidth=$(echo "$ping" | sed 's/.*bandwidth \([^ ]*\) bytes.*/\1/')
echo "$ping"
"$here/platform.sh" 1 "$(nproc)" 1GBps 1us "${bandwidth}Bps" "${latency}s" >"$folder/platform.xml"
# method, length and median of a file of results
medians() { awk '/"method"/ { split($0, w, "\""); m = w[4] } /"sq"/ { match($0, /"sq": [0-9]+/); l = substr($0, RSTART + 6, RLENGTH - 6) } /"median_ns"/ { print m, l, $2 / 1e9 }' "$1"; }
for n in $counts; do
	mpirun -n "$n" ./attnbench-scale "$@" --rows 0 --out "$folder/real.json" >/dev/null
	"$here/simulate.sh" "$n" "$folder/platform.xml" "$n" "$@" --rows 0 --block-times "$folder/times" --out "$folder/simulated.json" >/dev/null
	medians "$folder/real.json" >"$folder/real"
	medians "$folder/simulated.json" | paste -d' ' "$folder/real" - | awk -v n="$n" '{ printf "%s, %d rows, %d ranks: measured %.4f s, simulated %.4f s, %+.1f %%\n", $1, $2, n, $3, $6, 100 * ($6 / $3 - 1) }'
done
