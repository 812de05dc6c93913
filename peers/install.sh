#!/bin/sh
# install.sh NAME PYTHON REQUIREMENTS FOLDER: a venv in FOLDER with what REQUIREMENTS names. Its copy of REQUIREMENTS says that it is complete.
# NAME is the target of make that calls it.
# SPDX-License-Identifier: Apache-2.0
set -u
name=$1 python=$2 requirements=$3 folder=$4
fail() { # TEXT…: each a line
	for line; do printf '%s: %s\n' "$name" "$line" >&2; done
	exit 1
}

echo "$name: installing into $(pwd)/$folder (this takes minutes, and up to 2 GB)"
rm -f "$folder/requirements.txt"
if ! test -x "$folder/bin/python3"; then
	"$python" -m venv "$folder" || { rm -rf "$folder"; fail "$python -m venv failed (Debian: python3-venv)"; }
fi
log=$folder/install.log
if "$folder/bin/python3" -m pip install --quiet --disable-pip-version-check -r "$requirements" >"$log" 2>&1; then
	cp "$requirements" "$folder/requirements.txt"
	exit
fi
tail -n 5 "$log" >&2
fail "pip could not install what $requirements names. $log has all that it said." \
	"It needs a package index (a network, or pip's own settings), and what is built from source, as ggml-python, a C++ compiler." \
	"Without it everything else works; make $name goes on where it ended."
