#!/bin/sh
# attnbench run on a multi-head layer: the stored cases of layers, read from their files, give the stored outputs; shapes of files
# without a batch and without a dimension of heads are taken too; what does not fit is named.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"
cd "$scratch" || exit 99
golden=$top_srcdir/conformance/golden

# options FOLDER: every tensor of a layer that a stored case has
options() {
	for name in x_q x_kv proj_q proj_k proj_v proj_o proj_bias_q proj_bias_k proj_bias_v proj_bias_o; do
		[ ! -e "$golden/$1/$name.npy" ] || printf -- '--%s %s ' "$(echo $name | tr _ -)" "$golden/$1/$name.npy"
	done
}
key_of() { sed -n 's/^problem: //p' "$golden/$1/case.txt"; }
layer() { # CASE OPTION…
	case=$1; shift
	# shellcheck disable=SC2046 # options are words
	run "$ATTNBENCH" run --impl naive --threads 1 $(options "$case") "$@"
}
for case in layer layer-bias layer-cross layer-f64; do
	layer $case --out $case.npy
	is "$case: it is right" "$status $(sed -n 's/^error ratio .*: \(right\).*/\1/p' "$err")" "0 right"
	is "$case: its problem" "$(sed -n 's/^problem *//p' "$err" | tr / '\n' | sort)" "$(key_of $case | tr / '\n' | sort)"
done
layer layer-gqa-causal --causal top-left --lse lse.npy --weights p.npy --out gqa.npy
is "layer-gqa-causal: with --causal, weights and logsumexp" "$status $(sed -n 's/^problem *//p' "$err")" "0 $(key_of layer-gqa-causal | sed 's,/lse$,/weights/lse,')"

if [ -n "${PYTHON3:-}" ] && "$PYTHON3" -c 'import numpy' 2>/dev/null; then
	ok "the outputs are the stored ones" "$PYTHON3" -c '
import sys, numpy as np
for case in ["layer", "layer-bias", "layer-cross", "layer-f64"]:
    got, stored = np.load(case + ".npy"), np.load(f"{sys.argv[1]}/{case}/out.f64.npy")
    assert got.shape == stored.shape, (got.shape, stored.shape)
    assert np.allclose(got, stored, rtol=1e-4, atol=1e-5), case
lse, stored = np.load("lse.npy"), np.load(sys.argv[1] + "/layer-gqa-causal/logsumexp.f64.npy")
assert lse.shape == stored.shape[:3] and np.allclose(lse, stored[..., 0], atol=1e-5)
assert np.load("p.npy").shape == (1, 4, 9, 9) and np.allclose(np.load("p.npy").sum(-1), 1, atol=1e-5)
' "$golden"
	# the same rows as files of other ranks, and worked out again: heads side by side, as torch.nn.MultiheadAttention has them
	"$PYTHON3" -c '
import numpy as np
rng = np.random.default_rng(1)
x = rng.standard_normal((2, 5, 12), dtype=np.float32)
np.save("x3.npy", x); np.save("x2.npy", x[0]); np.save("x4.npy", x[:, None])
w = {n: rng.standard_normal((3, 12, 4), dtype=np.float32) / 4 for n in "qkv"}
w["o"] = rng.standard_normal((3, 4, 12), dtype=np.float32) / 4
for n in w: np.save(f"w{n}.npy", w[n])
q, k, v = (np.einsum("bim,hmd->bhid", x, w[n]) for n in "qkv")
s = np.einsum("bhid,bhjd->bhij", q, k) / 2
a = np.exp(s - s.max(-1, keepdims=True)); a /= a.sum(-1, keepdims=True)
np.save("expected.npy", np.einsum("bhij,bhjd,hdm->bim", a, v, w["o"]))'
	self() { run "$ATTNBENCH" run --impl naive --threads 1 --proj-q wq.npy --proj-k wk.npy --proj-v wv.npy --proj-o wo.npy "$@"; }
	for rank in 2 3 4; do
		self --x-q x$rank.npy --out out$rank.npy --weights weights$rank.npy
		is "rank $rank: it is right" "$status" 0
	done
	ok "outputs are of the rank of x, weights have heads too" "$PYTHON3" -c '
import numpy as np
expected = np.load("expected.npy")
shapes = {2: ((5, 12), (3, 5, 5)), 3: ((2, 5, 12), (2, 3, 5, 5)), 4: ((2, 1, 5, 12), (2, 3, 5, 5))}
for rank, (out, weights) in shapes.items():
    got = np.load(f"out{rank}.npy")
    assert got.shape == out and np.load(f"weights{rank}.npy").shape == weights, (rank, got.shape)
    assert np.allclose(got.reshape(-1, 5, 12), expected[:1] if rank == 2 else expected, atol=1e-5), rank'
	self --x-q x3.npy --x-kv x2.npy
	is "batches that differ" "$status $(cat "$err")" "3 attnbench: x3.npy (2, 5, 12) and x2.npy (5, 12): batch 2 and 1: expected the same number"
	self --x-q x3.npy --proj-k wo.npy
	is "a matrix that does not fit" "$status $(cat "$err")" "3 attnbench: wq.npy (3, 12, 4) and wo.npy (3, 4, 12): columns 4 and 12: expected the same number"
	self --x-q wq.npy
	is "x that does not fit its matrices: status" "$status" 3
	ok "x that does not fit its matrices: said" grep -q '^attnbench: wq.npy (3, 12, 4) does not fit wq.npy (3, 12, 4)' "$err"
	self --x-q x3.npy --proj-q x2.npy
	is "a matrix of rank 2" "$status $(cat "$err")" "3 attnbench: x2.npy: its shape is (5, 12) of rank 2: expected rank 3 (heads, rows, columns)"
else
	skip "outputs beside NumPy's" "python3 has no numpy"
fi

refused() { # MESSAGE OPTION…
	expected=$1; shift
	run "$ATTNBENCH" run --impl naive --out o.npy "$@"
	is "$*" "$status $(cat "$err")" "2 attnbench: $expected"
}
refused "option --proj-q is missing: a multi-head layer (--x-q) needs it" --x-q x.npy
refused "option --x-q is missing: --proj-q belongs to a multi-head layer, which needs it" --proj-q w.npy --q q.npy
refused "option --q does not go with --x-q: a multi-head layer makes it of x" --x-q x.npy --proj-q w.npy --proj-k w.npy --proj-v w.npy --proj-o w.npy --q q.npy
refused "option --proj-bias-k is missing: expected all four biases of a layer, or none" --x-q x.npy --proj-q w.npy --proj-k w.npy --proj-v w.npy --proj-o w.npy --proj-bias-q b.npy
refused "option --score is cosine: a multi-head layer (--x-q) has scaled-dot or dot" --x-q x.npy --proj-q w.npy --proj-k w.npy --proj-v w.npy --proj-o w.npy --score cosine
is "nothing is written" "$(ls o.npy 2>/dev/null)" ""
layer layer --impl flash --out o.npy
is "an implementation that does no layers refuses" "$status $(cat "$err")" "3 attnbench: flash refused: it does not do a layer's projections"
cd / || exit 99
tap_end
