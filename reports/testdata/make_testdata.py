#!/usr/bin/env python3
"""Writes the made-up result sets of this folder. No number in them was ever measured: they test the report writer.
SPDX-License-Identifier: Apache-2.0"""
import json, math, os, statistics

HERE = os.path.dirname(os.path.abspath(__file__))
LENGTHS = [128, 256, 512, 1024, 2048, 4096]
B, HQ, HKV, D = 1, 8, 8, 64
# name: (overhead ns, peak FLOP/s, length at which half the peak is reached, bytes of workspace as a function of S)
IMPLS = {
    "naive": (3e3, 4e9, 1, lambda s: 4 * HQ * s * s),
    "blocked": (6e3, 9e10, 300, lambda s: 8 * s * 64 * HQ),
    "blas": (4e3, 3.0e11, 260, lambda s: 4 * 2 * s * s),
    "onednn": (6e4, 3.6e11, 400, lambda s: 4 * HQ * s * s),
    "flash": (9e3, 5.6e11, 900, lambda s: 256 * 1024),
    "limits/gemms": (2e3, 8e11, 300, lambda s: 0),
}


def noise(*key):
    """A number in [-1, 1] that depends on its key alone."""
    h = 2166136261
    for c in "/".join(map(str, key)).encode():
        h = (h ^ c) * 16777619 % 2**32
    return ((h ^ h >> 15) * 2246822519 % 2**32) / 2**31 - 1


def pairs(s, causal):
    return s * (s + 1) // 2 if causal != "none" else s * s


def outcome(impl, s, causal, tag):
    if tag == "new":
        return ("ok", "")
    if impl == "onednn" and causal != "none":
        return ("refused", "causal:tl is not offered: the softmax primitive takes no <mask>")
    if impl == "blocked" and s == 512 and causal == "none":
        return ("failed", "wrong answer: error ratio 37.2 at out[0,3,511,7]")
    if impl == "blocked" and s == 2048 and causal != "none":
        return ("crashed", "killed by signal 11 (Segmentation fault)")
    if impl == "naive" and s == 4096:
        return ("skipped", "would have taken about 14 s, the limit is 10 s")
    return ("ok", "")


def numbers(impl, s, causal, tag):
    overhead, peak, half, workspace = IMPLS[impl]
    flops = 4 * B * HQ * pairs(s, causal) * D
    if tag == "new" and impl == "flash":
        peak *= 1.15
    if tag == "new" and impl == "blas":
        peak *= 0.9
    t = overhead + 1e9 * flops / (peak * s / (s + half))
    samples = [round(t * (1 + 0.012 * noise(impl, s, causal, tag, i)), 1) for i in range(9)]
    ordered = sorted(samples)
    median = statistics.median(samples)
    bytes_ = 4 * B * (HQ * s * D * 2 + HKV * s * D * 2)
    ai = flops / bytes_
    roof = min(6e11, 2.4e10 * ai)
    return {
        "repetitions": 9, "iterations": max(1, int(1e8 / t)), "real_time": median, "cpu_time": round(median * 1.93, 1), "time_unit": "ns",
        "samples_ns": samples, "median_ns": median, "ci_low_ns": ordered[1], "ci_high_ns": ordered[7], "min_ns": ordered[0],
        "flops": flops, "flops_per_second": flops / median * 1e9, "tokens_per_second": B * s / median * 1e9, "bytes": bytes_,
        "bytes_per_second": bytes_ / median * 1e9, "arithmetic_intensity": ai, "fraction_of_roof": flops / median * 1e9 / roof,
        "roof": "compute" if roof == 6e11 else "dram", "workspace_bytes": workspace(s),
        "peak_extra_bytes": (workspace(s) + 4095) // 4096 * 4096, "analytic_bytes": workspace(s),
    }


def entry(impl, s, causal, tag, number):
    key = f"b:1/hq:8/sq:{s}/skv:{s}/d:64/f32" + ("/causal:tl" if causal != "none" else "")
    status, reason = outcome(impl, s, causal, tag)
    row = {"name": f"{impl}/{key}", "run_name": f"{impl}/{key}", "run_type": "iteration", "family_index": number, "per_family_instance_index": 0,
           "repetition_index": 0, "threads": 1, "impl": impl, "problem": key, "impl_threads": 2,
           "shape": {"b": B, "hq": HQ, "hkv": HKV, "sq": s, "skv": s, "d": D, "dv": D, "dtype": "f32", "causal": causal, "score": "scaled-dot"},
           "workload": "length", "status": status, "reason": reason, "limit": impl.startswith("limits/")}
    if status == "ok":
        row.update(numbers(impl, s, causal, tag))
        if not row["limit"]:
            row["error_ratio"] = round(0.1 + 0.09 * noise(impl, s, causal, "e"), 4)
            row["kernel"] = {"flash": "avx512 6x4"}.get(impl, "")
    else:
        row.update(error_occurred=True, error_message=reason)
        if status == "failed":
            row["error_ratio"] = 37.2
            row.update(numbers(impl, s, causal, tag))
    return row


def context(tag, impls):
    return {
        "date": "2026-01-02T03:04:05+00:00", "host_name": "made-up", "executable": "attnbench", "num_cpus": 2, "mhz_per_cpu": 4000,
        "cpu_scaling_enabled": False, "caches": [{"type": "Data", "level": 1, "size": 49152, "num_sharing": 1}], "load_avg": [0.1, 0.2, 0.3],
        "library_build_type": "release", "schema": 1, "note": "MADE-UP TEST DATA: no number here was measured",
        "attnbench": {"version": "0.1.0", "commit": {"base": "aaaaaaa", "new": "bbbbbbb"}[tag], "configure": "--enable-made-up", "compiler": "gcc 12.2.0",
                      "cflags": "-O2", "sanitizers": "", "golden_sha256": "00"},
        "command": f"attnbench sweep --quick --out {tag}.json", "seed": 1, "threads": [2], "utc": "2026-01-02T03:04:05Z",
        "machine": {"cpu": "Made-up CPU & Co <test>", "microcode": "0x1", "isa": "avx512-bf16", "isa_cap": "none", "sockets": 1, "cores": 2,
                    "memory_bytes": 8589934592, "kernel": "Linux 6.1", "os": "Debian 12", "governor": "not available", "thp": "madvise",
                    "virtualisation": "kvm", "numa_nodes": 1, "affinity": "0-1", "load_before": 0.1, "load_after": 0.9, "steal_percent": 0.0},
        "environment": {"OMP_NUM_THREADS": "not set", "OPENBLAS_NUM_THREADS": "not set"},
        "libraries": {"OpenBLAS": "0.3.21 kernel SkylakeX", "oneDNN": "2.6.3", "Google Benchmark": "1.7.1"},
        "roofs": {"flops": {"f32": {"1": 3.1e11, "2": 6e11}}, "bandwidth": {"dram": {"1": 1.5e10, "2": 2.4e10}}},
        "canary": {"samples_ns": [100.0, 101.0, 100.5], "noise": 0.012},
        "implementations": [{"name": n, "version": "1", "summary": f"made-up {n}", "licence": "Apache-2.0", "url": "", "origin": "built in",
                             "limit": "the two bare GEMMs" if n.startswith("limits/") else None,
                             "numerics_f32": {"u_score": 2**-24, "u_weights": 2**-24, "u_accumulate": 2**-24}} for n in impls],
        "off": [{"name": "python", "reason": "not built: Python.h was not found"}],
        "warnings": ["load average 3.1 on 2 cores before the run"] if tag == "base" else [],
    }


def result_set(tag, impls, lengths, causals):
    rows = [entry(i, s, c, tag, n) for c in causals for s in lengths for n, i in enumerate(impls)]
    return {"context": context(tag, impls), "benchmarks": rows}


def check():
    rows = []
    def add(impl, suite, case, status, **more):
        row = {"impl": impl, "suite": suite, "case": case, "problem": "b:1/hq:2/sq:3/skv:5/d:4/f32", "status": status, "ratio": 0.2, "reason": "", "reproduce": ""}
        row.update(more)
        rows.append(row)
    for impl in ("naive", "blocked", "blas", "onednn", "flash"):
        for n in range(4):
            add(impl, "golden", f"self-{n}", "passed", ratio=0.1 + n / 20)
        if impl == "onednn":
            add(impl, "edge", "causal", "skipped", ratio=None, reason="causal:tl is not offered: the softmax primitive takes no <mask>")
        else:
            add(impl, "edge", "causal", "passed")
        if impl == "blocked":
            add(impl, "edge", "tail-17", "failed", ratio=37.2, reason="out[0,0,16,3]: expected 0.25, got 0.5 | ratio 37.2",
                reproduce="attnbench check --impl blocked --suite edge --filter 'b:1/hq:2/sq:17/*'")
            add(impl, "edge", "empty", "crashed", ratio=None, reason="killed by signal 11 (Segmentation fault)",
                reproduce="attnbench check --impl blocked --suite edge --filter 'b:1/hq:2/sq:0/*'")
        else:
            add(impl, "edge", "tail-17", "passed")
    tally = {k: sum(r["status"] == k for r in rows) for k in ("passed", "skipped")}
    return {"summary": {"passed": tally["passed"], "failed": len(rows) - sum(tally.values()), "skipped": tally["skipped"]},
            "policy": {"naive": policy("zero", True, True), "flash": policy("nan", True, False, batch_invariant="no")}, "results": rows}


def policy(seen_row, declared_batch, declared_thread, **seen):
    """flash breaks two promises and keeps the same bits for every number of threads, which it did not promise."""
    return {"declared": {"empty_row": "zero", "nan_propagates": True, "batch_invariant": declared_batch, "thread_invariant": declared_thread},
            "observed": {"empty_row": seen_row, "nan_propagates": "yes", "batch_invariant": "yes", "thread_invariant": "yes", **seen}}


def write(name, top, key):
    """One entry a line, so that a change can be read."""
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in top[key])
    rest = {k: v for k, v in top.items() if k != key}
    text = json.dumps(rest, indent=1)[:-2] + f',\n "{key}": [\n{lines}\n]}}\n'
    with open(os.path.join(HERE, name), "w") as f:
        f.write(text)


write("made-up-base.json", result_set("base", list(IMPLS), LENGTHS, ["none", "top-left"]), "benchmarks")
write("made-up-new.json", result_set("new", ["naive", "blas", "flash"], [128, 512, 1024], ["none"]), "benchmarks")
write("made-up-check.json", check(), "results")
