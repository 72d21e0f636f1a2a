#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Completion of the command line, as bash, zsh and fish do it: every command
# and option of --help is offered where it belongs, and nothing else.
#
# Each shell is asked all questions at once, by ask.bash, ask.zsh, ask.fish.
set -u
cd "$(dirname "$0")/../.." || exit 1
LC_ALL=C
export LC_ALL
case ${BUILD:-build} in
/*) build=${BUILD} ;;
*) build=$PWD/${BUILD:-build} ;;
esac
PATH=$build:$PATH
from=$PWD/src/app/completion
ask=$PWD/tests/completion
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
passed=0 failed=0 skipped=0

[ -x "$build/asymcap" ] || { echo "completion: asymcap is not built"; exit 1; }

# want LINE WORD...: all words that LINE can be completed to
want() {
	echo "$1" >>"$tmp/asked"
	asked=$1
	shift
	printf '%s\n' "$@" | sed "/^\$/d; s|^|$asked	|" >>"$tmp/wanted"
}

# The lines of --help that begin with options: the options, and the rest.
help_of() {
	asymcap "$1" --help | sed -n '/^ \{2,6\}-/p'
}

options_of() {
	grep -oE '^ +(-[0-9a-z-]+(, )?)+' | tr ' ' '\n' | tr -d ,
}

# vocabulary COMMAND OPTION: the words that it takes: the program names them
# when it hears a wrong one, and the help of the command says which apply.
vocabulary() {
	asymcap "$1" "$2" '?' 2>&1 </dev/null | grep -o "'[a-z]*'" |
		tr -d "'" >"$tmp/words"
	asymcap "$1" --help | sed -n "/^ *$2 /,/^ *-[^-]*--/p" |
		grep -owFf "$tmp/words" | sort -u
}

commands=$(asymcap --help | sed -n 's/^  asymcap \([a-z]*\) .*/\1/p' | sort -u)

# shellcheck disable=SC2046,SC2086 # words are meant
make_questions() {
	want 'asymcap ' $commands
	want 'asymcap --ver' --version
	for c in $commands; do
		help_of "$c" >"$tmp/help"
		want "asymcap $c -" $(options_of <"$tmp/help")
		for o in $(options_of <"$tmp/help"); do
			case $o in
			--format | --fail-on | --color)
				want "asymcap $c $o " $(vocabulary "$c" $o) ;;
			esac
		done
	done
}

# Files, interfaces, and what the site file names.
make_operands() {
	mkdir -p "$tmp/here/folder"
	(cd "$tmp/here" && : >fine.pcap && : >folder/far.pcap)
	cat >"$tmp/here/site" <<-END
	circuits:
	  inter:
	    kind: internet
	  exp-1:
	    kind: expressroute
	services:
	  - {name: mail, direction: inbound}
	  - {name: "m \$(: >pwned)\`: >pwned\`", direction: outbound}
	END
	s='-c site'
	for c in read explain; do
		want "asymcap $c fi" fine.pcap
		want "asymcap $c inter=fi" fine.pcap
		want "asymcap $c $s exp" exp-1
		want "asymcap $c --nat-pool 192" ''
	done
	want "asymcap read $s --nat-pool in" inter
	want "asymcap read --site=fi" fine.pcap
	want "asymcap read --evidence f" folder
	want "asymcap explain $s --service m" mail
	want "asymcap check fi" fine.pcap
	want "asymcap check --routes exp-1=fi" fine.pcap
	want "asymcap report fi" fine.pcap
	want "asymcap diff fine.pcap fi" fine.pcap
	want "asymcap probe $s --via " exp-1 inter
	want "asymcap probe $s --service " mail all
	want "asymcap probe fi" ''
	for c in "watch" "watch inter" "probe --tap" "probe --interface"; do
		case $c in
		"watch inter") want "asymcap watch inter=l" lo ;;
		*) want "asymcap $c lo" lo ;;
		esac
	done
}

# Does an option take a value: then, and only then, no option follows it; but
# fish offers options there, too.
make_values() {
	for c in $commands; do
		help_of "$c" >"$tmp/help"
		while IFS= read -r line; do
			for o in $(echo "$line" | options_of); do
				case $o in -h | --help) continue ;; esac
				q="asymcap $c $o --hel"
				if echo "$line" |
				   grep -qE '^ +(-[0-9a-z-]+(, )?)+ [A-Z[]'
				then
					want "$q" ''
				else
					want "$q" --help
				fi
			done
		done <"$tmp/help"
	done
}

# What a shell writes before or behind a word in its own way is taken away, and
# options that stand beside commands.
tidy() {
	sort -u | awk -F '\t' '{
		sub(/[=\/]$/, "", $2); sub(/^.*=/, "", $2) }
	$1 == "asymcap " && $2 ~ /^-/ { next }
	{ print $1 "\t" $2 }' | sort -u
}

try() {
	shell=$1
	shift
	if ! command -v "$shell" >/dev/null 2>&1; then
		skipped=$((skipped + 1))
		echo "completion: $shell skipped: not installed"
		return
	fi
	(cd "$tmp/here" && HOME=$tmp XDG_CONFIG_HOME=$tmp timeout 60 "$@") \
		<"$tmp/asked" >"$tmp/raw" 2>"$tmp/errors"
	status=$?
	tidy <"$tmp/raw" >"$tmp/got"
	cp "$tmp/wanted" "$tmp/want"
	if [ "$shell" = fish ]; then
		sed -i '/ --hel	/d' "$tmp/want" "$tmp/got"
	fi
	if [ $status != 0 ] || [ -s "$tmp/errors" ]; then
		failed=$((failed + 1))
		echo "completion: $shell: status $status"
		head -n 5 "$tmp/errors"
	elif diff "$tmp/want" "$tmp/got" >"$tmp/diff"; then
		passed=$((passed + $(wc -l <"$tmp/asked")))
	else
		failed=$((failed + 1))
		echo "completion: $shell: < lacks, > offers beyond"
		grep '^[<>]' "$tmp/diff" | head -n 40
	fi
	if [ -e "$tmp/here/pwned" ]; then
		failed=$((failed + 1))
		echo "completion: $shell ran what stands in a site file"
		rm "$tmp/here/pwned"
	fi
}

: >"$tmp/asked"
: >"$tmp/wanted"
make_questions
make_operands
make_values
sort -u -o "$tmp/wanted" "$tmp/wanted"
if [ "$(wc -l <"$tmp/asked")" -lt 100 ] || [ "$(wc -l <"$tmp/wanted")" -lt 200 ]
then
	failed=$((failed + 1))
	echo "completion: --help was not understood; mend $0"
fi
try bash bash "$ask/ask.bash" "$from/asymcap.bash"
try zsh zsh -f "$ask/ask.zsh" "$from"
try fish fish --no-config "$ask/ask.fish" "$from/asymcap.fish"
echo "completion: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
