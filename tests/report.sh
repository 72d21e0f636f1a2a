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
grep -q "bad.jsonl:27: no JSON" "$dir/err"
check "bad line: its number" 0 $?
same "the lines beside it" "$dir/want" "$dir/got"
"$asymcap" report "$dir/none" >/dev/null 2>"$dir/err"
check "missing file" 3 $?
"$asymcap" report >/dev/null 2>"$dir/err"
check "no file" 2 $?
"$asymcap" report --format pdf "$dir/p1.jsonl" >/dev/null 2>"$dir/err"
check "bad format" 2 $?
"$asymcap" report "$dir" >/dev/null 2>"$dir/err"
check "a directory" 3 $?

echo "report: $passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
