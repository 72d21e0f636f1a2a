# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# Completion of asymcap's command line in bash
#
# readline cuts words at '=', so what comes here of internet=in.pcap is three
# words, and what is completed is the last.  Names from a site file are offered
# if they are plain letters: what else a file holds never reaches the shell.

# Lines: the plain names of WHAT (circuits, services) of the site file that the
# command line names.
_asymcap_site_names()
{
	local i site='' plain='[A-Za-z][A-Za-z0-9._/-]*'

	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c) site=${COMP_WORDS[i + 1]} ;;
		--site)
			site=${COMP_WORDS[i + 1]}
			[[ $site == = ]] && site=${COMP_WORDS[i + 2]} ;;
		esac
	done
	site=${site/#'~/'/$HOME/}
	[[ -f $site ]] || return 0
	case $1 in
	circuits) set -- "/^circuits:/,/^[a-z]/s,^  \\($plain\\):\$,\\1,p" ;;
	services) set -- "/^services:/,/^[a-z]/s,^  - name: \\($plain\\)\$,\\1,p" ;;
	esac
	"${COMP_WORDS[0]}" check --print "$site" 2>/dev/null | sed -n "$1"
}

_asymcap_interfaces()
{
	local i

	for i in /sys/class/net/*/; do
		i=${i%/}
		echo "${i##*/}"
	done
}

# Offer the lines of standard input that go on from CUR.
_asymcap_offer()
{
	local word

	while IFS= read -r word; do
		[[ $word == "$1"* ]] && COMPREPLY+=("$word")
	done
}

# Offer "CIRCUIT=", to which no blank is added.
_asymcap_offer_circuits()
{
	_asymcap_offer "$1" < <(_asymcap_site_names circuits | sed 's/$/=/')
	[[ ${#COMPREPLY[@]} -gt 0 ]] && compopt -o nospace
}

# Without a word of ours, readline completes names of files itself.
_asymcap_files()
{
	compopt -o default
	[[ ${#COMPREPLY[@]} -eq 0 ]] && return
	mapfile -O ${#COMPREPLY[@]} -t COMPREPLY < <(compgen -f -- "$1")
	[[ ${#COMPREPLY[@]} -gt 1 ]] && compopt -o filenames
}

_asymcap_options()
{
	local judge='-c --site --nat-pool --format -o --output --fail-on
		--max-flows --threads --color -q --quiet -v --verbose -h --help'

	case $1 in
	read) echo "$judge --evidence --flows" ;;
	watch) echo "$judge --all --filter --buffer --metrics --duration
		--write --write-memory --top --flows" ;;
	explain) echo "$judge --flow --address --finding --community-id
		--service --max --packets" ;;
	check) echo "--routes --summary --arp --peering --circuit --all
		--format -o --output --fail-on --color --print -h --help" ;;
	probe) echo "-c --site --tap --all --service --listen --wait --via
		--source --interface -4 -6 --connect --trace --count
		--interval --ports --tries --rate --force --dry-run --format
		-o --output --color -q --quiet -v --verbose -h --help" ;;
	report) echo "--format -o --output -h --help" ;;
	diff) echo "--format -o --output --fail-on --color -h --help" ;;
	esac
}

_asymcap_formats()
{
	case $1 in
	read | watch | report) echo "text json html" ;;
	check | diff) echo "text json junit" ;;
	*) echo "text json" ;;
	esac
}

# What stands after an option that takes a value.
# Return: false if OPTION takes none.
_asymcap_value()
{
	local command=$1 option=$2 cur=$3

	case $option in
	--format)
		mapfile -t COMPREPLY < <(compgen -W \
			"$(_asymcap_formats "$command")" -- "$cur") ;;
	--fail-on)
		mapfile -t COMPREPLY < <(compgen -W \
			'info warning critical' -- "$cur") ;;
	--color)
		mapfile -t COMPREPLY < <(compgen -W \
			'auto always never' -- "$cur") ;;
	-c | --site | -o | --output | --write) _asymcap_files "$cur" ;;
	--evidence)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		compopt -o filenames ;;
	--nat-pool | --routes | --summary | --arp | --peering | --circuit)
		_asymcap_offer_circuits "$cur" ;;
	--via)
		_asymcap_offer "$cur" < <(_asymcap_site_names circuits) ;;
	--service)
		_asymcap_offer "$cur" < <(_asymcap_site_names services)
		[[ $command == probe ]] && _asymcap_offer "$cur" <<<all ;;
	--interface)
		_asymcap_offer "$cur" < <(_asymcap_interfaces) ;;
	--tap)
		_asymcap_offer_circuits "$cur"
		_asymcap_offer "$cur" < <(_asymcap_interfaces) ;;
	--max-flows | --threads | --filter | --buffer | --metrics | \
	--duration | --write-memory | --flow | --address | --finding | \
	--community-id | --max | --packets | --wait | --source | --count | \
	--interval | --ports | --tries | --rate) ;;
	*) return 1 ;;
	esac
	return 0
}

# What stands behind NAME=, where OPTION is the word before NAME.
_asymcap_after_equals()
{
	local command=$1 option=$2 name=$3 cur=$4

	if [[ $name == --* ]]; then
		_asymcap_value "$command" "$name" "$cur"
	elif [[ $option == --tap || $command == watch ]]; then
		[[ $option == --nat-pool ]] && return
		_asymcap_offer "$cur" < <(_asymcap_interfaces)
	elif [[ $option != --nat-pool && $command != probe ]]; then
		_asymcap_files "$cur"
	fi
}

_asymcap()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]} n=$COMP_CWORD

	COMPREPLY=()
	if ((n == 1)); then
		mapfile -t COMPREPLY < <(compgen -W 'read watch explain check
			probe report diff -h --help --version' -- "$cur")
		return
	fi
	if [[ $cur == = ]]; then
		_asymcap_after_equals "$command" "${COMP_WORDS[n - 2]}" \
			"$prev" ''
	elif [[ $prev == = ]]; then
		_asymcap_after_equals "$command" "${COMP_WORDS[n - 3]}" \
			"${COMP_WORDS[n - 2]}" "$cur"
	elif _asymcap_value "$command" "$prev" "$cur"; then
		return
	elif [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W \
			"$(_asymcap_options "$command")" -- "$cur")
	else
		case $command in
		read | explain)
			_asymcap_offer_circuits "$cur"
			_asymcap_files "$cur" ;;
		watch)
			_asymcap_offer_circuits "$cur"
			_asymcap_offer "$cur" < <(_asymcap_interfaces) ;;
		check | report | diff) _asymcap_files "$cur" ;;
		esac
	fi
}

complete -F _asymcap asymcap
