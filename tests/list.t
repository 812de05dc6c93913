#!/bin/sh
# attnbench list: names, table and JSON say the same; naive has every feature.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

things=$("$ATTNBENCH" list --help | sed -nE '1s/.*\[([a-z]+(\|[a-z]+)+)\].*/\1/p' | tr '|' ' ')
ok "the help names what can be listed" test -n "$things"
for thing in $things; do
	"$ATTNBENCH" list "$thing" --names >"$scratch/names"
	ok "$thing: there are some" test -s "$scratch/names"
	# a line that begins with a blank goes on with the row above, or names the columns; what is off has no name to choose
	is "$thing: names are the table's first column" "$("$ATTNBENCH" list "$thing" | sed '/^$/,$d; /^ /d; /^[^ ]*  *off /d' | cut -d' ' -f1)" "$(cat "$scratch/names")"
	is "$thing: no name stands twice" "$(sort "$scratch/names" | uniq -d)" ""
	run "$ATTNBENCH" list "$thing" --json
	if grep -q 'no jansson' "$err"; then
		is "$thing --json without jansson: status" "$status" 3
	elif [ -z "${PYTHON3:-}" ]; then
		skip "$thing --json" "there is no python3 to read it"
	else
		is "$thing: JSON has the same names" "$("$PYTHON3" -c 'import json, sys; [print(o["name"]) for o in json.load(open(sys.argv[1])) if o.get("state") != "off"]' "$out")" "$(cat "$scratch/names")"
	fi
done
"$ATTNBENCH" list features >"$scratch/features"
column=$(awk 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "naive") print i + 1 }' "$scratch/features")
is "naive has every feature" "$(awk -v c="$column" 'NR > 1 && NF == 0 { exit } NR > 1 && $c != "yes"' "$scratch/features")" ""
run "$ATTNBENCH" list nothing
is "an unknown thing: status" "$status" 2
ok "an unknown thing is named" grep -q '"nothing"' "$err"
run "$ATTNBENCH" list impls suites
is "two things: status" "$status" 2
ATTNBENCH_PLUGIN_PATH=$scratch/absent.so "$ATTNBENCH" list | tr -s '\n ' ' ' >"$out"
ok "a plugin that can't be loaded is listed with the reason" grep -q ' absent.so off .*No such file' "$out"
tap_end
