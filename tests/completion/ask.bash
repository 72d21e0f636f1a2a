# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What bash completes: of each line of standard input, the line, a tab and a
# word, for each word. usage: bash ask.bash COMPLETION
#
# Words are cut as readline cuts them, at blanks and at '='; where the function
# leaves names of files to readline, they are listed in its place.

compopt() {
	[[ $* == '-o default' ]] && files=1
	return 0
}

# shellcheck disable=SC1090 # what it is told
. "$1" || exit 1
run=$(complete -p asymcap | sed 's/.*-F \([^ ]*\).*/\1/') || exit 1
while IFS= read -r line; do
	cut=${line//=/ = }
	read -ra COMP_WORDS <<<"$cut"
	[[ $line == *' ' ]] && COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	files=
	$run asymcap "${COMP_WORDS[COMP_CWORD]}" \
		"${COMP_WORDS[COMP_CWORD - 1]}"
	for word in "${COMPREPLY[@]}"; do
		printf '%s\t%s\n' "$line" "$word"
	done
	if [[ -n $files && ${#COMPREPLY[@]} == 0 ]]; then
		while IFS= read -r word; do
			printf '%s\t%s\n' "$line" "$word"
		done < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]#=}")
	fi
done
