#!/bin/sh
# install.sh PYTHON REQUIREMENTS FOLDER: a venv in FOLDER with what REQUIREMENTS names. Its copy of REQUIREMENTS says that it is complete.
# SPDX-License-Identifier: Apache-2.0
set -u
python=$1 requirements=$2 folder=$3
fail() { # TEXT…: each a line
	printf 'peers: %s\n' "$@" >&2
	exit 1
}

echo "peers: installing into $(pwd)/$folder (this takes minutes, and 2 GB)"
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
	"It needs a package index (a network, or pip's own settings), and ggml-python a C++ compiler and cmake's build from source." \
	"Without the peers everything else works; make peers goes on where it ended."
