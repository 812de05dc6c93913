#!/bin/sh
# What docs/fairness.md says of how a peer is run, seen from inside: a Python file that looks at its own process, in a sweep beside another.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"
cat >"$scratch/inside.py" <<'END'
import ctypes, hashlib, os, sys, threading
import numpy as np
calls = {"bind": 0, "run": 0}
def refuse(p):
    return None if p.dtype == "f32" and not p.has and not p.wants and not p.causal else "not asked for"
def load():
    threading.Thread(target=threading.Event().wait, daemon=True).start()
def address(a):
    return a.__array_interface__["data"][0]
def prepare(p, threads):
    maps = open("/proc/self/maps").read()
    say(f"threads {threads} processors {len(os.sched_getaffinity(0))}")
    say(f"threads {threads} begun before {sorted({len(os.sched_getaffinity(int(t))) for t in os.listdir('/proc/self/task')})} of {len(os.listdir('/proc/self/task')) > 1}")
    say(f"process {os.getpid()} case {p.len_q}")
    say(f"deepbind {bool(sys.getdlopenflags() & os.RTLD_DEEPBIND)}")
    say(f"others {[n for n in ('libtorch', 'onnxruntime', 'libopenvino', 'libggml', 'jaxlib') if n in maps]}")
    return p
def bind(p, t):
    calls["bind"] += 1
    say(f"views {not any(x.flags.owndata for x in (t.q, t.k, t.v, t.out))} inputs {t.q.flags.writeable or t.k.flags.writeable or t.v.flags.writeable} out {t.out.flags.writeable}")
    say(f"dlpack {address(np.from_dlpack(t.out)) == address(t.out)}")
    say(f"bits {p.len_q} {hashlib.sha256(t.q.tobytes() + t.k.tobytes() + t.v.tobytes()).hexdigest()}")
    return t
def run(p, t):
    calls["run"] += 1
    s = t.q * np.float32(p.scale) @ t.k.swapaxes(2, 3)
    e = np.exp(s - s.max(-1, keepdims=True))
    t.out[...] = e / e.sum(-1, keepdims=True) @ t.v
def kernel(p):
    say(f"calls {calls['bind']} {calls['run'] > 2}")
    return "numpy"
END
for n in one two; do
	{ echo 'import os'; echo "def say(text): os.write(2, ('$n: ' + text + chr(10)).encode())"; cat "$scratch/inside.py"; } >"$scratch/$n.py"
done
run "$ATTNBENCH" sweep --plugin "python:$scratch/one.py" --plugin "python:$scratch/two.py" --impl one,two --sq 16,32 --hq 2 --d 16 --causal none \
	--threads 1,2 --repetitions 2 --passes 1 --min-seconds 0.001 --out "$scratch/set.json"
if [ "$status" = 3 ]; then
	skip "fairness" "$(head -n 1 "$err")"
	tap_end
fi
is "the sweep: status" "$status" 0
said() { sed -n "s/^$1: $2 //p" "$err" | sort -u; } # WHO WORD
most=$(nproc)
is "as many processors as threads" "$(said one threads | grep processors)" "$(printf '1 processors 1\n2 processors %d\n' $((most < 2 ? most : 2)))"
is "threads that a library began when it was loaded have no more" "$(said one threads | grep before)" "$(printf '1 begun before [1] of True\n2 begun before [%d] of True\n' $((most < 2 ? most : 2)))"
sed -n 's/^[a-z]*: process \([0-9]*\) .*/\1/p' "$err" | sort >"$scratch/processes"
is "each row of each case in a process of its own" "$(uniq -d "$scratch/processes")" ""
ok "of which there are two rows, two cases, two numbers of threads" test "$(wc -l <"$scratch/processes")" -ge 8
is "no other peer's library is in it" "$(said one others)" "[]"
is "libraries find their own symbols first" "$(said one deepbind)" True
is "views of the suite's memory, inputs read-only" "$(said one views)" "True inputs False out True"
is "DLPack is the same memory" "$(said one dlpack)" True
is "the same bits for each row" "$(said one bits)" "$(said two bits)"
is "of both cases" "$(said one bits | wc -l | tr -d ' ')" 2
is "bound once, and called before what is timed" "$(said one calls)" "1 True"
tap_end
