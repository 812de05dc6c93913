#!/bin/sh
# A Python file as an implementation: one that is right, and files that go wrong in every way. Each is one message and one status,
# and never the end of the run.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

file() { # NAME: a Python file of that name from stdin
	cat >"$scratch/$1.py"
}

# Peers that are off, here for a venv that there is not, have the names that they have when they are on, and say why.
run env ATTNBENCH_PEERS=yes ATTNBENCH_PYTHON="$scratch/no-venv" "$ATTNBENCH" list impls --json
is "a peer that is off is called as when it is on" "$(grep -c '"name": "limits/python"' "$out")" 1
is "and not by its file" "$(grep -c '"name": "empty"' "$out")" 0
run env ATTNBENCH_PEERS=yes ATTNBENCH_PYTHON="$scratch/no-venv" "$ATTNBENCH" sweep --impl limits/python --sq 1 --out "$scratch/none.json"
is "asked for, status" "$status" 2
ok "asked for, the reason why it is off" grep -q 'implementation "limits/python": .*\(no-venv: expected the folder of a venv\|[Nn]o Python\)' "$err"

# Without Python in the program there is nothing to test but its message.
echo 'def run(p, t): return t.v' | file probe
run "$ATTNBENCH" list --plugin "python:$scratch/probe.py"
if grep -q 'embeds no Python' "$err"; then
	is "without Python: status" "$status" 3
	skip "all else" "$(sed 's/.*embeds no Python: //' "$err")"
	tap_end
fi
is "a file is listed by its name" "$(grep -c '^probe ' "$out")" 1

# What can be wrong with a file before it runs: status 3 and a message that names it.
refused() { # NAME PATTERN
	run "$ATTNBENCH" check --plugin "python:$scratch/$1.py" --suite examples
	is "$1: status" "$status" 3
	is "$1: one line" "$(wc -l <"$err" | tr -d ' ')" 1
	ok "$1: the message names the file" grep -qF "$1.py" "$err"
	ok "$1: it says what is wrong" grep -q "$2" "$err"
	is "$1: nothing on stdout" "$(cat "$out")" ""
}
printf 'def run(p, t)\n\treturn 1\n' | file syntax
refused syntax "line 1: expected ':'"
echo 'x = 1' | file nothing
refused nothing 'defines no function run'
printf 'run = 7\n' | file number
refused number 'its run is int: expected a function'
printf 'import no_such_library\ndef run(p, t): pass\n' | file imports
refused imports "ModuleNotFoundError: No module named 'no_such_library'"
printf 'raise ValueError("no\\nluck")\n' | file raises
refused raises 'raises.py:1: .*ValueError: no luck'
printf 'import sys\nsys.exit(3)\n' | file exits
refused exits 'called exit(3) while it was loaded'
printf 'def run(p, t): pass\n\0' | file null_byte
refused null_byte "it holds a null byte: expected Python's source text"
printf '\351 = 1\n' | file latin
refused latin "line 1: .*'utf-8' codec can't decode byte 0xe9"
mkdir "$scratch/folder.py"
refused folder 'Is a directory: expected a Python file'
printf 'import os\nos._exit(0)\n' | file leaves
refused leaves 'while it was loaded: called exit with status 0'
printf 'import os\nos._exit(4)\n' | file dies
refused dies 'while it was loaded: called exit with status 4'
printf 'import os\nos.kill(os.getpid(), 11)\n' | file killed
refused killed 'while it was loaded: killed by signal 11'
printf 'policy = {"empty_row": "one"}\ndef run(p, t): pass\n' | file policy
refused policy "empty_row is 'one': expected one of zero, nan, mean"
printf 'numerics = {"f32": 2}\ndef run(p, t): pass\n' | file numerics
refused numerics "numerics\['f32'\] is 2: expected a unit roundoff"
printf 'name = "A b"\ndef run(p, t): pass\n' | file name
refused name "its name is 'A b': expected"
printf 'name = "naive"\ndef run(p, t): pass\n' | file taken
refused taken 'there is an implementation "naive" already'
printf 'requires = "no-such-package"\ndef run(p, t): pass\n' | file requires
refused requires 'the package no-such-package is not installed'
run "$ATTNBENCH" check --plugin "python:$scratch/absent.py"
is "absent: status" "$status" 3
ok "absent: the message" grep -q 'absent.py: No such file' "$err"
run env ATTNBENCH_PYTHON="$scratch/no-venv" "$ATTNBENCH" list --plugin "python:$scratch/probe.py"
is "no venv: status" "$status" 3
ok "no venv: the message" grep -q 'no-venv: expected the folder of a venv' "$err"
mkdir -p "$scratch/old/bin" && ln -s /bin/true "$scratch/old/bin/python3" && echo 'version = 3.1.4' >"$scratch/old/pyvenv.cfg"
run env ATTNBENCH_PYTHON="$scratch/old" "$ATTNBENCH" list --plugin "python:$scratch/probe.py"
is "a venv of another version: status" "$status" 3
ok "a venv of another version: the message" grep -q 'is a venv of Python 3.1.4: expected 3' "$err"
run "$ATTNBENCH" list --names
is "what is wrong with one is not of the others" "$status" 0

# What goes wrong while it runs is the outcome of the case.
fails() { # NAME STATUS REASON
	run "$ATTNBENCH" check --plugin "python:$scratch/$1.py" --suite examples --filter 'pairs-d*' --timeout 10
	is "$1: exit status" "$status" 1
	ok "$1: the case is $2" grep -qx "      status: $2" "$out"
	ok "$1: for the reason" grep -q "reason: .*$3" "$out"
	ok "$1: how to run it again" grep -q "reproduce: .*--plugin .*$1.py" "$out"
}
printf 'def run(p, t): raise KeyError("q")\n' | file run_raises
if ! "$ATTNBENCH" check --plugin "python:$scratch/run_raises.py" --suite examples --filter 'pairs-d*' | grep -q "numpy"; then
	fails run_raises failed "run_raises.py:1: in run: KeyError"
	printf 'def prepare(p, threads): return threads.x\ndef run(p, t): pass\n' | file prepare_raises
	fails prepare_raises failed "prepare_raises.py:1: in prepare: AttributeError"
	printf 'def refuse(p): return p.colour\ndef run(p, t): pass\n' | file refuse_raises
	fails refuse_raises failed "refuse_raises.py:1: in refuse: AttributeError"
	printf 'def refuse(p): return 3\ndef run(p, t): pass\n' | file refuse_number
	fails refuse_number failed 'refuse returned int: expected None or the reason'
	printf 'def run(p, t): return t.out[0]\n' | file shape
	fails shape failed 'run returned out as float32 of shape (.*): expected float32 of shape'
	printf 'def run(p, t): return t.out.astype("f8")\n' | file dtype
	fails dtype failed 'run returned out as float64 of shape'
	printf 'def run(p, t): return [[1, 2], [3]]\n' | file ragged
	fails ragged failed 'run returned out as list, which is no array (.*): expected float32 of shape'
	printf 'def run(p, t): return {"weights": t.out}\n' | file other
	fails other failed 'run returned weights, which this problem does not want'
	printf 'def run(p, t): pass\n' | file writes_nothing
	fails writes_nothing failed 'is -\{0,1\}nan'
	printf 'def run(p, t): t.q[...] = 0\n' | file writes_inputs
	fails writes_inputs failed 'ValueError: assignment destination is read-only'
	printf 'import os\ndef run(p, t): os._exit(9)\n' | file run_exits
	fails run_exits crashed 'status 9'
	printf 'import os\ndef run(p, t): os._exit(0)\n' | file run_leaves
	fails run_leaves crashed 'called exit with status 0'
	printf 'import os\ndef run(p, t): os.abort()\n' | file aborts
	fails aborts crashed 'signal 6'
	printf 'import ctypes\ndef run(p, t): ctypes.string_at(0)\n' | file segfault
	fails segfault crashed 'signal 11'
	printf 'import sys\ndef run(p, t): sys.exit(0)\n' | file run_sys_exit
	fails run_sys_exit failed 'SystemExit: 0'
	printf 'def run(p, t):\n  while True: pass\n' | file hangs
	run "$ATTNBENCH" check --plugin "python:$scratch/hangs.py" --suite examples --filter 'pairs-d*' --timeout 1
	ok "hangs: the case is timeout" grep -qx '      status: timeout' "$out"
	printf 'def refuse(p): return "it is tired"\ndef run(p, t): pass\n' | file tired
	run "$ATTNBENCH" check --plugin "python:$scratch/tired.py" --suite examples
	is "a refusal is no failure" "$status" 0
	ok "a refusal's reason is shown" grep -q 'it is tired' "$out"

	# What is printed does not get among the results.
	printf 'print("loaded")\ndef run(p, t):\n  print("ran")\n  t.out[...] = 0\n' | file prints
	run "$ATTNBENCH" check --plugin "python:$scratch/prints.py" --suite examples --filter 'pairs-d*'
	is "prints: nothing of it on stdout" "$(grep -cE '^(loaded|ran)' "$out")" 0

	# The example of docs/plugins.md, and the adapter to NumPy.
	sed -n '/^    # my_attention.py/,/^$/s/^    //p' "$top_srcdir/docs/plugins.md" | file my_attention
	ok "docs/plugins.md has an example" test -s "$scratch/my_attention.py"
	run "$ATTNBENCH" check --plugin "python:$scratch/my_attention.py" --suite golden,edge,needle,threads
	is "the example is right: status" "$status" 0
	ok "and not by refusing" grep -q '^    ok [0-9]* - [^#]*$' "$out"
	run "$ATTNBENCH" check --plugin "python:$top_srcdir/peers/numpy.py" --suite golden,needle,threads,policy,rows
	is "NumPy is right: status" "$status" 0
	# What bind makes is of the tensors as they are, at each address, and no part of what is timed.
	{ sed 's/^def run(p, t):/def attention(p, t):/' "$top_srcdir/peers/numpy.py"
	cat <<-'END'
	import time
	from types import SimpleNamespace
	name = "copies"
	def bind(p, t):
	    time.sleep(0.02)
	    return SimpleNamespace(**{n: None if x is None else x.copy() for n, x in vars(t).items() if n != "dtype"})
	def run(p, t):
	    return attention(p, t)
	END
	} | file copies
	run "$ATTNBENCH" check --plugin "python:$scratch/copies.py" --suite property --filter 'b:2/hq:4/hkv:2/sq:5/skv:40/d:16/other-inputs'
	is "bind is called again where inputs changed: status" "$status" 0
	is "and not by refusing" "$(grep -c 'SKIP' "$out")" 0
	echo 'test/cold b:1/hq:1/sq:1/skv:16384/d:16 of this test' >"$scratch/cold.txt"
	run "$ATTNBENCH" sweep --plugin "python:$scratch/copies.py" --impl copies --workload "$scratch/cold.txt" --threads 1 --repetitions 3 --quick --out "$scratch/copies.json"
	if [ "$status" = 3 ]; then
		skip "bind is not timed" "$(cat "$err")"
	else
		is "bind is not timed" "$("$PYTHON3" -c 'import json, sys; print(*(e["min_ns"] < 2e7 for e in json.load(open(sys.argv[1]))["benchmarks"]))' "$scratch/copies.json")" True
	fi
	run env ATTNBENCH_PLUGIN_PATH="$scratch/my_attention.py" "$ATTNBENCH" list --names
	is "a Python file in ATTNBENCH_PLUGIN_PATH" "$(grep -cx my_attention "$out")" 1
else
	skip "running" "numpy is not installed (Debian: python3-numpy)"
fi

# The peers: off with the reason, or not there at all.
run env ATTNBENCH_PEERS=yes "$ATTNBENCH" list
ok "peers are listed" grep -q '^torch_sdpa ' "$out"
run env ATTNBENCH_PEERS=no "$ATTNBENCH" list
is "ATTNBENCH_PEERS=no: none" "$(grep -c '^torch_sdpa ' "$out")" 0
tap_end
