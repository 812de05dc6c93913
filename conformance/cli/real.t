#!/bin/sh
# The captured Q, K and V are the files that were committed, and go through every implementation rightly.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

real=$top_srcdir/conformance/real
checksums() { ( cd "$real" && sha256sum -c --quiet SHA256SUMS ); }
ok "checksums of conformance/real" checksums

for impl in $("$ATTNBENCH" list impls --names); do
	case $impl in limits/*) continue ;; esac
	for causal in none top-left; do
		name="run --impl $impl --causal $causal on captured tensors"
		run "$ATTNBENCH" run --impl "$impl" --q "$real/q.npy" --k "$real/k.npy" --v "$real/v.npy" --causal "$causal" --out "$scratch/o.npy"
		if [ "$status" = 3 ] && grep -q ' refused: ' "$err"; then
			skip "$name" "$(sed 's/.* refused: //' "$err")"
			continue
		fi
		is "$name" "$status $(grep -c 'error ratio .*: right' "$err")" "0 1"
		[ "$status" = 0 ] || sed 's/^/# /' "$err"
		is "$name: bytes of the output" "$(wc -c <"$scratch/o.npy")" 131200
		rm -f "$scratch/o.npy"
	done
done
tap_end
