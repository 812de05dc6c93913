#!/bin/sh
# The suites over the peers: check.sh FOLDER writes a result of each there, and prints how many cases passed, failed and were refused.
# A case that fails is a finding and no error; a peer that is not on, or of which no case passed, is.
# SPDX-License-Identifier: Apache-2.0
set -u
folder=$1
: "${ATTNBENCH:=attnbench}" "${OMP_WAIT_POLICY:=passive}"
export OMP_WAIT_POLICY
status=0
printf '%-20s %7s %7s %7s\n' peer passed failed refused
for impl in ${PEERS:-numpy torch_sdpa torch_math onnxruntime onnxruntime_mha onnxruntime_gqa openvino jax ggml ggml_f16 onednn-graph}; do
	"$ATTNBENCH" check --impl "$impl" --timeout 120 --format json >"$folder/check-$impl.json" 2>"$folder/check-$impl.log"
	case $? in
	0 | 1)
		counts=$(sed -n '3,5s/[^0-9]*\([0-9][0-9]*\).*/\1/p' "$folder/check-$impl.json" | tr '\n' ' ')
		# shellcheck disable=SC2086
		printf '%-20s %7s %7s %7s\n' "$impl" ${counts:-? ? ?}
		case $counts in '' | 0\ *) status=1 ;; esac
		;;
	*)
		printf '%-20s %s\n' "$impl" "$(tail -n 1 "$folder/check-$impl.log")"
		[ "$impl" = onednn-graph ] || status=1 # it needs an oneDNN that few systems have
		;;
	esac
done
exit $status
