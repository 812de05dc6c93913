#!/bin/sh
# The stored cases are what the oracle computes, and a changed one is noticed.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

if "$ATTNBENCH" golden --verify 2>&1 | grep -q 'has no'; then
	skip "golden --verify" "$("$ATTNBENCH" golden --verify 2>&1)"
	tap_end
fi
ok "every golden is what the oracle computes, and both oracles agree" "$ATTNBENCH" golden --verify

mkdir "$scratch/data" && cp -R "$top_srcdir/conformance" "$scratch/data/" && chmod -R u+w "$scratch/data"
ATTNBENCH_DATA=$scratch/data
export ATTNBENCH_DATA
golden=$scratch/data/conformance/golden

# change FILE: flips one bit in its last byte but one.
change() {
	cp "$1" "$scratch/kept"
	{ head -c -2 "$scratch/kept"; printf '\125'; tail -c 1 "$scratch/kept"; } >"$1"
}

change "$golden/plain/out.f64.npy"
run "$ATTNBENCH" golden --verify
is "a changed output: golden --verify: exit status" "$status" 3
ok "a changed output: it is named" grep -q 'plain/out.f64.npy' "$err"
run "$ATTNBENCH" check --impl naive --suite golden --filter plain
is "a changed output: check: exit status" "$status" 3
ok "a changed output: check says why" grep -q 'plain/out.f64.npy: its SHA-256 is' "$err"
is "a changed output: there is no result" "$(cat "$out")" ""

# With a checksum to match the oracle alone knows.
sum=$(sha256sum <"$golden/plain/out.f64.npy" | cut -c 1-64)
cp "$golden/SHA256SUMS" "$scratch/sums"
sed -i "s,^.* plain/out.f64.npy,$sum  plain/out.f64.npy," "$golden/SHA256SUMS"
run "$ATTNBENCH" golden --verify
is "an output changed with its checksum: golden --verify: exit status" "$status" 1
ok "an output changed with its checksum: it is named" grep -q 'plain/out.f64.npy' "$err"
run "$ATTNBENCH" check --impl naive --suite golden --filter plain
is "an output changed with its checksum: check fails" "$status" 1
cp "$scratch/sums" "$golden/SHA256SUMS"
cp "$scratch/kept" "$golden/plain/out.f64.npy"

cp "$golden/plain/case.txt" "$scratch/kept"
echo "problem: b:1/hq:zero" >"$golden/plain/case.txt"
run "$ATTNBENCH" check --impl naive --suite golden --filter plain
is "a changed case.txt: exit status" "$status" 3
ok "a changed case.txt: it is named" grep -q 'plain/case.txt' "$err"
cp "$scratch/kept" "$golden/plain/case.txt"

rm "$golden/plain/q.npy"
run "$ATTNBENCH" check --impl naive --suite golden --filter plain
is "a missing input: check: exit status" "$status" 3
ok "a missing input: it is named" grep -q 'plain/q.npy' "$err"
run "$ATTNBENCH" golden --verify
is "a missing input: golden --verify: exit status" "$status" 3
cp "$top_srcdir/conformance/golden/plain/q.npy" "$golden/plain/q.npy"

# A file that is no .npy, though its checksum fits.
echo text >"$golden/plain/k.npy"
sum=$(sha256sum <"$golden/plain/k.npy" | cut -c 1-64)
sed -i "s,^.* plain/k.npy,$sum  plain/k.npy," "$golden/SHA256SUMS"
run "$ATTNBENCH" check --impl naive --suite golden --filter gqa
is "an input that is no .npy: exit status, though another case is asked for" "$status" 3
ok "an input that is no .npy: it is named" grep -q 'plain/k.npy' "$err"

echo "bad line" >>"$scratch/data/conformance/goldens.txt"
run "$ATTNBENCH" golden --verify
is "a bad line of goldens.txt: exit status" "$status" 3
ok "a bad line of goldens.txt: file and line are named" grep -qE 'goldens.txt:[0-9]+: expected NAME KEY RECIPE SEED' "$err"

rm -rf "$golden"
run "$ATTNBENCH" check --impl naive --suite golden
is "no goldens: exit status" "$status" 3
tap_end
