#!/bin/sh
# Writes a platform of SimGrid: NODES machines of CORES cores behind one switch, each with a link of that bandwidth, LATENCY from one
# to another (two links: half of it is each one's), and what two processes of one machine see between them. Usage: platform.sh NODES CORES BANDWIDTH LATENCY [LOOP_BANDWIDTH LOOP_LATENCY]
#     platform.sh 1024 1 12.5GBps 2us 10GBps 500ns >cluster.xml
# SPDX-License-Identifier: Apache-2.0
set -eu
if [ $# != 4 ] && [ $# != 6 ]; then
	echo "usage: platform.sh NODES CORES BANDWIDTH LATENCY [LOOP_BANDWIDTH LOOP_LATENCY]" >&2
	exit 2
fi
nodes=$1 cores=$2 bandwidth=$3 latency=$4 loop_bandwidth=${5:-10GBps} loop_latency=${6:-500ns}
number=$(printf '%s' "$latency" | sed 's/[a-z]*$//')
link=$(awk -v x="$number" 'BEGIN { print x / 2 }')${latency#"$number"}
cat <<XML
<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <cluster id="cluster" prefix="node-" suffix="" radical="0-$((nodes - 1))" speed="1Gf" core="$cores" bw="$bandwidth" lat="$link"
           loopback_bw="$loop_bandwidth" loopback_lat="$loop_latency"/>
</platform>
XML
