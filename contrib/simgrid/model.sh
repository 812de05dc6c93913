#!/bin/sh
# The α–β model of docs/scaling.md for the entries of ring in a result of attnbench-simulate (one head, causal, zigzag), beside what was
# simulated: model.sh SIMULATED.json BLOCK-TIMES BYTES_A_SECOND SECONDS_OF_LATENCY
#     T = c(round 0) + Σ over n - 1 rounds of max(c(round), 2α + 2Sde/n · β), c by pairs of row and key in blocks of the size that the method cuts, and rows merged.
# SPDX-License-Identifier: Apache-2.0
set -eu
if [ $# != 4 ]; then
	echo "usage: model.sh SIMULATED.json BLOCK-TIMES BYTES_A_SECOND SECONDS_OF_LATENCY" >&2
	exit 2
fi
awk -v bandwidth="$3" -v latency="$4" '
	FNR == NR { if ($1 == "merge") merge = $2; else if ($1 !~ /^#/) { sizes++; size[sizes] = $1; full[sizes] = $2; causal[sizes] = $3 } next }
	# Seconds for a pair, between two sizes on a line in log n.
	function pair(n, is_causal,   i, a, b) {
		for (i = 1; i <= sizes && size[i] < n; i++);
		if (i == 1 || i > sizes) { i = i == 1 ? 1 : sizes; return is_causal ? causal[i] : full[i] }
		a = is_causal ? causal[i - 1] : full[i - 1]; b = is_causal ? causal[i] : full[i]
		return a + log(n / size[i - 1]) / log(size[i] / size[i - 1]) * (b - a)
	}
	# A piece of r rows against one of k keys, all of which they see, at most `most` rows at a time.
	function rectangle(r, k,   n) { n = int(r / most); return (n > 0 ? n * most * k * pair(sqrt(most * k), 0) : 0) + (r - n * most) * k * (r > n * most ? pair(sqrt((r - n * most) * k), 0) : 0) + r * merge }
	# The diagonal: each chunk of rows against the keys up to its end.
	function diagonal(r,   i, m, t) {
		for (i = 0; i < r; i += most) { m = r - i < most ? r - i : most; t += m * (i + (m + 1) / 2) * pair(sqrt(m * (i + m)), 1) }
		return t + r * merge
	}
	BEGIN { most = 16384 }
	/"method"/ { split($0, word, "\""); method = word[4]; match($0, /"ranks": [0-9]+/); ranks = substr($0, RSTART + 9, RLENGTH - 9) }
	/"sq"/ { match($0, /"sq": [0-9]+/); s = substr($0, RSTART + 6, RLENGTH - 6); match($0, /"d": [0-9]+/); d = substr($0, RSTART + 5, RLENGTH - 5) }
	/"median_ns"/ && method == "ring" {
		piece = s / ranks / 2
		first = ranks > 1 ? 2 * diagonal(piece) + rectangle(piece, piece) : diagonal(s)
		round = 2 * rectangle(piece, piece)
		wire = 2 * latency + 2 * s / ranks * d * 4 / bandwidth
		t = first + (ranks - 1) * (round > wire ? round : wire)
		simulated = $2 / 1e9
		printf "ring, %d tokens, %d ranks: model %.4f s, simulated %.4f s, %+.1f %%; a round computes %.3g s and sends %.3g s\n", s, ranks, t, simulated, 100 * (simulated / t - 1), round, wire
	}' "$2" "$1"
