#!/bin/sh
# Answers help2man for one command of the program: speak.sh PROGRAM [COMMAND] --help|--version.
# help2man takes the name of a page from the version's first line.
# SPDX-License-Identifier: Apache-2.0
program=$1; shift
case $* in
--version) exec "$program" --version ;;
*--version) "$program" --version | sed "s/^attnbench /attnbench-$1 (attnbench) /" ;;
*) exec "$program" "$@" ;;
esac
