#!/bin/sh
# Runs attnbench-simulate on a cluster of N ranks, one on each node: simulate.sh N PLATFORM.xml CORES OPTION…
# With CORES the ranks fill the nodes, CORES to each.
# SPDX-License-Identifier: Apache-2.0
set -eu
if [ $# -lt 3 ]; then
	echo "usage: simulate.sh RANKS PLATFORM.xml RANKS_ON_A_NODE OPTION..." >&2
	exit 2
fi
ranks=$1 platform=$2 each=$3
shift 3
hosts=$(mktemp)
trap 'rm -f "$hosts"' EXIT
i=0
while [ $i -lt "$ranks" ]; do
	echo "node-$((i / each))"
	i=$((i + 1))
done >"$hosts"
# Stacks and shared memory are small: a thousand ranks are one process. Only what smpi_execute says takes time, and messages take latency + bytes / bandwidth of the platform, nothing else.
smpirun -np "$ranks" -platform "$platform" -hostfile "$hosts" --cfg=smpi/simulate-computation:no --cfg=network/model:CM02 --cfg=network/TCP-gamma:0 --cfg=network/crosstraffic:no \
	--cfg=contexts/stack-size:512 --cfg=smpi/shared-malloc-blocksize:67108864 --cfg=smpi/os:0:0:0 --cfg=smpi/or:0:0:0 --cfg=smpi/ois:0:0:0 --log=root.thres:critical "${ATTNBENCH_SIMULATE:-./attnbench-simulate}" "$@"
