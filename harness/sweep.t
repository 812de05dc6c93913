#!/bin/sh
# sweep and info as a user meets them: a tiny sweep of implementations that go wrong in every way, the members of its result
# set, exit statuses and messages, and that nothing half written stays behind.
# SPDX-License-Identifier: Apache-2.0
. "${top_srcdir:-.}/tests/tap.sh"
cd "$scratch" || exit 99
unset OMP_PROC_BIND ATTNBENCH_AFFINITY

run "$ATTNBENCH" info
is "info ends well" $status 0
for fact in cpu microcode governor turbo thp virtualisation affinity cgroup_memory commit golden_sha256; do
	ok "info says $fact" grep -Eq "^  $fact +[^ ]" "$out"
done

# The command line is looked at before what the build can do.
refused() { # STATUS TEXT OPTION…
	expected=$1 text=$2; shift 2
	run "$ATTNBENCH" sweep "$@"
	is "sweep $*: status" $status "$expected"
	ok "sweep $*: says $text" grep -q -- "$text" "$err"
}
refused 2 '--out is missing'
refused 2 '--sq "12a": expected a whole number' --out r.json --sq 12a
refused 2 'numbers in rising order' --out r.json --sq 8:4
refused 2 '--dtype "i8": expected a list of f32' --out r.json --dtype i8
refused 2 '--causal "up": expected a list of none' --out r.json --causal up
refused 2 '--shard "3/2": expected' --out r.json --shard 3/2
refused 2 'unexpected argument "zzz"' --out r.json zzz
refused 2 'unrecognized option' --out r.json --frob
refused 3 'nope.so: cannot open' --out r.json --plugin nope.so

run "$ATTNBENCH" sweep --quick --sq 8 --out r.json
if [ $status = 3 ] && grep -q 'this build has no' "$err"; then
	skip "a sweep" "$(cat "$err")"
	tap_end
fi
refused 2 'hkv must divide hq' --out r.json --hq 8 --hkv 3
refused 2 'implementation "nope": there is none' --out r.json --impl nope
refused 2 'there is none of that name' --out r.json --workload nope
refused 3 'workload file ./nope.txt: No such file' --out r.json --workload ./nope.txt
printf 'one b:1/hq:1/sq:4/skv:4/d:4\n' >bad.txt
refused 3 'bad.txt, line 1: there is no source' --out r.json --workload ./bad.txt
printf 'one b:1/hq:1/sq:x/skv:4/d:4 a source\n' >bad.txt
refused 3 'field sq is "x"' --out r.json --workload ./bad.txt
rm -f r.json
refused 3 'No such file or directory: nothing was measured' --out nowhere/r.json
refused 3 'Is a directory' --out .
is "nothing is left of sweeps that were refused" "$(ls | grep -v bad.txt)" ""

plugin=$top_builddir/harness/.libs/test_sweep_plugin.so
tiny() { # OUT OPTION…: two points of each implementation; seconds enough for a busy machine
	tiny_out=$1; shift
	run "$ATTNBENCH" sweep --quick --plugin "$plugin" --sq 8,16 --hq 2 --d 16 --causal none --threads 1 --min-seconds 0.001 --max-seconds 60 --out "$tiny_out" "$@"
}
if [ ! -e "$plugin" ]; then
	skip "implementations that go wrong" "the test plugin was not built"
	tap_end
fi
tiny r.json --impl test-right,test-empty,test-wrong,test-worse-later,test-crash,test-exit,test-fail,test-takes-more,test-greedy,test-refuses
is "a sweep with failures ends with 1" $status 1
is "only the set is left" "$(ls | grep -v bad.txt)" "r.json"
is "every point has its entry" "$(grep -c '"run_type"' r.json)" 20
tiny slow.json --impl test-slow --max-seconds 0.3
is "what is too slow is no failure" $status 0
tiny hang.json --impl test-hang --timeout 1
is "what hangs is one" $status 1
cat slow.json hang.json >>r.json.more
said() { # IMPL STATUS REASON: at both lengths
	is "$1 is $2: $3" "$(cat r.json r.json.more | grep "\"impl\":\"$1\"" | grep "\"status\":\"$2\"" | grep -c "\"reason\":\"$3")" 2
	is "$1 has no time" "$(cat r.json r.json.more | grep "\"impl\":\"$1\"" | grep -c '"median_ns"')" 0
}
said test-wrong failed 'wrong answer'
said test-worse-later failed 'wrong answer'
said test-crash crashed 'killed by signal 6'
said test-exit crashed 'called exit with status 7'
said test-hang timeout 'did not answer within'
said test-fail failed 'run failed'
said test-slow skipped 'a call takes about'
said test-greedy failed 'plan found no memory: a pebibyte was asked for'
said test-refuses refused 'd is 16: it does none'
for impl in test-right test-takes-more test-empty; do
	is "$impl is ok" "$(grep "\"impl\":\"$impl\"" r.json | grep -c '"status":"ok"')" 2
done
member() { grep "\"impl\":\"$1\"" r.json | head -n 1 | sed -n "s/.*\"$2\":\\([0-9.e+-]*\\).*/\\1/p"; }
ok "an empty function costs under 1 us a call" awk "BEGIN { exit !($(member test-empty median_ns) < 1000) }"
ok "memory that was not announced is seen" awk "BEGIN { exit !($(member test-takes-more peak_extra_bytes) > 12e6 && $(member test-takes-more workspace_bytes) < 4096) }"
ok "and it alone takes it" awk "BEGIN { exit !($(member test-right peak_extra_bytes) < 4e6) }"
is "FLOPs are counted over pairs" "$(member test-right flops)" "8192.0"
is "bytes: each input and output once" "$(member test-right bytes)" "4096.0"
tiny causal.json --impl test-right --causal top-left --sq 8
is "unmasked pairs only" "$(sed -n 's/.*"flops":\([0-9][0-9.]*\).*/\1/p' causal.json)" "4608.0"
rm -f causal.json

if [ -n "$PYTHON3" ] && "$PYTHON3" -c 'import jsonschema' 2>/dev/null; then
	cat >validate.py <<-'PY'
		import json, sys, jsonschema
		schema = json.load(open(sys.argv[1]))
		jsonschema.Draft202012Validator.check_schema(schema)
		errors = list(jsonschema.Draft202012Validator(schema).iter_errors(json.load(open(sys.argv[2]))))
		for e in errors:
		    print("/".join(map(str, e.absolute_path)), e.message[:300])
		sys.exit(bool(errors))
	PY
	ok "the set is as results/schema.json says" "$PYTHON3" validate.py "$top_srcdir/results/schema.json" r.json
	sed 's/"median_ns":/"median":/' r.json >broken.json
	ok "and a set that lacks a member is not" sh -c "! '$PYTHON3' validate.py '$top_srcdir/results/schema.json' broken.json"
	rm -f validate.py broken.json
else
	skip "the set is as results/schema.json says" "python3 has no jsonschema"
fi

# Ctrl-C keeps what is done.
"$ATTNBENCH" sweep --plugin "$plugin" --impl test-right,test-slow --sq 8,16,32,64 --hq 1 --d 8 --causal none --threads 1 --repetitions 3 --max-seconds 600 --out cut.json >cut.out 2>cut.err &
pid=$!
tries=0
while [ ! -e cut.json.partial ] && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -TERM $pid
wait $pid
is "an interrupted sweep ends with 3" $? 3
ok "it says so" grep -q 'interrupted: cut.json has the' cut.err
ok "the set has what was done" grep -q '"impl":"test-right"' cut.json
is "no partial file stays" "$(ls cut.json.*  2>/dev/null)" ""

# Shards are the whole, and a killed run goes on.
whole() { # OUT OPTION…
	whole_out=$1; shift
	run "$ATTNBENCH" sweep --quick --plugin "$plugin" --impl test-right,test-refuses --sq 4:16:+4 --hq 1 --d 8 --threads 1 --min-seconds 0.001 --out "$whole_out" "$@"
}
names() { grep -o '"name":"test[^"]*"' "$1"; }
whole all.json
whole one.json --shard 1/3
whole two.json --shard 2/3
whole three.json --shard 3/3
run "$ATTNBENCH" merge three.json one.json two.json --out merged.json
is "merge" $status 0
is "shards hold what the whole sweep holds, in its order" "$(names merged.json)" "$(names all.json)"
run "$ATTNBENCH" merge one.json one.json --out twice.json
is "the same shard twice: status" $status 3
ok "the same shard twice: said" grep -q 'both hold' "$err"
is "and no set is written" "$(ls twice.json* 2>/dev/null)" ""
mv one.json all.json.partial
whole all.json --resume
is "a sweep goes on" $status 0
ok "with what was done" grep -q 'points are taken over from all.json.partial' "$err"
is "to the whole" "$(names all.json)" "$(names merged.json)"
whole all.json --resume --seed 2
is "another seed is another sweep" $status 3
whole - --dry-run
ok "a dry run counts" grep -q '^8 cases (of 8 over all shards), 2 implementations, 16 points' "$out"

# Differences.
run "$ATTNBENCH" compare all.json all.json
is "a set is no slower than itself" $status 0
awk '/"run_type"/ && match($0, /"samples_ns":\[[^]]*\]/) {
	n = split(substr($0, RSTART + 14, RLENGTH - 15), x, ","); list = ""
	for (i = 1; i <= n; i++) list = list (i > 1 ? "," : "") sprintf("%.6f", x[i] * 3)
	$0 = substr($0, 1, RSTART + 13) list substr($0, RSTART + RLENGTH - 1) } { print }' all.json >slower.json
run "$ATTNBENCH" compare all.json slower.json --threshold 5
is "three times as long is a regression" $status 1
ok "it is said which" grep -q '^slower' "$out"
run "$ATTNBENCH" compare slower.json all.json --format md
is "a third is none" $status 0
ok "it is faster" grep -q '| faster |' "$out"
sed 's/"status":"ok"/"status":"failed"/' all.json >broken.json
run "$ATTNBENCH" compare all.json broken.json --format json
is "what fails now is a regression" $status 1
run "$ATTNBENCH" compare all.json nowhere.json
is "a set that is not there" $status 3
echo '{' >half.json
run "$ATTNBENCH" compare all.json half.json
is "half a set" $status 3
ok "half a set: said where" grep -q 'half.json, line' "$err"
run "$ATTNBENCH" compare all.json
is "one set alone" $status 2

# A full disk: the limit on a file's size stands in for it.
printf old >full.json
(ulimit -f 1; exec "$ATTNBENCH" sweep --quick --plugin "$plugin" --impl test-right --sq 8 --hq 1 --d 8 --threads 1 --min-seconds 0.001 --out full.json) >full.out 2>full.err
is "a file that can't be written: status" $? 3
ok "a file that can't be written: said" grep -q 'full.json: File too large' full.err
is "what was there before is as it was" "$(cat full.json)" old
is "nothing half written stays" "$(ls full.json.* 2>/dev/null)" ""
tap_end
