#!/bin/sh
# Measures the reference set of a machine: reference.sh PROGRAM FOLDER NAME writes FOLDER/NAME.json. Without a name it is made from the
# processor's. Every built-in implementation: the plain sweep over lengths, and the workloads of real models in f32 and bf16, within three quarters of an hour
# (REFERENCE_BUDGET, in seconds). REFERENCE_WORKLOADS=length leaves the models out.
# Refuses a machine that does other work: a reference that is noise misleads for years.
# SPDX-License-Identifier: Apache-2.0
set -eu
LC_ALL=C
export LC_ALL
program=$1 folder=$2 name=${3-}
case $name in */* | .*) echo "reference.sh: \"$name\": expected a name of letters, digits, '-' and '.'" >&2; exit 2 ;; esac
if [ -z "$name" ]; then
	name=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1 | tr -cs 'A-Za-z0-9\n' '-' | tr '[:upper:]' '[:lower:]' | sed 's/^-//;s/-$//')
	name=${name:-unknown}-$(nproc)
fi
load=$(cut -d' ' -f1 /proc/loadavg)
if [ -z "${REFERENCE_ANYWAY-}" ] && awk "BEGIN { exit !($load > 0.2 * $(nproc)) }"; then
	echo "reference.sh: the load average is $load: wait until the machine is idle, or set REFERENCE_ANYWAY=1" >&2
	exit 3
fi
resume= # where a run was interrupted; a whole set is measured anew
if [ -e "$folder/$name.json.partial" ] || { [ -e "$folder/$name.json" ] && ! grep -q '"pending": 0,' "$folder/$name.json"; }; then resume=--resume; fi
"$program" sweep --workload "${REFERENCE_WORKLOADS:-length,*}" --budget "${REFERENCE_BUDGET:-2700}" --dtype f32,bf16 --repetitions 11 --max-seconds "${REFERENCE_SECONDS:-8}" $resume --out "$folder/$name.json"
echo "$folder/$name.json: $(wc -c <"$folder/$name.json") bytes"
