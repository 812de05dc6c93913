#!/bin/sh
# build_with.sh PREFIX: the program of this build folder with the oneDNN in PREFIX instead, as PREFIX/build/attnbench. It is built from a copy of
# the source, since a source that was configured in its own folder allows no build elsewhere. MAKE is the make to use.
# SPDX-License-Identifier: Apache-2.0
set -eu
prefix=$(cd "$1" && pwd)
log=$prefix/build.log make=${MAKE:-make}
options=$(./config.status --config)

# The copy is new each time and its files as old as they were, so that only what changed is built.
build() {
	mkdir -p "$prefix/build"
	"$make" --no-print-directory distdir distdir="$prefix/source" || return
	cd "$prefix/build"
	if ! test -f config.status || test "$prefix/source/configure" -nt config.status; then
		eval "\"$prefix/source/configure\" -q $options \"--with-onednn=\$prefix\"" || return
	fi
	"$make" --no-print-directory attnbench
}

echo "building the program with the oneDNN in $prefix (this takes minutes the first time)"
if ! build >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	echo "build_with.sh: $prefix/build could not be built: $log has all that was said" >&2
	exit 1
fi
