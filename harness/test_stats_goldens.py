"""Prints test_stats_goldens.h: what NumPy and SciPy make of the samples of test_stats.c.

    python3 test_stats_goldens.py > test_stats_goldens.h      (NumPy 2, SciPy 1.11 or later)

SPDX-License-Identifier: Apache-2.0
"""
import numpy as np
from scipy import stats

random = np.random.default_rng(7)
samples = [
    [5.0],
    [3.0, 1.0],
    [2.0, 9.0, 4.0, 4.0, 7.0],
    *[np.round(random.lognormal(2, 0.3, n), 4).tolist() for n in (6, 7, 11, 20, 21, 50, 1200)],
    np.round(random.normal(10, 1, 15), 0).tolist(),
    [100.0] * 9,
    [1.0, 1.1, 1.2, 1.0, 1.1, 30.0, 1.2, 1.1],
    [10.0, 11.0, 12.0, 13.0, 10.5, 11.5, 12.5, 16.5, 7.5, 30.0, 31.0, -5.0, 11.2, 11.4],
]


def array(values):
    return "{" + ", ".join(repr(float(v)) for v in values) + "}"


def interval(n):
    """The narrowest [x_(l), x_(n-1-l)] that covers the median with 95 %, else the whole range."""
    inner = [k for k in range(0, (n - 1) // 2 + 1) if 2 * k < n - 1 and 1 - 2 * stats.binom.cdf(k, n, 0.5) >= 0.95]
    low = max(inner, default=0)
    return low, 1 - 2 * stats.binom.cdf(low, n, 0.5) if n > 1 else 0.0


def summary(x):
    s = np.sort(x)
    low, level = interval(len(s))
    q1, median, q3 = np.percentile(s, [25, 50, 75])
    iqr = q3 - q1
    below, above = [int(np.sum(s < q1 - k * iqr)) for k in (3, 1.5)], [int(np.sum(s > q3 + k * iqr)) for k in (3, 1.5)]
    kinds = [below[0], below[1] - below[0], above[1] - above[0], above[0]]
    return [median, s[low], s[len(s) - 1 - low], level, s[0], s[-1], iqr], [sum(kinds), *kinds]


print("/* Made by test_stats_goldens.py with NumPy %s and SciPy %s.\n * SPDX-License-Identifier: Apache-2.0 */" % (np.__version__, __import__("scipy").__version__))
for i, x in enumerate(samples):
    print("static const double sample_%d[] = %s;" % (i, array(x)))
print("static const struct {\n\tconst double *x;\n\tsize_t n;\n\tdouble median, ci_low, ci_high, ci_level, min, max, iqr;\n\tsize_t outliers, low_severe, low_mild, high_mild, high_severe;\n} summaries[] = {")
for i, x in enumerate(samples):
    values, outliers = summary(x)
    print("\t{sample_%d, %d, %s, %s}," % (i, len(x), ", ".join(repr(float(v)) for v in values), ", ".join(map(str, outliers))))
print("};")

pairs = [(3, 4), (4, 5), (5, 6), (5, 5), (3, 9), (6, 7), (10, 4), (10, 12), (7, 9), (1, 0)]
print("static const struct {\n\tconst double *x, *y;\n\tsize_t nx, ny;\n\tdouble p, ratio, low, high, low_99, high_99;\n} tests[] = {")
ps = []
for i, j in pairs:
    x, y = samples[i], samples[j]
    exact = len(set(x + y)) == len(x) + len(y) and max(len(x), len(y)) <= 20
    p = float(stats.mannwhitneyu(x, y, alternative="two-sided", method="exact" if exact else "asymptotic").pvalue)
    ps.append(p)
    ratios = np.sort(np.divide.outer(y, x), axis=None)
    bounds = []
    for tail in (0.025, 0.005):
        low = max(0, int(np.floor(len(ratios) / 2 + stats.norm.ppf(tail) * np.sqrt(len(x) * len(y) * (len(x) + len(y) + 1) / 12))))
        bounds += [ratios[low], ratios[-1 - low]]
    values = [float(v) for v in (p, np.median(ratios), *bounds)]
    print("\t{sample_%d, sample_%d, %d, %d, %r, %r, %r, %r, %r, %r}," % (i, j, len(x), len(y), *values))
print("};")
ps = [0.01, 0.04, 0.03, 0.005, 0.5, 0.9, 0.04, 1.0, 0.0]
print("static const double raw_p[] = %s;" % array(ps))
print("static const double adjusted_p[] = %s;" % array(stats.false_discovery_control(ps)))

# Samples of passes, each with a moment of its own: the interval is the wider one of all samples' and of the passes' medians.
passes = [[3] * 5, [5] * 10, [4, 0, 2, 6], [2, 2], [7], [1] * 12]
for i, counts in enumerate(passes):
    moments = random.lognormal(0, 0.1, len(counts))
    x = [round(100 * m * v, 4) for m, n in zip(moments, counts) for v in random.lognormal(0, 0.02, n)]
    print("static const double pass_sample_%d[] = %s;" % (i, array(x)))
    print("static const size_t in_pass_%d[] = {%s};" % (i, ", ".join(map(str, counts))))
    ends = np.cumsum(counts)
    medians = np.sort([np.median(x[end - n : end]) for n, end in zip(counts, ends) if n])
    (median, low, high, *_), _ = summary(x)
    spread = float("nan")
    if len(medians) > 1:
        l, _ = interval(len(medians))
        low, high, spread = min(low, medians[l]), max(high, medians[-1 - l]), (medians[-1] - medians[0]) / 2 / median
    passes[i] = [len(counts), len(medians), *(float(v) for v in (median, low, high, spread, medians[0], medians[-1]))]
print("static const struct {\n\tconst double *x;\n\tconst size_t *in_pass;\n\tsize_t passes;\n\tint filled;\n\tdouble median, low, high, spread, least, most;\n} in_passes[] = {")
for i, (n, filled, *values) in enumerate(passes):
    print("\t{pass_sample_%d, in_pass_%d, %d, %d, %s}," % (i, i, n, filled, ", ".join("NAN" if np.isnan(v) else repr(v) for v in values)))
print("};")

# Paces of a processor that is now and then slower by half.
paces = [(12, 12, 0.3, 0.3), (20, 9, 0.9, 0.2), (10, 15, 1.0, 0.0), (6, 6, 0.0, 0.0), (5, 40, 0.5, 0.5)]
for i, (nx, ny, *slow) in enumerate(paces):
    x, y = (np.round(7.5e3 * (1 + 0.5 * (random.random(n) < p)) * random.lognormal(0, 0.01, n), 1) for n, p in zip((nx, ny), slow))
    inside = [(min(np.sum((v >= low) & (v <= low * 1.06)) for v in (x, y)), -low) for low in np.concatenate([x, y])]
    most, low = max(inside)
    print("static const double pace_x_%d[] = %s, pace_y_%d[] = %s;" % (i, array(x), i, array(y)))
    paces[i] = "\t{pace_x_%d, pace_y_%d, %d, %d, %d, %s}," % (i, i, nx, ny, most, repr(float(-low)) if most else "NAN")
print("static const struct {\n\tconst double *x, *y;\n\tsize_t nx, ny, most;\n\tdouble low;\n} paces[] = {")
print("\n".join(paces))
print("};")

lengths = [128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0]
growths = [[3.0 * n**2 + 1000 for n in lengths], [5000 + n for n in lengths], [n**1.5 * f for n, f in zip(lengths, (1.1, 0.9, 1.0, 1.2, 0.8, 1.05))], [7.0] * 6]
print("static const double lengths[] = %s;" % array(np.log(lengths)))
print("static const struct {\n\tdouble y[%d], slope, error;\n} slopes[] = {" % len(lengths))
for y in growths:
    fit = stats.linregress(np.log(lengths), np.log(y))
    print("\t{%s, %r, %r}," % (array(np.log(y)), float(fit.slope), float(np.nan_to_num(fit.stderr))))
print("};")

# The lower quartile of the passes' least samples, and its interval by order statistics.
lows = [[3] * 5, [5] * 10, [5] * 12, [5] * 13, [4, 0, 2, 6] * 6, [3] * 48, [1] * 60, [40]]
for i, counts in enumerate(lows):
    moments = random.lognormal(0, 0.05, len(counts))
    x = [round(100 * m * v, 4) for m, n in zip(moments, counts) for v in 1 + random.exponential(0.05, n)]
    ends = np.cumsum(counts)
    least = np.sort([min(x[end - n : end]) for n, end in zip(counts, ends) if n])
    n = len(least)
    below = [least[l] for l in range(n) if stats.binom.cdf(l, n, 0.25) <= 0.025]
    above = [least[u] for u in range(n) if stats.binom.sf(u, n, 0.25) <= 0.025]
    low, high = max(below, default=0.0), min(above, default=np.inf)
    print("static const double low_sample_%d[] = %s;" % (i, array(x)))
    print("static const size_t low_passes_%d[] = {%s};" % (i, ", ".join(map(str, counts))))
    lows[i] = "\t{low_sample_%d, low_passes_%d, %d, %r, %r, %s}," % (i, i, len(counts), float(np.percentile(least, 25)), float(low), repr(float(high)) if np.isfinite(high) else "INFINITY")
print("static const struct {\n\tconst double *x;\n\tconst size_t *in_pass;\n\tsize_t passes;\n\tdouble value, low, high;\n} lows[] = {")
print("\n".join(lows))
print("};")
