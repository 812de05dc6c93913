#!/bin/sh
# What an author of a kernel does, with nothing but an installation: new-plugin, make, check, run.
# Needs bindir, pkgconfigdir, pkgdatadir, DESTDIR and CC in the environment.
# SPDX-License-Identifier: Apache-2.0
set -eu
bin=$DESTDIR$bindir/attnbench
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
# With DESTDIR the files do not lie where the program and attnbench.pc believe.
ATTNBENCH_DATA=$DESTDIR$pkgdatadir PKG_CONFIG_PATH=$DESTDIR$pkgconfigdir PKG_CONFIG_SYSROOT_DIR=$DESTDIR
export ATTNBENCH_DATA PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
unset ATTNBENCH_PLUGIN_PATH MAKEFLAGS MFLAGS MAKELEVEL
step() { echo "installcheck: $*"; "$@" >"$folder/said" 2>&1 || { cat "$folder/said"; echo "installcheck: failed: $*"; exit 1; }; }

cd "$folder"
step "$bin" new-plugin probe
step make -C probe CC="$CC"
step "$bin" list --plugin probe/probe.so --names
grep -qx probe said || { echo "installcheck: list does not show the plugin"; exit 1; }
step "$bin" check --plugin probe/probe.so --impl probe --suite examples,edge
real=$ATTNBENCH_DATA/conformance/real
step "$bin" run --plugin probe/probe.so --impl probe --q "$real/q.npy" --k "$real/k.npy" --v "$real/v.npy" --out o.npy
test -s o.npy
if "$bin" --help | grep -q '^  sweep '; then
	step "$bin" sweep --plugin probe/probe.so --impl probe,naive --sq 64,128 --quick --out set.json
	grep -q '"probe"' set.json || { echo "installcheck: the sweep has no probe"; exit 1; }
fi
echo "installcheck: an out-of-tree plugin was built, checked and run"
