#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# All tests that need no long time; called by `make test`, which builds first.
#
# Each suite prints its own lines and closes with "N passed, N failed" (and
# skipped). The sum stands in the last line; what cannot run says why.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
export BUILD
PYTHON=${PYTHON:-/usr/bin/python3}
DATA=${ASYMCAP_DATA:-../shared/data}
export ASYMCAP_DATA="$DATA"
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0

# The number before a word in the closing line of a suite.
count_of() {
	grep -oE "[0-9]+ $1" "$log" | tail -n 1 | cut -d' ' -f1
}

# Add up the "N passed, N failed, N skipped" of a suite's closing line.
add() {
	p=$(count_of passed)
	f=$(count_of failed)
	s=$(count_of skipped)
	passed=$((passed + ${p:-0}))
	failed=$((failed + ${f:-0}))
	skipped=$((skipped + ${s:-0}))
	if [ "$1" != 0 ] && [ "${f:-0}" = 0 ]; then
		failed=$((failed + 1))
		echo "$2: ended with status $1"
	fi
}

suite() {
	name=$1
	shift
	echo "== $name"
	"$@" >"$log" 2>&1
	status=$?
	if [ $status = 0 ]; then
		tail -n 12 "$log"
	else
		tail -n 200 "$log"
	fi
	add $status "$name"
}

skip() {
	echo "== $1"
	echo "skipped: $2"
	skipped=$((skipped + 1))
}

# libcheck prints "100%: Checks: N, Failures: F, Errors: E".
unit() {
	name=$1
	shift
	echo "== $name"
	"$@" >"$log" 2>&1
	status=$?
	if [ $status = 0 ]; then
		grep -E '^[0-9]+%:|skipped' "$log"
	else
		tail -n 100 "$log"
	fi
	n=$(sed -n 's/.*Checks: \([0-9]*\),.*/\1/p' "$log" |
		awk '{n += $1} END {print n + 0}')
	bad=$(sed -n 's/.*Failures: \([0-9]*\), Errors: \([0-9]*\).*/\1 \2/p' "$log" |
		awk '{n += $1 + $2} END {print n + 0}')
	[ $status != 0 ] && [ "$bad" = 0 ] && bad=1
	passed=$((passed + n - bad))
	failed=$((failed + bad))
}

for t in "$BUILD"/tests/test_*; do
	case $t in *.o|*.d) continue ;; esac
	case $t in
	*/test_report) ASYMCAP_TEST_JSON=$BUILD/tests/report.jsonl unit "$(basename "$t")" "$t" ;;
	*) unit "$(basename "$t")" "$t" ;;
	esac
done

if [ -s "$BUILD/tests/report.jsonl" ]; then
	if "$PYTHON" -c 'import jsonschema' 2>/dev/null; then
		suite "schema of what test_report wrote" \
			"$PYTHON" tests/validate-json.py "$BUILD/tests/report.jsonl"
	else
		skip "schema of what test_report wrote" "python3-jsonschema is not installed"
	fi
fi

suite golden sh tests/golden/run.sh
suite "command line" sh tests/cli.sh
suite "files named twice" sh tests/clash.sh
suite "reports read back" sh tests/report.sh
suite "the page in a browser" "$PYTHON" tests/page.py \
	--asymcap "$BUILD/asymcap-san"
suite "findings while a pipe runs" "$PYTHON" tests/live.py
suite watch sh tests/watch.sh
suite unattended env SUITE=unattended sh tests/watch.sh
suite service sh tests/service.sh
suite systemd "$PYTHON" tests/systemd.py
suite metrics "$PYTHON" tests/metrics.py
suite soak "$PYTHON" tests/bench/soak.py --seconds 12 --packets 30000
suite probe sh tests/probe.sh
suite "packets that watch writes" env SUITE=watch_packets sh tests/watch.sh
suite "screen of watch" env SUITE=watch_top sh tests/watch.sh
suite evidence "$PYTHON" tests/evidence.py
suite docs sh tests/docs.sh
suite completion sh tests/completion/run.sh
suite oracle sh tests/oracle/compare-tshark.sh
suite truth "$PYTHON" tests/truth/compare.py --asymcap "$BUILD/asymcap-san" \
	--generator "$BUILD/tests/generate_truth"

suite flood "$PYTHON" tests/bench/flood.py --test \
	--asymcap "$BUILD/asymcap-san" --tools "$BUILD/tests"

mix=$DATA/captures/derived/mix_truth_dev
if [ -r "$mix.pcapng" ]; then
	suite "truth of the real-packet mix" sh -c '
		"$1" read -q --flows --format json "$2.pcapng" >"$3"
		[ $? -le 1 ] || exit 1
		"$4" tests/truth/compare_mix.py "$2.tsv" <"$3"' \
		mix "$BUILD/asymcap-san" "$mix" "$BUILD/tests/mix.jsonl" "$PYTHON"
else
	skip "truth of the real-packet mix" "no $mix.pcapng (ASYMCAP_DATA names its folder)"
fi

suite lab env ASYMCAP="$BUILD/asymcap-san" sh tests/lab/run.sh
suite fuzz env SEED="${SEED-1}" sh tests/fuzz/run.sh "${FUZZ_SECONDS:-10}"

echo
echo "asymcap: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
