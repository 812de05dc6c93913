#!/bin/sh
# The distribution has every file that is tracked.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

tracked=$(git -C "$top_srcdir" ls-files 2>/dev/null) # a folder that holds an unpacked distribution may be in somebody else's repository
if [ ! -e "$top_srcdir/.git" ] || [ -z "$tracked" ]; then
	skip "every tracked file is distributed" "this is no clone"
	tap_end
fi
run "${MAKE:-make}" -s -C "$top_builddir" distdir distdir="$scratch/dist"
is "make distdir: status" "$status" 0
[ "$status" = 0 ] || sed 's/^/# /' "$err"
is "every tracked file is distributed" "$(echo "$tracked" | while read -r file; do
	[ "$file" = .gitignore ] || [ -e "$scratch/dist/$file" ] || echo "$file"
done)" ""
tap_end
