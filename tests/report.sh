#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Reports that are read back from JSON Lines: the same report comes out, in
# every format, as was written by the run itself.
#
# Every line of tests/golden/list that reads captures is run, with and without
# --flows, to JSON Lines; these are read back and written in each format.
set -u
cd "$(dirname "$0")/.." || exit 1
asymcap=${ASYMCAP:-${BUILD:-build}/asymcap-san}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
p1=pcaps/lab/problem-1
passed=0 failed=0

check() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "report: $1: wanted '$2', got '$3'"
	fi
}

same() {
	if cmp -s "$2" "$3"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "report: $1 differs when it is read back:"
		diff "$2" "$3" | cut -c1-300 | head -n 6
	fi
}

# name, then arguments of read
both_ways() {
	name=$1
	shift
	"$asymcap" "$@" -q --format json >"$dir/json" 2>/dev/null </dev/null
	[ -s "$dir/json" ] || return 1
	for format in text json html; do
		"$asymcap" "$@" -q --format $format >"$dir/want" 2>/dev/null \
			</dev/null
		"$asymcap" report --format $format "$dir/json" >"$dir/got"
		check "$name as $format: status" 0 $?
		same "$name as $format" "$dir/want" "$dir/got"
	done
}

runs=0
while IFS='|' read -r name args; do
	case $args in *' read '*) ;; *) continue ;; esac
	name=$(echo "$name" | tr -d ' ')
	args=$(echo "$args" | sed 's/--format json//; s/--help//')
	# shellcheck disable=SC2086 # words are meant
	both_ways "$name" $args && both_ways "$name, all flows" $args --flows &&
		runs=$((runs + 1))
done <tests/golden/list
[ $runs -gt 10 ]
check "runs of the golden list" 0 $?

# --- the command
"$asymcap" read -q -c pcaps/lab/site.yaml --format json -o "$dir/p1.jsonl" $p1/*.pcap
"$asymcap" report --format text "$dir/p1.jsonl" >"$dir/want"
"$asymcap" report --format text - <"$dir/p1.jsonl" >"$dir/got"
same "standard input" "$dir/want" "$dir/got"
# shellcheck disable=SC2002 # a pipe is meant: it cannot be read twice
cat "$dir/p1.jsonl" | "$asymcap" report --format text - >"$dir/got"
same "a pipe" "$dir/want" "$dir/got"
"$asymcap" report "$dir/p1.jsonl" | head -n 1 | grep -q '^<!DOCTYPE html>'
check "html, where it is no terminal" 0 $?
"$asymcap" report -o "$dir/page.html" "$dir/p1.jsonl"
check "-o: status" 0 $?
"$asymcap" read -q -c pcaps/lab/site.yaml --format html $p1/*.pcap >"$dir/got"
check "read --format html: status" 1 $?
same "the page" "$dir/page.html" "$dir/got"
"$asymcap" read -q --format html internet=- internet=$p1/internet-inside.pcap \
	<$p1/internet.pcap >"$dir/got"
grep -c '<!DOCTYPE html>' "$dir/got" >"$dir/n"
check "a page of a pipe is one page" 1 "$(cat "$dir/n")"

head -c 5000 "$dir/p1.jsonl" >"$dir/cut.jsonl"
"$asymcap" report --format text "$dir/cut.jsonl" >"$dir/got" 2>"$dir/err"
check "killed: status" 0 $?
grep -q "cut.jsonl:2: the last line is cut" "$dir/err"
check "killed: said" 0 $?
grep -q "Cannot judge: there is no summary line" "$dir/got"
check "killed: no verdict" 0 $?
{ cat "$dir/p1.jsonl"; echo nonsense; } >"$dir/bad.jsonl"
"$asymcap" report --format text "$dir/bad.jsonl" >"$dir/got" 2>"$dir/err"
check "bad line: status" 3 $?
grep -q "bad.jsonl:$(wc -l <"$dir/bad.jsonl"): no JSON" "$dir/err"
check "bad line: its number" 0 $?
grep -qx "Input $dir/bad.jsonl is bad: 1 of its lines could not be used" "$dir/got"
check "bad line: in the report" 0 $?
grep -v "^Input $dir/bad.jsonl is bad: " "$dir/got" >"$dir/rest"
same "the lines beside it" "$dir/want" "$dir/rest"
{ "$asymcap" check --format json pcaps/lab/site.yaml; cat "$dir/p1.jsonl"; } \
	>"$dir/other.jsonl"
"$asymcap" report --format json "$dir/p1.jsonl" >"$dir/want.json"
"$asymcap" report --format json "$dir/other.jsonl" >"$dir/got" 2>"$dir/err"
check "lines of check: status" 0 $?
grep -q "other.jsonl:1: a line 'check' has no place in a report" "$dir/err"
check "lines of check: told" 0 $?
check "lines of check: once" 1 "$(wc -l <"$dir/err")"
same "the lines behind them" "$dir/want.json" "$dir/got"
"$asymcap" report --format text "$dir/other.jsonl" >"$dir/got" 2>"$dir/err"
check "a run and a plan: status" 0 $?
check "a run and a plan: nothing is left out" 0 "$(wc -l <"$dir/err")"
check "a run and a plan: both" "1 1" \
	"$(grep -c '^CRITICAL  asymmetric-handshake' "$dir/got") $(
		grep -c '^The plan on paper' "$dir/got")"
"$asymcap" report --format html "$dir/other.jsonl" >"$dir/got"
check "a run and a plan: a page" "1 1" \
	"$(grep -c '<h2 id=findings>' "$dir/got") $(grep -c '<h2 id=plan>' "$dir/got")"
plans=0
for plan in pcaps/plans/*.yaml; do
	"$asymcap" check "$plan" >"$dir/want.txt"
	"$asymcap" check --format json "$plan" >"$dir/plan.jsonl"
	"$asymcap" report --format text "$dir/plan.jsonl" >"$dir/got"
	same "$plan" "$dir/want.txt" "$dir/got"
	"$asymcap" report "$dir/plan.jsonl" >"$dir/page"
	same_title=$(head -n 1 "$dir/got" | sed 's/\(The plan[^.]*\.\).*/\1/')
	check "$plan: a page" 1 "$(grep -c "<title>$same_title</title>" "$dir/page")"
	plans=$((plans + 1))
done
[ $plans -gt 8 ]
check "plans that were read back" 0 $?
"$asymcap" report "$dir/none" >/dev/null 2>"$dir/err"
check "missing file" 3 $?
"$asymcap" report >/dev/null 2>"$dir/err"
check "no file" 2 $?
"$asymcap" report --format pdf "$dir/p1.jsonl" >/dev/null 2>"$dir/err"
check "bad format" 2 $?
"$asymcap" report "$dir" >/dev/null 2>"$dir/err"
check "a directory" 3 $?

# What only a full disk makes; it is read back like all else.
sed '$s/"inputs":/"lost_lines":7,"lost_packets":5,&/' "$dir/p1.jsonl" >"$dir/lost.jsonl"
"$asymcap" report --format json "$dir/lost.jsonl" >"$dir/got"
same "what was lost" "$dir/lost.jsonl" "$dir/got"
for format in text html; do
	"$asymcap" report --format $format "$dir/lost.jsonl" >"$dir/got"
	grep -Eq '(^|>)5( packets of what was found|<.*of findings, and) could not be written' "$dir/got"
	check "lost packets as $format" 0 $?
done

# It waits for a reader that does not come: what it still may is to be seen.
if [ -r /proc/self/status ]; then
	mkfifo "$dir/slow"
	{ cat "$dir/p1.jsonl" "$dir/p1.jsonl"; } >"$dir/p2.jsonl"
	"$asymcap" report --format json "$dir/p2.jsonl" >"$dir/slow" &
	pid=$!
	exec 3<"$dir/slow"
	for _ in $(seq 100); do
		grep -q '^NoNewPrivs:.*1' /proc/$pid/status && break
		sleep 0.1
	done
	check "privileges are given up" "$(printf 'NoNewPrivs:\t1')" \
		"$(grep NoNewPrivs /proc/$pid/status)"
	cat <&3 >/dev/null
	exec 3<&-
	wait $pid
else
	echo "report: privileges: not looked at: no /proc"
fi

# --- before and after
for run in problem-1 solution-1a solution-1b; do
	for how in '' --flows; do
		# shellcheck disable=SC2086 # no word for the first
		"$asymcap" read -q -c pcaps/lab/site.yaml $how --format json \
			-o "$dir/$run$how.jsonl" pcaps/lab/$run/*.pcap
	done
done

# status, pattern in what is written, arguments
diffs() {
	status=$1 pattern=$2
	shift 2
	"$asymcap" diff "$@" >"$dir/got" 2>"$dir/err"
	check "diff $*: status" "$status" $?
	grep -Eq -- "$pattern" "$dir/got"
	check "diff $*: $pattern" 0 $?
}

before=$dir/problem-1.jsonl after=$dir/solution-1a.jsonl
diffs 0 '^2 groups of findings: 2 gone\.$' "$before" "$after"
diffs 0 '^GONE  *critical  asymmetric-handshake  10 conn' "$before" "$after"
diffs 1 '^2 groups of findings: 2 new\.$' "$after" "$before"
diffs 1 '^NEW  *critical  asymmetric-handshake  10 conn' "$after" "$before"
diffs 0 '^2 groups of findings: 2 unchanged\.$' "$before" "$before"
diffs 0 '^NEW  *info  inbound-snat-missing ' "$after" "$dir/solution-1b.jsonl"
diffs 1 '^NEW  *info ' --fail-on info "$after" "$dir/solution-1b.jsonl"
diffs 4 '^Cannot judge' "$before" "$dir/cut.jsonl"
diffs 4 '^Cannot judge' "$dir/cut.jsonl" "$before"
diffs 3 '^2 groups of findings: 2 unchanged\.$' "$before" "$dir/bad.jsonl"
diffs 3 '^After: *Cannot judge: lines of it could not' "$after" "$dir/bad.jsonl"
sed 's/"severity":"critical"/"severity":"dire"/' "$before" >"$dir/dire.jsonl"
diffs 3 '^Cannot judge' "$after" "$dir/dire.jsonl"
diffs 3 'failures="1"' --format junit "$after" "$dir/dire.jsonl"
for file in $p1/internet.pcap "$dir/page.html"; do
	rm -f "$dir/out"
	"$asymcap" diff -o "$dir/out" "$before" "$file" 2>"$dir/err"
	check "diff with $file: status" 3 $?
	check "diff with $file: one line" 1 "$(wc -l <"$dir/err")"
	check "diff with $file: nothing is written" no \
		"$([ -e "$dir/out" ] && echo yes || echo no)"
done
diffs 0 ' smtp-inbound  *10  *10  *0\.0 %  *100\.0 %  *-  *[0-9.]+$' \
	"$dir/problem-1--flows.jsonl" "$dir/solution-1a--flows.jsonl"
diffs 1 '"event_type":"diff","new":2,"worse":0,"unchanged":0' \
	--format json "$after" "$before"
diffs 1 '<testsuite name="asymcap diff" tests="4" failures="2"' \
	--format junit "$after" "$before"
diffs 0 '<testcase classname="asymmetric-handshake" name="SYN internet ' \
	--format junit "$before" "$before"
"${PYTHON:-/usr/bin/python3}" -c 'import sys, xml.dom.minidom as x
x.parse(sys.argv[1])' "$dir/got"
check "JUnit is XML" 0 $?
printf '%s\n' '{"event_type":"finding","rule":"tap-loss","severity":"warning","timestamp":"2026-11-22T19:01:18.440978Z","count":7}' >"$dir/no-tap.jsonl"
diffs 4 'classname="tap-loss" name="at a place that is not told"' \
	--format junit "$dir/no-tap.jsonl" "$dir/no-tap.jsonl"
"$asymcap" diff "$before" >"$dir/got" 2>"$dir/err"
check "diff of one file" 2 $?
"$asymcap" diff "$before" "$dir/none" >"$dir/got" 2>"$dir/err"
check "diff: missing file" 3 $?
"$asymcap" diff --format json "$after" "$before" >"$dir/json"
"$asymcap" diff --format json "$dir/problem-1--flows.jsonl" "$before" >>"$dir/json"
if "${PYTHON:-/usr/bin/python3}" -c 'import jsonschema' 2>/dev/null; then
	"${PYTHON:-/usr/bin/python3}" tests/validate-json.py "$dir/json" >"$dir/err"
	check "schema: $(tail -n 3 "$dir/err")" 0 $?
fi

echo "report: $passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
