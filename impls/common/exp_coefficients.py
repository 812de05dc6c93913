#!/usr/bin/env python3
# Prints the coefficients in exp.h: exp(r) = 1 + r + r² (c2 + c3 r + … + c6 r⁴) for |r| <= ln 2 / 2.
# (exp(r) - 1 - r) / r² is interpolated at Chebyshev nodes, which is within a few percent of the best polynomial, and the
# coefficients are rounded to f32 from the highest on. The last line is the error of the polynomial alone, in units of 2^-24.
# SPDX-License-Identifier: Apache-2.0
import math
import struct
from fractions import Fraction

DEGREE = 4
HALF = math.log(2) / 2 * 1.0001  # the reduced argument may be a rounding beyond ln 2 / 2


def exact(r):  # (exp(r) - 1 - r) / r²
    return sum(r**n / math.factorial(n + 2) for n in range(20))


def f32(x):
    return Fraction(struct.unpack("f", struct.pack("f", x))[0])


nodes = [Fraction(HALF * math.cos(math.pi * (2 * i + 1) / (2 * DEGREE + 2))) for i in range(DEGREE + 1)]
newton = [exact(r) for r in nodes]
for order in range(1, DEGREE + 1):  # divided differences
    for i in range(DEGREE, order - 1, -1):
        newton[i] = (newton[i] - newton[i - 1]) / (nodes[i] - nodes[i - order])
power = [newton[DEGREE]]
for i in range(DEGREE - 1, -1, -1):  # Horner over (r - node) gives the powers of r
    shifted = [Fraction(0)] + power
    power = [a - nodes[i] * b for a, b in zip(shifted, power + [Fraction(0)])]
    power[0] += newton[i]
rounded = [f32(c) for c in power]
for n, c in enumerate(rounded):
    print(f"c{n + 2} = {float(c).hex()}")
ln2 = Fraction(math.log(2)) + Fraction(2.3190468138462996e-17)
high = Fraction(round(ln2 * 2**15), 2**15)  # n · high is exact: 15 bits times 8
print(f"ln2_high = {float(high).hex()}\nln2_low = {float(f32(ln2 - high)).hex()}\nlog2e = {float(f32(1 / ln2)).hex()}")
worst = 0
for i in range(-2000, 2001):
    r = Fraction(HALF * i / 2000)
    value = 1 + r + r * r * sum(c * r**n for n, c in enumerate(rounded))
    true = 1 + r + r * r * exact(r)
    worst = max(worst, abs(value / true - 1) * 2**24)
print(f"error {float(worst):.3f}")
