#!/bin/sh
# Completion in bash and zsh offers what the program itself says it has.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

# WORD…: the candidates for the last, one a line
# shellcheck disable=SC2317 # called through has
in_bash() {
	bash -c '. "$1/completions/attnbench"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _attnbench
		[ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' bash "$top_srcdir" "$ATTNBENCH" "$@"
}
# The completion system is replaced: compadd prints what it is given and what begins as the word does.
# shellcheck disable=SC2317 # called through has
in_zsh() {
	# shellcheck disable=SC2016 # zsh expands it
	zsh -f -c 'compadd() { local p=; [[ $1 == -P ]] && { p=$2; shift 2 }; shift; local c; for c; do [[ $p$c == $word* ]] && print -r -- $p$c; done }
		_files() { } ; compset() { }
		source $1/completions/_attnbench; shift; words=("$@") CURRENT=$# word=$@[-1]; _attnbench' zsh "$top_srcdir" "$ATTNBENCH" "$@"
}
has() { # SHELL EXPECTED WORD…
	shell=$1 expected=$2; shift 2
	"in_$shell" "$@" >"$scratch/candidates" 2>&1
	ok "$shell: attnbench $* offers $expected" grep -qxe "$expected" "$scratch/candidates"
	[ "$tap_status" = 0 ] || sed 's/^/# /' "$scratch/candidates"
}
lacks() { # SHELL UNEXPECTED WORD…
	shell=$1 unexpected=$2; shift 2
	ok "$shell: attnbench $* does not offer $unexpected" test -z "$("in_$shell" "$@" 2>/dev/null | grep -xe "$unexpected")"
}

"$ATTNBENCH" --help | sed -nE 's/^  ([a-z][a-z-]+) .*/\1/p' >"$scratch/commands"
"$ATTNBENCH" list impls --names >"$scratch/impls"
"$ATTNBENCH" list suites --names >"$scratch/suites"
"$ATTNBENCH" list examples --names >"$scratch/examples"
impl=$(head -n 1 "$scratch/impls")
suite=$(head -n 1 "$scratch/suites")
for shell in bash zsh; do
	command -v "$shell" >/dev/null || { skip "$shell" "$shell is not installed"; continue; }
	while read -r command; do has "$shell" "$command" ""; done <"$scratch/commands"
	has "$shell" --version --v
	lacks "$shell" check li
	has "$shell" --impl check --im
	has "$shell" --format check --f
	lacks "$shell" --impl check --f
	has "$shell" json check --format j
	lacks "$shell" tap check --format j
	while read -r name; do has "$shell" "$name" check --impl ""; done <"$scratch/impls"
	while read -r name; do has "$shell" "$name" check --suite ""; done <"$scratch/suites"
	has "$shell" "$impl,$suite" check --suite "$impl,"
	has "$shell" suites list s
	has "$shell" examples list e
	has "$shell" reference explain --against r
	while read -r name; do has "$shell" "$name" explain --example ""; done <"$scratch/examples"
done
is "there are implementations to offer" "$(test -s "$scratch/impls" && echo yes)" yes
is "there are suites to offer" "$(test -s "$scratch/suites" && echo yes)" yes
tap_end
