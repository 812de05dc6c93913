#!/bin/sh
# ONNX test folders: ours pass, changed ones do not, broken ones are errors that name the file.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"

cases=$top_srcdir/conformance/onnx/cases
run "$ATTNBENCH" check --impl naive --onnx "$cases"
if grep -q 'does not read ONNX' "$err"; then
	is "without protobuf-c: exit status" "$status" 3
	run "$ATTNBENCH" check --impl naive --suite onnx
	is "without protobuf-c, no folder given: exit status" "$status" 0
	ok "without protobuf-c: the suite says why" grep -q 'SKIP .*does not read ONNX' "$out"
	tap_end
fi
is "our cases: exit status" "$status" 0
is "our cases: all in cases.txt pass" "$(grep -c '^    ok .*/test_data_set_0$' "$out")" "$(grep -vc '^#' "$top_srcdir/conformance/onnx/cases.txt")"
is "--onnx alone runs no other suite" "$(grep -c '^# Subtest' "$out")" 1
cp "$out" "$scratch/given"
run "$ATTNBENCH" check --impl naive --suite onnx
ok "without --onnx they are the suite's cases" cmp "$out" "$scratch/given"

plugin=$top_builddir/conformance/mutants/.libs/mutants.so
for mutant in top-left-for-bottom-right bias-before-softcap none; do
	run "$ATTNBENCH" check --plugin "$plugin" --impl "mutant/$mutant" --suite onnx
	is "mutant/$mutant: exit status" "$status" "$([ $mutant != none ]; echo $((1 - $?)))"
done

# fresh NAME: a copy of that case, in $case.
fresh() {
	rm -rf "$scratch/cases"
	mkdir "$scratch/cases"
	cp -R "$cases/$1" "$scratch/cases/"
	case=$scratch/cases/$1
	data=$case/test_data_set_0
	chmod -R u+w "$case"
}

# end FILE OCTAL…: its last bytes become these.
end() {
	end_file=$1; shift
	head -c -$# "$end_file" >"$scratch/kept"
	for byte; do printf "\\$byte"; done >>"$scratch/kept"
	cp "$scratch/kept" "$end_file"
}

# refused NAME TEXT: check ends with status 3, a message with the text, and no result.
refused() {
	run "$ATTNBENCH" check --impl naive --onnx "$scratch/cases"
	is "$1: exit status" "$status" 3
	ok "$1: the message has \"$2\"" grep -qF -- "$2" "$err"
	is "$1: there is no result" "$(cat "$out")" ""
}

plain=test_attention_4d_with_qk_matmul
fresh $plain
run "$ATTNBENCH" check --impl naive --onnx "$case"
is "the folder of one case: exit status" "$status" 0
cp -R "$data" "$case/test_data_set_1"
run "$ATTNBENCH" check --impl naive --onnx "$case"
is "every data set is a case" "$(grep -c "^    ok .*$plain/test_data_set_[01]" "$out")" 2


# Models of other operators beside ours are named, and left out; where there is nothing else there is nothing to check.
fresh $plain
cp -R "$case" "$scratch/cases/test_other"
sed -i 's/Attention/Bttention/' "$scratch/cases/test_other/model.onnx"
run "$ATTNBENCH" check --impl naive --onnx "$scratch/cases"
is "a model of another operator beside ours: exit status" "$status" 0
ok "it is skipped, with its name and the operator's" grep -q 'ok 2 - test_other/test_data_set_0 # SKIP .*the operator "Bttention"' "$out"
ok "ours is not" grep -qx "    ok 1 - $plain/test_data_set_0" "$out"
rm -r "$scratch/cases/test_other/test_data_set_0"
run "$ATTNBENCH" check --impl naive --onnx "$scratch/cases"
is "nor does it need data" "$status $(grep -c 'SKIP .*the operator "Bttention"' "$out")" "0 1"
cp "$out" "$scratch/flat"
mkdir -p "$scratch/deep/node/empty" && mv "$scratch/cases" "$scratch/deep/node/attention"
run "$ATTNBENCH" check --impl naive --onnx "$scratch/deep"
is "folders within folders are searched" "$status $(grep -c "^    ok .*node/attention/$plain/test_data_set_0\$" "$out")" "0 1"
fresh $plain
cp -R "$case" "$scratch/cases/test_other"
head -c 100 "$case/model.onnx" >"$scratch/cases/test_other/model.onnx"
refused "a broken model beside ours" "test_other/model.onnx"

fresh $plain
end "$data/output_0.pb" 176 100
run "$ATTNBENCH" check --impl naive --onnx "$scratch/cases"
is "a changed output: exit status" "$status" 1
ok "a changed output: it is named, with both values" grep -q 'reason: "Y\[1,2,3,7\] is .*: stored is 3.9' "$out"
again=$(sed -n 's/^ *reproduce: "attnbench \(.*\)"/\1/p' "$out")
run sh -c "'$ATTNBENCH' $again"
is "the command that reproduces it fails as well" "$status $(grep -c '^    not ok' "$out")" "1 1"
fresh $plain
end "$data/output_1.pb" 300 177
run "$ATTNBENCH" check --impl naive --onnx "$scratch/cases"
is "a NaN in a stored output: exit status" "$status" 1
ok "a NaN in a stored output: it is named" grep -q 'qk_matmul_output\[1,2,3,5\] is .* stored is .*nan' "$out"

# Every length that a file may be cut to.
for file in model.onnx test_data_set_0/input_0.pb test_data_set_0/output_1.pb; do
	fresh $plain
	cp "$case/$file" "$scratch/whole"
	passed=0 length=0 whole=$(wc -c <"$scratch/whole")
	while [ $length -lt "$whole" ]; do
		head -c $length "$scratch/whole" >"$case/$file"
		run "$ATTNBENCH" check --impl naive --onnx "$scratch/cases"
		[ "$status" = 3 ] && grep -qF "$file" "$err" || { passed=$((passed + 1)); echo "# cut to $length bytes: status $status"; }
		length=$((length + 1 + whole / 40))
	done
	is "$file, cut: always an error that names it" "$passed" 0
done

fresh $plain; rm "$data/input_1.pb"; refused "a missing input" "input_1.pb: No such file"
fresh $plain; rm "$data/output_0.pb"; refused "a missing output" "output_0.pb: No such file"
fresh $plain; rm "$case/model.onnx"; refused "a missing model" "model.onnx: No such file"
fresh $plain; rm -r "$data"; refused "no data set" "it holds no folder test_data_set_0"
fresh $plain; rm "$data/input_1.pb"; mkdir "$data/input_1.pb"; refused "a folder for a file" "it is no file"
fresh $plain; rm -r "$case"; refused "an empty folder" "it holds no ONNX test"
rm -r "$scratch/cases"; refused "no folder" "cases: No such file"

fresh $plain; sed -i 's/Attention/Bttention/' "$case/model.onnx"; refused "another operator" 'the operator "Bttention"'
fresh $plain; end "$case/model.onnx" 026; refused "another opset" "opset 22 of ONNX: expected 23 to 28"
fresh own_nonpad_scores; sed -i 's/is_causal/is_casual/' "$case/model.onnx"; refused "an unknown attribute" 'attribute "is_casual"'
fresh own_nonpad_scores; end "$case/model.onnx" 030; refused "an attribute of a later opset" 'attribute "left_window_size": the operator Attention of opset 24'
fresh own_fields_mixed_types; sed -i '0,/attn_mask/s//attn_musk/' "$case/model.onnx"; refused "an input that nothing feeds" 'no initializer and no Constant node of that name'

fresh $plain; printf '\160\001' >>"$data/input_0.pb"; refused "data in another file" "input_0.pb: its data lies in another file"
fresh $plain; printf '\020\006' >>"$data/input_0.pb"; refused "a type it does not have" "input_0.pb: data_type is 6"
fresh $plain; printf '\010\001' >>"$data/input_0.pb"; refused "five dimensions" "input_0.pb: it has 5 dimensions"
fresh test_attention_bidirectional_window; sed -i '1s/^\x08\x01\x08\x01\x08\x05\x08\x01/\x08\x01\x08\x01\x08\x01\x08\x05/' "$data/input_1.pb"; refused "another shape" "K is f32 of rank 4, [1,1,1,5]"
fresh $plain; printf '\010\200\200\200\200\200\200\200\200\100\020\001' >"$data/input_0.pb"; refused "a size beyond memory" "input_0.pb: dimension 0 is 4611686018427387904"
fresh $plain; printf '\010\377\377\377\377\377\377\377\377\377\001\020\001' >"$data/input_0.pb"; refused "a negative size" "input_0.pb: dimension 0 is -1"
fresh $plain; cp "$data/input_1.pb" "$data/input_0.pb"; refused "Q with the shape of K" "Y is f32 of rank 4"
fresh own_nonpad_scores; end "$data/input_4.pb" 000 001 000 000 000 000 000 000; refused "more keys than there are" "nonpad_kv_seqlen[1] is 256: expected 0 to 6"
fresh test_attention_4d_attn_mask_bool_4d; end "$data/input_3.pb" 002; refused "a bool of 2" "input_3.pb: element 143 is 2: expected 0 or 1"
tap_end
