"""The suites over the peers, held against what is known of them: _check.py [--keep] [--also PROGRAM] [--matrix FILE] FOLDER

Writes a result of each peer to FOLDER (--keep: takes those that are there), and prints how many cases passed, failed as known, and were
refused. Ends with 0 where each failure is a line of known.txt, each line of it fails, and the script of each finding still shows it; with 1
where anything is otherwise; with 3 where a peer is not installed or known.txt can't be read. --matrix writes the page of all results.

ATTNBENCH names the program; --also another, built with other libraries: its peers are added where the first has none of that name and version.
SPDX-License-Identifier: Apache-2.0
"""
import argparse
import json
import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import _matrix

HERE = Path(__file__).resolve().parent
FINDINGS = HERE.parent / "docs" / "peer-findings"
GOOD = ("passed", "skipped")
Known = namedtuple("Known", "peer version finding suite case line")
Peer = namedtuple("Peer", "name version why program")  # why: the reason why it is off, None where it is on


def fail(text):
    print(f"check-peers: {text}", file=sys.stderr)
    sys.exit(3)


def read_known(path):
    """PEER VERSION FINDING SUITE CASE a line; "-" for the last two: the adapter refuses it, and the script alone shows it."""
    known = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        words = line.split(None, 4)
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 5:
            fail(f"{path}:{number}: {len(words)} words: expected PEER VERSION FINDING SUITE CASE")
        known.append(Known(*words, number))
    return known


def attnbench(program, *arguments):
    try:
        return subprocess.run([program, *arguments], capture_output=True, text=True)
    except OSError as error:
        return fail(f"{program}: {error.strerror}: expected the program attnbench (the variable ATTNBENCH, or --also)")


def environment(program):
    """The scripts of oneDNN get the library that the program is linked with, as LIBDNNL; a module's is theirs to find."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True).stdout.split("\n")
    linked = [words[2] for words in map(str.split, said) if len(words) > 2 and words[0].startswith("libdnnl.so")]
    return {**({"LIBDNNL": linked[0]} if linked else {}), **os.environ}


def peers_of(program):
    """The rows of Python files, with their libraries' versions, and onednn-graph."""
    names = {path.stem for path in HERE.glob("*.py")} | {"onednn-graph"}
    rows = json.loads(attnbench(program, "list", "impls", "--json").stdout)
    return [Peer(r["name"], library_version(r), r["reason"] if r["state"] == "off" else None, program) for r in rows
            if not r.get("limit") and (r["state"] == "peer" or r["name"] in names)]


def find_peers(programs):
    """Each in each version that a program has it in; where none has it, why the first has not."""
    found = {}
    for peer in (p for program in programs for p in peers_of(program)):
        found.setdefault((peer.name, peer.version if not peer.why else None), peer)
    on = {name for name, version in found if version is not None}
    return sorted((p for p in found.values() if not p.why or p.name not in on), key=lambda p: p.name)


def library_version(row):
    """"torch 2.13.0+cpu" is 2.13.0: which build of it tells nothing of what it computes."""
    return row.get("version", "").split(" ")[-1].split("+")[0]


def check(peer, folder, keep):
    """The result of a peer, as attnbench check --format json gives it; None where the run did not end."""
    path = folder / f"check-{peer.name}-{peer.version}.json"
    if not (keep and path.exists()):
        done = attnbench(peer.program, "check", "--impl", peer.name, "--timeout", "120", "--format", "json")
        path.with_suffix(".log").write_text(done.stderr)
        if done.returncode not in (0, 1):
            print(f"{peer.name}: attnbench check ended with status {done.returncode}: {done.stderr.strip()[-300:]}")
            return None
        path.write_text(done.stdout)
    return json.loads(path.read_text())


def judge(peer, result, known):
    """What is not as known, as lines of text."""
    status = {(r["suite"], r["case"]): r["status"] for r in result["results"]}
    of_peer = sorted((k for k in known if k.peer == peer.name and k.suite != "-"), key=lambda k: k.version == peer.version)
    expected = {(k.suite, k.case): k for k in of_peer}  # those of this version before those of others
    wrong = []
    for r in result["results"]:
        k = expected.get((r["suite"], r["case"]))
        if r["status"] in GOOD or (k and k.version == peer.version):
            continue
        also = f" (known of {k.version} as {k.finding}; this is {peer.version})" if k else ""
        wrong.append(f"not known: {r['suite']} {r['case']}: {r['status']}: {r['reason']}{also}\n    {r['reproduce']}")
    for at, k in expected.items():
        now = status.get(at, "no such case")
        if k.version == peer.version and (now in GOOD or at not in status):
            wrong.append(f"known.txt:{k.line} expects {k.finding}: {k.suite} {k.case}: {now}")
    if not any(r["status"] == "passed" for r in result["results"]):
        wrong.append("no case passed")
    return wrong


def count(result):
    every = [r["status"] for r in result["results"]]
    return every.count("passed"), sum(s not in GOOD for s in every), every.count("skipped")


def run_script(finding, program):
    """None where it shows what it is about, or what it did instead."""
    path = FINDINGS / f"{finding}.py"
    if not path.exists():
        return f"there is no {path.name} in docs/peer-findings"
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=300, env=environment(program))
    if done.returncode == 1 and "Traceback" not in done.stderr:
        return None
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
    return f"{path.name} says that it is gone" if done.returncode == 0 else f"{path.name} ended with status {done.returncode}: {''.join(said)}"


def check_scripts(known, peers):
    """Each finding in the versions that are there, by its script."""
    program = {(p.name, p.version): p.program for p in peers if not p.why}
    for finding, of in dict.fromkeys((k.finding, program.get((k.peer, k.version))) for k in known):
        wrong = of and run_script(finding, of)
        if wrong:
            yield f"{finding}: {wrong}"


def arguments():
    parser = argparse.ArgumentParser(description="The suites over the peers, held against known.txt.")
    parser.add_argument("--keep", action="store_true", help="take the results that are in FOLDER")
    parser.add_argument("--also", action="append", default=[], metavar="PROGRAM", help="the peers of this program too; may be repeated")
    parser.add_argument("--matrix", type=Path, help="write the page of all results")
    parser.add_argument("--known", type=Path, default=HERE / "known.txt", help="what is known [known.txt]")
    parser.add_argument("--peer", action="append", help="this one only; may be repeated")
    parser.add_argument("folder", type=Path)
    return parser.parse_args()


def main():
    options = arguments()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    known = read_known(options.known)
    peers = [p for p in find_peers([os.environ.get("ATTNBENCH", "attnbench"), *options.also]) if not options.peer or p.name in options.peer]
    off = [p for p in peers if p.why and p.name != "onednn-graph"]  # few systems have an oneDNN with graphs
    for p in off:
        print(f"check-peers: {p.name}: {p.why}", file=sys.stderr)
    if off or not peers:
        return 3
    options.folder.mkdir(parents=True, exist_ok=True)
    wrong, results = [], {}
    print(f"{'peer':20} {'version':12} {'passed':>7} {'known':>7} {'refused':>7}", flush=True)
    for p in peers:
        result = None if p.why else check(p, options.folder, options.keep)
        faults = judge(p, result, known) if result else [] if p.why else ["it has no result"]
        if result:
            passed, failed, refused = count(result)
            results[p] = result
            print(f"{p.name:20} {p.version:12} {passed:7} {failed:7} {refused:7}{'   see below' if faults else ''}", flush=True)
        elif p.why:
            print(f"{p.name:20} {p.why}")
        wrong += [f"{p.name}: {fault}" for fault in faults]
    wrong += check_scripts([k for k in known if k.peer in {p.name for p in peers}], peers)
    for fault in wrong:
        print(fault)
    new = [f"{p.name} {p.version} ? {r['suite']} {r['case']}" for p, result in results.items() for r in result["results"]
           if r["status"] not in GOOD and (p.name, p.version, r["suite"], r["case"]) not in {(k.peer, k.version, k.suite, k.case) for k in known}]
    (options.folder / "known.new").write_text("".join(f"{line}\n" for line in new))
    if new:
        print(f"{options.folder / 'known.new'} has these as lines for known.txt, with ? for the finding")
    if options.matrix:
        options.matrix.write_text(_matrix.page(results, known))
    print(f"{len(wrong)} not as known" if wrong else "all as known")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
