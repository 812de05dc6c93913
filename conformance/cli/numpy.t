#!/bin/sh
# What `attnbench run` reads from NumPy and writes for it, against the formula in NumPy: every dtype, order and version.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"
if ! "${PYTHON3:-python3}" -c 'import numpy' 2>/dev/null; then
	skip "run against NumPy" "there is no Python with NumPy"
	tap_end
fi
cd "$scratch" || exit 99

# python CASE: writes the inputs of a case, or with "check" compares the outputs.
cat >case.py <<'END'
import sys
import numpy as np
dtype, order, version, what = sys.argv[1:5]
rng = np.random.default_rng(7)
b, hq, hkv, sq, skv, d, dv = 2, 4, 2, 5, 9, 8, 6
q, k, v = (rng.standard_normal(s).astype(dtype) for s in ((b, hq, sq, d), (b, hkv, skv, d), (b, hkv, skv, dv)))
mask, bias = rng.random((sq, skv)) < 0.8, rng.standard_normal((hq, 1, skv)).astype(dtype)
if what == "write":
    for name, t in (("q", q), ("k", k), ("v", v), ("mask", mask), ("bias", bias)):
        with open(name + ".npy", "wb") as f:
            np.lib.format.write_array(f, np.asarray(t, order=order), version=(int(version), 0))
    sys.exit()
wide = lambda t: t.astype(np.float64)
s = wide(q) @ wide(np.repeat(k, hq // hkv, 1)).swapaxes(-1, -2) / np.sqrt(d) + wide(bias)
s = np.where(mask & (np.arange(skv) <= np.arange(sq)[:, None] + skv - sq), s, -np.inf)
m = s.max(-1, keepdims=True, initial=-1e30)
e = np.exp(s - m)
p = e / e.sum(-1, keepdims=True)
expected = {"out": p @ wide(np.repeat(v, hq // hkv, 1)), "weights": p, "lse": (m + np.log(e.sum(-1, keepdims=True)))[..., 0]}
own = np.dtype(dtype).newbyteorder("=")
roundoff = {2: 2.0**-10, 4: 1e-5, 8: 1e-14}[own.itemsize]
for name, t in expected.items():
    got = np.load(name + ".npy")
    kind = own if name == "out" else np.dtype("f8" if own.itemsize == 8 else "f4")
    assert got.shape == t.shape, (name, got.shape, t.shape)
    assert got.dtype == kind, (name, got.dtype, kind)
    error = np.abs(got - t).max()
    assert error <= roundoff * 4, (name, error)
END

for case in "<f4 C 1" "<f4 F 1" "<f4 C 2" "<f4 C 3" ">f4 C 1" ">f4 F 2" "<f8 C 1" ">f8 F 3" "<f2 C 1" ">f2 F 1"; do
	rm -f ./*.npy
	# shellcheck disable=SC2086 # three words
	ok "$case: NumPy writes" "${PYTHON3:-python3}" case.py $case write
	ok "$case: run" "$ATTNBENCH" run --impl naive --q q.npy --k k.npy --v v.npy --mask mask.npy --bias bias.npy --causal bottom-right \
		--out out.npy --weights weights.npy --lse lse.npy
	# shellcheck disable=SC2086
	ok "$case: NumPy reads what it expected" "${PYTHON3:-python3}" case.py $case check
done
run "$ATTNBENCH" run --impl naive --q q.npy --k k.npy --v v.npy
ok "text without --out is for numpy.loadtxt" "${PYTHON3:-python3}" -c 'import numpy, sys; assert numpy.loadtxt(sys.argv[1]).shape == (2 * 4 * 5, 6)' "$out"
cd / || exit 99
tap_end
