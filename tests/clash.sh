#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Files that are named twice on a command line: one line, status 2, and every
# file is as it was.
set -u
cd "$(dirname "$0")/.." || exit 1
asymcap=${ASYMCAP:-${BUILD:-build}/asymcap-san}
case $asymcap in /*) ;; *) asymcap=$(pwd)/$asymcap ;; esac
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0

cp pcaps/lab/problem-1/*.pcap pcaps/lab/site.yaml "$dir"
cp pcaps/endpoints/m365.json "$dir"
cd "$dir" || exit 1
printf 'remote-endpoints: m365.json\ncircuits: {a: {kind: internet}}\n' >named.yaml
"$asymcap" read -q --format json internet.pcap >a.jsonl
cp internet.pcap snat-escape-internet-001.pcapng
mkdir folder
ln internet.pcap hard
ln -s internet.pcap soft
ln -s ../new folder/nowhere
ln -s folder again
mkfifo pipe

failed_() {
	failed=$((failed + 1))
	echo "clash: $1"
}

state() {
	ls -lRi --time-style=full-iso . | grep -v ' total '
	cat ./*.pcap ./*.yaml ./*.json* | cksum
}

# pattern in the line, arguments
refused() {
	pattern=$1
	shift
	state >"$dir.before"
	"$asymcap" "$@" >"$dir.out" 2>"$dir.err" <internet.pcap
	status=$?
	state >"$dir.after"
	if [ $status != 2 ]; then
		failed_ "$*: status $status"
	elif [ "$(grep -c '' "$dir.err")" != 1 ] ||
		! grep -q -- "$pattern" "$dir.err"; then
		failed_ "$*: not '$pattern' alone: $(cat "$dir.err")"
	elif [ -s "$dir.out" ] || ! cmp -s "$dir.before" "$dir.after"; then
		failed_ "$*: something was written"
	else
		passed=$((passed + 1))
	fi
	rm -f "$dir.before" "$dir.after" "$dir.out" "$dir.err"
}

# arguments that clash with nothing
allowed() {
	"$asymcap" "$@" >/dev/null 2>"$dir.err" </dev/null
	status=$?
	if [ $status = 2 ] || [ $status = 3 ]; then
		failed_ "$*: status $status: $(cat "$dir.err")"
	else
		passed=$((passed + 1))
	fi
	rm -f "$dir.err"
}

# --- an input, by whatever name
for name in internet.pcap ./folder/../internet.pcap "$dir/internet.pcap" \
	hard soft again/../hard; do
	refused "-o $name: .* the input internet.pcap" \
		read -o "$name" er-chicago.pcap x=internet.pcap
done
refused "the input internet.pcap" explain -o soft internet.pcap
refused "the input standard input" read -o hard x=-
refused "the input a.jsonl" report --format json -o a.jsonl a.jsonl
refused "the input a.jsonl" diff -o ./a.jsonl a.jsonl "$dir/a.jsonl"
refused "one of its files\|the input ./snat-escape-internet-001.pcapng" \
	read --evidence . ./snat-escape-internet-001.pcapng

# --- the plan, and what it names
for command in "read -c site.yaml internet=internet.pcap" "check site.yaml" \
	"check --print site.yaml" "explain -c site.yaml internet=internet.pcap" \
	"watch -c site.yaml internet=lo" "probe -c site.yaml 192.0.2.1:25"; do
	# shellcheck disable=SC2086 # words are meant
	refused "the site file site.yaml" $command -o ./site.yaml
done
refused "the endpoints m365.json" read -c named.yaml -o "$dir/m365.json" \
	a=internet.pcap
refused "the endpoints m365.json" watch -c named.yaml --write m365.json a=lo
refused "the input m365.json" check -o m365.json --routes a=m365.json site.yaml

# --- two outputs
refused "file of -o new" watch -o new --write new lo
refused "file of -o new" watch -o new --write folder/nowhere lo
refused "file of -o nosuch/x" watch -o nosuch/x --write "$dir/nosuch/x" lo
refused "file of -o hard" watch -o hard --write soft lo
refused "file of -o new" read -o new --evidence again/nowhere internet.pcap
refused "-o folder/index.txt may be one of its files" \
	read -o folder/index.txt --evidence again internet.pcap
refused "may be one of its files" read -o again/snat-escape-x.pcapng \
	--evidence folder/ internet.pcap
refused "may be one of its files" read -o e/index.txt --evidence e/ internet.pcap
cp internet.pcap out
"$asymcap" read -q internet=out >>out 2>err
[ "$? $(cmp out internet.pcap && grep -c "standard output: " err)" = "2 1" ] ||
	failed_ "standard output is an input"
passed=$((passed + 1))

# --- no clash
allowed read -o folder/report.txt --evidence folder internet.pcap
allowed read -o /dev/null --evidence folder x=internet.pcap
allowed read -o /dev/stdout internet.pcap
allowed read -o new er-chicago.pcap
allowed read --evidence . internet.pcap
allowed report -o b.jsonl --format json a.jsonl
allowed check --print -o canonical.yaml site.yaml
"$asymcap" check --print site.yaml | cmp -s - canonical.yaml ||
	failed_ "check --print -o"
cat pipe >/dev/null &
allowed read -o pipe internet.pcap
wait

echo "clash: $passed passed, $failed failed"
[ "$failed" = 0 ]
