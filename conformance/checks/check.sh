# The whole suite on one implementation, named by the test's file: IMPL.t or IMPL@ISA.t. Its TAP is attnbench's own.
# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
: "${ATTNBENCH:=./attnbench}"
name=$(basename "$0" .t)
impl=${name%@*}
if [ "$impl" != "$name" ]; then
	ATTNBENCH_ISA=${name#*@}
	export ATTNBENCH_ISA
fi
if ! "$ATTNBENCH" list impls --names | grep -qx "$impl"; then
	echo "1..0 # SKIP $("$ATTNBENCH" list impls | grep "^$impl ")"
	exit 0
fi
exec "$ATTNBENCH" check --impl "$impl" --jobs 1
