#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What a shell sees: exit statuses, output files, pipes, order of arguments.
set -u
cd "$(dirname "$0")/.." || exit 1
asymcap=${ASYMCAP:-${BUILD:-build}/asymcap-san}
case $asymcap in /*) ;; *) asymcap=$(pwd)/$asymcap ;; esac
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
python=${PYTHON:-/usr/bin/python3}
generate=${BUILD:-build}/tests/generate_truth
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
refuses "unknown option" 2 "read: there is no option '--frobnicate'; see" \
	read --frobnicate x
refuses "misspelt option" 2 "option '--fromat'; did you mean '--format'?" \
	read x --fromat=json
refuses "unknown letter" 2 "check: there is no option '-c'; see" check -c x
refuses "a letter of several" 2 "there is no option '-x'" read x -qx
refuses "no argument" 2 "read: -o wants an argument" read x -o
refuses "an argument too many" 2 "quiet takes no argument" read --quiet=1 x
refuses "half an option" 2 "'--f', and [2-9] begin so" read --f x
refuses "bad format" 2 "'text', 'json' or 'html'" read --format xml x
refuses "bad severity" 2 "'info', 'warning' or 'critical'" read --fail-on bad x
refuses "bad flows" 2 "number from" read --max-flows many x
refuses "bad pool" 2 "CIRCUIT=PREFIX" read --nat-pool x x
refuses "bad prefix" 2 "has host bits" read --nat-pool a=10.0.0.1/8 x
refuses "evidence of interfaces" 2 "only 'asymcap read' has it" \
	watch --evidence "$dir/evidence" lo
refuses "stdin twice" 2 "standard input" read a=- b=-
refuses "no site file" 2 "No such file" read -c "$dir/none.yaml" x
refuses "unknown circuit" 2 "did you mean 'er-chicago'" \
	read -c $lab/site.yaml er-chicgo=$p1/internet.pcap
refuses "unknown tap" 2 "has no tap" \
	read -c $lab/site.yaml internet.tap9=$p1/internet.pcap

# --- names that say more than is taken from them
"$asymcap" read $p1/*.pcap >"$dir/out" 2>"$dir/err"
check "inside by its name: told" 2 "$(grep -c 'taken for a circuit of its own' \
	"$dir/err")"
# shellcheck disable=SC2046 # words are meant
"$asymcap" read $(sed -n 's/.*, say //p' "$dir/err") >"$dir/out" 2>"$dir/err"
check "inside by its name: what is told" 4 \
	"$(grep -Ec '^  [^ ]+ +(internet|er-chicago) +(out|in)side ' "$dir/out")"
check "inside by its name: no more to tell" 0 "$(wc -l <"$dir/err")"
"$asymcap" read -c $lab/site.yaml $p1/*.pcap >"$dir/out" 2>"$dir/err"
check "inside by its name: the site file knows" 0 "$(wc -l <"$dir/err")"

# --- explain: usage, statuses, words that are no files
refuses "explain: no file" 2 "no file named" explain
refuses "explain: only words" 2 "no file named" explain 40.96.0.10 '*:25'
refuses "explain: bad flow" 2 "is no address" explain --flow x-y f.pcap
refuses "explain: three flows" 2 "one too many" explain --flow 10.0.0.1 \
	--flow 10.0.0.2 --flow 10.0.0.3 f.pcap
refuses "explain: bad address" 2 "has host bits" \
	explain --address 10.0.0.1/8 f.pcap
refuses "explain: bad id" 2 "Community ID" explain --community-id 1:x f.pcap
refuses "explain: bad number" 2 "from 1 to 100" explain --max 0 f.pcap
refuses "explain: bad packets" 2 "from 1 to 10000" explain --packets -1 f.pcap
refuses "explain: bad finding" 2 "from 1 to" explain --finding x f.pcap
refuses "explain: no service" 2 "no such service" \
	explain --service x $p1/internet.pcap
refuses "explain: its option elsewhere" 2 "only 'asymcap explain' has it" \
	read --finding 1 f.pcap
refuses "explain: no file there" 3 "none.pcap: is no file" explain none.pcap
refuses "explain: a word that is nothing" 3 "mail.example.com: is no file" \
	explain mail.example.com $p1/internet.pcap
refuses "explain: only a service" 2 "no file named" \
	explain -c $lab/site.yaml smtp-inbound
mkfifo "$dir/fifo"
cat $p1/internet.pcap >"$dir/fifo" &
refuses "explain: a pipe" 3 "reads twice" explain "$dir/fifo" \
	$p1/er-chicago.pcap
wait
explain() {
	"$asymcap" explain -q -c $lab/site.yaml "$@" >"$dir/out" 2>"$dir/err"
	status=$?
}
explain --address 40.96.0.10 $p1/*.pcap
check "explain: findings" 1 $status
explain --fail-on critical 40.96.0.99 $p1/*.pcap
check "explain: sound" 0 $status
explain 40.96.77.1 $p1/*.pcap
check "explain: nothing meant" 4 $status
explain smtp-inbound $p1/*.pcap
check "explain: a service" "1 service smtp-inbound: 10 of 20 connections." \
	"$status $(head -n 1 "$dir/out" | cut -d. -f1)."
explain "40.96.0.10:36295 -> 203.0.113.25:25" $p1/*.pcap
check "explain: pasted" 1 $status
grep -q "^0.000078 .* X---.*SYN-ACK .*never seen at er-chicago;" "$dir/out"
check "explain: where the SYN-ACK ends" 0 $?
grep -q "Solution 1a: " "$dir/out" && grep -q "Solution 1b: " "$dir/out"
check "explain: the remedy" 0 $?
explain -o "$dir/ladder" --max 1 --finding 1 $p1/*.pcap
check "explain: -o" "1 0" "$status $(grep -c . "$dir/out")"
grep -q "er-chicago-inside" "$dir/ladder"
check "explain: -o wrote" 0 $?
# A file that is called like an address is a file.
cp $p1/internet.pcap "$dir/40.96.0.10"
(cd "$dir" && "$asymcap" explain -q 40.96.0.10 >out 2>err)
check "explain: a file called like an address" 0 $?
# The order of files leaves no trace.
explain --format json --finding 1 $p1/internet.pcap $p1/er-chicago.pcap \
	$p1/internet-inside.pcap $p1/er-chicago-inside.pcap
cp "$dir/out" "$dir/a"
explain --format json --finding 1 $p1/er-chicago-inside.pcap \
	$p1/internet-inside.pcap $p1/er-chicago.pcap $p1/internet.pcap
cmp -s "$dir/out" "$dir/a"
check "explain: order of files" 0 $?
# Nor does the number of threads.
explain --threads 1 --format json --finding 1 $p1/*.pcap
cmp -s "$dir/out" "$dir/a"
check "explain: threads" 0 $?

# --- files that a site file names
mkdir "$dir/site"
cp pcaps/endpoints/m365.json "$dir/site/m365.json"
printf 'remote-endpoints: m365.json\ncircuits: {a: {kind: internet}}\n' >"$dir/site/site.yaml"
"$asymcap" read -c "$dir/site/site.yaml" a=$p1/internet.pcap >"$dir/out" 2>"$dir/err"
check "endpoints of today are not told old" 0 "$(grep -c 'days old' "$dir/err")"
touch -d '50 days ago' "$dir/site/m365.json"
"$asymcap" read -c "$dir/site/site.yaml" a=$p1/internet.pcap >"$dir/out" 2>"$dir/err"
grep -q "site/m365.json: these endpoints are [45][90] days old" "$dir/err"
check "old endpoints are told" 0 $?
mkfifo "$dir/site/pipe"
printf 'service-tags: pipe\ncircuits: {a: {kind: internet}}\n' >"$dir/site/tags.yaml"
refuses "a pipe for tags" 2 "pipe: is no regular file" read -c "$dir/site/tags.yaml" x

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
	for words in --help --version "read --help" "check --help" "diff --help" \
		"report --help" "probe --help"; do
		# shellcheck disable=SC2086 # words are meant
		"$asymcap" $words >/dev/full 2>"$dir/err"
		check "full disk, $words: status" 3 $?
	done
fi
refuses "packets to standard output" 2 "named pipe" watch --write - lo
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

# --- nor does it leave one in how many files the packets of a tap lie
report() {
	"$asymcap" read -q --flows --format json "$@" 2>"$dir/err"
	status=$?
}

# What report() prints, without files and positions, into the file named first
stripped() {
	to=$1
	shift
	report "$@" >"$dir/json"
	"$python" tests/same-packets.py strip <"$dir/json" >"$to"
	echo "status $status" >>"$to"
}

# Split FILE as MODE says: parts 2, 0 and 1 as arguments NAME=PART in $parts
split() {
	"$python" tests/same-packets.py split "$1" 3 "$3" "$dir/$2-" || exit 1
	for i in 2 0 1; do
		parts="$parts $2=$dir/$2-$i.pcap"
	done
}

for case in problem-1 snat-escape; do
	whole=
	for tap in internet.internet internet.internet-inside \
		er-chicago.er-chicago er-chicago.er-chicago-inside; do
		whole="$whole $tap=$lab/$case/${tap#*.}.pcap"
	done
	# shellcheck disable=SC2086 # words are meant
	stripped "$dir/whole" -c $lab/site.yaml $whole
	grep -q '"connection"' "$dir/whole"
	check "$case: something to compare" 0 $?
	for mode in turns runs random; do
		parts=
		for file in $whole; do
			split $mode "${file%%=*}" "${file#*=}"
		done
		# shellcheck disable=SC2086
		stripped "$dir/parts" -c $lab/site.yaml $parts
		cmp -s "$dir/whole" "$dir/parts"
		check "$case in parts: $mode" 0 $?
	done
done
for file in null_41flows bgp_sessions half_both vlan_mpls_mixed \
	asym_geneve_43flows erspan2_tcp_sessions nat_before_after_same_file; do
	file=pcaps/captures/$file.pcap
	stripped "$dir/whole" n.t="$file"
	for mode in turns random; do
		parts=
		split $mode n.t "$file"
		# shellcheck disable=SC2086
		stripped "$dir/parts" $parts
		cmp -s "$dir/whole" "$dir/parts"
		check "$file in parts: $mode" 0 $?
	done
done

# --- nor in which layout: a file a tap, an interface a tap, tags a tap
# Not with --shuffle: records of one file keep their order, and each layout
# has another order of files.
for world in "" --offsets --shared-domain; do
	rm -rf "$dir/truth"
	# shellcheck disable=SC2086
	"$generate" $world --out "$dir/truth"
	for layout in files mixed trunk; do
		report -c "$dir/truth/$layout/site.yaml" \
			"$dir/truth/$layout"/*.pcap* >"$dir/json"
		check "truth $world $layout: status" 1 $status
		"$python" tests/same-packets.py strip --taps <"$dir/json" \
			>"$dir/$layout"
	done
	cmp -s "$dir/files" "$dir/mixed"
	check "truth $world: interfaces as files" 0 $?
	cmp -s "$dir/files" "$dir/trunk"
	check "truth $world: tags as files" 0 $?
done

# --- ladders are the same whatever the clocks of the taps, and the layout
for world in "" --offsets; do
	rm -rf "$dir/truth"
	# shellcheck disable=SC2086
	"$generate" $world --out "$dir/truth"
	for layout in files trunk; do
		"$asymcap" explain -q --max 100 --format json \
			-c "$dir/truth/$layout/site.yaml" \
			"$dir/truth/$layout"/*.pcap* >"$dir/json"
		"$python" -c '
import json, sys
for line in sys.stdin:
    p = json.loads(line)
    if p["event_type"] == "packet":
        print(p["community_id"], p["isn"], p["direction"], p["flags"],
              p["seq"], p["ack"], p["notes"], p["lost_before"],
              sorted(s["tap"] for s in p["sightings"]))' \
			<"$dir/json" >"$dir/ladders-$layout$world"
		cmp -s "$dir/ladders-files" "$dir/ladders-$layout$world"
		check "ladders $layout $world" 0 $?
	done
done
[ "$(grep -c . "$dir/ladders-files")" -gt 400 ]
check "ladders: something to compare" 0 $?

# --- nor in how many threads
for file in pcaps/captures/*.pcap* pcaps/lab/problem-1/*.pcap \
	"$dir/truth/mixed/mixed.pcapng"; do
	report --threads 1 "$file" >"$dir/a"
	echo "status $status" >>"$dir/a"
	report --threads 2 "$file" >"$dir/b"
	echo "status $status" >>"$dir/b"
	cmp -s "$dir/a" "$dir/b"
	check "$file: one thread or two" 0 $?
done
"$python" tests/same-packets.py fanout 70 100 "$dir/fan.pcapng"
report --threads 1 "$dir/fan.pcapng" >"$dir/a"
report --threads 16 "$dir/fan.pcapng" >"$dir/b"
cmp -s "$dir/a" "$dir/b"
check "interfaces that appear as they go: one thread or two" 0 $?
grep -q '"symmetric":6400,.*"unmapped":1800,' "$dir/b"
check "what lies beyond the 64th interface is counted" 0 $?

# --- what the capture lost
cat >"$dir/trunk.yaml" <<'EOF'
circuits:
  a: {kind: internet, taps: [{name: a, interface: eth0, vlan: []}]}
  b: {kind: expressroute, taps: [{name: b, interface: eth0, vlan: [7]}]}
EOF
# name, IFDROP, OSDROP, findings of tap-loss, indeterminate
lossy() {
	"$python" tests/same-packets.py drops "$2" "$3" "$dir/lossy.pcapng"
	for site in "" "-c $dir/trunk.yaml"; do
		# shellcheck disable=SC2086
		report $site "$dir/lossy.pcapng" >"$dir/out"
		check "$1: tap-loss $site" "$4" \
			"$(grep -c '"rule":"tap-loss"' "$dir/out")"
		check "$1: withheld $site" "$5" \
			"$(grep -c '"class":"indeterminate",' "$dir/out")"
		check "$1: nothing else found $site" $((2 - $5)) \
			"$(grep -Ec '"rule":"(unanswered|orphan-syn-ack)"' "$dir/out")"
		grep -q "\"symmetric\":2,.*\"unanswered\":$((1 - $5 / 2)),.*\"indeterminate\":$5}" "$dir/out"
		check "$1: counts $site" 0 $?
	done
}
lossy "no statistics" - - 0 0
lossy "nothing lost" 0 0 0 0
lossy "lost by the interface" 5 0 1 2
lossy "lost by the system" 0 7 1 2
lossy "lost beyond counting" 18446744073709551615 7 1 2
grep -q '"rule":"tap-loss".*"count":18446744073709551615' "$dir/out"
check "as much as can be counted" 0 $?
"$python" tests/same-packets.py drops 5 0 "$dir/more.pcapng"
report er.t="$dir/lossy.pcapng" er.t="$dir/more.pcapng" >"$dir/out"
grep -q '"rule":"tap-loss".*"count":18446744073709551615' "$dir/out"
check "and not less with one more file" 0 $?

# --- the plan on paper
cause() {
	"$asymcap" "$@" 2>/dev/null |
		grep -E '"(rule":"asymmetric-handshake|check":"SYM-0[123])"' |
		grep -o '"cause":"[^"]*"' | sort -u
}
problem=$(cause read -c pcaps/lab/site.yaml --format json pcaps/lab/problem-1/*.pcap)
check "problem-1: packets show a cause" 1 "$(echo "$problem" | grep -c 'Problem 1')"
check "problem-1: paper shows the same" "$problem" \
	"$(cause check --format json pcaps/plans/lab-problem-1.yaml)"
for plan in lab-solution-1a lab-solution-1b; do
	"$asymcap" check --fail-on critical -o "$dir/plan" "pcaps/plans/$plan.yaml"
	check "$plan: status" 0 $?
	check "$plan: nothing fails" 0 "$(grep -c '^FAIL' "$dir/plan")"
	grep -q '^Passed: SYM-02' "$dir/plan"
	check "$plan: symmetric on paper" 0 $?
done
cp pcaps/endpoints/m365.json "$dir/m365.json"
cat >"$dir/offered.yaml" <<'EOF'
remote-endpoints: m365.json
circuits: {net: {kind: internet}, er: {kind: expressroute}}
services:
- {name: exchange, direction: outbound, circuits: er, remote: 40.96.0.0/13}
- {name: sign-in, direction: outbound, circuits: er, remote: 20.190.128.0/18}
EOF
"$asymcap" check --format json "$dir/offered.yaml" >"$dir/plan"
check "paper: not offered over ExpressRoute" "fail 5 pass 4 " \
	"$(sed -n 's/.*"CAT-03".*"verdict":"\([a-z]*\)".*"line":\([0-9]*\),.*/\1 \2/p' \
		"$dir/plan" | tr '\n' ' ')"
"$asymcap" explain -v pcaps/lab/problem-1/internet.pcap 2>&1 >"$dir/out" |
	grep -q 'privileges are given up'
check "explain gives up privileges" 0 $?
"$asymcap" check --fail-on critical -o "$dir/plan" tests/lab/site.yaml
check "the lab's plan: nothing fails: $(grep '^FAIL' "$dir/plan")" 0 $?
"$asymcap" check --format junit -o "$dir/junit.xml" pcaps/plans/outbound-one-pool.yaml
check "junit: status" 1 $?
"$python" - "$dir/junit.xml" <<'EOF'
import sys
import xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1]).getroot()
cases = suite.findall("testcase")
assert len(cases) == int(suite.get("tests")) > 0
assert len(suite.findall("testcase/failure")) == int(suite.get("failures")) == 3
assert len(suite.findall("testcase/skipped")) == int(suite.get("skipped")) > 0
EOF
check "junit: is XML and counts right" 0 $?
cat >"$dir/escape.yaml" <<'EOF'
circuits: {'a&<b>"]]>': {kind: internet}}
EOF
"$asymcap" check --format junit "$dir/escape.yaml" >"$dir/junit.xml"
"$python" -c 'import sys, xml.etree.ElementTree as t; t.parse(sys.argv[1])' "$dir/junit.xml"
check "junit: names are escaped" 0 $?
for format in text json junit; do
	[ -w /dev/full ] || continue
	"$asymcap" check --format $format pcaps/plans/outbound.yaml >/dev/full 2>/dev/null
	check "plan on a full disk, $format: status" 3 $?
done
for bad in "--format html" "--fail-on bad" "--color red" "--nothing" ""; do
	# shellcheck disable=SC2086 # words are meant
	"$asymcap" check $bad >/dev/null 2>&1 </dev/null
	check "check $bad: status" 2 $?
done

# --- no function of ours can be taken for one of a library
plain=${BUILD:-build}/asymcap
if [ -x "$plain" ] && command -v nm >/dev/null; then
	check "names that libraries see" 0 \
		"$(nm -D --defined-only "$plain" | grep -c ' T json_')"
else
	skipped=$((skipped + 1))
	echo "cli: skipped: names that libraries see: nothing built, or no nm"
fi

echo "cli: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
