#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# tshark and asymcap must agree on every capture that tshark can read: on the
# number of packets, of TCP segments, and on each distinct SYN and SYN-ACK
# (5-tuple and sequence number).
#
# Differences that are known, and why, stand in differences.tsv.  Each of its
# rows must come true: one that no longer does is a failure as well.
#
# usage: compare-tshark.sh [-v] [TUPLES]	TUPLES: build/tests/tuples

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
verbose=
if [ "$1" = -v ]; then
	verbose=1
	shift
fi
tuples=${1:-$top/build/tests/tuples}
data=${ASYMCAP_DATA:-$top/../shared/data}
LC_ALL=C
export LC_ALL

if ! command -v tshark >/dev/null 2>&1; then
	echo "skipped: no tshark"
	exit 0
fi
if [ ! -x "$tuples" ]; then
	echo "compare-tshark.sh: $tuples is not built" >&2
	exit 1
fi

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

passed=0
failed=0
unread=0

# ask_tshark FILE: what it reads, sorted; false if it cannot read the file
ask_tshark() {
	tshark -n -r "$1" -o ip.defragment:FALSE -o ipv6.defragment:FALSE \
		-o tcp.desegment_tcp_streams:FALSE \
		-o tcp.relative_sequence_numbers:FALSE \
		-T fields -E occurrence=l -e frame.protocols \
		-e ip.src -e ip.dst -e ipv6.src -e ipv6.dst \
		-e tcp.srcport -e tcp.dstport -e tcp.seq_raw -e tcp.flags \
		>"$tmp/fields" 2>"$tmp/tshark.err" || return 1
	awk -f "$here/tshark-tuples.awk" "$tmp/fields" | sort -u
}

# compare FILE NAME: NAME is what the file is called in differences.tsv
compare() {
	if ! ask_tshark "$1" >"$tmp/want"; then
		unread=$((unread + 1))
		echo "unread  $2: $(grep -v '^Running as' "$tmp/tshark.err" |
			head -n 1)"
		return
	fi
	"$tuples" "$1" 2>"$tmp/tuples.err" >"$tmp/out"
	status=$?
	sort -u "$tmp/out" >"$tmp/got"
	# '-': tshark alone has it; '+': asymcap alone has it
	{ comm -23 "$tmp/want" "$tmp/got" | sed 's/^/-/'
	  comm -13 "$tmp/want" "$tmp/got" | sed 's/^/+/'; } |
		sort >"$tmp/differ"
	awk -F '\t' -v name="$2" '$1 == name { print $2 }' \
		"$here/differences.tsv" | sort >"$tmp/known"
	if [ "$status" -eq 0 ] && cmp -s "$tmp/differ" "$tmp/known"; then
		passed=$((passed + 1))
		[ -z "$verbose" ] || echo "ok      $2"
		return
	fi
	failed=$((failed + 1))
	echo "FAILED  $2"
	[ "$status" -eq 0 ] || echo "    tuples: exit status $status"
	sed 's/^/    /' "$tmp/tuples.err"
	comm -23 "$tmp/differ" "$tmp/known" | sed 's/^/    differs:  /'
	comm -13 "$tmp/differ" "$tmp/known" | sed 's/^/    outdated: /'
}

# compare_below FOLDER NAME: each capture in it and below
compare_below() {
	find "$1" -type f \( -name '*.pcap' -o -name '*.pcapng' -o \
		-name '*.pcap.gz' -o -name '*.pcapng.zst' \) | sort >"$tmp/list"
	while IFS= read -r file; do
		name=$2${file#"$1"}
		# the large collection has the small one within it
		[ "$2" != data ] ||
			[ ! -e "$top/pcaps/captures${file#"$1"}" ] || continue
		echo "$name" >>"$tmp/names"
		compare "$file" "$name"
	done <"$tmp/list"
}

: >"$tmp/names"
compare_below "$top/pcaps/captures" captures
compare_below "$top/pcaps/lab" lab
if [ -d "$data/captures" ]; then
	compare_below "$data/captures" data
else
	echo "skipped: $data/captures is not there (set ASYMCAP_DATA)"
fi

# a row about a file that does not exist is outdated too
grep -v '^#' "$here/differences.tsv" | cut -f 1 | sort -u |
	grep -v '^data/' >"$tmp/rows"
sort -u "$tmp/names" | comm -23 "$tmp/rows" - >"$tmp/strangers"
while IFS= read -r name; do
	failed=$((failed + 1))
	echo "FAILED  differences.tsv: no capture is called $name"
done <"$tmp/strangers"

[ "$failed" -eq 0 ] ||
	tshark --version 2>/dev/null | sed -n '1s/^/this is /p'
[ "$unread" -eq 0 ] || echo "$unread that tshark cannot read"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
