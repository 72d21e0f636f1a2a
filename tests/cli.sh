#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What a shell sees: exit statuses, output files, pipes, order of arguments.
set -u
cd "$(dirname "$0")/.." || exit 1
asymcap=${ASYMCAP:-${BUILD:-build}/asymcap-san}
case $asymcap in /*) ;; *) asymcap=$(pwd)/$asymcap ;; esac
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
lab=pcaps/lab
p1=$lab/problem-1
passed=0 failed=0 skipped=0

check() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "cli: $1: wanted '$2', got '$3'"
	fi
}

# name, status, pattern on standard error, arguments
refuses() {
	name=$1 status=$2 pattern=$3
	shift 3
	"$asymcap" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	check "$name: status" "$status" $?
	if ! grep -q -- "$pattern" "$dir/err"; then
		failed=$((failed + 1))
		echo "cli: $name: no '$pattern' in:"
		cat "$dir/err"
	else
		passed=$((passed + 1))
	fi
}

# --- wrong usage
refuses "no file" 2 "no file named" read
refuses "unknown option" 2 "unrecognized option" read --frobnicate x
refuses "bad format" 2 "'text' or 'json'" read --format xml x
refuses "bad severity" 2 "'info', 'warning' or 'critical'" read --fail-on bad x
refuses "bad flows" 2 "number from" read --max-flows many x
refuses "bad pool" 2 "CIRCUIT=PREFIX" read --nat-pool x x
refuses "bad prefix" 2 "has host bits" read --nat-pool a=10.0.0.1/8 x
refuses "stdin twice" 2 "standard input" read a=- b=-
refuses "no site file" 2 "No such file" read -c "$dir/none.yaml" x
refuses "unknown circuit" 2 "did you mean 'er-chicago'" \
	read -c $lab/site.yaml er-chicgo=$p1/internet.pcap
refuses "unknown tap" 2 "has no tap" \
	read -c $lab/site.yaml internet.tap9=$p1/internet.pcap

# --- input that cannot be read, beside input that can
: >"$dir/empty.pcap"
head -c 3000 $p1/internet.pcap >"$dir/cut.pcap"
echo "this is text" >"$dir/text.pcap"
refuses "missing" 3 "none.pcap: .*No such file" read "$dir/none.pcap"
refuses "empty" 3 "empty.pcap: " read "$dir/empty.pcap"
refuses "foreign" 3 "text.pcap: " read "$dir/text.pcap"
refuses "directory" 3 "$dir: " read "$dir"
refuses "one missing of two" 3 "none.pcap" read "$dir/none.pcap" \
	pcaps/captures/sll2_handshake.pcap
grep -q "1 symmetric" "$dir/out"
check "the other file is judged" 0 $?
"$asymcap" read -c $lab/site.yaml internet="$dir/cut.pcap" \
	er-chicago.er-chicago=$p1/er-chicago.pcap >"$dir/out" 2>"$dir/err"
check "truncated file: status" 0 $?
grep -q "cut.pcap: .*trunc" "$dir/err" || grep -q "cut.pcap: .*cut" "$dir/err" ||
	grep -q "cut.pcap: .*ends" "$dir/err"
check "truncated file: said" 0 $?
grep -q "cut.pcap" "$dir/out"
check "truncated file: in the report" 0 $?

# --- output
"$asymcap" read -q -c $lab/site.yaml -o "$dir/report" $p1/*.pcap
check "-o: status" 1 $?
"$asymcap" read -q -c $lab/site.yaml $p1/*.pcap >"$dir/stdout"
cmp -s "$dir/report" "$dir/stdout"
check "-o writes what standard output gets" 0 $?
check "-o leaves no temporary file" 1 "$(ls "$dir" | grep -c '^report')"
# As root, /dev/stdout would be replaced; the name of another file shows it, too.
"$asymcap" read -q -c $lab/site.yaml -o /dev/fd/3 $p1/*.pcap 3>"$dir/third"
cmp -s "$dir/third" "$dir/stdout"
check "-o to an open file" 0 $?
refuses "-o nowhere" 3 "cannot write" read -q -o "$dir/no/report" $p1/internet.pcap
if [ -w /dev/full ]; then
	"$asymcap" read -q -c $lab/site.yaml $p1/*.pcap >/dev/full 2>"$dir/err"
	check "full disk: status" 3 $?
fi
"$asymcap" read -q --color always -c $lab/site.yaml $p1/*.pcap | grep -q "$(printf '\033')"
check "--color always" 0 $?
"$asymcap" read -q -c $lab/site.yaml $p1/*.pcap | grep -q "$(printf '\033')"
check "no colour in a pipe" 1 $?

# --- severity and status
"$asymcap" read -q -c $lab/site.yaml --fail-on critical $lab/solution-1b/*.pcap >/dev/null
check "nothing critical" 0 $?
"$asymcap" read -q -c $lab/site.yaml --fail-on info $lab/solution-1b/*.pcap >/dev/null
check "something for information" 1 $?
"$asymcap" read -q pcaps/captures/mif_2if_udp.pcapng >"$dir/out"
check "nothing to judge" 4 $?

# --- a pipe gives what a file gives
sed 's/[^ ]*pcap//g' "$dir/stdout" >"$dir/want"
"$asymcap" read -q -c $lab/site.yaml er-chicago.er-chicago-inside=$p1/er-chicago-inside.pcap \
	er-chicago.er-chicago=$p1/er-chicago.pcap \
	internet.internet-inside=$p1/internet-inside.pcap \
	internet.internet=- <$p1/internet.pcap >"$dir/out"
check "standard input: status" 1 $?
check "standard input: verdict" "$(head -n 1 "$dir/stdout")" "$(head -n 1 "$dir/out")"

# --- the order of arguments leaves no trace
"$asymcap" read -q --format json -c $lab/site.yaml $p1/internet.pcap \
	$p1/er-chicago.pcap $p1/internet-inside.pcap \
	$p1/er-chicago-inside.pcap >"$dir/a"
"$asymcap" read -q --format json -c $lab/site.yaml $p1/er-chicago-inside.pcap \
	$p1/internet-inside.pcap $p1/er-chicago.pcap \
	$p1/internet.pcap >"$dir/b"
cmp -s "$dir/a" "$dir/b"
check "order of files, with a site" 0 $?
"$asymcap" read -q --format json pcaps/captures/half_client_side.pcap \
	pcaps/captures/half_server_side.pcap >"$dir/a"
"$asymcap" read -q --format json pcaps/captures/half_server_side.pcap \
	pcaps/captures/half_client_side.pcap >"$dir/b"
cmp -s "$dir/a" "$dir/b"
check "order of files, without" 0 $?

echo "cli: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
