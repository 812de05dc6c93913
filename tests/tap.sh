# TAP for shell tests. A test begins with: . "${top_srcdir:-.}/tests/tap.sh" – and ends with: tap_end
# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
: "${top_srcdir:=.}" "${top_builddir:=.}" "${ATTNBENCH:=$top_builddir/attnbench}" "${CC:=cc}" "${CXX:=c++}"
tap_count=0 tap_failed=0
scratch=$(mktemp -d) || { echo "Bail out! no temporary folder"; exit 99; }
trap 'rm -rf "$scratch"' EXIT
trap 'exit 99' HUP INT TERM
# prove 3.44 does not know version 14
if [ -n "${HARNESS_ACTIVE:-}" ]; then echo "TAP version 13"; else echo "TAP version 14"; fi

tap_point() { # STATUS NAME
	tap_count=$((tap_count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_count - $2"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $2"
	fi
}

# ok NAME COMMAND…: passes when the command succeeds; what it printed is shown when it does not.
ok() {
	tap_name=$1; shift
	"$@" >"$scratch/.said" 2>&1 </dev/null
	tap_status=$?
	tap_point $tap_status "$tap_name"
	[ $tap_status = 0 ] || { echo "# $* ended with status $tap_status"; sed 's/^/# /' "$scratch/.said"; }
}

# is NAME GOT EXPECTED
is() {
	if [ "$2" = "$3" ]; then tap_point 0 "$1"; return; fi
	tap_point 1 "$1"
	printf 'got:\n%s\nexpected:\n%s\n' "$2" "$3" | sed 's/^/# /'
}

# run COMMAND…: leaves its exit status in $status, its output in the files $out and $err.
out=$scratch/.out err=$scratch/.err status=
# shellcheck disable=SC2034 # tests read status
run() {
	"$@" >"$out" 2>"$err" </dev/null
	status=$?
}

skip() { # NAME REASON
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

tap_end() {
	echo "1..$tap_count"
	[ $tap_failed = 0 ]
	exit
}
