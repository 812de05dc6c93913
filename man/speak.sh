#!/bin/sh
# Answers help2man for one command of the program: speak.sh PROGRAM [COMMAND] --help|--version.
# help2man takes the name of a page from the version's first line. A command that this build lacks says so in its page.
# SPDX-License-Identifier: Apache-2.0
program=$1; shift
case $* in
--version) exec "$program" --version ;;
*--version) "$program" --version | sed "s/^attnbench /attnbench-$1 (attnbench) /" ;;
*) "$program" "$@" 2>/dev/null || { echo "Usage: attnbench $1 [OPTION]..."; echo; "$program" "$@" 2>&1 | sed 's/^attnbench: //'; } ;;
esac
