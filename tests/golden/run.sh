#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Run each line of tests/golden/list and compare what it prints.
#
# usage: run.sh [--renew] [NAME...]
#
# JSON output is also validated against the schema. Closing line:
# "golden: N passed, N failed, N skipped".
set -u
cd "$(dirname "$0")/../.." || exit 1
asymcap=${ASYMCAP:-${BUILD:-build}/asymcap-san}
python=${PYTHON:-/usr/bin/python3}
renew=
[ "${1:-}" = --renew ] && { renew=1; shift; }
got=$(mktemp -d) || exit 1
trap 'rm -rf "$got"' EXIT
passed=0 failed=0 skipped=0

one() {
	name=$1
	shift
	want=tests/golden/expected/$name
	"$asymcap" "$@" >"$got/out" 2>"$got/err"
	status=$?
	{
		cat "$got/out"
		[ -s "$got/err" ] && { echo "--- errors"; cat "$got/err"; }
		echo "--- exit $status"
	} >"$got/all"
	case " $* " in
	*" --format json "*) cat "$got/out" >>"$got/json" ;;
	esac
	if [ -n "$renew" ]; then
		cp "$got/all" "$want"
	elif cmp -s "$got/all" "$want"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "golden: $name differs:"
		diff -u "$want" "$got/all" | head -40
	fi
}

# Lists of endpoints are not to be told old, however old the clone is.
touch pcaps/endpoints/*.json

while IFS='|' read -r name args; do
	name=$(echo "$name" | tr -d ' ')
	case $name in ''|'#'*) continue ;; esac
	if [ $# -gt 0 ]; then
		case " $* " in *" $name "*) ;; *) continue ;; esac
	fi
	# shellcheck disable=SC2086 # words are meant
	one "$name" $args </dev/null
done <tests/golden/list

if [ -s "$got/json" ]; then
	"$python" tests/validate-json.py "$got/json" >"$got/valid" 2>&1
	case $? in
	0) passed=$((passed + 1)) ;;
	77) skipped=$((skipped + 1)); echo "golden: schema skipped: python3-jsonschema is not installed" ;;
	*) failed=$((failed + 1)); head -20 "$got/valid" ;;
	esac
fi
echo "golden: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
