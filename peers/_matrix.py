"""The page of what each case did in each peer, from the results of attnbench check: docs/peer-findings/matrix.md.

SPDX-License-Identifier: Apache-2.0
"""
GOOD = ("passed", "skipped")
HEAD = """# What each suite did in each peer

Written by `make peer-matrix` from the results of `make check-peers`; [README.md](README.md) says what each finding is.
{versions}.

## Suites

Cases passed / failed / refused, by suite. A refusal is no failure: the library has no word for what the case asks (`attnbench list features --json` has the
reasons). Every failure is in the tables at the end.

"""
POLICY = """
## Policies

What each declares, and what was seen, empty where the case is refused. None is wrong by itself; a declaration that is not kept is a failure.

"""
FAILED = """
## Failures

Each with its finding, and the command that runs it alone.
"""


def named(peer, results):
    """With the version where there are several."""
    return peer.name if sum(p.name == peer.name for p in results) == 1 else f"{peer.name} {peer.version}"


def row(*cells):
    return "| " + " | ".join(map(str, cells)) + " |\n"


def table(head, rows):
    return row(*head) + row(*["---"] * len(head)) + "".join(row(*r) for r in rows)


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def suites_of(results):
    """In the order of the first result that has them."""
    return list(dict.fromkeys(r["suite"] for result in results.values() for r in result["results"]))


def counted(entries):
    states = [e["status"] for e in entries]
    return f"{states.count('passed')}/{sum(s not in GOOD for s in states)}/{states.count('skipped')}"


def suite_rows(results, suites):
    for peer, result in results.items():
        of = result["results"]
        yield named(peer, results), *(counted([e for e in of if e["suite"] == s]) for s in suites), counted(of)


def policy_rows(results, cases):
    for peer, result in results.items():
        policy = result["policy"][peer.name]
        declared, seen = policy["declared"], policy["observed"]
        words = [v if isinstance(v, str) else "yes" if v else "no" for v in declared.values()]
        yield named(peer, results), *words, *(cell(seen.get(c, "")) for c in cases)


def policies(results):
    declared = list(dict.fromkeys(k for r in results.values() for p in r["policy"].values() for k in p["declared"]))
    cases = list(dict.fromkeys(c for r in results.values() for p in r["policy"].values() for c in p["observed"]))
    return table(["", *declared, *(f"seen: {c}" for c in cases)], policy_rows(results, cases))


def failures(peer, result, finding_of):
    failed = [r for r in result["results"] if r["status"] not in GOOD]
    if not failed:
        return ""
    rows = [(finding_of.get((peer.name, peer.version, r["suite"], r["case"]), "**not known**"), r["suite"], f"`{cell(r['case'])}`", cell(r["reason"][:120]),
             f"`{cell(r['reproduce'])}`") for r in failed]
    return f"\n### {peer.name}, {peer.version}\n\n" + table(["finding", "suite", "case", "what came out", "command"], sorted(rows))


def page(results, known):
    finding_of = {(k.peer, k.version, k.suite, k.case): k.finding for k in known}
    suites = suites_of(results)
    text = HEAD.format(versions="; ".join(f"{p.name} {p.version}" for p in results))
    text += table(["", *suites, "all"], suite_rows(results, suites)) + POLICY + policies(results) + FAILED
    return text + "".join(failures(p, r, finding_of) for p, r in results.items())
