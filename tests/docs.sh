#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The documentation against the source: every option, word, key and number
# that the program knows is documented, every file that is named exists, and
# every example is what the program prints.
#
# usage: docs.sh [--renew]	--renew: rewrite the examples of README.md
#
# In README.md, what stands between <!-- example:begin --> and
# <!-- example:end --> is the output of the command in the last line above.

set -u
cd "$(dirname "$0")/.." || exit 1
LC_ALL=C
export LC_ALL
case ${BUILD:-build} in
/*) build=${BUILD} ;;
*) build=$PWD/${BUILD:-build} ;;
esac
asymcap=$build/asymcap
man=src/app/asymcap.1
site_man=src/app/asymcap-site.5
findings_man=src/app/asymcap-findings.7
readme=README.md
passed=0 failed=0 skipped=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

pass() { passed=$((passed + 1)); }
fail() { failed=$((failed + 1)); echo "FAIL: $*"; }
skip() { skipped=$((skipped + 1)); echo "skipped: $*"; }

# want FILE REGEX WHAT [NAME]: some line of FILE matches; NAME: its name
want() {
	if grep -Eq -e "$2" "$1"; then
		pass
	else
		fail "${4:-$1}: nothing about $3"
	fi
}

# enough WHAT LIST: what was found in the source is a list of some length; a
# pattern of this script that no longer fits must not pass in silence
enough() {
	if [ -n "$2" ]; then
		pass
	else
		fail "$1: none found in the source; mend tests/docs.sh"
	fi
}

# words ARRAY FILE: the strings of an array
words() {
	awk -v array="$1[[][]] = [{]" '
	$0 ~ array { on = 1; next }
	on && /^[ \t]*};/ { exit }
	on { while (match($0, /"[^"]*"/)) {
		print substr($0, RSTART + 1, RLENGTH - 2)
		$0 = substr($0, RSTART + RLENGTH) } }' "$2"
}

# ------------------------------------------------------------------ examples

# render FILE: the file with all examples run anew
render() {
	above='' inside=''
	while IFS= read -r line; do
		case $line in
		'<!-- example:begin -->')
			echo "$line"
			echo '```text'
			PATH=$build:$PATH sh -c "$above" </dev/null
			echo '```'
			inside=1 ;;
		'<!-- example:end -->')
			echo "$line"
			inside= ;;
		*)
			[ -n "$inside" ] && continue
			[ -n "$line" ] && above=$line
			printf '%s\n' "$line" ;;
		esac
	done <"$1"
}

if [ "${1:-}" = --renew ]; then
	[ -x "$asymcap" ] || { echo "docs.sh: $asymcap is not built"; exit 1; }
	render "$readme" >"$tmp/readme" && cat "$tmp/readme" >"$readme"
	exit
fi

check_examples() {
	if [ ! -x "$asymcap" ]; then
		skip "examples of $readme: $asymcap is not built"
		return
	fi
	n=$(grep -c '^<!-- example:begin -->$' "$readme")
	[ "$n" -gt 0 ] || fail "$readme: no example"
	[ "$n" = "$(grep -c '^<!-- example:end -->$' "$readme")" ] ||
		fail "$readme: an example is not closed"
	render "$readme" >"$tmp/readme"
	if diff -u "$readme" "$tmp/readme" >"$tmp/diff"; then
		passed=$((passed + n))
	else
		head -n 40 "$tmp/diff"
		fail "$readme: an example is not what is printed;" \
		     "sh tests/docs.sh --renew"
	fi
}

# The jq lines of README.md, on the file that the line above them writes.
check_jq() {
	if [ ! -x "$asymcap" ] || ! command -v jq >/dev/null 2>&1; then
		skip "jq lines of $readme: no jq, or nothing built"
		return
	fi
	grep -- '-o findings.jsonl' "$readme" |
		sed "s#-o #-o $tmp/#" >"$tmp/make"
	PATH=$build:$PATH sh "$tmp/make"
	[ $? -le 1 ] || fail "$readme: the line with '-o findings.jsonl'"
	grep '^    jq ' "$readme" | sed 's/^    //' >"$tmp/jq"
	enough "jq lines" "$(cat "$tmp/jq")"
	while IFS= read -r line; do
		if (cd "$tmp" && sh -c "$line") </dev/null >"$tmp/out" &&
		   [ -s "$tmp/out" ]; then
			pass
		else
			fail "$readme: prints nothing: $line"
		fi
	done <"$tmp/jq"
}

# ------------------------------------------------------- options and commands

commands=$(sed -n 's/^	{ *"\([a-z]*\)", ".*/\1/p' src/app/main.c)

long_options() {
	sed -n 's/.*{ *"\([a-z-]*\)", [a-z]*_argument,.*/\1/p
		s/.*argv\[1\], "--\([a-z-]*\)".*/\1/p' src/app/*.c
	[ -x "$asymcap" ] || return
	for c in '' $commands; do
		# shellcheck disable=SC2086 # no word for the first
		"$asymcap" $c --help
	done | tr -c 'a-z-' '\n' | sed -n 's/^--\([a-z][a-z-]*\)$/\1/p'
}

check_options() {
	[ -x "$asymcap" ] || skip "options of --help: $asymcap is not built"
	list=$(long_options | sort -u)
	enough "long options" "$list"
	for o in $list; do
		want "$man" "^\\.It .*Fl -$o( |\$)" "the option --$o"
	done
	list=$(sed -n 's/^[[:space:]]*"  -\([a-z]\), --.*/\1/p' src/app/*.[ch] |
		sort -u)
	enough "short options" "$list"
	for o in $list; do
		want "$man" "^\\.It Fl $o( |\$)" "the option -$o"
	done
	enough "commands" "$commands"
	for c in $commands; do
		want "$man" "^\\.Cm $c\$" "the command $c"
		want "$man" "^\\.Ss asymcap $c\$" "the options of $c"
		want "$readme" "asymcap $c" "the command $c"
	done
}

check_statuses() {
	list=$(sed -n 's/^	EXIT_[A-Z_]* = \([0-9]*\),$/\1/p' src/app/app.h)
	enough "exit statuses" "$list"
	sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EX[^I]/p' "$man" >"$tmp/status"
	for s in $list; do
		want "$tmp/status" "^\\.It $s\$" "exit status $s" "$man"
		want "$readme" "^\\| $s \\|" "exit status $s"
	done
}

# --------------------------------------------------------------------- words

# documented WHAT LIST [FILE...]: each word is in asymcap-findings(7) and in the
# files
documented() {
	what=$1 list=$2
	shift 2
	enough "$what" "$list"
	for w in $list; do
		want "$findings_man" "^\\.(It )?(Cm|.* Cm|.* ,) $w( |\$)|^\\.Cm .*[ ,]$w( |\$)" \
			"$what $w"
		for f in "$@"; do
			want "$f" "\`$w\`" "$what $w"
		done
	done
}

check_words() {
	names=src/finding/names.c
	documented rule "$(words rules $names)" "$readme"
	documented class "$(words classes $names)" "$readme"
	documented impact "$(words impacts $names)" "$readme"
	documented severity "$(words severities $names)"
	documented direction "$(words directions $names | grep -v unknown)"
	documented reason "$(words escape_reasons $names | grep -v none)" \
		"$readme"
	documented phase "$(words phases $names)"
	documented confidence "$(words confidences $names)"
	documented "undecoded reason" \
		"$(words result_names src/decode/decode.c | grep -vx tcp)"
	documented "ICMP type" "$(words kind_names src/decode/icmp.c)" \
		"$readme"
	documented event_type "$(sed -n \
		's/.*"event_type": {"enum": \[\(.*\)\]}.*/\1/p' \
		src/report/asymcap.schema.json | tr -d '",')" "$readme"
}

# The checks of the plan, with their identifiers.
check_checks() {
	sed -n 's/.*"\([A-Z0-9]*-[0-9]*\)", "\([a-z-]*\)",.*/\1 \2/p' \
		src/plan/names.c >"$tmp/checks"
	enough "checks" "$(cat "$tmp/checks")"
	while read -r id name; do
		want "$findings_man" "^\\.It $id Cm $name\$" "the check $id"
		want src/report/asymcap.schema.json "\"$id\"" "the check $id"
		want src/report/asymcap.schema.json "\"$name\"" \
			"the check $name"
	done <"$tmp/checks"
}

# What is documented as a rule is raised by one.
check_raised() {
	for r in $(words rules src/finding/names.c); do
		id=RULE_$(echo "$r" | tr 'a-z-' 'A-Z_')
		if grep -Eqw -e "$id" src/detect/*.c; then
			pass
		else
			fail "the rule $r is documented, and nothing raises it"
		fi
	done
}

# Each metric is in the manual.
check_metrics() {
	list=$(sed -n 's/^	{"\([a-z_]*\)", .*/\1/p' src/report/metrics.c)
	enough "metrics" "$list"
	sed -n '/^\.Sh METRICS/,/^\.Sh SEE/p' "$findings_man" >"$tmp/metrics"
	for m in $list; do
		want "$tmp/metrics" "(Cm|,) $m( |\$)|^$m( |\$)" \
			"the metric $m" "$findings_man"
	done
}

# The keys that only lines of one kind have: of taps and of the summary.
check_json_keys() {
	sed -n '/^\.Sh JSON LINES/,/^\.Sh METRICS/p' "$findings_man" >"$tmp/json"
	for event in tap service pool summary; do
		list=$(sed -n "/^    \"$event\": {/,/^      \"properties\"/p" \
			src/report/asymcap.schema.json |
			sed -n '/"required"/,/]/s/^ *"\([a-z_]*\)",*$/\1/p')
		enough "keys of $event" "$list"
		for k in $list; do
			want "$tmp/json" "(Cm|,) $k( |\$)|^$k( |\$)" \
				"the key $k of $event" "$findings_man"
		done
	done
}

# The manual explains each key as often as there are tables with it.
check_site_keys() {
	sed -n 's/.*{ *\.name = "\([a-z-]*\)",.*/\1/p' \
		src/site/*.c | sort | uniq -c >"$tmp/keys"
	enough "site keys" "$(cat "$tmp/keys")"
	while read -r n k; do
		told=$(grep -c "^\\.It Cm $k\$" "$site_man")
		if [ "$told" -ge "$n" ]; then
			pass
		else
			fail "$site_man: the site key $k stands in $n tables," \
			     "and is told $told times"
		fi
	done <"$tmp/keys"
}

# Checks that asymcap-site(5) names are checks.
check_site_checks() {
	sed -n '/^\.Sh CHECKS THAT/,/^\.Sh EX/p' "$site_man" |
		grep -oE '[A-Z0-9]+-[0-9]+' | sort -u >"$tmp/ids"
	enough "checks that use a key" "$(cat "$tmp/ids")"
	while read -r id; do
		want src/plan/names.c "\"$id\"" "$id, a check" "$site_man"
	done <"$tmp/ids"
}

# The sentences of causes, word by word.
check_causes() {
	# The lines of running text in one, and the strings of the table one a
	# line: neighbours are one string in C.
	grep -v '^\.' "$findings_man" | tr '\n' ' ' >"$tmp/running"
	grep -v '^ \*' src/detect/cause.c | tr -d '\n\t\\' |
		sed 's/" *"//g' |
		grep -oE '"[^"]+"' | grep -E '^"[A-Z].*( .*){3}' |
		tr -d '"' | sed 's/\.$//' >"$tmp/causes"
	enough "causes" "$(cat "$tmp/causes")"
	while IFS= read -r text; do
		if grep -Fq -e "$text" "$tmp/running"; then
			pass
		else
			fail "$findings_man: nothing about the cause: $text"
		fi
	done <"$tmp/causes"
}

# The site files of asymcap-site(5) are some.
check_site_man_examples() {
	if [ ! -x "$asymcap" ]; then
		skip "site files of $site_man: $asymcap is not built"
		return
	fi
	awk -v to="$tmp/example-" '/^\.Bd/ { on = ++n; next }
		/^\.Ed/ { on = 0 }
		on { print >(to n ".yaml") }' "$site_man"
	for f in "$tmp"/example-*.yaml; do
		if "$asymcap" check --print "$f" >"$tmp/out" 2>&1; then
			pass
		else
			cat "$tmp/out"
			fail "$site_man: one of its site files is wrong"
		fi
	done
}

# The site file of README.md is one.
check_site_example() {
	if [ ! -x "$asymcap" ]; then
		skip "site file of $readme: $asymcap is not built"
		return
	fi
	# shellcheck disable=SC2016 # backquotes of Markdown
	sed -n '/^```yaml$/,/^```$/{/^```/d;p;}' "$readme" >"$tmp/site.yaml"
	enough "site file" "$(cat "$tmp/site.yaml")"
	if "$asymcap" check --print "$tmp/site.yaml" >"$tmp/out" 2>&1; then
		pass
	else
		cat "$tmp/out"
		fail "$readme: its site file is wrong"
	fi
}

# ------------------------------------------------------------ files and links

# code FILE: the code spans of the text, then the lines of indented blocks
code() {
	awk '/^```/ { fence = !fence; next }
	fence { next }
	/^    / { block = block substr($0, 5) "\n"; next }
	{ text = text $0 " " }
	END { n = split(text, part, "`")
	for (i = 2; i <= n; i += 2) print part[i]
	printf "%s", block }' "$1"
}

slugs() {
	sed -n 's/^##* //p' "$1" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9\n_-'
}

check_links() {
	awk '{ while (match($0, /\]\([^)]*\)/)) {
		print substr($0, RSTART + 2, RLENGTH - 3)
		$0 = substr($0, RSTART + RLENGTH) } }' "$1" >"$tmp/links"
	while IFS= read -r to; do
		case $to in
		*://*) ;;
		'#'*)
			slugs "$1" >"$tmp/slugs"
			want "$tmp/slugs" "^${to#?}\$" "$to, a link" "$1" ;;
		*)
			if [ -e "$(dirname "$1")/${to%%#*}" ]; then
				pass
			else
				fail "$1: links to $to, which is not there"
			fi ;;
		esac
	done <"$tmp/links"
}

# Whether a word is written as the name of a file of the tree.
is_file_name() {
	case $1 in
	/* | ../* | build/* | *[!A-Za-z0-9_.*/+-]* | *[0-9]/[0-9]*) return 1 ;;
	*/* | *.[ch] | *.sh | *.py | *.awk) return 0 ;;
	esac
	return 1
}

check_names() {
	code "$1" >"$tmp/code"
	# A span is one word, or a command: then its words under known folders.
	awk 'NF == 1 { print; next }
	{ for (i = 1; i <= NF; i++)
		if ($i ~ /^(src|tests|pcaps|include)\//) print $i }' \
		"$tmp/code" | sort -u >"$tmp/names"
	while IFS= read -r name; do
		is_file_name "$name" || continue
		found=
		# shellcheck disable=SC2086 # patterns are to be expanded
		for f in $(dirname "$1")/$name $name; do
			[ -e "$f" ] && found=1
		done
		case $name in
		*/*) ;;
		*) [ -n "$(find src include tests -name "$name")" ] && found=1 ;;
		esac
		if [ -n "$found" ]; then
			pass
		else
			fail "$1: names $name, which is not there"
		fi
	done <"$tmp/names"
}

# Functions and types that are named are in the source.
check_identifiers() {
	code "$1" | sed -n 's/^\([a-z_0-9]*\)()$/\1/p
		s/^\(struct [a-z_]*\)$/\1/p
		s/^\(enum [a-z_]*\)$/\1/p' | sort -u >"$tmp/names"
	while IFS= read -r name; do
		if grep -rqw -e "$name" src include --include='*.[ch]'; then
			pass
		else
			fail "$1: names $name, which is not in the source"
		fi
	done <"$tmp/names"
}

# What is told to be typed exists: commands of asymcap, targets of make.
check_typed() {
	code "$1" >"$tmp/code"
	sed -n 's/^\(.*[ |]\)*asymcap \([a-z][a-z]*\).*/\2/p' "$tmp/code" |
		sort -u >"$tmp/words"
	while read -r w; do
		case " $(echo "$commands" | tr '\n' ' ') " in
		*" $w "*) pass ;;
		*) fail "$1: asymcap has no command $w" ;;
		esac
	done <"$tmp/words"
	sed -n 's/^\(sudo \)*make \([a-z][a-z/_]*\).*/\2/p' "$tmp/code" |
		sort -u >"$tmp/words"
	while read -r w; do
		case $w in
		build/*) ;;
		*) want Makefile "^$w:" "a target $w, which $1 names" ;;
		esac
	done <"$tmp/words"
}

# check_manual PAGE: no complaint of mandoc, and what it refers to is there
check_manual() {
	if ! command -v mandoc >/dev/null 2>&1; then
		skip "lint of $1: no mandoc"
	elif mandoc -Tlint -W warning "$1"; then
		pass
	else
		fail "$1: see above"
	fi
	sed -n 's/^\..*Sx \([A-Za-z ]*[A-Za-z]\).*/\1/p' "$1" >"$tmp/names"
	while IFS= read -r name; do
		want "$1" "^\\.S[hs] $name\$" "$name, a section that it names"
	done <"$tmp/names"
	sed -n 's/^\..*Xr \(asymcap[a-z-]*\) \([0-9]\).*/\1.\2/p' "$1" |
		sort -u >"$tmp/names"
	enough "pages that $1 names" "$(cat "$tmp/names")"
	while IFS= read -r name; do
		if [ -e "src/app/$name" ]; then
			pass
		else
			fail "$1: names $name, which is not there"
		fi
		want Makefile "src/app/$name " "installing $name"
	done <"$tmp/names"
}

# Every manual that the other documents name is one.
check_named_manuals() {
	grep -ohE 'asymcap[a-z-]*\([0-9]\)' README.md src/README.md \
		src/app/*.c src/app/*.service |
		tr '(' . | tr -d ')' | sort -u >"$tmp/names"
	enough "manuals that are named" "$(cat "$tmp/names")"
	while IFS= read -r name; do
		if [ -e "src/app/$name" ]; then
			pass
		else
			fail "$name is named, and is not there"
		fi
	done <"$tmp/names"
	for page in "$man" "$site_man" "$findings_man"; do
		name=$(basename "$page" | sed 's/\(.*\)\.\(.\)$/\1(\2)/')
		if grep -Fq "$name" "$readme"; then
			pass
		else
			fail "$readme: nothing about $name"
		fi
	done
}

check_options
check_statuses
check_words
check_checks
check_raised
check_metrics
check_json_keys
check_site_keys
check_site_example
check_site_checks
check_site_man_examples
check_causes
for page in "$man" "$site_man" "$findings_man"; do
	check_manual "$page"
done
check_named_manuals
for doc in "$readme" src/README.md pcaps/README.md; do
	check_links "$doc"
	check_names "$doc"
	check_identifiers "$doc"
	check_typed "$doc"
done
check_jq
check_examples
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
