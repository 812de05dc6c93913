#!/bin/sh
# Measures on this machine and simulates this machine: compare.sh RANKS… OPTION of attnbench-scale…, in a build folder.
#     compare.sh 1 2 --sq 512,2048,8192 --causal --repetitions 10
# Prints Markdown tables: messages between two ranks by their length, then each method, length and number of ranks; the least time of all repetitions, which
# others on the machine disturb least, the simulated one, which they don't disturb at all, and how far off it is. Where messages are not hidden behind computing
# (shared memory: the core that receives copies), the simulated cores copy too. FOLDER names where what was measured is kept; what is there is not measured again.
# CLOCK=processor, for ranks that are more than cores: measured is the processor time of all ranks over the cores, that is the time of a run where no
# core is idle and nobody else is on it. Give it one core (taskset -c 0).
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
OMPI_MCA_mpi_yield_when_idle=1
OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_hwloc_base_binding_policy OMPI_MCA_mpi_yield_when_idle OMPI_MCA_rmaps_base_oversubscribe
folder=${FOLDER:-}
[ -n "$folder" ] || { folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; }
mkdir -p "$folder"

# FILE COMMAND…: what it prints, once; in the file only when it went well
once() {
	once_file=$1; shift
	[ -s "$once_file" ] || { "$@" >"$once_file.new" && mv "$once_file.new" "$once_file"; }
}
once "$folder/block-times.txt" ./attnbench-scale --calibrate
once "$folder/messages.txt" mpirun -n 2 ./attnbench-scale --ping
field() { sed -n "s/^latency .*$1 \([^ ,]*\).*/\1/p" "$folder/messages.txt"; }
latency=$(sed -n 's/^latency \([^ ]*\) s.*/\1/p' "$folder/messages.txt") bandwidth=$(field bandwidth | awk '{ printf "%.0f", $1 }')
# On one core both ranks' copying was in the time of a message.
[ "$(nproc)" -gt 1 ] || bandwidth=$((2 * bandwidth))
if [ "$(field hidden)" -lt 50 ]; then loop=1000000GBps copy="--copy-bandwidth $bandwidth"; else loop=${bandwidth}Bps copy=; fi
"$here/platform.sh" 1 "$(nproc)" 1GBps 1us "$loop" "${latency}s" >"$folder/platform.xml"

# shellcheck disable=SC2086 # words
simulated() { # RANKS OPTION…
	simulated_ranks=$1; shift
	"$here/simulate.sh" "$simulated_ranks" "$folder/platform.xml" "$simulated_ranks" $copy "$@"
}
# Two numbers of seconds and by how much the second is off.
row='function row(name, real, simulated) { printf "| %s | %.4g ms | %.4g ms | %+.1f %% |\n", name, 1e3 * real, 1e3 * simulated, 100 * (simulated / real - 1) }'
sed -n 's/^latency/Latency/p' "$folder/messages.txt"
printf '\n| bytes that two ranks send each other | measured | simulated | off by |\n| --- | --: | --: | --: |\n'
simulated 2 --ping >"$folder/simulated-messages.txt"
paste -d' ' "$folder/messages.txt" "$folder/simulated-messages.txt" | awk "$row"' /^[0-9]/ { row($1, $2, $4) }'

if [ "${CLOCK:-}" = processor ]; then samples=processor_ns share=$(nproc); else samples=samples_ns share=1; fi
# method, length and least time of each entry of a file of results
least() { # FILE SAMPLES SHARE
	awk -v samples="\"$2\"" -v share="$3" '/"method"/ { split($0, w, "\""); m = w[4] } /"sq"/ { match($0, /"sq": [0-9]+/); l = substr($0, RSTART + 6, RLENGTH - 6) }
		index($0, samples) { gsub(/"[a-z_]*":|[^0-9.e+ ]/, ""); t = $1; for (i = 2; i <= NF; i++) t = $i < t ? $i : t; print m, l, t / 1e9 / share }' "$1"
}
printf '\n| method, rows, ranks | measured | simulated | off by |\n| --- | --: | --: | --: |\n'
for n in $counts; do
	[ -s "$folder/real-$n.json" ] || mpirun -n "$n" ./attnbench-scale "$@" --rows 0 --out "$folder/real-$n.json" >/dev/null
	simulated "$n" "$@" --rows 0 --block-times "$folder/block-times.txt" --out "$folder/simulated-$n.json" >/dev/null
	least "$folder/simulated-$n.json" samples_ns 1 >"$folder/simulated"
	least "$folder/real-$n.json" $samples "$share" | paste -d' ' - "$folder/simulated" | awk -v n="$n" "$row"'{ row($1 ", " $2 " rows, " n (n == 1 ? " rank" : " ranks"), $3, $6) }'
done
