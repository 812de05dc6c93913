#!/bin/sh
# Submits a sweep of N shards, and the job that merges them once all have ended well:
#     submit.sh N RESULTS attnbench sweep OPTION…            (options of sbatch: through SBATCH_PARTITION and the like)
# Prints the number of the job that merges; RESULTS/sweep.json is there when it is done.
# SPDX-License-Identifier: Apache-2.0
set -eu
if [ $# -lt 4 ] || [ "$4" != sweep ]; then
	echo "usage: submit.sh SHARDS RESULTS PROGRAM sweep OPTION..." >&2
	exit 2
fi
shards=$1 results=$2 program=$3
shift 2
here=$(dirname "$(readlink -f "$0")")
mkdir -p "$results"
array=$(sbatch --parsable --array="1-$shards" --output="$results/%A_%a.log" "$here/sweep.sbatch" "$results" "$@")
files=
i=1
while [ "$i" -le "$shards" ]; do
	files="$files '$results/shard-$i-of-$shards.json'"
	i=$((i + 1))
done
sbatch --parsable --dependency="afterok:$array" --kill-on-invalid-dep=yes --job-name=attnbench-merge --output="$results/merge.log" \
	--wrap="'$program' merge $files --out '$results/sweep.json'"
