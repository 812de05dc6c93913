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
refused 2 '--ci "none": expected a number from 0.01 to 100' --out r.json --ci none
refused 2 '--budget "0": expected a number from 1 to 1e+09' --out r.json --budget 0
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
mkdir .kept && mv "$out" .kept/r.out
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
ok "how much is said" awk "BEGIN { exit !($(member test-takes-more unannounced_bytes) > 12e6 && $(member test-right unannounced_bytes) < 1e6) }"
marked() { grep "\"impl\":\"$1\"" r.json | grep -c '"announces_too_little":true'; }
is "it is marked" "$(marked test-takes-more)" 2
is "the other is not" "$(marked test-right)" 0
is "in the table too" "$(grep -c '^  test-takes-mor .*!' .kept/r.out)" 2
is "no line of the table is wider than 80 columns" "$(grep -E '.{81}' .kept/r.out)" ""
is "FLOPs are counted over pairs" "$(member test-right flops)" "8192.0"
is "bytes: each input and output once" "$(member test-right bytes)" "4096.0"
if [ -d /sys/devices/system/cpu/cpu0 ]; then
	tiny places.json --impl test-places --threads 2 --sq 8
	is "threads of OpenMP do not share a processor" "$(grep -o '"status":"[a-z]*"' places.json)" '"status":"ok"'
	rm -f places.json
else
	skip "threads of OpenMP do not share a processor" "without /sys the run-time finds no places to bind them to"
fi
tiny causal.json --impl test-right --causal top-left --sq 8
is "unmasked pairs only" "$(sed -n 's/.*"flops":\([0-9][0-9.]*\).*/\1/p' causal.json)" "4608.0"
rm -f causal.json

# Cold and warm: decoding is cold unless said otherwise.
cache_of() { sed -n 's/.*"cache":"\([a-z]*\)","limit".*/\1/p' "$1" | paste -sd,; }
tiny c.json --impl test-right --sq 1,32 --skv 32
is "decoding is cold, the rest warm" "$(cache_of c.json)" "cold,warm"
ok "the table says so" grep -q 'sq:1/skv:32/d:16, 1 thread, cold' "$out"
tiny c.json --impl test-right --cache cold --sq 8
is "--cache cold" "$(cache_of c.json)" cold
is "an answer from copies of the inputs is right" "$(grep -c '"status":"ok"' c.json)" 1
tiny c.json --impl test-right --cache warm --sq 1 --skv 32
is "--cache warm" "$(cache_of c.json)" warm
tiny d.json --impl test-right --cache cold --sq 1 --skv 32
run "$ATTNBENCH" compare c.json d.json
ok "cold is not compared with warm" grep -q 'not comparable: inputs were warm, are cold' "$out"
tiny d.json --impl test-right --cache warm --sq 1 --skv 32 --resume
is "nor taken for it: a sweep goes on with what is missing" "$(cache_of d.json)" warm
rm -f c.json d.json

# Counters: software events can be counted everywhere, hardware events where the machine has them.
if "$ATTNBENCH" info | grep -q 'counters .*no libpfm'; then
	refused 2 'this build has no libpfm' --out r2.json --counters cycles
else
	refused 2 'counter "nonsense"' --out r2.json --counters cycles,nonsense
	tiny counted.json --impl test-right --counters task-clock --sq 64 --min-seconds 0.02
	if grep -q '"counters"' counted.json; then
		of() { sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p" counted.json; }
		ok "nanoseconds on a processor are counted per call" awk "BEGIN { exit !($(of task-clock) > 0.5 * $(of cpu_time) && $(of task-clock) < 2 * $(of cpu_time)) }"
	else
		skip "nanoseconds on a processor are counted per call" "counting is not permitted here"
	fi
	rm -f counted.json
fi

# Repeating until the interval is small: in an easy case that is why it ends, in a hard one the time is.
stopped() { # FILE IMPL: why, and whether the interval's half is at most PERCENT of the median
	sed -n "s/.*\"impl\":\"$2\".*\"median_ns\":\([0-9.]*\),\"ci_low_ns\":\([0-9.]*\),\"ci_high_ns\":\([0-9.]*\),\"ci_level\":\([0-9.]*\),\"stopped\":\"\([a-z]*\)\".*/\1 \2 \3 \4 \5/p" "$1" |
		awk -v percent="$3" '{ print $5, ($4 >= 0.95 && ($3 - $2) / 2 <= percent / 100 * $1 ? "narrow" : "wide") }' | sort -u
}
samples_of() { sed -n "s/.*\"impl\":\"$2\".*\"repetitions\":\([0-9]*\).*/\1/p; s/.*\"repetitions\":\([0-9]*\).*\"impl\":\"$2\".*/\1/p" "$1" | head -n 1; }
tiny ci.json --impl test-right --sq 8 --ci 100% --repetitions 6
is "--ci 100: the interval ends it" "$(stopped ci.json test-right 100)" "interval narrow"
tiny ci.json --impl test-erratic --sq 8 --ci 1 --repetitions 6 --min-seconds 0.000001 --max-seconds 2
is "--ci 1 of what takes any time from 1 to 9 ms: the time ends it" "$(stopped ci.json test-erratic 1)" "time wide"
ok "--ci 1: after more than the usual number" test "$(samples_of ci.json test-erratic)" -gt 6
tiny ci.json --impl test-right --sq 8 --repetitions 3
is "without --ci the number ends it" "$(stopped ci.json test-right 100 | cut -d' ' -f 1)" repetitions
[ ! -e validate.py ] || ok "as the schema says" valid ci.json
rm -f ci.json

passes_in() { sed -n 's/.*"passes":\[\([0-9,]*\)\].*/\1/p' "$1" | tr , '\n' | wc -l; } # of one point
# A budget is kept to: without it this takes 20 passes of over a second each.
from=$(date +%s)
tiny late.json --impl test-slow --sq 8 --repetitions 60 --passes 20 --budget 6
ok "--budget 6: done after $(($(date +%s) - from)) s" test $(($(date +%s) - from)) -lt 20
ok "--budget 6: said" grep -q '^passes were left out to keep to --budget 6: points have up to [0-9]*$' "$out"
is "--budget 6: the time ended it" "$(stopped late.json test-slow 100 | cut -d' ' -f 1)" time
is "--budget 6: the last pass is the last" "$(passes_in late.json)" "$(sed -n 's/.*points have up to \([0-9]*\)$/\1/p' "$out")"
is "--budget 6: nothing is pending" "$(sed -n 's/.*"pending": \([0-9]*\).*/\1/p' late.json)" 0
rm -f late.json
run "$ATTNBENCH" sweep --dry-run
ok "the usual sweep has one of nine minutes" grep -q '^no more than about 540 s (--budget)' "$out"
run "$ATTNBENCH" sweep --dry-run --workload length
ok "others have none" sh -c '! grep -q budget "$1"' sh "$out"

# Growth: time of the test's plain loops is quadratic, its memory constant.
tiny growth.json --impl test-right --sq 32:128:x2 --hq 1
growth() { sed -n "s/.*\"$1\": \([-0-9.e]*\).*/\1/p" growth.json; }
ok "time grows with the square" awk "BEGIN { exit !($(growth time_exponent) > 1 && $(growth time_exponent) < 3.2) }"
ok "memory does not" awk "BEGIN { e = $(growth memory_exponent); exit !(e > -0.1 && e < 0.1) }"
ok "it is printed" grep -q '^growth: b:1/hq:1/sq:n/skv:n/d:16, 1 thread' "$out"
rm -f growth.json

# A python3 that has the module: the one configure found, or Debian's, which is where its packages go.
python_with() {
	for python in "$PYTHON3" /usr/bin/python3; do
		if [ -n "$python" ] && "$python" -W ignore -c "import $1" 2>/dev/null; then echo "$python"; return; fi
	done
}
python=$(python_with jsonschema)
if [ -n "$python" ]; then
	cat >validate.py <<-'PY'
		import json, sys, jsonschema
		schema = json.load(open(sys.argv[1]))
		jsonschema.Draft202012Validator.check_schema(schema)
		errors = list(jsonschema.Draft202012Validator(schema).iter_errors(json.load(open(sys.argv[2]))))
		for e in errors:
		    print("/".join(map(str, e.absolute_path)), e.message[:300])
		sys.exit(bool(errors))
	PY
	valid() { "$python" validate.py "$top_srcdir/results/schema.json" "$1"; }
	ok "the set is as results/schema.json says" valid r.json
	for set in "$top_srcdir"/results/*.json; do
		[ "$set" = "$top_srcdir/results/schema.json" ] || ok "$(basename "$set") is too" valid "$set"
	done
	sed 's/"median_ns":/"median":/' r.json >broken.json
	ok "and a set that lacks a member is not" sh -c "! '$python' validate.py '$top_srcdir/results/schema.json' broken.json"
	sed 's/"status":"ok"/"status":"fine"/' r.json >broken.json
	ok "nor one with a status that there is not" sh -c "! '$python' validate.py '$top_srcdir/results/schema.json' broken.json"
	rm -f broken.json
else
	skip "the set is as results/schema.json says" "python3 has no jsonschema (Debian: python3-jsonschema)"
fi

# Tools of others.
if command -v jq >/dev/null; then
	fastest=$(jq -r '[.benchmarks[] | select(.status == "ok" and (.limit | not) and .shape.sq == 16)] | min_by(.median_ns).impl' r.json)
	ok "jq finds the fastest" test "$fastest" = test-right -o "$fastest" = test-takes-more
	is "jq finds why the rest has no time" "$(jq -r '[.benchmarks[] | select(.error_occurred) | .impl] | unique | length' r.json)" 7
else
	skip "jq reads the set" "there is no jq"
fi
compare_py=
for place in /usr/share/benchmark /usr/local/share/benchmark /usr/share/googlebenchmark/tools; do
	[ ! -e "$place/compare.py" ] || compare_py=$place/compare.py
done
python=$(python_with scipy.stats)
if [ -z "$compare_py" ]; then
	skip "Google Benchmark's compare.py" "it is not installed (Debian: libbenchmark-tools)"
elif [ -z "$python" ]; then
	skip "Google Benchmark's compare.py" "python3 has no scipy (Debian: python3-scipy)"
else
	tiny ok.json --impl test-right,test-takes-more
	run "$python" "$compare_py" --no-color benchmarks ok.json ok.json
	is "Google Benchmark's compare.py reads the set" $status 0
	is "it pairs every point" "$(grep -c '^test-[a-z-]*/b:1/hq:2/sq:[0-9]*/skv:[0-9]*/d:16 *+0.0000 *+0.0000' "$out")" 4
	rm -f ok.json
fi

# One set alone: an implementation against the others.
run "$ATTNBENCH" compare --within test-right r.json
is "compare --within" $status 0
ok "it names the best of the others" grep -Eq 'test-takes-[a-z]* +x[0-9.]+ \[' "$out"
run "$ATTNBENCH" compare --within test-right r.json --format md
is "a row for each case" "$(grep -c '^| `b:1/' "$out")" 2
run "$ATTNBENCH" compare --within test-wrong r.json
is "one that has no time says why" "$(grep -c 'wrong answer' "$out")" 2
run "$ATTNBENCH" compare --within nobody r.json
is "one that is not in the set" $status 2
run "$ATTNBENCH" compare --within test-right r.json r.json
is "and two sets with it" $status 2
run "$ATTNBENCH" compare --within test-right --goal 1e-6 r.json
is "a goal that is met" $status 0
ok "is counted" grep -qx 'goals: 2 met, 0 missed' "$out"
run "$ATTNBENCH" compare --within test-right --goal 'length=1e6' --goal 'other*=1e-6' r.json
is "one that is missed" $status 1
is "is listed with what was asked for, and found" "$(grep -cE '^  length, b:1/.*: asked for x1000000.00, found x[0-9.]+ of test-' "$out")" 2
run "$ATTNBENCH" compare --within test-right --goal 1e6 --goal 'len*=1e-6' r.json
is "of two goals the last that matches counts" $status 0
run "$ATTNBENCH" compare --within test-right --goal 'other*=1e6' r.json
is "one of other workloads asks for nothing: status" $status 0
ok "and says nothing" sh -c '! grep -q goals "$1"' sh "$out"
run "$ATTNBENCH" compare --within test-wrong --goal 1e-6 --format md r.json
is "what has no time misses its goal: status" $status 1
is "with the reason" "$(grep -c '^| `length` | .* | wrong answer' "$out")" 2
run "$ATTNBENCH" compare --within test-right --goal 1e6 --json r.json
is "a goal missed, as JSON: status" $status 1
is "each row has it" "$(grep -c '"goal": 1000000' "$out")" 2
for bad in 0 -1 x a= =nan 2e6 1,5; do
	run "$ATTNBENCH" compare --within test-right --goal "$bad" r.json
	is "--goal $bad" $status 2
done
run "$ATTNBENCH" compare --goal 1 r.json r.json
is "--goal without --within" $status 2

# Kill -9 in the middle: the partial file has what was done, and --resume the rest.
set -- sweep --plugin "$plugin" --impl test-right,test-slow --sq 8,16,32 --hq 1 --d 8 --causal none --threads 1 --repetitions 3 --max-seconds 600 --out killed.json
"$ATTNBENCH" "$@" >killed.out 2>&1 &
pid=$!
tries=0
while [ ! -e killed.json.partial ] && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -9 $pid
wait $pid 2>/dev/null
is "a killed sweep leaves what was done" "$(ls killed.json*)" "killed.json.partial"
"$ATTNBENCH" "$@" --resume >killed.out 2>&1
is "it goes on" $? 0
ok "without measuring it again" grep -Eq ' [1-9] of 6 points are taken over from killed.json.partial' killed.out
is "and is whole" "$(grep -c '"status":"ok"' killed.json)" 6
ok "and valid" grep -q '"pending": 0' killed.json
[ ! -e validate.py ] || ok "as the schema says" valid killed.json

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

# Passes: each takes its share; what an interrupted run has of them is kept, and the rest is measured.
passes_of() { sed -n 's/.*"passes":\(\[[0-9,]*\]\).*/\1/p' "$1" | sort -u | paste -sd' '; }
tiny p.json --impl test-right --repetitions 11 --passes 3
is "passes take equal shares, three samples or more" "$(passes_of p.json)" "[3,4,4]"
is "each sample has the pace of its processor" "$(sed -n 's/.*"pace_ns":\[\([^]]*\)\].*/\1/p' p.json | tr , '\n' | grep -c '^[0-9.]*$')" 22
tiny p.json --impl test-right --repetitions 11 --passes 8
is "no more passes than that lets" "$(passes_of p.json)" "[3,4,4]"
tiny p.json --impl test-right --passes 1
is "one pass" "$(passes_of p.json)" "[7]"
refused 2 '--passes "0": expected a number from 1 to 32' --out p2.json --passes 0
rm -f p.json
set -- sweep --plugin "$plugin" --impl test-right,test-slow --sq 8,16 --hq 1 --d 8 --causal none --threads 1 --repetitions 9 --passes 3 --disturbed 1 --max-seconds 600 --out some.json
"$ATTNBENCH" "$@" >some.out 2>some.err &
pid=$!
tries=0
while [ "$(grep -c '"passes":\[3' some.json.partial 2>/dev/null || :)" != 4 ] && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -TERM $pid
wait $pid
is "interrupted in its second pass: status" $? 3
is "what it has is in the set" "$(grep -c '"status":"ok"' some.json)" 4
ok "as not yet all" grep -Eq '"pending": [1-4],' some.json
[ ! -e validate.py ] || ok "and valid" valid some.json
"$ATTNBENCH" "$@" --resume >some.out 2>&1
is "--resume measures the passes that are missing" "$(passes_of some.json)" "[3,3,3]"
ok "and nothing is pending" grep -q '"pending": 0' some.json
rm -f some.json

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
if command -v jq >/dev/null; then
	# all but samples and what follows from them, and when and how busy it was
	same() {
		jq -S '.benchmarks[] |= (del(.samples_ns, .waited, .pass_spread, .iterations, .canary_ns, .others_percent, .counters, .outliers, .outlier_kinds, .repetitions,
			.fraction_of_roof, .roof, .peak_extra_bytes, .unannounced_bytes) | with_entries(select(.key | test("time$|_ns$|_second$|ci_level") | not)))
			| .context |= del(.date, .utc, .command, .load_avg, .mhz_per_cpu, .canary, .roofs, .shards, .warnings, .machine.load_before, .machine.load_after,
			.machine.others_percent, .machine.steal_percent)
			| .context.growth[] |= del(.time_exponent, .time_error, .memory_exponent, .memory_error)' "$1"
	}
	is "and are it but for the samples" "$(same merged.json)" "$(same all.json)"
	is "with the canary of all" "$(jq '.context.canary.samples_ns | length' merged.json)" "$(jq -s 'map(.context.canary.samples_ns | length) | add' one.json two.json three.json)"
else
	skip "and are it but for the samples" "there is no jq"
fi
[ ! -e validate.py ] || ok "as the schema says" valid merged.json
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
ok "a dry run estimates" grep -q '^about [0-9.e+]* s where calls reach' "$out"
ok "a dry run counts" grep -q '^8 cases (of 8 over all shards), 2 implementations, 16 points' "$out"

# Differences.
calm() { sed 's/"waited":\[[^]]*\]/"waited":[]/; s/"others_percent":[0-9.e-][0-9.e-]*/"others_percent":0/'; } # as if nothing else had run
calm <all.json >all.calm && mv all.calm all.json
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
sed 's/"waited":\[\]/"waited":[1,1,1,1,1,1,1]/' slower.json >busy.json
run "$ATTNBENCH" compare all.json busy.json
is "where other work disturbed it nothing is said" $status 0
ok "nothing is said: it is said why" grep -q 'fewer than 6 samples of a set were left alone' "$out"
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
