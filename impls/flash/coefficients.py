#!/usr/bin/env python3
"""Derives the polynomials of exp and tanh that the flash kernels use, by Remez exchange in mpmath, and prints them as the
header coefficients.h:  python3 coefficients.py > coefficients.h

exp: exp(r) = 1 + r + r^2/2 + r^3 Q(r) on |r| <= ln(2)/2, relative error minimised; x = n ln(2) + r by two constants.
exp2: 2^r = 1 + r (C + r Q(r)) on |r| <= 1/2, C = ln(2) in f32, relative error minimised: for the fast
variant; and 2^r = 1 + r P(r) on 0 <= r <= 1: for weights that are rounded to bf16.
tanh: tanh(x) = x + x^3 T(x^2) on |x| <= 5/8, relative error minimised.

SPDX-License-Identifier: Apache-2.0"""
import mpmath as mp

mp.mp.prec = 200


def to_f32(x):
    """x rounded to 24 significant bits, to nearest even."""
    m, e = mp.frexp(x)
    return mp.ldexp(mp.nint(mp.ldexp(m, 24)), e - 24)


def grid(a, b, n):
    return [(a + b) / 2 - (b - a) / 2 * mp.cos(mp.pi * k / n) for k in range(n + 1)]


def extremes(error, a, b, count):
    """The `count` points of [a, b] where error alternates, found on a fine grid and refined by golden search."""
    points = grid(a, b, 600)
    values = [error(x) for x in points]
    found = []
    for k, v in enumerate(values):
        if found and mp.sign(v) == mp.sign(values[found[-1]]):
            if abs(v) > abs(values[found[-1]]):
                found[-1] = k
        else:
            found.append(k)
    while len(found) > count:
        found.pop(0 if abs(values[found[0]]) < abs(values[found[-1]]) else -1)
    return [points[k] for k in found]


def remez(f, weight, degree, a, b):
    """Coefficients c of the polynomial that minimises max |weight(x) (sum c_k x^k - f(x))|, and that maximum."""
    n = degree + 2
    x = grid(a, b, n - 1)
    for _ in range(30):
        rows = mp.matrix(n, n)
        right = mp.matrix(n, 1)
        for i, t in enumerate(x):
            for k in range(degree + 1):
                rows[i, k] = t ** k
            rows[i, degree + 1] = (-1) ** i / weight(t)
            right[i] = f(t)
        solution = mp.lu_solve(rows, right)
        c = [solution[k] for k in range(degree + 1)]
        fresh = extremes(lambda t: weight(t) * (mp.polyval(c[::-1], t) - f(t)), a, b, n)
        if len(fresh) < n:
            break
        moved = max(abs(p - q) for p, q in zip(x, fresh))
        x = fresh
        if moved < mp.mpf(10) ** -12:
            break
    return c, max(abs(weight(t) * (mp.polyval(c[::-1], t) - f(t))) for t in grid(a, b, 2000))


def rounded(f, weight, degree, a, b):
    """The same with coefficients rounded to f32, and the error that leaves."""
    c, _ = remez(f, weight, degree, a, b)
    c = [to_f32(x) for x in c]
    return c, max(abs(weight(t) * (mp.polyval(c[::-1], t) - f(t))) for t in grid(a, b, 2000))


def near_zero_safe(f, taylor):
    """f, or its limit where 0/0 would lose digits."""
    return lambda t: taylor if abs(t) < mp.mpf(10) ** -20 else f(t)


def hexadecimal(x):
    digits, exponent = float(x).hex().split("p")
    return digits.rstrip("0").rstrip(".") + "p" + exponent + "f"


def show(name, coefficients, error, what):
    print(f"/* {what}; largest relative error {mp.nstr(error / mp.mpf(2) ** -24, 4)} times 2^-24 */")
    for k, c in enumerate(coefficients):
        print(f"#define {name}{k} {hexadecimal(c)}")
    print()


def bits(x):
    """The 32 bits of a number in [1, 2) as f32."""
    return int(mp.ldexp(x, 23)) + (126 << 23)


def show_table(entries, powers):
    """What exp by a table of 2^(j/entries) needs. The table's bits less j steps of the exponent, for n = 16 k + j to be added to them; what
    rounding the table has lost, as a part of the entry; a polynomial of degree `powers` for the fast variant, which corrects nothing."""
    ln2 = mp.log(2)
    step = ln2 / entries
    high = mp.ldexp(mp.nint(mp.ldexp(step, 16)), -16)
    half = step / 2 * (1 + mp.mpf(2) ** -12)
    c, error = rounded(near_zero_safe(lambda r: (mp.exp(r) - 1 - r) / r ** 2, mp.mpf(1) / 2), lambda r: r ** 2 / mp.exp(r), 1, -half, half + mp.mpf(2) ** -30)
    exact = [mp.mpf(2) ** (mp.mpf(j) / entries) for j in range(entries)]
    shift = 23 - entries.bit_length() + 1
    near = [bits(to_f32(x)) - (j << shift) for j, x in enumerate(exact)]
    lost = [hexadecimal(to_f32(x / to_f32(x) - 1)) for x in exact]
    print(f"/* The same by {entries} powers of two: x = n ln(2)/{entries} + r, n STEP_HIGH exact for |n| < 2^12. */")
    print(f"#define EXP{entries}_PER_STEP {hexadecimal(to_f32(entries / ln2))}")
    print(f"#define EXP{entries}_STEP_HIGH {hexadecimal(high)}\n#define EXP{entries}_STEP_LOW {hexadecimal(to_f32(step - high))}")
    show(f"EXP{entries}_C", c, error, f"exp(r) = 1 + r + r^2 (C0 + C1 r), |r| <= ln(2)/{2 * entries}")
    half = mp.mpf(1) / 2
    power = near_zero_safe(lambda r: (2 ** (r / entries) - 1) / r, ln2 / entries)
    weight = (lambda r: r / 2 ** (r / entries)) if powers % 2 else lambda r: mp.mpf(1)  # of even powers r, r^2, ... the best is not unique
    p, _ = rounded(power, weight, powers, -half, half + mp.mpf(2) ** -30)
    error = max(abs(r * (mp.polyval(p[::-1], r) - power(r))) / 2 ** (r / entries) for r in grid(-half, half, 2000))
    show(f"POWER{entries}_C", p, error, f"2^(r/{entries}) = 1 + r (C0 + C1 r + ...), |r| <= 1/2")
    print(f"/* the bits of 2^(j/{entries}) less j << {shift}; the part of it that f32 has lost */")
    print(f"#define EXP{entries}_TABLE {', '.join(hex(x) for x in near)}\n#define EXP{entries}_LOST {', '.join(lost)}\n")


def main():
    ln2 = mp.log(2)
    half = ln2 / 2 * (1 + mp.mpf(2) ** -16)
    print("/* Written by coefficients.py: do not edit.\n * SPDX-License-Identifier: Apache-2.0 */")
    print("#ifndef FLASH_COEFFICIENTS_H\n#define FLASH_COEFFICIENTS_H\n")
    high = mp.ldexp(mp.nint(mp.ldexp(ln2, 15)), -15)
    print("/* x = n ln 2 + r: n LN2_HIGH is exact for |n| < 2^9, LN2_LOW is the rest of ln 2 */")
    print(f"#define LOG2_E {hexadecimal(to_f32(1 / ln2))}\n#define LN2_HIGH {hexadecimal(high)}\n#define LN2_LOW {hexadecimal(to_f32(ln2 - high))}\n")
    q, error = rounded(near_zero_safe(lambda r: (mp.exp(r) - 1 - r - r ** 2 / 2) / r ** 3, mp.mpf(1) / 6), lambda r: r ** 3 / mp.exp(r), 3, -half, half + mp.mpf(2) ** -30)
    show("EXP_Q", q, error, "exp(r) = 1 + r + r^2/2 + r^3 (Q0 + Q1 r + ...), |r| <= ln(2)/2")
    show_table(16, 1)
    show_table(8, 2)
    c = to_f32(ln2)  # which happens to be ln(2) to within 2^-28.9, so that Q is that of ln(2)
    print(f"#define EXP2_C {hexadecimal(c)}")
    half = mp.mpf(1) / 2
    q, error = rounded(near_zero_safe(lambda r: (2 ** r - 1 - r * ln2) / r ** 2, ln2 ** 2 / 2), lambda r: r ** 2 / 2 ** r, 3, -half, half + mp.mpf(2) ** -30)
    show("EXP2_Q", q, error, "2^r = 1 + r (C + r (Q0 + Q1 r + ...)), |r| <= 1/2")
    p, _ = rounded(near_zero_safe(lambda r: (2 ** r - 1) / r, ln2), lambda r: r / 2 ** r, 3, mp.mpf(2) ** -20, mp.mpf(1))
    error = max(abs(1 + r * mp.polyval(p[::-1], r) - 2 ** r) / 2 ** r for r in grid(mp.mpf(0), mp.mpf(1), 2000))
    print(f"/* 2^r = 1 + r (c + ...), 0 <= r <= 1, the last coefficient first; largest relative error {mp.nstr(error / mp.mpf(2) ** -24, 4)} times 2^-24 */")
    print(f"#define EXP2_COARSE_Q {', '.join(hexadecimal(c) for c in p[::-1])}\n")
    a, b = mp.mpf(2) ** -30, mp.mpf(25) / 64
    t, error = rounded(lambda y: (mp.tanh(mp.sqrt(y)) / mp.sqrt(y) - 1) / y, lambda y: y * mp.sqrt(y) / mp.tanh(mp.sqrt(y)), 5, a, b)
    show("TANH_T", t, error, "tanh(x) = x + x^3 (T0 + T1 x^2 + ...), |x| <= 5/8")
    print("#endif")


if __name__ == "__main__":
    main()
