#!/bin/sh
# Every command has its manual page, with every option of its help.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

pages=$(tr ' ' '\n' <"$top_srcdir/man/local.mk" | sed -n 's/^%D%\/\(attnbench.*\)\.1$/\1/p')
commands=$("$ATTNBENCH" --help | sed -nE 's/^  ([a-z][a-z-]+) .*/\1/p')
# shellcheck disable=SC2086 # a list
is "a page for each command, and no other" "$(echo "$pages" | sort)" "$({ echo attnbench; printf 'attnbench-%s\n' $commands; } | sort)"
for page in $pages; do
	file=$top_builddir/man/$page.1
	[ -e "$file" ] || file=$top_srcdir/man/$page.1
	[ -e "$file" ] || { skip "$page.1" "it was not written: help2man was not found by configure"; continue; }
	command=${page#attnbench}
	"$ATTNBENCH" ${command:+"${command#-}"} --help >"$scratch/help"
	options=$(grep -oE -- '^ +(-[a-zA-Z?], )?--[a-z-]+' "$scratch/help" | grep -oE -- '--[a-z-]+')
	absent=$(for option in $options; do sed 's/\\//g' "$file" | grep -qe "$option" || echo "$option"; done)
	is "$page.1 has every option" "$absent" ""
	ok "$page.1 has a line for apropos" sh -c "sed 's/\\\\//g' '$file' | grep -qE '^$page - .+'"
done
tap_end
