#!/bin/sh
# Transcripts: each line "$ COMMAND" of the .txt files beside this one is run in a folder of small .npy files; what it prints
# on stdout and stderr, and "[STATUS]" where that is not 0, must be what stands below it.
# TRANSCRIPT_UPDATE=1 rewrites the files in the source tree with what is printed now.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

# npy FILE DESCR SHAPE BYTES [FORTRAN]: a .npy file of zeros (version 1.0, a header of 118 characters)
npy() {
	printf '\223NUMPY\1\0\166\0%-117s\n' "{'descr': '$2', 'fortran_order': ${5:-False}, 'shape': ($3), }" >"$1"
	head -c "$4" /dev/zero >>"$1"
}

stage=$scratch/stage
mkdir -p "$stage/folder" && cd "$stage" || exit 99
npy q.npy '<f4' '4, 6, 8' 768          # 4 heads, 6 rows, 8 columns
npy k.npy '<f4' '2, 5, 8' 320          # 2 heads, 5 keys
npy v.npy '<f4' '2, 5, 3' 120
npy q64.npy '<f8' '4, 6, 8' 1536
npy k64.npy '<f8' '2, 5, 8' 640
npy v64.npy '<f8' '2, 5, 3' 240
npy v-short.npy '<f4' '2, 4, 3' 96
npy k-wide.npy '<f4' '2, 5, 9' 360
npy k-heads.npy '<f4' '3, 5, 8' 480
npy v-heads.npy '<f4' '3, 5, 3' 180
npy k-batch.npy '<f4' '2, 2, 5, 8' 640
npy int.npy '<i8' '4, 6, 8' 1536
npy flat.npy '<f4' '8, ' 32
npy deep.npy '<f4' '1, 1, 1, 1, 8' 32
npy complex.npy '<c8' '4, 6, 8' 1536
npy mask.npy '|b1' '6, 5' 30
npy mask-short.npy '|b1' '6, 4' 24
npy bias.npy '<f4' '4, 6, 5' 480
npy slopes.npy '<f4' '4, ' 16
npy slopes2.npy '<f4' '2, ' 8
npy given.npy '<f4' '2, 6, 5' 240
npy w.npy '<f4' '4, 8, 9' 1152
head -c 200 q.npy >truncated.npy
{ cat q.npy; echo; } >trailing.npy
echo 'not a .npy file' >text.npy
printf '\223NUMPY\1\0\006\0{'\''a'\'':' >header.npy
echo 'not a shared object, but long enough to be read as the header of one: 64 bytes' >text.so
npy long.npy '<i8' '1, ' 7; printf '\377' >>long.npy   # one integer, negative
for plugin in no_symbol other_abi no_name no_run no_impl ends_badly; do
	cp "$top_builddir/conformance/plugins/.libs/$plugin.so" . || exit 99
done
attnbench() { "$ATTNBENCH" "$@"; }
ATTNBENCH_PLUGIN_PATH=; export ATTNBENCH_PLUGIN_PATH

# One command: its transcript on stdout. Times are those of this machine.
play() {
	( eval "$1" ) >"$scratch/said" 2>&1 </dev/null
	played=$?
	sed 's/^time .*/time            .../; s/^workspace .*/workspace       .../; s/^kernel .*/kernel          .../' "$scratch/said"
	[ $played = 0 ] || echo "[$played]"
	left=$(find . -name '*.tmp')
	[ -z "$left" ] || echo "left behind: $left"
}

# Splits a file at its "$ " lines; runs each.
play_all() { # FILE
	command= expected=
	while IFS= read -r line || [ -n "$line" ]; do
		case $line in
		'$ '*) finish; command=${line#'$ '} expected= ;;
		*) expected=$expected$line$newline ;;
		esac
	done <"$1"
	finish
}
newline='
'

finish() {
	if [ -z "$command" ]; then
		printf '%s' "$expected" >>"$new"
		return
	fi
	got=$(play "$command")
	printf '$ %s\n%s\n' "$command" "$got" | sed '${/^$/d}' >>"$new"
	is "$command" "$got" "$(printf '%s' "$expected")"
}

for file in "$top_srcdir"/conformance/cli/*.txt; do
	new=$scratch/new; : >"$new"
	play_all "$file"
	[ -z "${TRANSCRIPT_UPDATE:-}" ] || cp "$new" "$file"
done
cd / || exit 99
tap_end
