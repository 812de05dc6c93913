#!/bin/sh
# attnbench list: names, table and JSON say the same; naive has every feature.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

# The names in the JSON of a list on stdin
names_of() { "$PYTHON3" -c 'import json, sys; [print(o["name"]) for o in json.load(sys.stdin)]'; }

for thing in impls suites workloads features examples; do
	"$ATTNBENCH" list "$thing" --names >"$scratch/names"
	"$ATTNBENCH" list "$thing" >"$scratch/table"
	ok "$thing: there are some" test -s "$scratch/names"
	is "$thing: no name stands twice" "$(sort "$scratch/names" | uniq -d)" ""
	absent=$(while read -r name; do grep -q "^$name " "$scratch/table" || echo "$name"; done <"$scratch/names")
	is "$thing: each name has its row" "$absent" ""
	is "$thing: no line is wider than 80 columns" "$(tr -d '\200-\277' <"$scratch/table" | grep -E '.{81}')" ""
	run "$ATTNBENCH" list "$thing" --json
	if grep -q 'no jansson' "$err"; then
		is "$thing --json without jansson: status" "$status" 3
	elif [ -z "${PYTHON3:-}" ]; then
		skip "$thing --json" "there is no python3 to read it"
	else
		absent=$(names_of <"$out" >"$scratch/json"; while read -r name; do grep -qxF "$name" "$scratch/json" || echo "$name"; done <"$scratch/names")
		is "$thing: each name is in the JSON" "$absent" ""
	fi
done
if "$ATTNBENCH" list features --json >"$scratch/features.json" 2>/dev/null && [ -n "${PYTHON3:-}" ]; then
	is "naive has every feature" "$("$PYTHON3" -c 'import json, sys
for feature in json.load(sys.stdin):
    if not feature["impls"]["naive"]["supported"]: print(feature["name"])' <"$scratch/features.json")" ""
else
	skip "naive has every feature" "it takes jansson and python3"
fi
tap_end
