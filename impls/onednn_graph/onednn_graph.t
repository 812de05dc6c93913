#!/bin/sh
# The graph of oneDNN under the suites, but for memory: a softmax of -inf times a hidden NaN is NaN, as in the other libraries
# (docs/peer-findings).
# SPDX-License-Identifier: Apache-2.0
: "${ATTNBENCH:=./attnbench}"
if ! "$ATTNBENCH" list impls --names | grep -qx onednn-graph; then
	echo "1..0 # SKIP this oneDNN has no graphs: expected 3.0 or newer"
	exit 0
fi
exec "$ATTNBENCH" check --impl onednn-graph --suite golden,examples,edge,needle,property,policy,random,rows,threads,onnx --jobs 1
